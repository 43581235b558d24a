//! The one way from Python into code that may block, and out of a run that is over.

use crate::error::Unwind;
use crate::timeout::Timeout;
use pyo3::ffi;
use pyo3::prelude::*;
use raddle::engine::kernel::{Deadline, Manner, Over, Stopped, controlled, over, sleep_until, waiting, watched};
use raddle::engine::sync::{Latch, LatchGuard};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null_mut;

/// How a thread waits that has the interpreter. With the interpreter's lock in hand there is nobody to wait for but those who sleep.
const ATTACHED: Manner = Manner { spins: cfg!(Py_GIL_DISABLED), signal: None, around: Some(away) };

/// Runs an operation that waits until `timeout` at most; `None` if it waited in vain.
///
/// Natively it runs attached, and lets the interpreter go only while it sleeps. It is tried at once first, which asks nothing of the thread.
/// In a controlled run it is one operation, and the interpreter stays attached: the switch to another task happens inside.
///
/// # Errors
/// What a signal handler raised, or [`Unwind`].
#[inline]
pub(crate) fn blocking<T>(
    py: Python<'_>,
    timeout: Timeout<'_, '_>,
    mut operation: impl FnMut(Deadline) -> Result<T, Stopped>,
) -> PyResult<Option<T>> {
    if watched() && controlled() {
        return under_control(timeout, operation);
    }
    match operation(Deadline::Now) {
        Ok(value) => Ok(Some(value)),
        Err(_) => match timeout.read()? {
            Timeout::Now => Ok(None),
            timeout => attached(py, || operation(timeout.deadline())),
        },
    }
}

/// One operation of a controlled run.
#[cold]
fn under_control<T>(
    timeout: Timeout<'_, '_>,
    mut operation: impl FnMut(Deadline) -> Result<T, Stopped>,
) -> PyResult<Option<T>> {
    let read = timeout.read();
    // A timeout that cannot be read does not matter to an operation that need not wait.
    let deadline = read.as_ref().map_or(Deadline::Now, |timeout| timeout.deadline());
    match guarded(|| operation(deadline))? {
        Ok(value) => Ok(Some(value)),
        Err(_) => read.map(|_| None),
    }
}

/// As [`blocking`], for an operation that there is no sense in trying first.
///
/// # Errors
/// As [`blocking`].
pub(crate) fn attached<T>(py: Python<'_>, operation: impl FnOnce() -> Result<T, Stopped>) -> PyResult<Option<T>> {
    if watched() && controlled() {
        return guarded(operation).map(Result::ok);
    }
    ended(py, waiting(Manner { signal: Some(signal_raised), ..ATTACHED }, operation))
}

/// As [`attached`], for an operation that uses Python only [`back`], is sure to sleep, and wakes others before: they find the interpreter let go.
///
/// # Errors
/// As [`blocking`].
#[cold]
pub(crate) fn detached<T>(py: Python<'_>, operation: impl FnOnce() -> Result<T, Stopped>) -> PyResult<Option<T>> {
    if watched() && controlled() {
        return guarded(operation).map(Result::ok);
    }
    let manner = Manner { signal: Some(signal_raised), ..Manner::PLAIN };
    ended(py, let_go(py, || waiting(manner, operation)))
}

/// Goes inside a latch under which the interpreter may run code, or wait for a lock of its own: whoever waits for that lets it go.
pub(crate) fn enter<T>(latch: &Latch<T>) -> LatchGuard<'_, T> {
    latch.try_lock().unwrap_or_else(|| waiting(ATTACHED, || latch.lock()))
}

/// Sleeps with the interpreter let go.
fn away(sleep: &mut dyn FnMut()) {
    Python::attach(|py| let_go(py, sleep));
}

thread_local! {
    /// What this thread attaches with again; null while it is attached.
    static LET_GO: Cell<*mut ffi::PyThreadState> = const { Cell::new(null_mut()) };
}

/// Runs `f`, which uses nothing of Python's, with the interpreter let go.
fn let_go<T>(_attached: Python<'_>, f: impl FnOnce() -> T) -> T {
    struct Back;
    impl Drop for Back {
        fn drop(&mut self) {
            take_back();
        }
    }
    give_away();
    let _back = Back;
    f()
}

fn give_away() {
    // SAFETY: the thread is attached: `let_go` has seen that, or `take_back` has just done it.
    LET_GO.set(unsafe { ffi::PyEval_SaveThread() });
}

/// Runs `f`, which uses Python, in an operation that may have let the interpreter go.
pub(crate) fn back<R>(f: impl FnOnce(Python<'_>) -> R) -> R {
    struct Away;
    impl Drop for Away {
        fn drop(&mut self) {
            give_away();
        }
    }
    let _away = (!LET_GO.get().is_null()).then(|| {
        take_back();
        Away
    });
    Python::attach(f)
}

/// Takes the interpreter back.
///
/// Before Python 3.14 an interpreter that exits ends a thread that wants it back, by unwinding it. That may not go through code of
/// Rust's, which would take it for a panic and abort the process; the thread stands still instead, as it does from 3.14 on
/// (<https://github.com/python/cpython/issues/87135>). PyO3's own way back does not see to that.
fn take_back() {
    unsafe extern "C-unwind" {
        fn PyEval_RestoreThread(state: *mut ffi::PyThreadState);
    }
    struct Ended;
    impl Drop for Ended {
        fn drop(&mut self) {
            loop {
                let _ = waiting(Manner::PLAIN, || sleep_until(Deadline::Never));
            }
        }
    }
    let ended = Ended;
    // SAFETY: the state is the one that this thread let the interpreter go with.
    unsafe { PyEval_RestoreThread(LET_GO.replace(null_mut())) };
    forget(ended);
}

/// What a wait comes to in Python.
fn ended<T>(py: Python<'_>, result: Result<T, Stopped>) -> PyResult<Option<T>> {
    match result {
        Err(Stopped::Interrupted) => Err(PyErr::fetch(py)),
        result => {
            raise_later(py);
            Ok(result.ok())
        }
    }
}

/// Runs an operation that never waits.
///
/// # Errors
/// [`Unwind`].
#[inline]
pub(crate) fn operate<T>(operation: impl FnOnce() -> T) -> PyResult<T> {
    if watched() { guarded(operation) } else { Ok(operation()) }
}

/// Whether what a task does no longer matters, because its run is over and it only unwinds.
#[inline]
pub(crate) fn unwinding() -> bool {
    watched() && over()
}

/// Runs `f`; a task that has to end because its run is over goes on in Python as [`Unwind`].
#[cold]
fn guarded<T>(f: impl FnOnce() -> T) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(f))
        .or_else(|payload| if payload.is::<Over>() { Err(Unwind::new_err(())) } else { resume_unwind(payload) })
}

/// Lets Python handle the signals that have arrived; whether a handler raised.
///
/// The exception stays set: the operation that it ends fetches it.
fn signal_raised() -> bool {
    back(|py| {
        let raised = py.check_signals().err();
        let any = raised.is_some();
        raised.into_iter().for_each(|raised| raised.restore(py));
        any
    })
}

/// What a signal handler raised while the operation succeeded all the same is raised by the next line of the program: the operation's result must not be lost.
fn raise_later(py: Python<'_>) {
    extern "C" fn raise(raised: *mut c_void) -> c_int {
        // SAFETY: the pointer is the box that `raise_later` leaked, and a pending call is made once.
        let raised = unsafe { Box::from_raw(raised.cast::<PyErr>()) };
        Python::attach(|py| raised.restore(py));
        -1
    }
    if !PyErr::occurred(py) {
        return;
    }
    if let Some(raised) = PyErr::take(py) {
        let raised = Box::into_raw(Box::new(raised));
        // SAFETY: `raise` fits the signature, and takes the box that it is given.
        let refused = unsafe { ffi::Py_AddPendingCall(Some(raise), raised.cast()) } != 0;
        if refused {
            // The queue of pending calls is full: the signal is better lost than the result.
            // SAFETY: nobody else has the box now.
            drop(unsafe { Box::from_raw(raised) });
        }
    }
}
