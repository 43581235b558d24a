//! `threading.Event`.

use crate::attributes::Attributes;
use crate::blocking::{blocking, operate};
use crate::error;
use crate::identity::Ordinal;
use crate::semaphore::full_name;
use crate::timeout::Timeout;
use pyo3::exceptions::PyDeprecationWarning;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use raddle::engine::kernel::ObjectId;
use raddle::engine::sync;

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
}

#[pymethods]
impl Event {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Event { flag: sync::Event::new(), ordinal: Ordinal::new(), attributes: Attributes::default() }
    }

    #[pyo3(signature = ())]
    fn __init__(this: &Bound<'_, Self>) {
        Attributes::find(this, |this| &this.attributes);
    }

    /// Return true if and only if the internal flag is true.
    fn is_set(&self) -> PyResult<bool> {
        operate(|| self.flag.is_set())
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
    fn set(&self) -> PyResult<()> {
        operate(|| self.flag.set())
    }

    /// Reset the internal flag to false.
    ///
    /// Subsequently, threads calling wait() will block until set() is called to set the internal flag to true again.
    fn clear(&self) -> PyResult<()> {
        operate(|| self.flag.clear())
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
    fn wait(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
        let timeout = Timeout::of_wait(timeout)?;
        blocking(py, timeout, |deadline| self.flag.wait_until(deadline)).map(|seen| seen.is_some())
    }

    fn _at_fork_reinit(&self) {
        self.flag.forget_waiters();
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        let status = if this.get().flag.flag() { "set" } else { "unset" };
        Ok(format!("<{} at {:p}: {status}>", full_name(this.as_any())?, this.as_ptr()))
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_thread.lock"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.attributes.visit(&visit)
    }
}

impl Event {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.flag.number()
    }
}
