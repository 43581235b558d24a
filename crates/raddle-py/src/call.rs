//! Which call of a pool a task is making, and whether anybody still wants it.

use crate::blocking::operate;
use crate::future::Future;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use raddle::engine::kernel::{TaskId, current};
use std::cell::RefCell;

thread_local! {
    /// The futures of the calls that are being made on this thread: natively one, under control one for each task that makes one.
    static CALLS: RefCell<Vec<(TaskId, Py<Future>)>> = const { RefCell::new(Vec::new()) };
}

/// For as long as this lives the running task makes a call.
pub(crate) struct Ongoing(TaskId);

impl Ongoing {
    /// The call that `future` stands for.
    pub(crate) fn of(future: &Bound<'_, Future>) -> Self {
        let task = current();
        CALLS.with_borrow_mut(|calls| calls.push((task, future.clone().unbind())));
        Ongoing(task)
    }
}

impl Drop for Ongoing {
    fn drop(&mut self) {
        let ended = CALLS.with_borrow_mut(|calls| {
            let at = calls.iter().rposition(|(task, _)| *task == self.0);
            at.map(|at| calls.remove(at))
        });
        // Outside of the borrow: it may be the last to know the future, and dropping that runs code of Python's.
        drop(ended);
    }
}

/// Make a call as the one that a future stands for.
#[pyfunction]
#[pyo3(signature = (future, call, /, *args))]
pub(crate) fn _make_call<'py>(
    future: &Bound<'py, Future>,
    call: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let _ongoing = Ongoing::of(future);
    call.call1(args)
}

/// Return whether the call that this thread makes for an executor was asked to stop, by its future's request_cancel().
///
/// It is False in a thread that makes no such call.
#[pyfunction]
pub(crate) fn cancel_requested(py: Python<'_>) -> PyResult<bool> {
    let task = current();
    let call = CALLS.with_borrow(|calls| {
        let mine = calls.iter().rev().find(|(known, _)| *known == task);
        mine.map(|(_, future)| future.clone_ref(py))
    });
    call.map_or(Ok(false), |future| operate(|| future.get().future.unwanted()))
}
