//! `threading.local`: values for each task.

use super::tasks;
use crate::error;
use crate::symbol::Symbol;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};
use std::ffi::c_int;
use std::mem::replace;
use std::sync::{Mutex, MutexGuard};

/// Whose values they are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whose {
    /// A thread's, outside of executions: the interpreter's own object keeps them.
    Thread,
    /// A task's: its execution, and its number there.
    Task(u64, usize),
}

#[derive(Debug)]
struct Values {
    /// Whether anybody has had values in it.
    used: bool,
    tasks: Vec<(Whose, Py<PyDict>)>,
}

impl Values {
    fn of<'py>(&self, py: Python<'py>, whose: Whose) -> Option<Bound<'py, PyDict>> {
        self.tasks.iter().find(|(other, _)| *other == whose).map(|(_, dict)| dict.bind(py).clone())
    }
}

/// Thread-local data.
#[pyclass(name = "_local", module = "_thread", subclass, weakref, frozen)]
#[derive(Debug)]
pub(crate) struct Local {
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
    /// The interpreter's own thread-local object, for threads outside of executions.
    native: Py<PyAny>,
    values: Mutex<Values>,
    /// False while the interpreter has made the object, but we have not filled it.
    exists: bool,
}

static GET: Symbol<
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject, c_int) -> *mut ffi::PyObject,
> =
    // SAFETY: declared so in CPython's `cpython/object.h`.
    unsafe { Symbol::new(c"_PyObject_GenericGetAttrWithDict") };
static SET: Symbol<
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject) -> c_int,
> =
    // SAFETY: declared so in CPython's `cpython/object.h`.
    unsafe { Symbol::new(c"_PyObject_GenericSetAttrWithDict") };
/// What is said where the interpreter has neither.
const UNKNOWN: &str = "this interpreter has no attributes of thread-local data";

static NATIVE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Keeps the interpreter's own class.
pub(super) fn keep_native(class: &Bound<'_, PyAny>) {
    // The first one is the interpreter's; later calls come after it was replaced.
    let _ = NATIVE.set(class.py(), class.clone().unbind());
}

#[pymethods]
impl Local {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs))]
    fn new(class: &Bound<'_, PyType>, args: Bound<'_, PyTuple>, kwargs: Option<Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = class.py();
        let plain = class.getattr("__init__")?.is(&py.get_type::<PyAny>().getattr("__init__")?);
        if plain && (!args.is_empty() || kwargs.as_ref().is_some_and(|kwargs| !kwargs.is_empty())) {
            return Err(PyTypeError::new_err("Initialization arguments are not supported"));
        }
        let native = NATIVE.get(py).ok_or_else(|| error::runtime("thread-local data before control was taken"))?;
        Ok(Local {
            args: args.unbind(),
            kwargs: kwargs.map(Bound::unbind),
            native: native.call0(py)?,
            values: Mutex::new(Values { used: false, tasks: Vec::new() }),
            exists: true,
        })
    }

    fn __getattribute__<'py>(this: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let dict = Self::dict(this)?;
        if name == "__dict__" {
            return Ok(dict.into_any());
        }
        let get = GET.get().ok_or_else(|| error::runtime(UNKNOWN))?;
        // SAFETY: all are live objects.
        let found = unsafe { get(this.as_ptr(), name.as_ptr(), dict.as_ptr(), 0) };
        // SAFETY: the function returns a new reference, or null with an exception set.
        unsafe { Bound::from_owned_ptr_or_err(this.py(), found) }
    }

    fn __setattr__(this: &Bound<'_, Self>, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::set(this, name, value.as_ptr())
    }

    fn __delattr__(this: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        Self::set(this, name, std::ptr::null_mut())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.exists {
            return Ok(());
        }
        visit.call(&self.args)?;
        visit.call(&self.kwargs)?;
        visit.call(&self.native)?;
        // Locked only for moments in which nothing is collected; else the object's values count as reachable.
        let Ok(values) = self.values.try_lock() else { return Ok(()) };
        values.tasks.iter().try_for_each(|(_, dict)| visit.call(dict))
    }
}

impl Local {
    fn values(&self) -> MutexGuard<'_, Values> {
        self.values.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn set(this: &Bound<'_, Self>, name: &Bound<'_, PyAny>, value: *mut ffi::PyObject) -> PyResult<()> {
        if name.eq(intern!(this.py(), "__dict__"))? {
            let class = this.get_type();
            let class = class.name()?;
            return Err(PyAttributeError::new_err(format!("'{class}' object attribute '__dict__' is read-only")));
        }
        let dict = Self::dict(this)?;
        let set = SET.get().ok_or_else(|| error::runtime(UNKNOWN))?;
        // SAFETY: all but the value are live objects; the value is one, or null to delete.
        let done = unsafe { set(this.as_ptr(), name.as_ptr(), value, dict.as_ptr()) };
        if done == 0 { Ok(()) } else { Err(PyErr::fetch(this.py())) }
    }

    /// The running task's values.
    fn dict<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let py = this.py();
        let local = this.get();
        let whose = match tasks::execution() {
            Some(execution) => Whose::Task(execution, tasks::index()),
            None => Whose::Thread,
        };
        let known = match whose {
            Whose::Task(..) => local.values().of(py, whose),
            Whose::Thread => {
                local.native.bind(py).getattr_opt(intern!(py, "values"))?.map(|d| d.cast_into()).transpose()?
            }
        };
        if let Some(dict) = known {
            return Ok(dict);
        }
        let dict = PyDict::new(py);
        if whose == Whose::Thread {
            local.native.bind(py).setattr(intern!(py, "values"), &dict)?;
        } else {
            local.values().tasks.push((whose, dict.clone().unbind()));
            tasks::uses(this)?;
        }
        let used = replace(&mut local.values().used, true);
        // The task that makes the object initialises it by calling the class.
        if used {
            Self::initialise(this)?;
        }
        Ok(dict)
    }

    /// Calls the class's `__init__` in a task that is new to the object.
    fn initialise(this: &Bound<'_, Self>) -> PyResult<()> {
        let py = this.py();
        let init = this.get_type().getattr("__init__")?;
        if init.is(&py.get_type::<PyAny>().getattr("__init__")?) {
            return Ok(());
        }
        let local = this.get();
        let args: Vec<Bound<'_, PyAny>> =
            std::iter::once(this.clone().into_any()).chain(local.args.bind(py).iter()).collect();
        init.call(PyTuple::new(py, args)?, local.kwargs.as_ref().map(|kwargs| kwargs.bind(py)))?;
        Ok(())
    }

    /// Drops what tasks of `execution` keep in the object: one of them, or all.
    pub(super) fn forget(this: &Bound<'_, Self>, execution: u64, task: Option<usize>) {
        let goes = |whose: Whose| match whose {
            Whose::Task(its, index) => its == execution && task.is_none_or(|task| task == index),
            Whose::Thread => false,
        };
        let mut values = this.get().values();
        let gone: Vec<_> = values.tasks.extract_if(.., |(whose, _)| goes(*whose)).collect();
        drop(values);
        drop(gone);
    }
}
