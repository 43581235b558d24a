//! Generators that several tasks have: as long as one runs, nobody else can go on with it.
//!
//! That a step of one begins is announced as a write of it. When the step ends matters only where the generator stands at a point
//! meanwhile: then no effect tells who finds it running, so who could have gone first is not known.

use super::access::Held;
use super::tasks;
use pyo3::intern;
use pyo3::prelude::*;
use raddle::engine::explore::doubt;
use std::cell::RefCell;
use std::collections::HashMap;

/// A generator of which a step has been announced.
struct Known {
    generator: Held,
    /// Whose step that was.
    task: usize,
    /// Whether another task had one, too.
    is_shared: bool,
    /// Whether it has stood at a point inside.
    stood: bool,
}

impl Known {
    fn judge(&self) {
        if self.is_shared && self.stood {
            doubt("a generator that several tasks have stands at a point");
        }
    }
}

thread_local! {
    /// By their addresses.
    static KNOWN: RefCell<HashMap<usize, Known>> = RefCell::default();
    /// Those of which a step began after the last point.
    static BEGUN: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The running task begins a step of a generator.
pub(super) fn begins(generator: &Bound<'_, PyAny>) {
    let Some(held) = Held::weak(generator) else { return };
    let (address, task) = (generator.as_ptr().addr(), tasks::index());
    KNOWN.with_borrow_mut(|all| {
        if all.get(&address).is_some_and(|known| !known.generator.is(generator)) {
            all.remove(&address);
        }
        let known = all.entry(address).or_insert(Known { generator: held, task, is_shared: false, stood: false });
        known.is_shared |= known.task != task;
        known.judge();
    });
    BEGUN.with_borrow_mut(|begun| {
        if !begun.contains(&address) {
            begun.push(address);
        }
    });
}

/// The running task stands at a point.
pub(super) fn stands() {
    if BEGUN.with_borrow(Vec::is_empty) {
        return;
    }
    let runs = |py: Python<'_>, known: &Known| {
        let generator = known.generator.get(py)?;
        let names = [intern!(py, "gi_running"), intern!(py, "cr_running"), intern!(py, "ag_running")];
        names.into_iter().find_map(|name| generator.getattr(name).ok())?.is_truthy().ok()
    };
    Python::attach(|py| {
        for address in BEGUN.take() {
            KNOWN.with_borrow_mut(|all| {
                if let Some(known) = all.get_mut(&address) {
                    known.stood |= runs(py, known).unwrap_or(false);
                    known.judge();
                }
            });
        }
    });
}

/// Forgets an execution that is over.
pub(super) fn forget() {
    KNOWN.take();
    BEGUN.take();
}
