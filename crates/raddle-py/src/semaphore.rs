//! `threading.Semaphore` and `threading.BoundedSemaphore`.

use crate::attributes::Attributes;
use crate::blocking::{blocking, operate, unwinding};
use crate::condition::Condition;
use crate::control::unseen;
use crate::count::Count;
use crate::direct::{direct, none, yes};
use crate::error;
use crate::identity::Ordinal;
use crate::insides;
use crate::lock::allocate_lock;
use crate::subclass::overrides;
use crate::timeout::{Argument, Timeout, Truth};
use pyo3::call::PyCallArgs;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{IntoPyObjectExt, intern};
use raddle::engine::kernel::{Deadline, ObjectId};
use raddle::engine::sync;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

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
    /// Whether somebody has asked for its insides. Its permits are retired then.
    open: AtomicBool,
    /// Whether its class has a `release` of its own, as was found when it was initialised.
    releases: AtomicBool,
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
    fn acquire(this: &Bound<'_, Self>, blocking: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        Semaphore::acquire_until(this, Timeout::of_semaphore(blocking, timeout)?)
    }

    /// Acquire a semaphore, decrementing the internal counter by one.
    #[pyo3(signature = (blocking = Truth(true), timeout = None), text_signature = "($self, blocking=True, timeout=None)")]
    fn __enter__(this: &Bound<'_, Self>, blocking: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        Semaphore::acquire(this, blocking, timeout)
    }

    /// Release a semaphore, incrementing the internal counter by one or more.
    ///
    /// When the counter is zero on entry and another thread is waiting for it to become larger than zero again, wake up that thread.
    #[pyo3(signature = (n = Count(1)), text_signature = "($self, n=1)")]
    fn release(this: &Bound<'_, Self>, n: Count) -> PyResult<()> {
        let Some(permits) = this.get().permits.get() else { return theirs(this, "release", (n.0,)).map(drop) };
        let many = match u32::try_from(n.0) {
            Ok(0) | Err(_) if n.0 < 1 => return Err(error::value("n must be one or more")),
            Ok(n) => n,
            Err(_) => u32::MAX,
        };
        match operate(|| permits.semaphore.release_many(many))? {
            Err(sync::Overflow) if this.get().is_open() => theirs(this, "release", (n.0,)).map(drop),
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
        if Semaphore::overrides_release(this)? {
            return this.call_method0("release").map(drop);
        }
        Semaphore::release(this, Count(1))
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
        let Some(permits) = this.get().native() else { return theirs(this, "__repr__", ())?.extract() };
        unseen::shown(this.as_any());
        let value = permits.value();
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
    [_, _, _] if !this.releases.load(Relaxed) => Release::call(py, this, &[]),
    _ => None,
});

impl Semaphore {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.permits.get().map_or(0, |permits| permits.semaphore.number())
    }

    /// Whether its class has a `release` of its own, which a `with` statement then ends with.
    fn overrides_release(this: &Bound<'_, Self>) -> PyResult<bool> {
        if is_bounded(this) {
            overrides::<BoundedSemaphore>(this, &["release"])
        } else {
            overrides::<Semaphore>(this, &["release"])
        }
    }

    fn start(
        this: &Bound<'_, Self>,
        value: Argument<'_, '_>,
        new: impl FnOnce(u32) -> sync::Semaphore,
    ) -> PyResult<()> {
        Attributes::find(this, |this| &this.attributes);
        this.get().releases.store(Semaphore::overrides_release(this)?, Relaxed);
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

    /// What counts its permits, unless the standard library's code does.
    fn native(&self) -> Option<&Permits> {
        self.permits.get().filter(|_| !self.is_open())
    }

    fn is_open(&self) -> bool {
        // Relaxed: whoever must see that it was opened has found its permits retired; and the fields are waited for.
        self.open.load(Relaxed)
    }

    fn acquire_until(this: &Bound<'_, Self>, timeout: Timeout<'_, '_>) -> PyResult<bool> {
        let (py, mut until) = (this.py(), Deadline::Now);
        if let Some(Permits { semaphore, .. }) = this.get().permits.get() {
            let taken = blocking(py, timeout, |deadline| {
                until = deadline;
                semaphore.acquire_until(deadline)
            })?;
            if taken.is_some() || !this.get().is_open() {
                return Ok(taken.is_some());
            }
        }
        let (blocking, left) = timeout.left(until);
        theirs(this, "acquire", (blocking, left.filter(|_| blocking)))?.is_truthy()
    }

    /// The value of a field while nobody else counts.
    fn look<'py>(this: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(permits) = this.cast::<Self>()?.get().native() else { return Ok(None) };
        let value = match name {
            "_value" => permits.uncounted + u64::from(operate(|| permits.semaphore.permits())?),
            "_initial_value" => permits.initial,
            _ => return Ok(None),
        };
        value.into_bound_py_any(this.py()).map(Some)
    }

    /// Lets the standard library's code count, in fields that everybody can see.
    fn open(this: &Bound<'_, Self>) -> PyResult<()> {
        let (py, semaphore) = (this.py(), this.get());
        if semaphore.is_open() {
            return Ok(());
        }
        let fields = insides::attributes(this)?;
        let condition = py.get_type::<Condition>().call1((allocate_lock(),))?;
        // Made now: that may let the interpreter go for the first time.
        let names = [intern!(py, "_cond"), intern!(py, "_value"), intern!(py, "_initial_value")];
        with_critical_section(this, || {
            // Somebody else may have been faster while the condition was made.
            if semaphore.open.swap(true, Relaxed) {
                return Ok(());
            }
            let Some(permits) = semaphore.permits.get() else { return Ok(()) };
            let left = permits.uncounted + u64::from(operate(|| permits.semaphore.retire())?);
            fields.set_item(names[0], condition)?;
            fields.set_item(names[1], left)?;
            if is_bounded(this) {
                fields.set_item(names[2], permits.initial)?;
            }
            Ok(())
        })
    }
}

/// The fields of a semaphore whose insides somebody has asked for.
pub(crate) fn give_fields(py: Python<'_>) -> PyResult<()> {
    let open = |semaphore: &Bound<'_, PyAny>| Semaphore::open(semaphore.cast()?);
    insides::give_seen(&py.get_type::<Semaphore>(), &["_cond", "_value"], Semaphore::look, open)?;
    insides::give_seen(&py.get_type::<BoundedSemaphore>(), &["_initial_value"], Semaphore::look, open)
}

/// Calls a method of the standard library's on a semaphore of which it counts the permits.
fn theirs<'py>(
    this: &Bound<'py, Semaphore>,
    method: &str,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    // Until whoever opens it is ready.
    with_critical_section(this, || ());
    insides::call(&error::their_semaphore(this.py(), is_bounded(this))?, this, method, arguments)
}

fn is_bounded(this: &Bound<'_, Semaphore>) -> bool {
    this.is_instance_of::<BoundedSemaphore>()
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

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        let Some(permits) = this.as_super().get().native() else {
            return theirs(this.as_super(), "__repr__", ())?.extract();
        };
        let (value, initial) = (permits.value(), permits.initial);
        Ok(format!("<{} at {:p}: value={value}/{initial}>", full_name(this.as_any())?, this.as_ptr()))
    }
}

/// The class's module and qualified name, as the standard library's `repr`s begin.
pub(crate) fn full_name(this: &Bound<'_, PyAny>) -> PyResult<String> {
    let class = this.get_type();
    Ok(format!("{}.{}", class.module()?, class.qualname()?))
}
