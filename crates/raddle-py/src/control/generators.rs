//! Generators that several tasks have: as long as one runs, nobody else can go on with it.
//!
//! That a step of one goes on is announced as a write of it. Where several tasks have one, there is another write before that, and
//! whoever comes in between the two finds it running: the interpreter may let others run before a step's first instruction.
//! When the step ends matters only where the generator stands at a point meanwhile: then no effect tells who finds it running, so who
//! could have gone first is not known.

use super::access::{Held, announce, is_wanted, whole};
use super::tasks;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use raddle::engine::explore::{How, at_once, doubt, moment};
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

/// An error if another task has entered a generator.
fn is_free(generator: &Bound<'_, PyAny>) -> PyResult<()> {
    let address = generator.as_ptr().addr();
    match ENTERED.with_borrow(|entered| entered.contains(&address)) {
        true => Err(PyValueError::new_err("generator already executing")),
        false => Ok(()),
    }
}

thread_local! {
    /// By their addresses.
    static KNOWN: RefCell<HashMap<usize, Known>> = RefCell::default();
    /// Those of which a step began after the last point.
    static BEGUN: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    /// Those that a task has entered, and not gone on with yet.
    static ENTERED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// For as long as this lives, nobody else can go on with generators that the running task has entered.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Entered(Vec<usize>);

impl Entered {
    /// The running task is about to go on with a generator; an error if another one has entered it.
    pub(super) fn enter(&mut self, generator: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
        let address = generator.as_ptr().addr();
        let is_point = is_wanted(site) && moment(site).is_none();
        if !is_point || self.0.contains(&address) || generator.get_type().name()? != "generator" {
            return Ok(());
        }
        let _at_once = at_once();
        announce(How::Write, &whole(generator), site)?;
        is_free(generator)?;
        // Where it has come to its end, no code of it runs.
        if generator.getattr(intern!(generator.py(), "gi_frame"))?.is_none() {
            return Ok(());
        }
        ENTERED.with_borrow_mut(|entered| entered.push(address));
        self.0.push(address);
        Ok(())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.with_borrow_mut(|entered| entered.retain(|address| !self.0.contains(address)));
    }
}

/// The running task is about to close a generator, or to throw something into it: whether any code of it runs depends on its own.
pub(super) fn interrupt(generator: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    announce(How::Write, &whole(generator), site)?;
    is_free(generator)?;
    begins(generator);
    Ok(())
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
    ENTERED.take();
}
