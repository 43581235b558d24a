//! How a hook is called: a builtin function that the rewritten program finds under a dunder name.
//!
//! Most calls happen where nothing is to be announced (outside of executions, while a program has one task, at a site whose
//! attribute nobody stores). Such a call costs a load of the gate and what the plain program would have done.

use super::access::is_wanted;
use super::hooks::HOOKS;
use super::unseen;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;
use raddle::engine::explore::at_once;
use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::slice;

/// A hook.
pub(super) struct Hook {
    /// Its name among the builtins.
    pub(super) name: &'static CStr,
    /// How many arguments it takes.
    pub(super) arity: RangeInclusive<usize>,
    /// Which of them is the site.
    pub(super) site: usize,
    /// What the program is about to use there.
    pub(super) meets: Meets,
    /// Whether what it returns announces accesses later, so that it matters even where none is announced now.
    pub(super) prepares: bool,
    /// Does what the program wants done, without a word.
    pub(super) plainly: for<'py> fn(&Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>>,
    /// Announces the access at the site, and does what the program wants done.
    pub(super) announce: for<'py> fn(&Args<'_, 'py>, u32) -> PyResult<Bound<'py, PyAny>>,
}

/// What a hook is told of that the program is about to use, by the argument that it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Meets {
    /// A variable, or a value that is only kept.
    Nothing,
    /// An object.
    Object(usize),
    /// An attribute of an object, whose name is the next argument.
    Attribute(usize),
}

/// The arguments of a call.
pub(super) struct Args<'a, 'py>(&'a [Borrowed<'a, 'py, PyAny>]);

impl<'a, 'py> Args<'a, 'py> {
    #[inline]
    pub(super) fn py(&self) -> Python<'py> {
        self.0[0].py()
    }

    /// The argument at `place`.
    #[inline]
    pub(super) fn get(&self, place: usize) -> &'a Bound<'py, PyAny> {
        &self.0[place]
    }

    /// The argument at `place`, if it was given.
    pub(super) fn try_get(&self, place: usize) -> Option<&'a Bound<'py, PyAny>> {
        self.0.get(place).map(|argument| &**argument)
    }

    /// The argument at `place`, which the rewriter sees to it is a name.
    pub(super) fn name(&self, place: usize) -> PyResult<&'a Bound<'py, PyString>> {
        Ok(self.get(place).cast()?)
    }

    /// The sites from `place` on.
    pub(super) fn sites(&self, place: usize) -> Vec<u32> {
        (place..self.0.len()).map(|place| self.site(place)).collect()
    }

    /// The site at `place`, which the rewriter sees to it is a whole number.
    #[inline]
    pub(super) fn site(&self, place: usize) -> u32 {
        self.get(place).extract().unwrap_or(0)
    }
}

/// The table entry of a hook, whose address the interpreter keeps for as long as the function lives.
struct Definition(UnsafeCell<ffi::PyMethodDef>);

// SAFETY: the interpreter only reads it.
unsafe impl Sync for Definition {}

/// The hook number `N` as a function to put among the builtins.
pub(super) fn function<const N: usize>(py: Python<'_>) -> PyResult<(Bound<'_, PyString>, Bound<'_, PyAny>)> {
    let name = const { &HOOKS[N] }.name;
    // One for each hook, made once in a process: never freed.
    let definition: &'static Definition = Box::leak(Box::new(Definition(UnsafeCell::new(ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFast: called::<N> },
        ml_flags: ffi::METH_FASTCALL,
        ml_doc: c"Announces an access of the program to shared state.".as_ptr(),
    }))));
    // SAFETY: the definition lives for ever, and `called` follows the convention that it names.
    let made = unsafe { ffi::PyCFunction_NewEx(definition.0.get(), null_mut(), null_mut()) };
    // SAFETY: the function returns a new reference, or null with an exception set.
    let made = unsafe { Bound::from_owned_ptr_or_err(py, made) }?;
    Ok((PyString::new(py, &name.to_string_lossy()), made))
}

/// Entry from the interpreter.
unsafe extern "C" fn called<const N: usize>(
    _module: *mut ffi::PyObject,
    args: *mut *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter calls functions on attached threads only.
    let py = unsafe { Python::assume_attached() };
    let args: *const Borrowed<'_, '_, PyAny> = args.cast();
    let given = if count == 0 {
        &[]
    } else {
        // SAFETY: by the calling convention these are `count` references, live during the call, none of them null; `Borrowed`
        // is such a reference and nothing else.
        unsafe { slice::from_raw_parts(args, count.unsigned_abs()) }
    };
    let (hook, args) = (const { &HOOKS[N] }, Args(given));
    if raddle::engine::kernel::watched() && unseen::is_in_company() && given.len() >= *hook.arity.start() {
        match hook.meets {
            Meets::Nothing => {}
            Meets::Object(place) => unseen::meets(args.get(place), None, args.site(hook.site)),
            Meets::Attribute(place) => {
                unseen::meets(args.get(place), Some(args.get(place + 1)), args.site(hook.site));
            }
        }
    }
    let done = if !hook.arity.contains(&given.len()) {
        Err(PyTypeError::new_err(format!("{} got {count} arguments", hook.name.to_string_lossy())))
    } else if raddle::engine::kernel::watched() && (hook.prepares || is_wanted(args.site(hook.site))) {
        announced(hook, &args)
    } else {
        (hook.plainly)(&args)
    };
    match done {
        Ok(value) => value.into_ptr(),
        Err(e) => {
            e.restore(py);
            null_mut()
        }
    }
}

#[cold]
fn announced<'py>(hook: &Hook, args: &Args<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
    // What the interpreter does in one go.
    let _at_once = at_once();
    // A panic must not reach the interpreter's frames.
    catch_unwind(AssertUnwindSafe(|| (hook.announce)(args, args.site(hook.site))))
        .unwrap_or_else(|_| Err(PyRuntimeError::new_err("raddle: an access could not be announced")))
}
