//! `concurrent.futures.Future`.

use crate::attributes::Attributes;
use crate::blocking::{blocking_attached, operate, unwinding};
use crate::control::unasked;
use crate::error::{self, Unwind};
use crate::identity::Ordinal;
use crate::queue::generic_alias;
use crate::timeout::Timeout;
use pyo3::exceptions::{PyException, PyTimeoutError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType, PyWeakrefMethods, PyWeakrefReference};
use raddle::engine::exec::{self as exec, NotStarted, Notice, ResultError, Settled, Stage};
use raddle::engine::kernel::{ObjectId, Over};
use raddle::engine::sync::Latch;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A future of Python's: a value, or what was raised in its place.
pub(crate) type Inner = exec::Future<Py<PyAny>, Raised>;

/// What was raised, or given to `set_exception()`.
#[derive(Debug)]
pub(crate) struct Raised(pub(crate) Py<PyAny>);

/// Represents the result of an asynchronous computation.
#[pyclass(module = "concurrent.futures._base", frozen, subclass, weakref, dict)]
#[derive(Debug)]
pub(crate) struct Future {
    pub(crate) future: Inner,
    callbacks: Latch<Callbacks>,
    ordinal: Ordinal,
    attributes: Attributes,
}

/// The callables to call when the future is done, by the order in which they came.
///
/// They are here, and not in the future's own list, so that the garbage collector sees them.
#[derive(Debug, Default)]
struct Callbacks {
    next: u64,
    waiting: Vec<(u64, Py<PyAny>)>,
}

/// The payload with which a callback ends that raised what is no `Exception`.
struct Thrown(PyErr);

#[pymethods]
impl Future {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn python_new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Future::new()
    }

    #[pyo3(signature = ())]
    fn __init__(this: &Bound<'_, Self>) {
        Attributes::find(this, |this| &this.attributes);
    }

    /// Cancel the future if possible.
    ///
    /// Returns True if the future was cancelled, False otherwise.
    /// A future cannot be cancelled if it is running or has already completed.
    fn cancel(&self) -> PyResult<bool> {
        settling(|| self.future.cancel())
    }

    /// Return True if the future was cancelled.
    fn cancelled(&self) -> PyResult<bool> {
        operate(|| self.future.cancelled())
    }

    /// Return True if the future is currently executing.
    fn running(&self) -> PyResult<bool> {
        operate(|| self.future.running())
    }

    /// Return True if the future was cancelled or finished executing.
    fn done(&self) -> PyResult<bool> {
        operate(|| self.future.done())
    }

    /// Attaches a callable that will be called when the future finishes.
    ///
    /// It will be called with this future as its only argument when the future completes or is cancelled, always by a thread in the same process in which it was added.
    /// If the future has already completed or been cancelled then it will be called immediately.
    /// Callables are called in the order that they were added.
    #[pyo3(signature = (r#fn))]
    fn add_done_callback(this: &Bound<'_, Self>, r#fn: Py<PyAny>) -> PyResult<()> {
        let ticket = this.get().callbacks.lock().add(r#fn);
        let weak = PyWeakrefReference::new(this)?.unbind();
        settling(|| this.get().future.add_done_callback(move |_| call_back(&weak, ticket)))
    }

    /// Return the result of the call that the future represents.
    ///
    /// Waits for it for at most timeout seconds; if that is None, there is no limit on the wait time.
    ///
    /// Raises CancelledError if the future was cancelled, TimeoutError if it didn't finish executing before the given timeout, and what the call raised if it did.
    #[pyo3(signature = (timeout = None))]
    fn result(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.wait(py, timeout)?;
        match self.outcome(py)? {
            Ok(value) => Ok(value),
            Err(raised) if raised.is_none(py) => Ok(raised),
            Err(raised) => Err(PyErr::from_value(raised.into_bound(py))),
        }
    }

    /// Return the exception raised by the call that the future represents, or None if the call completed without raising.
    ///
    /// Waits for it for at most timeout seconds; if that is None, there is no limit on the wait time.
    ///
    /// Raises CancelledError if the future was cancelled, and TimeoutError if it didn't finish executing before the given timeout.
    #[pyo3(signature = (timeout = None))]
    fn exception(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.wait(py, timeout)?;
        Ok(self.outcome(py)?.map_or_else(|raised| raised, |_| py.None()))
    }

    /// Mark the future as running or process any cancel notifications.
    ///
    /// Should only be used by Executor implementations and unit tests.
    ///
    /// If the future has been cancelled then any threads waiting on the future completing (though calls to as_completed() or wait()) are notified and False is returned.
    /// If it was not cancelled then it is put in the running state and True is returned.
    ///
    /// Raises RuntimeError if this method was already called or if set_result() or set_exception() was called.
    pub(crate) fn set_running_or_notify_cancel(this: &Bound<'_, Self>) -> PyResult<bool> {
        match settling(|| this.get().future.start())? {
            Ok(()) => Ok(true),
            Err(NotStarted::Cancelled) => Ok(false),
            Err(NotStarted::Busy(stage)) => {
                let logger = logger(this.py())?;
                logger.call_method1(
                    "critical",
                    ("Future %s in unexpected state: %s", this.as_ptr().addr(), name(stage)),
                )?;
                Err(error::runtime("Future in unexpected state"))
            }
        }
    }

    /// Sets the return value of work associated with the future.
    ///
    /// Should only be used by Executor implementations and unit tests.
    pub(crate) fn set_result(this: &Bound<'_, Self>, result: Py<PyAny>) -> PyResult<()> {
        Future::settle(this, Ok(result))
    }

    /// Sets the result of the future as being the given exception.
    ///
    /// Should only be used by Executor implementations and unit tests.
    pub(crate) fn set_exception(this: &Bound<'_, Self>, exception: Py<PyAny>) -> PyResult<()> {
        Future::settle(this, Err(Raised(exception)))
    }

    #[getter]
    fn _state(&self) -> PyResult<&'static str> {
        operate(|| self.future.stage()).map(name)
    }

    /// The standard library's class, so that `isinstance` holds for whoever knows only that one.
    #[getter]
    fn __class__<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyType>> {
        let (py, class) = (this.py(), this.get_type());
        if class.is(py.get_type::<Future>()) { error::their_future(py) } else { Ok(class) }
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        generic_alias(class, item)
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        let py = this.py();
        let described = this.get().future.glance(|stage, outcome| describe(py, stage, outcome));
        let described = described.unwrap_or_else(|| "running".to_owned());
        Ok(format!("<{} at {:p} state={described}>", this.get_type().name()?, this.as_ptr()))
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_thread.RLock"))
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.ordinal.exists() {
            return Ok(());
        }
        self.attributes.visit(&visit)?;
        if let Some(callbacks) = self.callbacks.try_lock() {
            for (_, callback) in &callbacks.waiting {
                visit.call(callback)?;
            }
        }
        let seen = self.future.glance(|_, outcome| match outcome {
            Some(Ok(value) | Err(Raised(value))) => visit.call(value),
            None => Ok(()),
        });
        seen.unwrap_or(Ok(()))
    }

    fn __clear__(&self) {
        let callbacks = self.callbacks.try_lock().map(|mut callbacks| std::mem::take(&mut callbacks.waiting));
        drop(callbacks);
    }
}

impl Future {
    /// A pending future as an object.
    pub(crate) fn object(py: Python<'_>) -> PyResult<Py<Self>> {
        let this = Bound::new(py, Future::new())?;
        Attributes::find(&this, |this| &this.attributes);
        Ok(this.unbind())
    }

    /// A pending future.
    fn new() -> Self {
        Future {
            future: exec::Future::with_notice(Notice::ByExecutor),
            callbacks: Latch::new(Callbacks::default()),
            ordinal: Ordinal::new(),
            attributes: Attributes::default(),
        }
    }

    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.future.number()
    }

    fn wait(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let timeout = Timeout::of_wait(timeout)?;
        let done = blocking_attached(py, timeout, |deadline| self.future.wait_until(deadline))?;
        unasked::asked(self.number());
        done.ok_or_else(|| PyTimeoutError::new_err(()))
    }

    /// What has come of it, now that it is done.
    fn outcome(&self, py: Python<'_>) -> PyResult<Result<Py<PyAny>, Py<PyAny>>> {
        let copied = self.future.peek(|outcome| match outcome {
            Ok(value) => Ok(value.clone_ref(py)),
            Err(raised) => Err(raised.0.clone_ref(py)),
        });
        copied.map_err(|why| match why {
            ResultError::Cancelled => error::cancelled(py),
            _ => PyTimeoutError::new_err(()),
        })
    }

    fn settle(this: &Bound<'_, Self>, outcome: Result<Py<PyAny>, Raised>) -> PyResult<()> {
        match settling(|| this.get().future.settle(outcome))? {
            Err(Settled { stage, .. }) if !unwinding() => {
                Err(error::invalid_state(this.py(), format!("{}: {}", name(stage), this.repr()?)))
            }
            _ => Ok(()),
        }
    }
}

impl Callbacks {
    fn add(&mut self, callback: Py<PyAny>) -> u64 {
        self.next += 1;
        self.waiting.push((self.next, callback));
        self.next
    }

    fn take(&mut self, ticket: u64) -> Option<Py<PyAny>> {
        let at = self.waiting.iter().position(|(known, _)| *known == ticket)?;
        Some(self.waiting.remove(at).1)
    }
}

/// Runs what may call callbacks.
///
/// # Errors
/// What a callback raised that is no `Exception`; [`Unwind`].
fn settling<T>(operation: impl FnOnce() -> T) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(|| operate(operation))).unwrap_or_else(|payload| match payload.downcast::<Thrown>() {
        Ok(thrown) => Err(thrown.0),
        Err(payload) => resume_unwind(payload),
    })
}

/// Calls the callback with this ticket. Whoever settles a future keeps it alive until its callbacks have run.
fn call_back(future: &Py<PyWeakrefReference>, ticket: u64) {
    Python::attach(|py| {
        let Some(future) = future.bind(py).upgrade() else { return };
        let Ok(this) = future.cast::<Future>() else { return };
        let Some(callback) = this.get().callbacks.lock().take(ticket) else { return };
        if let Err(e) = callback.call1(py, (this,)) {
            if e.is_instance_of::<Unwind>(py) {
                resume_unwind(Box::new(Over));
            }
            if !e.is_instance_of::<PyException>(py) {
                resume_unwind(Box::new(Thrown(e)));
            }
            let logged = log(py, "error", ("exception calling callback for %r", this), &e);
            if let Err(e) = logged {
                e.write_unraisable(py, Some(this.as_any()));
            }
        }
    });
}

/// Says `message` to the log of `concurrent.futures`, with the traceback of `raised`.
pub(crate) fn log<'py>(
    py: Python<'py>,
    level: &str,
    message: impl pyo3::call::PyCallArgs<'py>,
    raised: &PyErr,
) -> PyResult<()> {
    let exc_info = PyDict::new(py);
    exc_info.set_item("exc_info", raised.value(py))?;
    logger(py)?.call_method(level, message, Some(&exc_info)).map(drop)
}

fn logger(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("concurrent.futures._base")?.getattr("LOGGER")
}

/// The stage as the standard library calls it inside.
const fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Pending => "PENDING",
        Stage::Running => "RUNNING",
        Stage::Cancelled => "CANCELLED",
        Stage::CancelledAndNotified => "CANCELLED_AND_NOTIFIED",
        Stage::Finished => "FINISHED",
    }
}

/// The stage as `repr` says it.
fn describe(py: Python<'_>, stage: Stage, outcome: Option<&Result<Py<PyAny>, Raised>>) -> String {
    let kind =
        |object: &Py<PyAny>| object.bind(py).get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    match (stage, outcome) {
        (Stage::Pending, _) => "pending".to_owned(),
        (Stage::Running, _) => "running".to_owned(),
        (Stage::Cancelled | Stage::CancelledAndNotified, _) => "cancelled".to_owned(),
        (Stage::Finished, Some(Ok(value))) => format!("finished returned {}", kind(value)),
        (Stage::Finished, Some(Err(raised))) => format!("finished raised {}", kind(&raised.0)),
        (Stage::Finished, None) => "finished".to_owned(),
    }
}
