//! `threading.Condition`.

use crate::attributes::Attributes;
use crate::blocking::{back, detached, operate, unwinding};
use crate::control::unseen;
use crate::count::Count;
use crate::direct::{direct, none};
use crate::error;
use crate::identity::Ordinal;
use crate::lock::{self, Lock, allocate_lock};
use crate::reentrant::{self, RLock};
use crate::subclass::overrides;
use crate::timeout::Timeout;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyAttributeError, PyDeprecationWarning};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyTuple};
use raddle::engine::kernel::{Deadline, ObjectId, now, uninterrupted};
use raddle::engine::sync::Condvar;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;

/// A condition variable: threads wait under its lock until another thread notifies them.
///
/// If the lock argument is given and not None, it must be a Lock or RLock object, and it is used as the underlying lock.
/// Otherwise, a new RLock object is created and used as the underlying lock.
#[pyclass(module = "threading", frozen, subclass, weakref, dict)]
#[derive(Debug)]
pub(crate) struct Condition {
    held: OnceLock<Held>,
    changed: Condvar,
    ordinal: Ordinal,
    attributes: Attributes,
}

/// The lock of a condition: anything that has `acquire` and `release`.
#[derive(Debug)]
enum Held {
    Lock(Py<Lock>),
    RLock(Py<RLock>),
    Other(Py<PyAny>),
}

/// The payload with which a wait is left whose lock would not be released.
struct Unreleased(PyErr);

#[pymethods]
impl Condition {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(lock=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Condition {
            held: OnceLock::new(),
            changed: Condvar::new(),
            ordinal: Ordinal::new(),
            attributes: Attributes::default(),
        }
    }

    #[pyo3(signature = (lock = None))]
    fn __init__(this: &Bound<'_, Self>, lock: Option<Bound<'_, PyAny>>) -> PyResult<()> {
        Attributes::find(this, |this| &this.attributes);
        let held = match lock {
            None => Held::RLock(Py::new(this.py(), RLock::free())?),
            Some(lock) => Held::of(lock)?,
        };
        // A second initialisation finds the first one's lock in use.
        let _ = this.get().held.set(held);
        Ok(())
    }

    /// The lock's `acquire`.
    #[getter]
    fn acquire<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.held()?.object(py).getattr("acquire")
    }

    /// The lock's `release`.
    #[getter]
    fn release<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.held()?.object(py).getattr("release")
    }

    /// Acquire the lock.
    fn __enter__(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.held()? {
            Held::Lock(lock) => lock.get().acquire_until(py, Timeout::Never).and_then(|taken| taken.into_py_any(py)),
            Held::RLock(lock) => lock.get().acquire_until(py, Timeout::Never).and_then(|taken| taken.into_py_any(py)),
            Held::Other(lock) => lock.call_method0(py, "__enter__"),
        }
    }

    /// Release the lock.
    #[pyo3(signature = (kind = None, value = None, traceback = None), text_signature = "($self, *args)")]
    fn __exit__(
        &self,
        py: Python<'_>,
        kind: Option<&Bound<'_, PyAny>>,
        value: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        match self.held()? {
            Held::Lock(lock) => lock.get().release().map(|()| py.None()),
            Held::RLock(lock) => lock.get().release().map(|()| py.None()),
            Held::Other(lock) => lock.call_method1(py, "__exit__", (kind, value, traceback)),
        }
    }

    /// Wait until notified or until a timeout occurs.
    ///
    /// If the calling thread has not acquired the lock when this method is called, a RuntimeError is raised.
    ///
    /// This method releases the underlying lock, and then blocks until it is awakened by a notify() or notify_all() call for the same condition variable in another thread, or until the optional timeout occurs.
    /// Once awakened or timed out, it re-acquires the lock and returns whether it was awakened.
    #[pyo3(signature = (timeout = None))]
    fn wait(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        self.check_owned(py, "cannot wait on un-acquired lock")?;
        self.wait_until(py, Timeout::of_wait(timeout).read()?.deadline())
    }

    /// Wait until a condition evaluates to True.
    ///
    /// predicate should be a callable which result will be interpreted as a boolean value.
    /// A timeout may be provided giving the maximum time to wait.
    #[pyo3(signature = (predicate, timeout = None))]
    fn wait_for<'py>(
        this: &Bound<'py, Self>,
        predicate: &Bound<'py, PyAny>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, condition) = (this.py(), this.get());
        let overridden = overrides::<Condition>(this, &["wait"])?;
        let mut left = None;
        let mut result = predicate.call0()?;
        while !result.is_truthy()? {
            if !overridden {
                condition.check_owned(py, "cannot wait on un-acquired lock")?;
            }
            let deadline = match left {
                None => *left.insert(Timeout::of_sum(timeout).read()?.deadline()),
                Some(Deadline::Now) => break,
                Some(Deadline::At(at)) if at <= now() => break,
                Some(deadline) => deadline,
            };
            if overridden {
                this.call_method1("wait", (Timeout::At(deadline).left(deadline).1,))?;
            } else {
                condition.wait_until(py, deadline)?;
            }
            result = predicate.call0()?;
        }
        Ok(result)
    }

    /// Wake up one or more threads waiting on this condition, if any.
    ///
    /// If the calling thread has not acquired the lock when this method is called, a RuntimeError is raised.
    ///
    /// This method wakes up at most n of the threads waiting for the condition variable; it is a no-op if no threads are waiting.
    #[pyo3(signature = (n = None), text_signature = "($self, n=1)")]
    fn notify(&self, py: Python<'_>, n: Option<Count>) -> PyResult<()> {
        self.check_owned(py, "cannot notify on un-acquired lock")?;
        let n = n.map_or(1, |Count(n)| usize::try_from(n).unwrap_or(0));
        operate(|| self.changed.notify(n)).map(drop)
    }

    /// Wake up all threads waiting on this condition.
    ///
    /// If the calling thread has not acquired the lock when this method is called, a RuntimeError is raised.
    fn notify_all(this: &Bound<'_, Self>) -> PyResult<()> {
        let condition = this.get();
        if overrides::<Condition>(this, &["notify"])? {
            return this.call_method1("notify", (condition.changed.waiting(),)).map(drop);
        }
        condition.check_owned(this.py(), "cannot notify on un-acquired lock")?;
        operate(|| condition.changed.notify_all())
    }

    /// Wake up all threads waiting on this condition.
    ///
    /// This method is deprecated, use notify_all() instead.
    #[pyo3(name = "notifyAll")]
    fn notify_all_deprecated(this: &Bound<'_, Self>) -> PyResult<()> {
        let warning = this.py().get_type::<PyDeprecationWarning>();
        PyErr::warn(this.py(), &warning, c"notifyAll() is deprecated, use notify_all() instead", 1)?;
        this.call_method0("notify_all").map(drop)
    }

    #[getter]
    fn _lock<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(self.held()?.object(py).clone())
    }

    /// Who waits.
    #[getter]
    fn _waiters(this: &Bound<'_, Self>) -> Waiters {
        Waiters(this.clone().unbind())
    }

    fn _is_owned(&self, py: Python<'_>) -> PyResult<bool> {
        self.held()?.is_owned(py)
    }

    fn _release_save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        release_save(self.held()?.object(py))
    }

    fn _acquire_restore(&self, py: Python<'_>, state: &Bound<'_, PyAny>) -> PyResult<()> {
        acquire_restore(self.held()?.object(py), state)
    }

    fn _at_fork_reinit(&self, py: Python<'_>) -> PyResult<()> {
        self.held()?.object(py).call_method0("_at_fork_reinit")?;
        self.changed.reset();
        Ok(())
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
        unseen::shown(this.as_any());
        let condition = this.get();
        Ok(format!("<Condition({}, {})>", condition.held()?.object(this.py()).str()?, condition.changed.waiting()))
    }

    fn __getstate__(&self, py: Python<'_>) -> PyResult<()> {
        Err(error::unpicklable(match self.held()? {
            Held::Lock(_) => "_thread.lock",
            Held::RLock(_) => "_thread.RLock",
            Held::Other(lock) => return Err(error::unpicklable(&lock.bind(py).get_type().name()?.to_string())),
        }))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.ordinal.exists() {
            return Ok(());
        }
        self.attributes.visit(self, &visit)?;
        match self.held.get() {
            None => Ok(()),
            Some(Held::Lock(lock)) => visit.call(lock),
            Some(Held::RLock(lock)) => visit.call(lock),
            Some(Held::Other(lock)) => visit.call(lock),
        }
    }
}

/// The waiters of a condition, each as a lock, to be counted: nobody is woken by them.
#[pyclass(module = "threading", frozen, sequence)]
#[derive(Debug)]
struct Waiters(Py<Condition>);

#[pymethods]
impl Waiters {
    fn __len__(&self) -> PyResult<usize> {
        operate(|| self.0.get().changed.waiters() as usize)
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyTuple::new(py, (0..self.__len__()?).map(|_| allocate_lock()))?.try_iter()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

direct!(Enter: Condition, "__enter__", |py, this, arguments| match (this.held.get()?, arguments) {
    (Held::Lock(lock), []) => lock::Acquire::call(py, lock.get(), arguments),
    (Held::RLock(lock), []) => reentrant::Acquire::call(py, lock.get(), arguments),
    _ => None,
});
direct!(Exit: Condition, "__exit__", |py, this, arguments| match this.held.get()? {
    Held::Lock(lock) => lock::Exit::call(py, lock.get(), arguments),
    Held::RLock(lock) => reentrant::Exit::call(py, lock.get(), arguments),
    Held::Other(_) => None,
});
direct!(Notify: Condition, "notify", |py, this, arguments| {
    let owned = match this.held.get()? {
        Held::Lock(lock) => lock.get().lock.owner().is_some(),
        Held::RLock(lock) => lock.get().lock.owned(),
        Held::Other(_) => false,
    };
    (owned && arguments.is_empty()).then(|| none(py, this.changed.notify(1)))
});

impl Condition {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.changed.number()
    }

    fn held(&self) -> PyResult<&Held> {
        self.held.get().ok_or_else(|| PyAttributeError::new_err("'Condition' object has no attribute '_lock'"))
    }

    fn check_owned(&self, py: Python<'_>, otherwise: &'static str) -> PyResult<()> {
        if self.held()?.is_owned(py)? || unwinding() { Ok(()) } else { Err(error::runtime(otherwise)) }
    }

    /// Gives the lock back, waits to be notified, and takes the lock again whatever has happened.
    fn wait_until(&self, py: Python<'_>, deadline: Deadline) -> PyResult<bool> {
        let woken = match self.held()? {
            Held::Lock(lock) => {
                let lock = &lock.get().lock;
                detached(py, || {
                    let woken = self.changed.wait_raw(deadline, || _ = lock.release());
                    uninterrupted(|| lock.acquire(Deadline::Never)).and(woken)
                })
            }
            Held::RLock(lock) => {
                let lock = &lock.get().lock;
                detached(py, || self.changed.wait_reentrant(lock, deadline))
            }
            Held::Other(lock) => self.wait_under(lock.bind(py), deadline),
        };
        woken.map(|woken| woken.is_some())
    }

    /// As [`wait_until`](Self::wait_until), under a lock that only Python knows how to release.
    fn wait_under(&self, lock: &Bound<'_, PyAny>, deadline: Deadline) -> PyResult<Option<()>> {
        let (py, shared) = (lock.py(), lock.clone().unbind());
        let mut saved = None;
        let release = || {
            back(|py| match release_save(shared.bind(py)) {
                Ok(state) => saved = Some(state.unbind()),
                Err(e) => resume_unwind(Box::new(Unreleased(e))),
            });
        };
        let wait = AssertUnwindSafe(|| detached(py, || self.changed.wait_raw(deadline, release)));
        let woken = catch_unwind(wait).unwrap_or_else(|payload| match payload.downcast::<Unreleased>() {
            Ok(unreleased) => Err(unreleased.0),
            Err(payload) => resume_unwind(payload),
        });
        if let Some(state) = saved {
            acquire_restore(lock, state.bind(py))?;
        }
        woken
    }
}

impl Held {
    fn of(lock: Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(lock) = lock.cast_exact::<Lock>() {
            return Ok(Held::Lock(lock.clone().unbind()));
        }
        if let Ok(lock) = lock.cast_exact::<RLock>() {
            return Ok(Held::RLock(lock.clone().unbind()));
        }
        lock.getattr("acquire")?;
        lock.getattr("release")?;
        Ok(Held::Other(lock.unbind()))
    }

    fn object<'a, 'py>(&'a self, py: Python<'py>) -> &'a Bound<'py, PyAny> {
        match self {
            Held::Lock(lock) => lock.bind(py).as_any(),
            Held::RLock(lock) => lock.bind(py).as_any(),
            Held::Other(lock) => lock.bind(py),
        }
    }

    /// Whether this thread holds the lock, or anybody does of a lock that does not know its holder.
    fn is_owned(&self, py: Python<'_>) -> PyResult<bool> {
        let lock = match self {
            Held::Lock(lock) => return Ok(lock.get().lock.owner().is_some()),
            Held::RLock(lock) => return Ok(lock.get().lock.owned()),
            Held::Other(lock) => lock.bind(py),
        };
        if let Some(is_owned) = lock.getattr_opt("_is_owned")? {
            return is_owned.call0()?.is_truthy();
        }
        let free = lock.call_method1("acquire", (false,))?.is_truthy()?;
        if free {
            lock.call_method0("release")?;
        }
        Ok(!free)
    }
}

/// Releases a lock completely; what it says is what [`acquire_restore`] needs.
fn release_save<'py>(lock: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match lock.getattr_opt("_release_save")? {
        Some(release_save) => release_save.call0(),
        None => lock.call_method0("release").map(|_| lock.py().None().into_bound(lock.py())),
    }
}

fn acquire_restore(lock: &Bound<'_, PyAny>, state: &Bound<'_, PyAny>) -> PyResult<()> {
    match lock.getattr_opt("_acquire_restore")? {
        Some(acquire_restore) => acquire_restore.call1((state,)).map(drop),
        None => lock.call_method0("acquire").map(drop),
    }
}
