//! What cannot be controlled, and how Python code asks where it is.

use super::{access, frames, tasks};
use crate::blocking::{operate, unwinding};
use pyo3::prelude::*;
use raddle::engine::kernel::yield_now;

/// The program does something that cannot be controlled: it happens, and the verdict says so.
#[pyfunction]
pub(super) fn outside(py: Python<'_>, what: &str) {
    if tasks::execution().is_some() && !unwinding() {
        let at = access::hushed(|| frames::here(py)).into_iter().next();
        raddle::engine::explore::uncontrolled(what, at);
    }
}

/// The program ends its process: the execution ends here and now, and the verdict says why.
#[pyfunction]
pub(super) fn end_execution(py: Python<'_>, what: &str) -> PyResult<()> {
    outside(py, what);
    raddle::engine::explore::end();
    // The next point is where it ends.
    operate(yield_now)
}

/// Whether this thread is in an execution.
#[pyfunction]
pub(super) fn in_execution() -> bool {
    tasks::execution().is_some()
}

/// Whether the running task is the main one.
#[pyfunction]
pub(super) fn is_main_task() -> bool {
    tasks::index() == 0
}

/// Whether the execution is over, and its tasks only unwind.
#[pyfunction]
pub(super) fn is_over() -> bool {
    unwinding()
}

/// Whether other tasks of this execution may come between what the running one does.
#[pyfunction]
pub(super) fn has_company() -> bool {
    tasks::execution().is_some() && tasks::running() > 0
}

/// Whether the execution has had no second task.
#[pyfunction]
pub(super) fn is_alone() -> bool {
    raddle::engine::explore::is_alone()
}
