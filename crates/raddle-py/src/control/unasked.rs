//! Exceptions that stay in their futures: nobody asked for the result, so nobody will ever hear of them.

use super::access::hushed;
use super::{failure, tasks};
use crate::blocking::unwinding;
use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;
use raddle::engine::kernel::ObjectId;
use raddle::engine::record::Note;
use std::cell::RefCell;

thread_local! {
    /// The futures of this execution that hold an exception, in the order in which they got it.
    static UNASKED: RefCell<Vec<(ObjectId, Note)>> = const { RefCell::new(Vec::new()) };
}

/// A pool task raised what its future gets in place of a value.
pub(crate) fn raised(future: ObjectId, exception: &Bound<'_, PyBaseException>) {
    if tasks::execution().is_none() || unwinding() {
        return;
    }
    let raised = hushed(|| failure::told(exception));
    let what = if raised.message.is_empty() { raised.class } else { format!("{}: {}", raised.class, raised.message) };
    let note = Note {
        kind: "unasked-exception".to_owned(),
        text: format!("{what} stays in its future: nobody asks for the result"),
        at: raised.stack.into_iter().next(),
    };
    UNASKED.with_borrow_mut(|unasked| unasked.push((future, note)));
}

/// Somebody asked what came of a future.
pub(crate) fn asked(future: ObjectId) {
    UNASKED.with_borrow_mut(|unasked| unasked.retain(|(known, _)| *known != future));
}

/// What nobody asked for in the execution that has ended.
pub(super) fn take() -> Vec<Note> {
    UNASKED.take().into_iter().map(|(_, note)| note).collect()
}
