//! Panics in controlled tasks: kept for the finding instead of printed.

use crate::execution::{Failure, with_current};
use crate::front::Front;
use raddle_record::Frame;
use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, Location};
use std::sync::Once;

thread_local! {
    /// Where the last panic was, and in which column.
    static PLACE: RefCell<Option<(Frame, u32)>> = const { RefCell::new(None) };
}

/// Sees to it that a panic in a controlled task is not printed, but its place kept; other panics go to the hook that was there.
pub(crate) fn keep_quiet() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if with_current(|_| ()).is_none() {
                return before(info);
            }
            let frame = |at: &Location<'_>| Frame { file: at.file().to_owned(), line: at.line(), ..Frame::default() };
            PLACE.set(info.location().map(|at| (frame(at), at.column())));
        }));
    });
}

/// The failure that a panic with this payload is.
pub(crate) fn failure(payload: &(dyn Any + Send), front: &dyn Front) -> Failure {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    from_message(text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default(), front)
}

/// The failure that the last panic of this thread is, if it said `message`.
pub(crate) fn from_message(message: String, front: &dyn Front) -> Failure {
    let place = PLACE.take();
    // With a message of its own, an assertion says nothing else.
    let asserts = |(at, column): &(Frame, u32)| front.asserts(&at.file, at.line, *column);
    Failure {
        class: "panic".to_owned(),
        assertion: message.starts_with("assertion ") || place.as_ref().is_some_and(asserts),
        message,
        stack: place.into_iter().map(|(at, _)| at).collect(),
    }
}
