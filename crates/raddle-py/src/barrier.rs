//! `threading.Barrier`.

use crate::attributes::Attributes;
use crate::blocking::{back, detached, operate};
use crate::control::unseen;
use crate::count::Count;
use crate::error;
use crate::identity::Ordinal;
use crate::insides;
use crate::semaphore::full_name;
use crate::timeout::Timeout;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use raddle::engine::kernel::{Deadline, ObjectId, Stopped};
use raddle::engine::sync::{self as sync, ActionError, BarrierError};
use std::sync::OnceLock;

/// Implements a Barrier.
///
/// Useful for synchronizing a fixed number of threads at known synchronization points.
/// Threads block on 'wait()' and are simultaneously awoken once they have all made that call.
#[pyclass(module = "threading", frozen, subclass, weakref, dict)]
#[derive(Debug, Default)]
pub(crate) struct Barrier {
    meeting: OnceLock<Meeting>,
    ordinal: Ordinal,
    attributes: Attributes,
}

#[derive(Debug)]
struct Meeting {
    barrier: sync::Barrier,
    action: Option<Py<PyAny>>,
    timeout: Option<Py<PyAny>>,
}

#[pymethods]
impl Barrier {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(parties, action=None, timeout=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Barrier::default()
    }

    #[pyo3(signature = (parties, action = None, timeout = None))]
    fn __init__(
        this: &Bound<'_, Self>,
        parties: Count,
        action: Option<Py<PyAny>>,
        timeout: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        Attributes::find(this, |this| &this.attributes);
        if parties.0 < 1 {
            return Err(error::value("parties must be > 0"));
        }
        let barrier = sync::Barrier::new(u32::try_from(parties.0).unwrap_or(u32::MAX));
        // A second initialisation finds the first one's barrier in use.
        let _ = this.get().meeting.set(Meeting { barrier, action, timeout });
        Ok(())
    }

    /// Wait for the barrier.
    ///
    /// When the specified number of threads have started waiting, they are all simultaneously awoken.
    /// If an 'action' was provided for the barrier, one of the threads will have executed that callback prior to returning.
    /// Returns an individual index number from 0 to 'parties-1'.
    #[pyo3(signature = (timeout = None))]
    fn wait(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<u32> {
        let meeting = self.meeting()?;
        let default = meeting.timeout.as_ref().map(|timeout| timeout.bind(py));
        let deadline = match Timeout::of_sum(timeout.or(default)).read() {
            Ok(timeout) => timeout.deadline(),
            // It does not matter to whoever need not wait.
            Err(_) if meeting.lets_pass() => Deadline::Now,
            Err(e) => return Err(e),
        };
        let passed = detached(py, || {
            stopped(match &meeting.action {
                None => meeting.barrier.wait_until(deadline).map_err(ActionError::Barrier),
                Some(action) => meeting.barrier.wait_with(deadline, || back(|py| act(action.bind(py)))),
            })
        })?;
        match passed {
            Some(Ok(result)) => Ok(result.index()),
            Some(Err(ActionError::Action(e))) => Err(e),
            Some(Err(ActionError::Barrier(_))) | None => Err(error::broken_barrier(py)),
        }
    }

    /// Reset the barrier to the initial state.
    ///
    /// Any threads currently waiting will get the BrokenBarrier exception raised.
    fn reset(&self) -> PyResult<()> {
        let meeting = self.meeting()?;
        operate(|| meeting.barrier.reset())
    }

    /// Place the barrier into a 'broken' state.
    ///
    /// Useful in case of error.
    /// Any currently waiting threads and threads attempting to 'wait()' will have BrokenBarrierError raised.
    fn abort(&self) -> PyResult<()> {
        let meeting = self.meeting()?;
        operate(|| meeting.barrier.abort())
    }

    /// Return the number of threads required to trip the barrier.
    #[getter]
    fn parties(&self) -> PyResult<u32> {
        Ok(self.meeting()?.barrier.parties())
    }

    /// Return the number of threads currently waiting at the barrier.
    #[getter]
    fn n_waiting(&self) -> PyResult<u32> {
        let meeting = self.meeting()?;
        operate(|| meeting.barrier.waiting_count())
    }

    /// Return True if the barrier is in a broken state.
    #[getter]
    fn broken(&self) -> PyResult<bool> {
        let meeting = self.meeting()?;
        operate(|| meeting.barrier.is_broken())
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
        let barrier = &this.get().meeting()?.barrier;
        let state = match barrier.state() {
            None => "broken".to_owned(),
            Some(waiting) => format!("waiters={waiting}/{}", barrier.parties()),
        };
        Ok(format!("<{} at {:p}: {state}>", full_name(this.as_any())?, this.as_ptr()))
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_thread.lock"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.ordinal.exists() {
            return Ok(());
        }
        self.attributes.visit(self, &visit)?;
        let Some(meeting) = self.meeting.get() else { return Ok(()) };
        visit.call(&meeting.action)?;
        visit.call(&meeting.timeout)
    }
}

impl Barrier {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.meeting.get().map_or(0, |meeting| meeting.barrier.number())
    }

    fn meeting(&self) -> PyResult<&Meeting> {
        self.meeting.get().ok_or_else(|| PyAttributeError::new_err("'Barrier' object has no attribute '_parties'"))
    }
}

/// The fields of the standard library's that ours has not: to set one must not be in vain without a word.
pub(crate) fn give_fields(py: Python<'_>) -> PyResult<()> {
    let missing = |_: &Bound<'_, PyAny>| {
        Err(PyAttributeError::new_err("a barrier of Raddle's has none of the standard library's fields"))
    };
    insides::give(&py.get_type::<Barrier>(), &["_cond", "_count", "_parties", "_state"], missing)
}

impl Meeting {
    /// Whether the next to arrive goes on at once, through the barrier or because it is broken.
    fn lets_pass(&self) -> bool {
        self.barrier.state().is_none_or(|waiting| waiting + 1 == self.barrier.parties())
    }
}

/// Calls the action, if it is one: as there, what is false is none.
fn act(action: &Bound<'_, PyAny>) -> PyResult<()> {
    if action.is_truthy()? { action.call0().map(drop) } else { Ok(()) }
}

/// A wait that a signal ended is no result of the barrier.
fn stopped<T, E>(result: Result<T, ActionError<E>>) -> Result<Result<T, ActionError<E>>, Stopped> {
    match result {
        Err(ActionError::Barrier(BarrierError::Interrupted)) => Err(Stopped::Interrupted),
        result => Ok(result),
    }
}
