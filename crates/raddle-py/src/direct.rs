//! Methods that the interpreter calls with nothing in between, where the call itself is most of the cost.
//!
//! PyO3's wrapper of a method counts attachments, catches panics and reads arguments by a description of them, which costs about
//! as much as taking a free lock. A direct method stands before a method of PyO3's and takes over its usual case: positional
//! arguments, nobody watching, nobody to wait for. Everything else it leaves to the method behind it, so that there is one
//! place for what a method does and says.

use pyo3::ffi::{self, PyObject};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{PyBool, PyDict, PyTuple};
use pyo3::{PyClass, intern};
use raddle::engine::kernel::watched;
use std::ffi::CString;
use std::slice;
use std::sync::OnceLock;

/// The usual case of a method.
pub(crate) trait Direct: 'static {
    /// Whose method it is.
    type Class: PyClass<Frozen = True> + Sync;
    /// Which method.
    const NAME: &'static str;
    /// What the call returns; `None` if it is not the usual case, and then nothing has happened.
    ///
    /// Must not panic, nor drop an object, nor run Python code: PyO3 does not know that the thread is attached.
    fn call(py: Python<'_>, this: &Self::Class, arguments: &[*mut PyObject]) -> Option<*mut PyObject>;
    /// Where the method behind it is kept.
    fn behind() -> &'static OnceLock<Py<PyAny>>;
}

/// Puts all direct methods before those of their names.
pub(crate) fn install_all(py: Python<'_>) -> PyResult<()> {
    macro_rules! install {
        ($($module:ident::{$($method:ident),*}),* $(,)?) => { $($(install::<crate::$module::$method>(py)?;)*)* };
    }
    install! {
        lock::{Acquire, Release, Enter, Exit},
        reentrant::{Acquire, Release, Enter, Exit},
        condition::{Enter, Exit, Notify},
        semaphore::{Acquire, Release, Enter, Exit},
        simple_queue::{Put, PutNowait, Get, GetNowait},
    }
    Ok(())
}

/// Puts a direct method before the method of its name.
fn install<D: Direct>(py: Python<'_>) -> PyResult<()> {
    let class = py.get_type::<D::Class>();
    let behind = class.getattr(D::NAME)?;
    let signature: String = behind.getattr(intern!(py, "__text_signature__"))?.extract()?;
    let text: Option<String> = behind.getattr(intern!(py, "__doc__"))?.extract()?;
    let words = |words: String| CString::new(words).map(CString::into_raw).map_err(PyErr::from);
    let definition = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: words(D::NAME.to_owned())?,
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: enter::<D> },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        // The form in which C code writes a signature.
        ml_doc: words(format!("{}{signature}\n--\n\n{}", D::NAME, text.unwrap_or_default()))?,
    }));
    // SAFETY: the definition and its strings are leaked, the function fits the flags, and a descriptor checks what it is called on.
    let method = unsafe { ffi::PyDescr_NewMethod(class.as_type_ptr(), definition) };
    // SAFETY: a new reference, or null with an exception set.
    let method = unsafe { Bound::from_owned_ptr_or_err(py, method) }?;
    let _ = D::behind().set(behind.unbind());
    class.setattr(D::NAME, method)
}

/// What the interpreter calls.
unsafe extern "C" fn enter<D: Direct>(
    this: *mut PyObject,
    arguments: *const *mut PyObject,
    count: ffi::Py_ssize_t,
    keywords: *mut PyObject,
) -> *mut PyObject {
    if keywords.is_null() && !watched() {
        // SAFETY: the interpreter calls its functions attached.
        let py = unsafe { Python::assume_attached() };
        // SAFETY: the object is alive for the call.
        let object = unsafe { Borrowed::from_ptr(py, this) };
        // SAFETY: the descriptor has checked the class.
        let object = unsafe { object.cast_unchecked::<D::Class>() };
        // SAFETY: the interpreter passes so many arguments, and a pointer that is not null.
        let arguments = unsafe { slice::from_raw_parts(arguments, count.unsigned_abs()) };
        if let Some(result) = D::call(py, object.get(), arguments) {
            return result;
        }
    }
    // SAFETY: as they came.
    unsafe { behind::<D>(this, arguments, count.unsigned_abs(), keywords) }
}

/// Calls the method behind a direct one.
///
/// # Safety
/// The arguments are those that the interpreter passes by its convention METH_FASTCALL | METH_KEYWORDS.
#[cold]
unsafe fn behind<D: Direct>(
    this: *mut PyObject,
    arguments: *const *mut PyObject,
    count: usize,
    keywords: *mut PyObject,
) -> *mut PyObject {
    // To attach once more would be refused where the interpreter ends, and destructors still run.
    // SAFETY: the interpreter calls its functions attached.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: null, or a tuple of the names of the arguments after the positional ones.
    let names = unsafe { Bound::from_borrowed_ptr_or_opt(py, keywords) };
    let names = names.map_or(Ok(PyTuple::empty(py)), |names| names.cast_into());
    let call = || {
        let names = names?;
        // SAFETY: so many arguments come by the convention; the pointer is not null.
        let arguments = unsafe { slice::from_raw_parts(arguments, count + names.len()) };
        // SAFETY: all of them are alive for the call.
        let object = |pointer: &*mut PyObject| unsafe { Bound::from_borrowed_ptr(py, *pointer) };
        let positional =
            PyTuple::new(py, [&this].into_iter().chain(&arguments[..count]).map(object).collect::<Vec<_>>())?;
        let named = PyDict::new(py);
        for (name, argument) in names.iter().zip(&arguments[count..]) {
            named.set_item(name, object(argument))?;
        }
        let method = D::behind().get().expect("a direct method is installed before one that is kept");
        method.bind(py).call(positional, Some(&named))
    };
    call().map_or_else(
        |error: PyErr| {
            error.restore(py);
            std::ptr::null_mut()
        },
        Bound::into_ptr,
    )
}

/// A direct method: its type, whose and which method it is, and its usual case.
macro_rules! direct {
    ($(#[$doc:meta])* $name:ident: $class:ty, $method:literal, |$py:pat_param, $this:ident, $arguments:pat_param| $usual:expr) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl $crate::direct::Direct for $name {
            type Class = $class;
            const NAME: &'static str = $method;

            #[inline(always)]
            fn call($py: Python<'_>, $this: &$class, $arguments: &[*mut pyo3::ffi::PyObject]) -> Option<*mut pyo3::ffi::PyObject> {
                $usual
            }

            fn behind() -> &'static std::sync::OnceLock<Py<PyAny>> {
                static BEHIND: std::sync::OnceLock<Py<PyAny>> = std::sync::OnceLock::new();
                &BEHIND
            }
        }
    };
}
pub(crate) use direct;

/// `None`, as a method returns it.
#[inline(always)]
pub(crate) fn none<T>(py: Python<'_>, _done: T) -> *mut PyObject {
    py.None().into_ptr()
}

/// `True`, as a method returns it.
#[inline(always)]
pub(crate) fn yes<T>(py: Python<'_>, _done: T) -> *mut PyObject {
    PyBool::new(py, true).to_owned().into_ptr()
}
