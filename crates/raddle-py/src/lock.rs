//! `threading.Lock`.

use crate::blocking::{blocking, operate, unwinding};
use crate::control::unseen;
use crate::direct::{direct, none, yes};
use crate::error;
use crate::identity::Ordinal;
use crate::name;
use crate::timeout::{Argument, Timeout, Truth};
use crate::version::since;
use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use raddle::engine::kernel::{Deadline, ObjectId};
use raddle::engine::sync;

/// A lock object is a synchronization primitive.
///
/// It is locked or it is not; whoever locked it, anybody may unlock it.
#[pyclass(name = "lock", module = "_thread", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct Lock {
    pub(crate) lock: sync::Lock,
    ordinal: Ordinal,
}

#[pymethods]
impl Lock {
    #[new]
    #[pyo3(signature = (*args), text_signature = "()")]
    fn new(args: &Bound<'_, PyTuple>) -> PyResult<Self> {
        match args.len() {
            // A factory function up to there, and no class that anybody could call.
            _ if !since(13) => Err(PyTypeError::new_err("cannot create '_thread.lock' instances")),
            0 => Ok(Lock::free()),
            n => Err(PyTypeError::new_err(format!("lock expected 0 arguments, got {n}"))),
        }
    }

    /// Lock the lock.
    ///
    /// Without argument, this blocks if the lock is already locked (even by the same thread), waiting for another thread to release the lock, and return True once the lock is acquired.
    /// With an argument, this will only block if the argument is true, and the return value reflects whether the lock is acquired.
    /// The blocking operation is interruptible.
    #[pyo3(signature = (blocking = Truth(true), timeout = Argument::Missing), text_signature = "($self, /, blocking=True, timeout=-1)")]
    fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: Argument<'_, '_>) -> PyResult<bool> {
        self.acquire_until(py, Timeout::of_lock(blocking, timeout)?)
    }

    /// An obsolete synonym of acquire().
    #[pyo3(signature = (blocking = Truth(true), timeout = Argument::Missing), text_signature = "($self, /, blocking=True, timeout=-1)")]
    fn acquire_lock(&self, py: Python<'_>, blocking: Truth, timeout: Argument<'_, '_>) -> PyResult<bool> {
        self.acquire(py, blocking, timeout)
    }

    /// Release the lock, allowing another thread that is blocked waiting for the lock to acquire the lock.
    ///
    /// The lock must be in the locked state, but it needn't be locked by the same thread that unlocks it.
    pub(crate) fn release(&self) -> PyResult<()> {
        match operate(|| self.lock.release())? {
            Err(sync::NotHeld) if !unwinding() => Err(error::runtime("release unlocked lock")),
            _ => Ok(()),
        }
    }

    /// An obsolete synonym of release().
    fn release_lock(&self) -> PyResult<()> {
        self.release()
    }

    /// Return whether the lock is in the locked state.
    fn locked(&self) -> PyResult<bool> {
        operate(|| self.lock.is_locked())
    }

    /// An obsolete synonym of locked().
    fn locked_lock(&self) -> PyResult<bool> {
        self.locked()
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
        unseen::shown(this.as_any());
        let state = if this.get().lock.owner().is_some() { "locked" } else { "unlocked" };
        format!("<{state} {} object at {:p}>", name_of_type(this), this.as_ptr())
    }
}

direct!(Acquire: Lock, "acquire", |py, this, arguments| match arguments {
    [] => this.lock.acquire(Deadline::Now).ok().map(|done| yes(py, done)),
    _ => None,
});
direct!(Release: Lock, "release", |py, this, arguments| match arguments {
    [] => Exit::call(py, this, arguments),
    _ => None,
});
direct!(Enter: Lock, "__enter__", |py, this, arguments| Acquire::call(py, this, arguments));
direct!(Exit: Lock, "__exit__", |py, this, _| this.lock.release().ok().map(|done| none(py, done)));

impl Lock {
    /// A lock that nobody holds.
    fn free() -> Self {
        Lock { lock: sync::Lock::new(), ordinal: Ordinal::new() }
    }

    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.lock.number()
    }

    /// Takes the lock; false if it was in vain.
    pub(crate) fn acquire_until(&self, py: Python<'_>, timeout: Timeout<'_, '_>) -> PyResult<bool> {
        blocking(py, timeout, |deadline| self.lock.acquire(deadline)).map(|taken| taken.is_some())
    }
}

/// The name that CPython's own `repr` of a lock shows: with the module for its own type, `T`, without for classes written in Python.
pub(crate) fn name_of_type<T: PyTypeInfo>(this: &Bound<'_, T>) -> String {
    let class = this.as_any().get_type();
    let name = class.name().map_or_else(|_| "lock".to_owned(), |name| name.to_string());
    if class.is(this.py().get_type::<T>()) { format!("_thread.{name}") } else { name }
}

/// Create a new lock object.
#[pyfunction]
pub(crate) fn allocate_lock() -> Lock {
    Lock::free()
}
