//! Exceptions that leave a task.

use super::access::hushed;
use super::frames;
use crate::error::Unwind;
use crate::symbol::Symbol;
use pyo3::exceptions::{PyAssertionError, PySystemExit};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use raddle::engine::explore::Failure;
use std::ffi::c_char;

/// An exception left the running task. False if nobody is to hear of it, because the task only ends with its run.
#[pyfunction]
pub(super) fn uncaught(exception: &Bound<'_, PyAny>) -> bool {
    if exception.is_instance_of::<Unwind>() {
        return false;
    }
    hushed(|| raddle::engine::explore::failed(told(exception)));
    true
}

pub(super) fn told(exception: &Bound<'_, PyAny>) -> Failure {
    let py = exception.py();
    let traceback = exception.getattr(intern!(py, "__traceback__")).ok();
    Failure {
        class: class(exception),
        message: exception.str().map_or_else(|_| String::new(), |text| without_addresses(&text.to_string_lossy())),
        stack: frames::of_traceback(traceback),
        assertion: exception.is_instance_of::<PyAssertionError>(),
    }
}

/// The text with addresses of objects left out, which differ from run to run: `<Lock object at 0x…>`.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(" at 0x…");
        plain.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    plain
}

/// The class as a traceback names it.
fn class(exception: &Bound<'_, PyAny>) -> String {
    let class = exception.get_type();
    let name = class.qualname().map_or_else(|_| "exception".to_owned(), |name| name.to_string());
    match class.module() {
        Ok(module) if module != "builtins" && module != "__main__" => format!("{module}.{name}"),
        _ => name,
    }
}

/// An exception left the function of a thread that is no `threading.Thread`.
pub(super) fn left_function(py: Python<'_>, error: &PyErr, function: &Bound<'_, PyAny>) {
    if error.is_instance_of::<PySystemExit>(py) || !uncaught(error.value(py)) {
        return;
    }
    error.clone_ref(py).restore(py);
    if let Some(say) = SAY.get() {
        // SAFETY: an exception is set; the format takes one object, which is live.
        unsafe { say(c"Exception ignored in thread started by %R".as_ptr(), function.as_ptr()) };
    } else if let Some(say) = SAY_BEFORE.get() {
        // SAFETY: an exception is set; the object is live.
        unsafe { say(c"in thread started by".as_ptr(), function.as_ptr()) };
    } else {
        PyErr::fetch(py).write_unraisable(py, Some(function));
    }
}

/// From CPython 3.13 on.
static SAY: Symbol<unsafe extern "C" fn(*const c_char, ...)> =
    // SAFETY: declared so in CPython's `cpython/pyerrors.h`.
    unsafe { Symbol::new(c"PyErr_FormatUnraisable") };
/// Up to CPython 3.12.
static SAY_BEFORE: Symbol<unsafe extern "C" fn(*const c_char, *mut ffi::PyObject)> =
    // SAFETY: declared so in CPython's `cpython/pyerrors.h`.
    unsafe { Symbol::new(c"_PyErr_WriteUnraisableMsg") };
