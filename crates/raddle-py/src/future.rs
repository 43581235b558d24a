//! `concurrent.futures.Future`.

use crate::attributes::Attributes;
use crate::blocking::{blocking, enter, operate, unwinding};
use crate::condition::Condition;
use crate::control::unasked;
use crate::control::unseen;
use crate::error::{self, Unwind};
use crate::identity::Ordinal;
use crate::insides;
use crate::queue::generic_alias;
use crate::timeout::Timeout;
use crate::waiting;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyException, PyTimeoutError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType, PyWeakrefMethods, PyWeakrefReference};
use raddle::engine::exec::{self as exec, NotStarted, Notice, ResultError, Settled, Stage};
use raddle::engine::kernel::{Deadline, ObjectId, Over};
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
    /// Whether they are in a field of the future, because somebody has asked for its insides.
    moved: bool,
}

/// The payload with which a callback ends that raised what is no `Exception`.
struct Thrown(PyErr);

#[pymethods]
impl Future {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "()")]
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
    pub(crate) fn cancel(this: &Bound<'_, Self>) -> PyResult<bool> {
        match settling(|| this.get().future.cancel())? {
            false if this.get().is_open() => theirs(this, "cancel", ())?.is_truthy(),
            cancelled => Ok(cancelled),
        }
    }

    /// Cancel the future if possible, else ask the call that it stands for to stop.
    ///
    /// Returns False if it had completed already.
    /// A call that runs goes on until it looks at cancel_requested() and returns or raises of its own accord.
    fn request_cancel(this: &Bound<'_, Self>) -> PyResult<bool> {
        if Future::cancel(this)? {
            return Ok(true);
        }
        // Who keeps it knows whether it is done.
        let over = this.get().is_open() && Future::done(this)?;
        Ok(!over && operate(|| this.get().future.ask_to_stop())?)
    }

    /// Return True if the future was cancelled.
    fn cancelled(this: &Bound<'_, Self>) -> PyResult<bool> {
        match operate(|| this.get().future.stage())? {
            Stage::HandedOver => theirs(this, "cancelled", ())?.is_truthy(),
            stage => Ok(stage.cancelled()),
        }
    }

    /// Return True if the future is currently executing.
    fn running(this: &Bound<'_, Self>) -> PyResult<bool> {
        match operate(|| this.get().future.stage())? {
            Stage::HandedOver => theirs(this, "running", ())?.is_truthy(),
            stage => Ok(stage == Stage::Running),
        }
    }

    /// Return True if the future was cancelled or finished executing.
    fn done(this: &Bound<'_, Self>) -> PyResult<bool> {
        match operate(|| this.get().future.stage())? {
            Stage::HandedOver => theirs(this, "done", ())?.is_truthy(),
            stage => Ok(stage.done()),
        }
    }

    /// Attaches a callable that will be called when the future finishes.
    ///
    /// It will be called with this future as its only argument when the future completes or is cancelled, always by a thread in the same process in which it was added.
    /// If the future has already completed or been cancelled then it will be called immediately.
    /// Callables are called in the order that they were added.
    #[pyo3(signature = (r#fn))]
    fn add_done_callback(this: &Bound<'_, Self>, r#fn: Py<PyAny>) -> PyResult<()> {
        let Some(ticket) = enter(&this.get().callbacks).add(r#fn.clone_ref(this.py())) else {
            return theirs(this, "add_done_callback", (r#fn,)).map(drop);
        };
        let weak = PyWeakrefReference::new(this)?.unbind();
        settling(|| this.get().future.add_done_callback(move |_| call_back(&weak, ticket)))
    }

    /// Return the result of the call that the future represents.
    ///
    /// Waits for it for at most timeout seconds; if that is None, there is no limit on the wait time.
    ///
    /// Raises CancelledError if the future was cancelled, TimeoutError if it didn't finish executing before the given timeout, and what the call raised if it did.
    #[pyo3(signature = (timeout = None))]
    fn result(this: &Bound<'_, Self>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let (py, future) = (this.py(), this.get());
        let left = future.wait(py, timeout)?;
        match future.outcome(py) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(raised)) if raised.is_none(py) => Ok(raised),
            Ok(Err(raised)) => Err(PyErr::from_value(raised.into_bound(py))),
            Err(ResultError::HandedOver) => theirs(this, "result", (left(),)).map(Bound::unbind),
            Err(why) => Err(missing(py, &why)),
        }
    }

    /// Return the exception raised by the call that the future represents, or None if the call completed without raising.
    ///
    /// Waits for it for at most timeout seconds; if that is None, there is no limit on the wait time.
    ///
    /// Raises CancelledError if the future was cancelled, and TimeoutError if it didn't finish executing before the given timeout.
    #[pyo3(signature = (timeout = None))]
    fn exception(this: &Bound<'_, Self>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let (py, future) = (this.py(), this.get());
        let left = future.wait(py, timeout)?;
        match future.outcome(py) {
            Ok(outcome) => Ok(outcome.map_or_else(|raised| raised, |_| py.None())),
            Err(ResultError::HandedOver) => theirs(this, "exception", (left(),)).map(Bound::unbind),
            Err(why) => Err(missing(py, &why)),
        }
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
            Err(NotStarted::Busy(Stage::HandedOver)) => theirs(this, "set_running_or_notify_cancel", ())?.is_truthy(),
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
    fn _state<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, future) = (this.py(), this.get());
        match operate(|| future.future.stage())? {
            Stage::HandedOver => {
                future.opened();
                insides::get(this, intern!(py, "_state"))
            }
            stage => Ok(PyString::new(py, name(stage)).into_any()),
        }
    }

    #[setter(_state)]
    fn set_state(this: &Bound<'_, Self>, state: &Bound<'_, PyAny>) -> PyResult<()> {
        Future::open(this)?;
        insides::set(this, intern!(this.py(), "_state"), state)
    }

    fn _invoke_callbacks(this: &Bound<'_, Self>) -> PyResult<()> {
        Future::open(this)?;
        theirs(this, "_invoke_callbacks", ()).map(drop)
    }

    /// What the standard library's own code calls `__get_result`.
    #[pyo3(name = "_Future__get_result")]
    fn get_result<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        Future::open(this)?;
        theirs(this, "_Future__get_result", ())
    }

    /// What `asyncio` asks for from Python 3.14 on: whether it is done, whether it was cancelled, the result, the exception.
    fn _get_snapshot(this: &Bound<'_, Self>) -> PyResult<(bool, bool, Py<PyAny>, Py<PyAny>)> {
        let none = || this.py().None();
        if !Future::done(this)? {
            return Ok((false, false, none(), none()));
        }
        if Future::cancelled(this)? {
            return Ok((true, true, none(), none()));
        }
        let exception = Future::exception(this, None)?;
        let result = if exception.is_none(this.py()) { Future::result(this, None)? } else { none() };
        Ok((true, false, result, exception))
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
        if this.get().is_open() {
            return theirs(this, "__repr__", ())?.extract();
        }
        unseen::shown(this.as_any());
        // What a class is called may be told by code of Python's: not while the future is looked into.
        let seen = this.get().future.glance(|stage, outcome| {
            let outcome = outcome.map(|outcome| match outcome {
                Ok(value) => Ok(value.clone_ref(py)),
                Err(raised) => Err(Raised(raised.0.clone_ref(py))),
            });
            (stage, outcome)
        });
        let described =
            seen.map_or_else(|| "running".to_owned(), |(stage, outcome)| describe(py, stage, outcome.as_ref()));
        Ok(format!("<{} at {:p} state={described}>", this.get_type().name()?, this.as_ptr()))
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_thread.RLock"))
    }

    /// What reports call it, once it is set.
    #[classattr]
    fn name() -> Option<Py<PyAny>> {
        None
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.ordinal.exists() {
            return Ok(());
        }
        self.attributes.visit(self, &visit)?;
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

    /// Waits until it is done or handed over; returns what tells how many seconds are left.
    fn wait(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<impl Fn() -> Option<f64>> {
        let mut until = Deadline::Now;
        let timeout = Timeout::of_wait(timeout);
        let done = blocking(py, timeout, |deadline| {
            until = deadline;
            self.future.wait_until(deadline)
        })?;
        unasked::asked(self.number());
        done.ok_or_else(|| PyTimeoutError::new_err(()))?;
        Ok(move || timeout.left(until).1)
    }

    /// What has come of it, now that it is done.
    fn outcome(&self, py: Python<'_>) -> Result<Result<Py<PyAny>, Py<PyAny>>, ResultError<Raised>> {
        self.future.peek(|outcome| match outcome {
            Ok(value) => Ok(value.clone_ref(py)),
            Err(raised) => Err(raised.0.clone_ref(py)),
        })
    }

    /// Whether somebody has asked for its insides.
    pub(crate) fn is_open(&self) -> bool {
        enter(&self.callbacks).moved
    }

    /// Waits until whoever opens it is ready, for an instant.
    fn opened(&self) {
        drop(enter(&self.callbacks));
    }

    /// Lets the standard library's code keep it, in fields that everybody can see.
    fn open(this: &Bound<'_, Self>) -> PyResult<()> {
        let py = this.py();
        let (heir, fields) = (Inner::new(), insides::attributes(this)?);
        let condition = py.get_type::<Condition>().call0()?;
        let (waiters, moved) = (PyList::new(py, [waiting::mirror(py, &heir)?])?, PyList::empty(py));
        // Nothing from here to the end runs code of Python's: whoever finds it handed over waits for the latch.
        let mut callbacks = enter(&this.get().callbacks);
        let Some((stage, outcome)) = operate(|| this.get().future.hand_over(&heir))? else { return Ok(()) };
        callbacks.moved = true;
        if !stage.done() {
            for (_, callback) in callbacks.waiting.drain(..) {
                moved.append(callback)?;
            }
        }
        let (result, exception) = match outcome {
            Some(Ok(result)) => (result, py.None()),
            Some(Err(Raised(exception))) => (py.None(), exception),
            None => (py.None(), py.None()),
        };
        fields.set_item(intern!(py, "_condition"), condition)?;
        fields.set_item(intern!(py, "_state"), name(stage))?;
        fields.set_item(intern!(py, "_result"), result)?;
        fields.set_item(intern!(py, "_exception"), exception)?;
        fields.set_item(intern!(py, "_waiters"), waiters)?;
        fields.set_item(intern!(py, "_done_callbacks"), moved)
    }

    fn settle(this: &Bound<'_, Self>, outcome: Result<Py<PyAny>, Raised>) -> PyResult<()> {
        match settling(|| this.get().future.settle(outcome))? {
            Err(Settled { stage: Stage::HandedOver, value }) => match value {
                Ok(result) => theirs(this, "set_result", (result,)).map(drop),
                Err(Raised(exception)) => theirs(this, "set_exception", (exception,)).map(drop),
            },
            Err(Settled { stage, .. }) if !unwinding() => {
                Err(error::invalid_state(this.py(), format!("{}: {}", name(stage), this.repr()?)))
            }
            _ => Ok(()),
        }
    }
}

impl Callbacks {
    fn add(&mut self, callback: Py<PyAny>) -> Option<u64> {
        if self.moved {
            return None;
        }
        self.next += 1;
        self.waiting.push((self.next, callback));
        Some(self.next)
    }

    fn take(&mut self, ticket: u64) -> Option<Py<PyAny>> {
        let at = self.waiting.iter().position(|(known, _)| *known == ticket)?;
        Some(self.waiting.remove(at).1)
    }
}

/// The fields of a future whose insides somebody has asked for, but for its state.
pub(crate) fn give_fields(py: Python<'_>) -> PyResult<()> {
    let names = ["_condition", "_result", "_exception", "_waiters", "_done_callbacks"];
    insides::give(&py.get_type::<Future>(), &names, |future| Future::open(future.cast()?))
}

/// Calls a method of the standard library's on a future that it keeps.
fn theirs<'py>(
    this: &Bound<'py, Future>,
    method: &str,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    this.get().opened();
    insides::call(&error::their_future(this.py())?, this, method, arguments)
}

/// Why there is no outcome.
fn missing(py: Python<'_>, why: &ResultError<Raised>) -> PyErr {
    if matches!(why, ResultError::Cancelled) { error::cancelled(py) } else { PyTimeoutError::new_err(()) }
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
        let Some(callback) = enter(&this.get().callbacks).take(ticket) else { return };
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
pub(crate) fn log<'py>(py: Python<'py>, level: &str, message: impl PyCallArgs<'py>, raised: &PyErr) -> PyResult<()> {
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
        // Its state is in its field.
        Stage::HandedOver => "",
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
        (Stage::Finished | Stage::HandedOver, _) => "finished".to_owned(),
    }
}
