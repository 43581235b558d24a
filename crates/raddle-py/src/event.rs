//! `threading.Event`.

use crate::attributes::Attributes;
use crate::blocking::{blocking, operate};
use crate::condition::Condition;
use crate::control::unseen;
use crate::error;
use crate::identity::Ordinal;
use crate::insides;
use crate::lock::allocate_lock;
use crate::semaphore::full_name;
use crate::timeout::Timeout;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyDeprecationWarning;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyDict, PyTuple};
use raddle::engine::kernel::{Deadline, ObjectId};
use raddle::engine::sync;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, fence};

/// Class implementing event objects.
///
/// Events manage a flag that can be set to true with the set() method and reset to false with the clear() method.
/// The wait() method blocks until the flag is true.
/// The flag is initially false.
#[pyclass(module = "threading", frozen, subclass, weakref, dict)]
#[derive(Debug)]
pub(crate) struct Event {
    flag: sync::Event,
    ordinal: Ordinal,
    attributes: Attributes,
    /// Whether somebody has asked for its insides. Its flag is set then, so that nobody waits here.
    open: AtomicBool,
}

#[pymethods]
impl Event {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "()")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Event {
            flag: sync::Event::new(),
            ordinal: Ordinal::new(),
            attributes: Attributes::default(),
            open: AtomicBool::new(false),
        }
    }

    #[pyo3(signature = ())]
    fn __init__(this: &Bound<'_, Self>) {
        Attributes::find(this, |this| &this.attributes);
    }

    /// Return true if and only if the internal flag is true.
    fn is_set(this: &Bound<'_, Self>) -> PyResult<bool> {
        match operate(|| this.get().flag.is_set())? {
            true if this.get().is_open() => theirs(this, "is_set", ())?.is_truthy(),
            set => Ok(set),
        }
    }

    /// Return true if and only if the internal flag is true.
    ///
    /// This method is deprecated, use is_set() instead.
    #[pyo3(name = "isSet")]
    fn is_set_deprecated(this: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let warning = this.py().get_type::<PyDeprecationWarning>();
        PyErr::warn(this.py(), &warning, c"isSet() is deprecated, use is_set() instead", 1)?;
        this.call_method0("is_set").map(Bound::unbind)
    }

    /// Set the internal flag to true.
    ///
    /// All threads waiting for it to become true are awakened.
    /// Threads that call wait() once the flag is true will not block at all.
    fn set(this: &Bound<'_, Self>) -> PyResult<()> {
        if this.get().is_open() {
            return theirs(this, "set", ()).map(drop);
        }
        operate(|| this.get().flag.set())?;
        // Somebody may have opened it meanwhile, and not have seen that.
        fence(SeqCst);
        if this.get().is_open() { theirs(this, "set", ()).map(drop) } else { Ok(()) }
    }

    /// Reset the internal flag to false.
    ///
    /// Subsequently, threads calling wait() will block until set() is called to set the internal flag to true again.
    fn clear(this: &Bound<'_, Self>) -> PyResult<()> {
        if this.get().is_open() {
            return theirs(this, "clear", ()).map(drop);
        }
        operate(|| this.get().flag.clear())?;
        fence(SeqCst);
        if !this.get().is_open() {
            return Ok(());
        }
        // Somebody has opened it meanwhile: nobody may wait here.
        operate(|| this.get().flag.set())?;
        theirs(this, "clear", ()).map(drop)
    }

    /// Block until the internal flag is true.
    ///
    /// If the internal flag is true on entry, return immediately.
    /// Otherwise, block until another thread calls set() to set the flag to true, or until the optional timeout occurs.
    ///
    /// When the timeout argument is present and not None, it should be a floating-point number specifying a timeout for the operation in seconds (or fractions thereof).
    ///
    /// This method returns the internal flag on exit, so it will always return True except if a timeout is given and the operation times out.
    #[pyo3(signature = (timeout = None))]
    fn wait(this: &Bound<'_, Self>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        let (event, timeout) = (this.get(), Timeout::of_wait(timeout));
        let mut until = Deadline::Now;
        let seen = blocking(this.py(), timeout, |deadline| {
            until = deadline;
            event.flag.wait_until(deadline)
        })?;
        if event.is_open() {
            return theirs(this, "wait", (timeout.left(until).1,))?.is_truthy();
        }
        Ok(seen.is_some())
    }

    fn _at_fork_reinit(this: &Bound<'_, Self>) -> PyResult<()> {
        this.get().flag.forget_waiters();
        if this.get().is_open() { theirs(this, "_at_fork_reinit", ()).map(drop) } else { Ok(()) }
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
        let event = this.get();
        let set = if event.is_open() { Event::is_set(this)? } else { event.flag.flag() };
        let status = if set { "set" } else { "unset" };
        Ok(format!("<{} at {:p}: {status}>", full_name(this.as_any())?, this.as_ptr()))
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_thread.lock"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.attributes.visit(self, &visit)
    }
}

impl Event {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.flag.number()
    }

    fn is_open(&self) -> bool {
        // Relaxed: whoever needs to see that it was opened meanwhile has a fence before; and the fields are waited for.
        self.open.load(Relaxed)
    }

    /// Lets the standard library's code keep it, in fields that everybody can see.
    fn open(this: &Bound<'_, Self>) -> PyResult<()> {
        let (py, event) = (this.py(), this.get());
        if event.is_open() {
            return Ok(());
        }
        let fields = insides::attributes(this)?;
        let condition = py.get_type::<Condition>().call1((allocate_lock(),))?;
        // Made now: that may let the interpreter go for the first time.
        let names = [intern!(py, "_flag"), intern!(py, "_cond")];
        with_critical_section(this, || {
            // Somebody else may have been faster while the condition was made.
            if event.is_open() {
                return Ok(());
            }
            event.open.store(true, Relaxed);
            // Whoever sets or clears the flag from here on sees that it is open, or is seen.
            fence(SeqCst);
            fields.set_item(names[0], event.flag.flag())?;
            fields.set_item(names[1], condition)?;
            operate(|| event.flag.set())
        })
    }
}

/// The fields of an event whose insides somebody has asked for.
pub(crate) fn give_fields(py: Python<'_>) -> PyResult<()> {
    insides::give(&py.get_type::<Event>(), &["_cond", "_flag"], |event| Event::open(event.cast()?))
}

/// Calls a method of the standard library's on an event that it keeps.
fn theirs<'py>(this: &Bound<'py, Event>, method: &str, arguments: impl PyCallArgs<'py>) -> PyResult<Bound<'py, PyAny>> {
    // Until whoever opens it is ready.
    with_critical_section(this, || ());
    insides::call(&error::their_event(this.py())?, this, method, arguments)
}
