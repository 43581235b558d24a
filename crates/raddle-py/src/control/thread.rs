//! The virtual half of `_thread`: threads as tasks in an execution, the interpreter's own outside.
//!
//! CPython's `threading.Thread` runs on top as it is. Its `start` is one operation: what the parent learns of the child while it
//! starts (its number, that it has started) is put in place here at once, and the child's own bookkeeping then runs without a point.

use super::given;
use super::native::function as native;
use super::{failure, tasks};
use crate::blocking::{operate, unwinding};
use crate::error;
use crate::timeout::{Argument, Timeout, Truth};
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};
use raddle::engine::kernel::{Deadline, Effect, Kind, Object, ObjectId, Op, Stopped, Target, did, point, wait};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Not started.
const FRESH: u32 = 0;
/// Started, not ended.
const RUNS: u32 = 1;
/// Ended.
const ENDED: u32 = 2;

/// A handle on a thread: what its starter joins.
///
/// Up to CPython 3.12 it also stands for the lock that a thread holds for as long as it lives.
// All fields but `native` belong to one execution, on one thread: Relaxed is enough for them.
#[pyclass(name = "_ThreadHandle", module = "_thread", frozen, weakref)]
pub(crate) struct ThreadHandle {
    object: Object,
    /// The execution whose task it is; 0 if none.
    execution: AtomicU64,
    ident: AtomicUsize,
    /// How many handles the execution had made before, for a hash that is the same in each.
    ordinal: AtomicU32,
    /// The interpreter's own handle, for a thread outside of executions.
    native: PyOnceLock<Py<PyAny>>,
}

#[pymethods]
impl ThreadHandle {
    #[new]
    fn new() -> Self {
        ThreadHandle {
            object: Object::new(FRESH),
            execution: AtomicU64::new(0),
            ident: AtomicUsize::new(0),
            ordinal: AtomicU32::new(0),
            native: PyOnceLock::new(),
        }
    }

    #[getter]
    fn ident(&self, py: Python<'_>) -> PyResult<usize> {
        match self.native.get(py) {
            Some(native) => native.bind(py).getattr(intern!(py, "ident"))?.extract(),
            None => Ok(self.ident.load(Relaxed)),
        }
    }

    /// Wait for the thread to finish.
    #[pyo3(signature = (timeout = None, /))]
    fn join(&self, py: Python<'_>, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        if let Some(native) = self.native.get(py) {
            return native.bind(py).call_method1(intern!(py, "join"), (timeout,)).map(drop);
        }
        let timeout = Timeout::of_wait(timeout).read()?;
        match self.object.word().load(Relaxed) {
            FRESH => Err(error::runtime("thread not started")),
            RUNS if self.is_mine() => Err(error::runtime("Cannot join current thread")),
            _ => self.wait(timeout).map(drop),
        }
    }

    /// Whether the thread has finished.
    fn is_done(&self, py: Python<'_>) -> PyResult<bool> {
        if let Some(native) = self.native.get(py) {
            return native.bind(py).call_method0(intern!(py, "is_done"))?.extract();
        }
        if !self.is_of_this_execution() {
            return Ok(self.execution.load(Relaxed) != 0);
        }
        if self.is_mine() { Ok(self.has_ended()) } else { self.look() }
    }

    fn _set_done(&self) {
        self.settle();
    }

    /// As a lock that the thread holds while it lives.
    #[pyo3(signature = (blocking = Truth(true), timeout = Argument::Missing))]
    fn acquire(&self, blocking: Truth, timeout: Argument<'_, '_>) -> PyResult<bool> {
        if self.is_mine() {
            return Ok(true);
        }
        match Timeout::of_lock(blocking, timeout)? {
            Timeout::Now => self.look(),
            timeout => self.wait(timeout),
        }
    }

    /// As a lock: the main thread gives it back when the program ends.
    fn release(&self) {
        if self.is_mine() {
            self.settle();
        }
    }

    /// As a lock: whether the thread lives. Bookkeeping asks this; it is no operation.
    fn locked(&self) -> bool {
        self.is_of_this_execution() && !self.has_ended()
    }

    fn _at_fork_reinit(&self) {}

    fn __hash__(&self) -> isize {
        // The numbers of one execution fit.
        self.ordinal.load(Relaxed) as isize
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<_ThreadHandle object: ident={}>", self.ident(py)?))
    }
}

impl ThreadHandle {
    fn of_task(execution: u64, ident: usize) -> Self {
        let handle = ThreadHandle::new();
        handle.runs(execution, ident);
        handle
    }

    fn runs(&self, execution: u64, ident: usize) {
        self.execution.store(execution, Relaxed);
        self.ident.store(ident, Relaxed);
        self.ordinal.store(u32::try_from(ident).unwrap_or(u32::MAX), Relaxed);
        self.object.word().store(RUNS, Relaxed);
    }

    const fn target(&self) -> Target<'_> {
        self.object.of(Kind::Thread)
    }

    fn is_of_this_execution(&self) -> bool {
        tasks::execution() == Some(self.execution.load(Relaxed))
    }

    fn is_mine(&self) -> bool {
        self.is_of_this_execution() && self.ident.load(Relaxed) == tasks::ident(tasks::index())
    }

    fn has_ended(&self) -> bool {
        self.object.word().load(Relaxed) == ENDED
    }

    /// One operation: waits until the thread has ended; false if it was in vain.
    fn wait(&self, timeout: Timeout<'_, '_>) -> PyResult<bool> {
        if !self.is_of_this_execution() {
            // All tasks of an execution end with it.
            return Ok(true);
        }
        let target = self.target();
        let joined = operate(|| {
            let deadline = timeout.deadline();
            point(Op::Join, target, deadline, || self.has_ended());
            if !self.has_ended() {
                wait(Op::Join, target, deadline, |_| self.has_ended().then_some(()))?;
            }
            did(target, Effect::Joined);
            Ok::<_, Stopped>(())
        })?;
        Ok(joined.is_ok())
    }

    /// One operation: whether the thread has ended.
    fn look(&self) -> PyResult<bool> {
        let target = self.target();
        operate(|| {
            point(Op::Look, target, Deadline::Now, || true);
            let ended = self.has_ended();
            did(target, if ended { Effect::Saw } else { Effect::Looked });
            ended
        })
    }

    /// The thread has ended; whoever waits for it goes on.
    fn settle(&self) {
        if self.has_ended() {
            return;
        }
        let target = self.target();
        // The moment between a thread's last operation and its end matters only to those who look.
        if operate(|| point(Op::Release, target, Deadline::Now, || true)).is_ok() {
            self.object.word().store(ENDED, Relaxed);
            did(target, Effect::Exited);
        } else {
            self.object.word().store(ENDED, Relaxed);
        }
    }

    /// The thread as an object of the engine, for its name in a report.
    pub(super) fn number(&self) -> ObjectId {
        self.object.id()
    }
}

/// The `threading.Event` inside a `Thread` that says whether it has started.
///
/// To ask it is no operation: the methods of `Thread` that do announce it.
#[pyclass(name = "Event", module = "threading", frozen)]
#[derive(Debug)]
pub(crate) struct Started {
    is_set: AtomicBool,
}

impl Started {
    const fn new(is_set: bool) -> Self {
        Started { is_set: AtomicBool::new(is_set) }
    }
}

#[pymethods]
impl Started {
    fn is_set(&self) -> bool {
        // Relaxed: one execution's tasks share a thread.
        self.is_set.load(Relaxed)
    }

    fn set(&self) {
        self.is_set.store(true, Relaxed);
    }

    fn clear(&self) {
        self.is_set.store(false, Relaxed);
    }

    /// Nobody waits: `start` sets it at once.
    #[pyo3(signature = (_timeout = None))]
    fn wait(&self, _timeout: Option<&Bound<'_, PyAny>>) -> bool {
        self.is_set()
    }

    fn _at_fork_reinit(&self) {}
}

/// What a new `Thread` keeps to say whether it has started.
#[pyfunction]
pub(super) fn started(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    match tasks::execution() {
        Some(_) => Ok(Bound::new(py, Started::new(false))?.into_any()),
        None => py.import(intern!(py, "threading"))?.getattr(intern!(py, "Event"))?.call0(),
    }
}

/// All threads, which `threading` keeps a list of.
static THREADS: Object = Object::new(0);

/// Somebody looks at which threads there are, or one of them begins or ends, which matters to those who look.
#[pyfunction]
pub(super) fn list_threads(how: &str) -> PyResult<()> {
    if tasks::execution().is_none() || unwinding() {
        return Ok(());
    }
    let (op, effect) = match how {
        "begins" => (Op::Begin, Effect::Wrote),
        "ends" => (Op::Release, Effect::Wrote),
        _ => (Op::Look, Effect::Looked),
    };
    let target = THREADS.of(Kind::Threads);
    operate(|| {
        point(op, target, Deadline::Now, || true);
        did(target, effect);
    })
}

/// What of `threading` is needed to recognise the start of a `Thread`.
struct Threading {
    bootstrap: Py<PyAny>,
    /// Up to CPython 3.12: the locks of threads that the program waits for before it ends.
    shutdown_locks: Option<Py<PyAny>>,
}

static THREADING: PyOnceLock<Threading> = PyOnceLock::new();

/// Takes note of the module whose threads become tasks.
#[pyfunction]
pub(super) fn adopt_threading(threading: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = threading.py();
    let known = Threading {
        bootstrap: threading.getattr("Thread")?.getattr("_bootstrap")?.unbind(),
        shutdown_locks: threading.getattr_opt("_shutdown_locks")?.map(Bound::unbind),
    };
    THREADING.set(py, known).map_err(|_| error::runtime("threading was adopted before"))
}

/// What a thread runs.
struct Work {
    function: Py<PyAny>,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
    handle: Py<ThreadHandle>,
}

impl Work {
    fn run(self) {
        let Work { function, args, kwargs, handle } = self;
        Python::attach(|py| {
            let kwargs = kwargs.as_ref().map(|kwargs| kwargs.bind(py));
            if let Err(e) = function.bind(py).call(args.bind(py), kwargs) {
                failure::left_function(py, &e, function.bind(py));
            }
            // As at the end of a thread: what only it needed goes before anybody hears of its end.
            drop((function, args, kwargs.map(Bound::as_ptr)));
            tasks::ended(py);
        });
        handle.get().settle();
    }
}

/// Starts `function` as a task, with `handle` to join it.
fn start(
    handle: &Bound<'_, ThreadHandle>,
    execution: u64,
    function: &Bound<'_, PyAny>,
    args: Bound<'_, PyTuple>,
    kwargs: Option<Bound<'_, PyDict>>,
) -> PyResult<usize> {
    let ident = tasks::ident(tasks::next());
    let thread = thread_of(function)?;
    handle.get().runs(execution, ident);
    let function = match &thread {
        Some(thread) => {
            introduce(thread, handle, ident)?;
            function.clone()
        }
        None => given::calling(function)?,
    };
    let work = Work {
        function: function.unbind(),
        args: args.unbind(),
        kwargs: kwargs.map(Bound::unbind),
        handle: handle.clone().unbind(),
    };
    let target = handle.get().target();
    let child = operate(|| raddle::engine::kernel::spawn(target, None, None, Box::new(move || work.run())))?;
    let task =
        child.ok().and_then(|child| child.task).ok_or_else(|| PyRuntimeError::new_err("can't start new thread"))?;
    tasks::add(task, thread.map(Bound::unbind));
    Ok(ident)
}

/// The `Thread` whose bootstrap this is.
fn thread_of<'py>(function: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = function.py();
    let Some(threading) = THREADING.get(py) else { return Ok(None) };
    match function.getattr_opt(intern!(py, "__func__"))? {
        Some(inner) if inner.is(&threading.bootstrap) => function.getattr(intern!(py, "__self__")).map(Some),
        _ => Ok(None),
    }
}

/// Puts in place what a thread would tell its parent before `start` returns.
fn introduce(thread: &Bound<'_, PyAny>, handle: &Bound<'_, ThreadHandle>, ident: usize) -> PyResult<()> {
    let py = thread.py();
    let Some(threading) = THREADING.get(py) else { return Ok(()) };
    thread.setattr(intern!(py, "_ident"), ident)?;
    thread.setattr(intern!(py, "_native_id"), ident)?;
    match thread.getattr(intern!(py, "_started"))?.cast::<Started>() {
        Ok(started) => started.get().set(),
        Err(_) => thread.setattr(intern!(py, "_started"), Started::new(true))?,
    }
    if let Some(locks) = &threading.shutdown_locks {
        thread.setattr(intern!(py, "_tstate_lock"), handle)?;
        if !thread.getattr(intern!(py, "_daemonic"))?.is_truthy()? {
            locks.bind(py).call_method1(intern!(py, "add"), (handle,))?;
        }
    }
    Ok(())
}

/// start_new_thread(function, args[, kwargs])
///
/// Start a new thread and return its identifier.
#[pyfunction]
#[pyo3(signature = (function, args, kwargs = None, /))]
pub(super) fn start_new_thread(
    py: Python<'_>,
    function: &Bound<'_, PyAny>,
    args: &Bound<'_, PyAny>,
    kwargs: Option<&Bound<'_, PyAny>>,
) -> PyResult<usize> {
    let Some(execution) = tasks::execution() else {
        let native = native(py, intern!(py, "start_new_thread"))?;
        return match kwargs {
            Some(kwargs) => native.call1((function, args, kwargs))?.extract(),
            None => native.call1((function, args))?.extract(),
        };
    };
    if !function.is_callable() {
        return Err(PyTypeError::new_err("first arg must be callable"));
    }
    let Ok(args) = args.cast::<PyTuple>() else { return Err(PyTypeError::new_err("2nd arg must be a tuple")) };
    let Ok(kwargs) = kwargs.map(|kwargs| kwargs.cast::<PyDict>()).transpose() else {
        return Err(PyTypeError::new_err("optional 3rd arg must be a dictionary"));
    };
    let handle = Bound::new(py, ThreadHandle::new())?;
    start(&handle, execution, function, args.clone(), kwargs.cloned())
}

/// *For internal use only*: start a new thread that can be joined.
#[pyfunction]
#[pyo3(signature = (function, handle = None, daemon = true))]
pub(super) fn start_joinable_thread<'py>(
    py: Python<'py>,
    function: &Bound<'py, PyAny>,
    handle: Option<&Bound<'py, PyAny>>,
    daemon: bool,
) -> PyResult<Bound<'py, ThreadHandle>> {
    if !function.is_callable() {
        return Err(PyTypeError::new_err("thread function must be callable"));
    }
    let handle = match handle.map(|handle| handle.cast::<ThreadHandle>()) {
        None => Bound::new(py, ThreadHandle::new())?,
        Some(Ok(handle)) => handle.clone(),
        Some(Err(_)) => return Err(PyTypeError::new_err("'handle' must be a _ThreadHandle")),
    };
    let this = handle.get();
    if this.native.get(py).is_some() || this.object.word().load(Relaxed) != FRESH {
        return Err(error::runtime("thread already started"));
    }
    let Some(execution) = tasks::execution() else {
        let kwargs = PyDict::new(py);
        kwargs.set_item("daemon", daemon)?;
        let native = native(py, intern!(py, "start_joinable_thread"))?.call((function,), Some(&kwargs))?;
        // Nobody else can have set it: the handle was fresh, and nothing ran in between.
        let _ = this.native.set(py, native.unbind());
        return Ok(handle);
    };
    start(&handle, execution, function, PyTuple::empty(py), None)?;
    if !daemon {
        tasks::await_at_exit(handle.clone().unbind());
    }
    Ok(handle)
}

/// A handle on a thread that runs already.
#[pyfunction]
pub(super) fn make_thread_handle(py: Python<'_>, ident: usize) -> PyResult<ThreadHandle> {
    if let Some(execution) = tasks::execution() {
        return Ok(ThreadHandle::of_task(execution, ident));
    }
    let handle = ThreadHandle::new();
    let _ = handle.native.set(py, native(py, intern!(py, "_make_thread_handle"))?.call1((ident,))?.unbind());
    Ok(handle)
}

/// The handle of the running task, as a lock that it holds (up to CPython 3.12).
#[pyfunction]
pub(super) fn set_sentinel(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let Some(execution) = tasks::execution() else {
        return native(py, intern!(py, "_set_sentinel"))?.call0();
    };
    let mine = tasks::thread_here(py);
    match mine.map(|thread| thread.getattr(intern!(py, "_tstate_lock"))).transpose()? {
        Some(handle) if !handle.is_none() => Ok(handle),
        _ => Ok(Bound::new(py, ThreadHandle::of_task(execution, tasks::ident(tasks::index())))?.into_any()),
    }
}

/// Waits for all threads but daemons (from CPython 3.13 on).
#[pyfunction]
pub(super) fn shutdown(py: Python<'_>) -> PyResult<()> {
    if tasks::execution().is_none() {
        return native(py, intern!(py, "_shutdown"))?.call0().map(drop);
    }
    while let Some(handle) = tasks::next_awaited() {
        handle.get().wait(Timeout::Never)?;
    }
    Ok(())
}

/// get_ident() -> integer
///
/// Return a non-zero integer that uniquely identifies the current thread amongst other threads that exist simultaneously.
#[pyfunction]
pub(super) fn get_ident(py: Python<'_>) -> PyResult<usize> {
    match tasks::ident_here() {
        Some(ident) => Ok(ident),
        None => native(py, intern!(py, "get_ident"))?.call0()?.extract(),
    }
}

/// get_native_id() -> integer
///
/// Return a non-negative integer identifying the thread as reported by the OS (kernel).
#[pyfunction]
pub(super) fn get_native_id(py: Python<'_>) -> PyResult<usize> {
    match tasks::execution() {
        Some(_) => Ok(tasks::ident(tasks::index())),
        None => native(py, intern!(py, "get_native_id"))?.call0()?.extract(),
    }
}

/// Return the ident of the main thread.
#[pyfunction]
pub(super) fn get_main_thread_ident(py: Python<'_>) -> PyResult<usize> {
    match tasks::execution() {
        Some(_) => Ok(tasks::ident(0)),
        None => native(py, intern!(py, "_get_main_thread_ident"))?.call0()?.extract(),
    }
}

/// Return the number of running Python threads, not including the main thread.
#[pyfunction]
pub(super) fn thread_count(py: Python<'_>) -> PyResult<usize> {
    match tasks::execution() {
        Some(_) => Ok(tasks::running()),
        None => native(py, intern!(py, "_count"))?.call0()?.extract(),
    }
}

/// Set the name of the current thread.
#[pyfunction]
pub(super) fn set_name(py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<()> {
    match tasks::execution() {
        // The thread of the operating system is not the task's.
        Some(_) => Ok(()),
        None => native(py, intern!(py, "set_name"))?.call1((name,)).map(drop),
    }
}
