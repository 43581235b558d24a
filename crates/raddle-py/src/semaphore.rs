//! `threading.Semaphore` and `threading.BoundedSemaphore`.

use crate::attributes::Attributes;
use crate::blocking::{blocking, operate, unwinding};
use crate::count::Count;
use crate::direct::{direct, none, yes};
use crate::error;
use crate::identity::Ordinal;
use crate::timeout::{Argument, Timeout, Truth};
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use raddle::engine::kernel::{Deadline, ObjectId};
use raddle::engine::sync;
use std::sync::OnceLock;

/// This class implements semaphore objects.
///
/// Semaphores manage a counter representing the number of release() calls minus the number of acquire() calls, plus an initial value.
/// The acquire() method blocks if necessary until it can return without making the counter negative.
/// If not given, value defaults to 1.
#[pyclass(module = "threading", frozen, subclass, weakref, dict)]
#[derive(Debug, Default)]
pub(crate) struct Semaphore {
    permits: OnceLock<Permits>,
    ordinal: Ordinal,
    attributes: Attributes,
}

#[derive(Debug)]
struct Permits {
    semaphore: sync::Semaphore,
    initial: u64,
    /// What the initial value had more than a semaphore can count: nobody will ever take so many.
    uncounted: u64,
}

#[pymethods]
impl Semaphore {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(value=1)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Semaphore::default()
    }

    #[pyo3(signature = (value = Argument::Missing))]
    fn __init__(this: &Bound<'_, Self>, value: Argument<'_, '_>) -> PyResult<()> {
        Semaphore::start(this, value, sync::Semaphore::new)
    }

    /// Acquire a semaphore, decrementing the internal counter by one.
    ///
    /// When invoked without arguments: if the internal counter is larger than zero on entry, decrement it by one and return true immediately.
    /// If it is zero on entry, block, waiting until some other thread has called release() to make it larger than zero.
    ///
    /// When invoked with blocking set to false, do not block.
    /// If a call without an argument would block, return false immediately; otherwise, do the same thing as when called without arguments, and return true.
    ///
    /// When invoked with a timeout other than None, it will block for at most timeout seconds.
    /// If acquire does not complete successfully in that interval, return false.
    /// Return true otherwise.
    #[pyo3(signature = (blocking = Truth(true), timeout = None), text_signature = "($self, blocking=True, timeout=None)")]
    fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        self.acquire_until(py, Timeout::of_semaphore(blocking, timeout)?)
    }

    /// Acquire a semaphore, decrementing the internal counter by one.
    #[pyo3(signature = (blocking = Truth(true), timeout = None), text_signature = "($self, blocking=True, timeout=None)")]
    fn __enter__(&self, py: Python<'_>, blocking: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        self.acquire(py, blocking, timeout)
    }

    /// Release a semaphore, incrementing the internal counter by one or more.
    ///
    /// When the counter is zero on entry and another thread is waiting for it to become larger than zero again, wake up that thread.
    #[pyo3(signature = (n = Count(1)), text_signature = "($self, n=1)")]
    fn release(&self, n: Count) -> PyResult<()> {
        let n = match u32::try_from(n.0) {
            Ok(0) | Err(_) if n.0 < 1 => return Err(error::value("n must be one or more")),
            Ok(n) => n,
            Err(_) => u32::MAX,
        };
        match operate(|| self.permits().map(|permits| permits.semaphore.release_many(n)))?? {
            Err(sync::Overflow) if !unwinding() => Err(error::value("Semaphore released too many times")),
            _ => Ok(()),
        }
    }

    /// Release the semaphore, incrementing the internal counter by one.
    #[pyo3(signature = (t, v, tb))]
    fn __exit__(
        this: &Bound<'_, Self>,
        t: Option<&Bound<'_, PyAny>>,
        v: Option<&Bound<'_, PyAny>>,
        tb: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let _ = (t, v, tb);
        this.get().release(Count(1))
    }

    #[getter]
    fn _value(&self) -> PyResult<u64> {
        self.permits().map(Permits::value)
    }

    /// What reports call it, once it is set.
    #[classattr]
    fn name() -> Option<Py<PyAny>> {
        None
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        let value = this.get().permits()?.value();
        Ok(format!("<{} at {:p}: value={value}>", full_name(this.as_any())?, this.as_ptr()))
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_thread.lock"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.attributes.visit(self, &visit)
    }
}

direct!(Acquire: Semaphore, "acquire", |py, this, arguments| match arguments {
    [] => this.permits.get()?.semaphore.acquire_until(Deadline::Now).ok().map(|done| yes(py, done)),
    _ => None,
});
direct!(Release: Semaphore, "release", |py, this, arguments| match arguments {
    [] => this.permits.get()?.semaphore.release_many(1).ok().map(|done| none(py, done)),
    _ => None,
});
direct!(Enter: Semaphore, "__enter__", |py, this, arguments| Acquire::call(py, this, arguments));
direct!(Exit: Semaphore, "__exit__", |py, this, arguments| match arguments {
    [_, _, _] => Release::call(py, this, &[]),
    _ => None,
});

impl Semaphore {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.permits.get().map_or(0, |permits| permits.semaphore.number())
    }

    fn start(
        this: &Bound<'_, Self>,
        value: Argument<'_, '_>,
        new: impl FnOnce(u32) -> sync::Semaphore,
    ) -> PyResult<()> {
        Attributes::find(this, |this| &this.attributes);
        let negative = || error::value("semaphore initial value must be >= 0");
        let initial = match value {
            Argument::Missing => 1,
            Argument::Given(value) => u64::try_from(value.extract::<Count>()?.0).map_err(|_| negative())?,
        };
        let counted = initial.min(u64::from(sync::Semaphore::MAX_PERMITS));
        let semaphore = new(u32::try_from(counted).unwrap_or(sync::Semaphore::MAX_PERMITS));
        // A second initialisation finds the first one's permits in use.
        let _ = this.get().permits.set(Permits { semaphore, initial, uncounted: initial - counted });
        Ok(())
    }

    fn permits(&self) -> PyResult<&Permits> {
        self.permits.get().ok_or_else(|| PyAttributeError::new_err("'Semaphore' object has no attribute '_value'"))
    }

    fn acquire_until(&self, py: Python<'_>, timeout: Timeout<'_, '_>) -> PyResult<bool> {
        let semaphore = &self.permits()?.semaphore;
        blocking(py, timeout, |deadline| semaphore.acquire_until(deadline)).map(|taken| taken.is_some())
    }
}

impl Permits {
    fn value(&self) -> u64 {
        self.uncounted + u64::from(self.semaphore.left())
    }
}

/// Implements a bounded semaphore.
///
/// A bounded semaphore checks to make sure its current value doesn't exceed its initial value.
/// If it does, ValueError is raised.
/// In most situations semaphores are used to guard resources with limited capacity.
///
/// If the semaphore is released too many times it's a sign of a bug.
/// If not given, value defaults to 1.
#[pyclass(module = "threading", frozen, subclass, extends = Semaphore)]
#[derive(Debug)]
pub(crate) struct BoundedSemaphore;

#[pymethods]
impl BoundedSemaphore {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(value=1)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Semaphore::default()).add_subclass(BoundedSemaphore)
    }

    #[pyo3(signature = (value = Argument::Missing))]
    fn __init__(this: &Bound<'_, Self>, value: Argument<'_, '_>) -> PyResult<()> {
        Semaphore::start(this.as_super(), value, sync::Semaphore::bounded)
    }

    #[getter]
    fn _initial_value(this: &Bound<'_, Self>) -> PyResult<u64> {
        this.as_super().get().permits().map(|permits| permits.initial)
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        let permits = this.as_super().get().permits()?;
        let (value, initial) = (permits.value(), permits.initial);
        Ok(format!("<{} at {:p}: value={value}/{initial}>", full_name(this.as_any())?, this.as_ptr()))
    }
}

/// The class's module and qualified name, as the standard library's `repr`s begin.
pub(crate) fn full_name(this: &Bound<'_, PyAny>) -> PyResult<String> {
    let class = this.get_type();
    Ok(format!("{}.{}", class.module()?, class.qualname()?))
}
