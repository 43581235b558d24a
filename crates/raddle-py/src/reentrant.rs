//! `threading.RLock`.

use crate::blocking::{blocking, operate, unwinding};
use crate::control::{tasks, unseen};
use crate::direct::{direct, none, yes};
use crate::error;
use crate::identity::Ordinal;
use crate::lock::name_of_type;
use crate::name;
use crate::timeout::{Argument, Timeout, Truth};
use crate::version::since;
use pyo3::exceptions::PyDeprecationWarning;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use raddle::engine::kernel::{Deadline, ObjectId, uninterrupted, watched};
use raddle::engine::sync::{NotHeld, Reentrant};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A reentrant lock: the thread that holds it may lock it again, and must unlock it as often.
#[pyclass(name = "RLock", module = "_thread", frozen, subclass, weakref)]
#[derive(Debug)]
pub(crate) struct RLock {
    pub(crate) lock: Reentrant,
    /// What `get_ident()` said to the thread that took it last, for its `repr`.
    holder: AtomicUsize,
    ordinal: Ordinal,
}

#[pymethods]
impl RLock {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(*args, **kwargs)")]
    fn new(class: &Bound<'_, PyType>, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = class.py();
        let any = !args.is_empty() || kwargs.is_some_and(|kwargs| !kwargs.is_empty());
        // A subclass may have arguments of its own.
        if any && since(13) && class.is(py.get_type::<RLock>()) {
            let warning = py.get_type::<PyDeprecationWarning>();
            let message = c"Passing arguments to RLock is deprecated and will be removed in 3.15";
            PyErr::warn(py, &warning, message, 1)?;
        }
        Ok(RLock::free())
    }

    /// Lock the lock.
    ///
    /// `blocking` indicates whether we should wait for the lock to be available or not.
    /// If `blocking` is False and another thread holds the lock, the method will return False immediately.
    /// If `blocking` is True and another thread holds the lock, the method will wait for the lock to be released, take it and then return True.
    /// In all other cases, the method will return True immediately.
    #[pyo3(signature = (blocking = Truth(true), timeout = Argument::Missing), text_signature = "($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: Argument<'_, '_>) -> PyResult<bool> {
        self.acquire_until(py, Timeout::of_lock(blocking, timeout)?)
    }

    /// Release the lock, allowing another thread that is blocked waiting for the lock to acquire the lock.
    ///
    /// The lock must be in the locked state, and must be locked by the same thread that unlocks it.
    pub(crate) fn release(&self) -> PyResult<()> {
        match operate(|| self.lock.release())? {
            Err(NotHeld) if !unwinding() => Err(not_held()),
            _ => Ok(()),
        }
    }

    /// Return whether anybody holds the lock.
    fn locked(&self) -> PyResult<bool> {
        operate(|| self.lock.is_locked())
    }

    /// Lock the lock.
    fn __enter__(&self, py: Python<'_>) -> PyResult<bool> {
        self.acquire_until(py, Timeout::Never)
    }

    /// Release the lock.
    #[pyo3(signature = (_kind = None, _value = None, _traceback = None), text_signature = "($self, /, *exc_info)")]
    fn __exit__(
        &self,
        _kind: Option<&Bound<'_, PyAny>>,
        _value: Option<&Bound<'_, PyAny>>,
        _traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.release()
    }

    /// For internal use by `threading.Condition`.
    fn _is_owned(&self) -> bool {
        self.lock.owned()
    }

    /// For internal use by `threading.Condition`.
    fn _release_save(&self) -> PyResult<(u32, usize)> {
        match operate(|| self.lock.release_save())? {
            Ok(depth) => Ok((depth.get(), self.holder.load(Relaxed))),
            Err(NotHeld) if unwinding() => Ok((1, 0)),
            Err(NotHeld) => Err(not_held()),
        }
    }

    /// For internal use by `threading.Condition`.
    #[pyo3(signature = (state, /))]
    fn _acquire_restore(&self, py: Python<'_>, state: (u32, usize)) -> PyResult<()> {
        let Some(depth) = NonZeroU32::new(state.0) else { return Ok(()) };
        blocking(py, Timeout::Never, |deadline| uninterrupted(|| self.lock.acquire_restore(depth, deadline)))?;
        self.holder.store(state.1, Relaxed);
        Ok(())
    }

    /// For internal use by reentrancy checks.
    fn _recursion_count(&self) -> u32 {
        self.lock.count()
    }

    fn _at_fork_reinit(&self) {
        self.lock.reset();
    }

    /// What reports call it; None if it was given no name.
    #[getter]
    fn name<'py>(this: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        name::get(this)
    }

    #[setter]
    fn set_name(this: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        name::set(this, name)
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    fn __repr__(this: &Bound<'_, Self>) -> String {
        if this.get().lock.count() == 0 {
            unseen::shown(this.as_any());
        }
        let (state, holder) = match this.get().lock.owner() {
            Some(_) => ("locked", this.get().holder.load(Relaxed)),
            None => ("unlocked", 0),
        };
        let (name, count) = (name_of_type(this), this.get().lock.depth());
        format!("<{state} {name} object owner={holder} count={count} at {:p}>", this.as_ptr())
    }
}

direct!(Acquire: RLock, "acquire", |py, this, arguments| match arguments {
    [] => this.lock.acquire(Deadline::Now).ok().map(|done| {
        this.holder.store(ident(), Relaxed);
        yes(py, done)
    }),
    _ => None,
});
direct!(Release: RLock, "release", |py, this, arguments| match arguments {
    [] => Exit::call(py, this, arguments),
    _ => None,
});
direct!(Enter: RLock, "__enter__", |py, this, arguments| Acquire::call(py, this, arguments));
direct!(Exit: RLock, "__exit__", |py, this, _| this.lock.release().ok().map(|done| none(py, done)));

impl RLock {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.lock.number()
    }

    /// A lock that nobody holds.
    pub(crate) fn free() -> Self {
        RLock { lock: Reentrant::new(), holder: AtomicUsize::new(0), ordinal: Ordinal::new() }
    }

    /// Takes the lock; false if it was in vain.
    pub(crate) fn acquire_until(&self, py: Python<'_>, timeout: Timeout<'_, '_>) -> PyResult<bool> {
        let taken = blocking(py, timeout, |deadline| self.lock.acquire(deadline))?.is_some();
        if taken {
            self.holder.store(ident(), Relaxed);
        }
        Ok(taken)
    }
}

/// What `get_ident()` says here.
fn ident() -> usize {
    if watched()
        && let Some(ident) = tasks::ident_here()
    {
        return ident;
    }
    unsafe extern "C" {
        // Declared so in CPython's `pythread.h`.
        safe fn PyThread_get_thread_ident() -> std::ffi::c_ulong;
    }
    PyThread_get_thread_ident() as usize
}

fn not_held() -> PyErr {
    error::runtime("cannot release un-acquired lock")
}
