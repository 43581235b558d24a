//! Every exception that the bindings raise: the standard library's own classes, with its own messages.

use crate::version::since;
use pyo3::create_exception;
use pyo3::exceptions::{PyBaseException, PyException, PyOverflowError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

create_exception!(
    raddle._raddle,
    Unwind,
    PyBaseException,
    "Ends a task whose run is over before it is. Never shown to anybody."
);
create_exception!(queue, ShutDown, PyException, "Raised when put/get with shut-down queue.");

/// A class of the standard library, looked up when it is first raised: importing its module earlier would change what is under control.
struct Class {
    module: &'static str,
    name: &'static str,
    found: PyOnceLock<Py<PyType>>,
}

impl Class {
    const fn new(module: &'static str, name: &'static str) -> Self {
        Class { module, name, found: PyOnceLock::new() }
    }

    fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyType>> {
        self.found.import(py, self.module, self.name)
    }

    /// The exception without a message; what keeps the class from being found is raised instead.
    fn raised(&self, py: Python<'_>) -> PyErr {
        self.get(py).map_or_else(|e| e, |class| PyErr::from_type(class.clone(), ()))
    }

    fn saying(&self, py: Python<'_>, message: String) -> PyErr {
        self.get(py).map_or_else(|e| e, |class| PyErr::from_type(class.clone(), (message,)))
    }
}

static EMPTY: Class = Class::new("_queue", "Empty");
static FULL: Class = Class::new("queue", "Full");
static SHUT_DOWN: Class = Class::new("queue", "ShutDown");
static BROKEN_BARRIER: Class = Class::new("threading", "BrokenBarrierError");
static CANCELLED: Class = Class::new("concurrent.futures._base", "CancelledError");
static INVALID_STATE: Class = Class::new("concurrent.futures._base", "InvalidStateError");
static THEIR_FUTURE: Class = Class::new("raddle.concurrent.futures", "_TheirFuture");
static THEIR_EVENT: Class = Class::new("raddle.threading", "_TheirEvent");
static THEIR_SEMAPHORE: Class = Class::new("raddle.threading", "_TheirSemaphore");
static THEIR_BOUNDED_SEMAPHORE: Class = Class::new("raddle.threading", "_TheirBoundedSemaphore");
static OPEN_POOL: Class = Class::new("raddle._insides", "Pool");
static OPEN_QUEUE: Class = Class::new("raddle._insides", "Queue");
static BROKEN_POOL: Class = Class::new("concurrent.futures.thread", "BrokenThreadPool");

/// `queue.Empty`.
pub(crate) fn empty(py: Python<'_>) -> PyErr {
    EMPTY.raised(py)
}

/// `queue.Full`.
pub(crate) fn full(py: Python<'_>) -> PyErr {
    FULL.raised(py)
}

/// The exception with the items of a batch in an attribute, which somebody would lose otherwise.
pub(crate) fn with_items(py: Python<'_>, e: PyErr, attribute: &str, items: Vec<Py<PyAny>>) -> PyErr {
    // Refused only by an exception of the program's own that takes no attributes; it matters more.
    let _ = e.value(py).setattr(attribute, items);
    e
}

/// `queue.ShutDown`, where the standard library has it; ours where it does not.
pub(crate) fn shut_down_class(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    if since(13) { SHUT_DOWN.get(py).cloned() } else { Ok(py.get_type::<ShutDown>()) }
}

/// `queue.ShutDown`.
pub(crate) fn shut_down(py: Python<'_>) -> PyErr {
    shut_down_class(py).map_or_else(|e| e, |class| PyErr::from_type(class, ()))
}

/// `threading.BrokenBarrierError`.
pub(crate) fn broken_barrier(py: Python<'_>) -> PyErr {
    BROKEN_BARRIER.raised(py)
}

/// `concurrent.futures.CancelledError`.
pub(crate) fn cancelled(py: Python<'_>) -> PyErr {
    CANCELLED.raised(py)
}

/// `concurrent.futures.InvalidStateError`.
pub(crate) fn invalid_state(py: Python<'_>, message: String) -> PyErr {
    INVALID_STATE.saying(py, message)
}

/// The standard library's own `Future`.
pub(crate) fn their_future(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    THEIR_FUTURE.get(py).cloned()
}

/// The standard library's own `Event`.
pub(crate) fn their_event(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    THEIR_EVENT.get(py).cloned()
}

/// The standard library's own `Semaphore`, or `BoundedSemaphore`.
pub(crate) fn their_semaphore(py: Python<'_>, bounded: bool) -> PyResult<Bound<'_, PyType>> {
    if bounded { THEIR_BOUNDED_SEMAPHORE.get(py).cloned() } else { THEIR_SEMAPHORE.get(py).cloned() }
}

/// The code that runs on an open queue.
pub(crate) fn open_queue(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    OPEN_QUEUE.get(py).cloned()
}

/// The code that runs on an open pool.
pub(crate) fn open_pool(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    OPEN_POOL.get(py).cloned()
}

/// `concurrent.futures.thread.BrokenThreadPool`.
pub(crate) fn broken_pool(py: Python<'_>, message: String) -> PyErr {
    BROKEN_POOL.saying(py, message)
}

/// `ValueError`.
#[cold]
pub(crate) fn value(message: &'static str) -> PyErr {
    PyValueError::new_err(message)
}

/// `RuntimeError`.
#[cold]
pub(crate) fn runtime(message: &'static str) -> PyErr {
    PyRuntimeError::new_err(message)
}

/// What `pickle` says about an object that holds, or in the standard library would hold, a `class`.
#[cold]
pub(crate) fn unpicklable(class: &str) -> PyErr {
    PyTypeError::new_err(format!("cannot pickle '{class}' object"))
}

/// Whether it is an `OverflowError`.
pub(crate) fn is_overflow(e: &PyErr, py: Python<'_>) -> bool {
    e.is_instance_of::<PyOverflowError>(py)
}

/// What a lock says about a timeout below zero.
pub(crate) fn negative_lock_timeout() -> &'static str {
    if since(13) { "timeout value must be a non-negative number" } else { "timeout value must be positive" }
}

/// What the interpreter says about a timeout that does not fit: that differs from version to version, so it is asked.
#[cold]
pub(crate) fn unfit(timeout: &Bound<'_, PyAny>) -> PyErr {
    let asked = || timeout.py().import("_socket")?.call_method1("setdefaulttimeout", (timeout,));
    asked().err().unwrap_or_else(|| PyOverflowError::new_err("timeout value is too large"))
}
