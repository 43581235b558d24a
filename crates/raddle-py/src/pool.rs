//! `concurrent.futures.ThreadPoolExecutor`.

use crate::attributes::Attributes;
use crate::blocking::{attached, detached, operate};
use crate::call::Ongoing;
use crate::control::access::hushed;
use crate::control::given;
use crate::control::unasked;
use crate::count::Count;
use crate::error::{self, Unwind};
use crate::future::{Future, log};
use crate::identity::Ordinal;
use crate::insides;
use crate::timeout::{Timeout, Truth};
use crate::version::since;
use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyAttributeError, PyRuntimeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyDict, PySet, PyString, PyTuple};
use pyo3::{IntoPyObjectExt, intern};
use raddle::engine::exec::{
    self, BoxedJob, Builder, Closer, Job, JobError, Pending, SubmitError, ThreadPool, Worker, boxed,
};
use raddle::engine::kernel::{Deadline, ObjectId, Over, Stopped, silently};
use std::any::Any;
use std::io;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock};

/// Runs calls in a pool of threads.
#[pyclass(module = "concurrent.futures.thread", frozen, subclass, weakref, dict)]
#[derive(Debug, Default)]
pub(crate) struct ThreadPoolExecutor {
    staff: OnceLock<Staff>,
    ordinal: Ordinal,
    attributes: Attributes,
    /// Whether somebody has asked for its insides. Its pool is shut down and empty then.
    open: AtomicBool,
}

#[derive(Debug)]
struct Staff {
    /// There until the executor is no more.
    pool: Option<ThreadPool>,
    /// Whether a submission may have to wait for room.
    bounded: bool,
    /// The workers' threads.
    threads: Py<PySet>,
    prefix: String,
    shut_down: AtomicBool,
    setup: Arc<Setup>,
}

/// How many calls an executor has been given.
#[pyclass(module = "raddle.concurrent.futures.thread", frozen, get_all, eq)]
#[derive(Debug, PartialEq)]
pub(crate) struct PoolStatistics {
    /// How many workers there can be.
    max_workers: usize,
    /// How many have been started.
    workers: usize,
    /// How many calls were submitted.
    submitted: u64,
    /// How many of them workers have taken.
    taken: u64,
    /// How many of them wait for a worker.
    waiting: usize,
    /// How many may wait, or None.
    backlog: Option<usize>,
}

#[pymethods]
impl PoolStatistics {
    fn __repr__(&self) -> String {
        let PoolStatistics { max_workers, workers, submitted, taken, waiting, backlog } = self;
        let backlog = backlog.map_or_else(|| "None".to_owned(), |backlog| backlog.to_string());
        format!(
            "PoolStatistics(max_workers={max_workers}, workers={workers}, submitted={submitted}, taken={taken}, \
             waiting={waiting}, backlog={backlog})"
        )
    }
}

/// What each worker calls first.
#[derive(Debug)]
struct Setup {
    initializer: Option<Py<PyAny>>,
    arguments: Py<PyTuple>,
    /// Whether it failed.
    broken: AtomicBool,
    /// Who has work for the workers once the pool is open.
    heir: OnceLock<Py<PyAny>>,
}

/// What a broken pool says.
const BROKEN: &str = "A thread initializer failed, the thread pool is not usable anymore";

#[pymethods]
impl ThreadPoolExecutor {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(max_workers=None, thread_name_prefix='', initializer=None, initargs=(), *, backlog=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        ThreadPoolExecutor::default()
    }

    #[pyo3(signature = (max_workers = None, thread_name_prefix = None, initializer = None, initargs = None, *, backlog = None))]
    fn __init__(
        this: &Bound<'_, Self>,
        max_workers: Option<&Bound<'_, PyAny>>,
        thread_name_prefix: Option<&Bound<'_, PyAny>>,
        initializer: Option<Bound<'_, PyAny>>,
        initargs: Option<&Bound<'_, PyAny>>,
        backlog: Option<i64>,
    ) -> PyResult<()> {
        Attributes::find(this, |this| &this.attributes);
        let py = this.py();
        let size = match max_workers {
            None => default_size(py)?,
            Some(size) if size.le(0)? => return Err(error::value("max_workers must be greater than 0")),
            Some(size) => size.extract::<Count>()?.0,
        };
        let size = usize::try_from(size).unwrap_or(1);
        if initializer.as_ref().is_some_and(|initializer| !initializer.is_callable()) {
            return Err(PyTypeError::new_err("initializer must be a callable"));
        }
        let fits = |backlog| usize::try_from(backlog).ok().filter(|backlog| *backlog > 0);
        let unfit = || error::value("backlog must be greater than 0");
        let backlog = backlog.map(|backlog| fits(backlog).ok_or_else(unfit)).transpose()?;
        let prefix = match thread_name_prefix {
            Some(prefix) if prefix.is_truthy()? => prefix.str()?.to_string(),
            _ => format!("ThreadPoolExecutor-{}", this.call_method0("_counter")?.str()?),
        };
        let arguments = initargs.map_or_else(
            || Ok(PyTuple::empty(py)),
            |all| PyTuple::new(py, all.try_iter()?.collect::<PyResult<Vec<_>>>()?),
        )?;
        let setup = Setup {
            initializer: initializer.map(Bound::unbind),
            arguments: arguments.unbind(),
            broken: AtomicBool::new(false),
            heir: OnceLock::new(),
        };
        let staff = Staff::new(py, (size, backlog), prefix, setup)?;
        // A second initialisation finds the first one's threads at work.
        let _ = this.get().staff.set(staff);
        let name = intern!(py, "_adjust_thread_count");
        if this.get_type().getattr(name)?.is(&py.get_type::<ThreadPoolExecutor>().getattr(name)?) {
            Ok(())
        } else {
            ThreadPoolExecutor::open(this)
        }
    }

    /// Submits a callable to be executed with the given arguments.
    ///
    /// Schedules the callable to be executed as fn(*args, **kwargs) and returns a Future instance representing the execution of the callable.
    /// If the executor was made with a backlog, it waits while as many calls wait for a worker.
    #[pyo3(signature = (r#fn, /, *args, **kwargs))]
    fn submit(
        this: &Bound<'_, Self>,
        r#fn: Py<PyAny>,
        args: Py<PyTuple>,
        kwargs: Option<Py<PyDict>>,
    ) -> PyResult<Py<Future>> {
        ThreadPoolExecutor::submit_until(this, Timeout::Never, Call { callable: r#fn, args, kwargs })
    }

    /// Submits a callable as submit() does, but waits at most timeout seconds for room among the calls that wait for a worker.
    ///
    /// Raises queue.Full if there was none within that time, which can only happen if the executor was made with a backlog.
    #[pyo3(signature = (timeout, r#fn, /, *args, **kwargs))]
    fn submit_within(
        this: &Bound<'_, Self>,
        timeout: &Bound<'_, PyAny>,
        r#fn: Py<PyAny>,
        args: Py<PyTuple>,
        kwargs: Option<Py<PyDict>>,
    ) -> PyResult<Py<Future>> {
        let until = Timeout::of_queue(Truth(true), Some(timeout))?;
        ThreadPoolExecutor::submit_until(this, until, Call { callable: r#fn, args, kwargs })
    }

    /// Return how many calls have been submitted, taken by workers, and left waiting.
    fn statistics(this: &Bound<'_, Self>) -> PyResult<PoolStatistics> {
        if this.get().is_open() {
            let (max_workers, workers, submitted, waiting) = there(this, "statistics", ())?.extract()?;
            let taken = submitted - waiting as u64;
            return Ok(PoolStatistics { max_workers, workers, submitted, taken, waiting, backlog: None });
        }
        let staff = this.get().staff()?;
        let exec::PoolStatistics { size, workers, submitted, taken, waiting, backlog } =
            operate(|| staff.pool().statistics())?;
        Ok(PoolStatistics { max_workers: size, workers, submitted, taken, waiting, backlog })
    }

    /// Clean-up the resources associated with the Executor.
    ///
    /// It is safe to call this method several times.
    /// Otherwise, no other methods can be called after this one.
    ///
    /// If wait is True then shutdown will not return until all running futures have finished executing and the resources used by the executor have been reclaimed.
    /// If cancel_futures is True then shutdown will cancel all pending futures; futures that are completed or running will not be cancelled.
    #[pyo3(signature = (wait = Truth(true), *, cancel_futures = Truth(false)), text_signature = "($self, wait=True, *, cancel_futures=False)")]
    fn shutdown(this: &Bound<'_, Self>, wait: Truth, cancel_futures: Truth) -> PyResult<()> {
        let (py, executor) = (this.py(), this.get());
        let Some(staff) = executor.staff.get().filter(|_| !executor.is_open()) else {
            return there(this, "shutdown", (wait.0, cancel_futures.0)).map(drop);
        };
        staff.shut_down.store(true, Relaxed);
        let pending = if cancel_futures.0 { Pending::Cancel } else { Pending::Run };
        operate(|| staff.pool().shutdown(pending))?;
        // Somebody may have opened it meanwhile, and not have seen that.
        if executor.is_open() {
            return there(this, "shutdown", (wait.0, cancel_futures.0)).map(drop);
        }
        if wait.0 {
            // Whoever submits at the same moment may still be starting a worker.
            detached(py, || staff.pool().join_until(Deadline::Never))?;
            for thread in staff.threads.bind(py).call_method0("copy")?.try_iter()? {
                thread?.call_method0("join")?;
            }
        }
        Ok(())
    }

    /// Starts a thread if one is needed, once somebody has asked for the pool's insides or a subclass does that its own way.
    fn _adjust_thread_count(this: &Bound<'_, Self>) -> PyResult<()> {
        ThreadPoolExecutor::open(this)?;
        there(this, "_adjust_thread_count", ()).map(drop)
    }

    /// What the standard library's worker says when the initializer has failed.
    fn _initializer_failed(this: &Bound<'_, Self>) -> PyResult<()> {
        ThreadPoolExecutor::open(this)?;
        there(this, "_initializer_failed", ()).map(drop)
    }

    /// What reports call it, once it is set.
    #[classattr]
    fn name() -> Option<Py<PyAny>> {
        None
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_queue.SimpleQueue"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.ordinal.exists() {
            return Ok(());
        }
        self.attributes.visit(self, &visit)?;
        let Some(staff) = self.staff.get() else { return Ok(()) };
        visit.call(&staff.threads)?;
        visit.call(&staff.setup.initializer)?;
        visit.call(&staff.setup.arguments)?;
        staff.setup.heir.get().map_or(Ok(()), |heir| visit.call(heir))
    }
}

impl ThreadPoolExecutor {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.staff.get().map_or(0, |staff| staff.pool().number())
    }

    fn submit_until(this: &Bound<'_, Self>, timeout: Timeout<'_, '_>, call: Call) -> PyResult<Py<Future>> {
        let (py, executor) = (this.py(), this.get());
        let Some(staff) = executor.staff.get().filter(|_| !executor.is_open()) else {
            let kwargs = call.kwargs.unwrap_or_else(|| PyDict::new(py).unbind());
            return Ok(there(this, "submit", (call.callable, call.args, kwargs))?.cast_into()?.unbind());
        };
        let future = Future::object(py)?;
        let mut job = Some(boxed(Item(Some((future.clone_ref(py), call)))));
        if !staff.shut_down.load(Relaxed) && is_exiting(py)? {
            return Err(exiting());
        }
        let mut submit = |deadline| staff.pool().submit_job(&future.get().future, &mut job, deadline);
        let submitted = if staff.bounded {
            attached(py, || match submit(timeout.deadline()) {
                Err(SubmitError::Full) => Err(Stopped::TimedOut),
                Err(SubmitError::Interrupted) => Err(Stopped::Interrupted),
                submitted => Ok(submitted),
            })?
        } else {
            Some(operate(|| submit(Deadline::Never))?)
        };
        match submitted {
            Some(Ok(())) => Ok(future),
            // Somebody has opened it meanwhile.
            Some(Err(SubmitError::ShutDown)) if executor.is_open() => {
                let again = job.map(|job| there(this, "put", Item::described(job, py))).transpose();
                again.map(|_| future)
            }
            Some(Err(why)) => Err(refused(py, why)),
            None => Err(error::full(py)),
        }
    }

    fn staff(&self) -> PyResult<&Staff> {
        let missing = || PyAttributeError::new_err("'ThreadPoolExecutor' object has no attribute '_work_queue'");
        self.staff.get().ok_or_else(missing)
    }

    fn is_open(&self) -> bool {
        // Relaxed: whoever must see that it was opened has been refused by its pool after it was; and the fields are waited for.
        self.open.load(Relaxed)
    }

    /// The value of a field while nobody else keeps the pool.
    fn look<'py>(this: &Bound<'py, PyAny>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (py, this) = (this.py(), this.cast::<Self>()?);
        let Some(staff) = this.get().staff.get().filter(|_| !this.get().is_open()) else { return Ok(None) };
        if matches!(name, "_threads" | "_shutdown" | "_broken") {
            operate(|| staff.pool().statistics())?;
        }
        let value = match name {
            "_max_workers" => staff.pool().size().into_bound_py_any(py)?,
            "_threads" => staff.threads.bind(py).clone().into_any(),
            "_thread_name_prefix" => staff.prefix.as_str().into_bound_py_any(py)?,
            "_shutdown" => staff.shut_down.load(Relaxed).into_bound_py_any(py)?,
            "_broken" if staff.setup.broken.load(Relaxed) => BROKEN.into_bound_py_any(py)?,
            "_broken" => false.into_bound_py_any(py)?,
            "_work_queue" => Backlog { executor: this.clone().unbind() }.into_bound_py_any(py)?,
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    /// Lets the standard library's code keep it, in fields that everybody can see.
    fn open(this: &Bound<'_, Self>) -> PyResult<()> {
        let (py, executor) = (this.py(), this.get());
        if executor.is_open() {
            return Ok(());
        }
        let Some(staff) = executor.staff.get() else {
            executor.open.store(true, Relaxed);
            return Ok(());
        };
        if staff.bounded {
            return Err(PyAttributeError::new_err("a pool with a backlog has none of the standard library's fields"));
        }
        let Setup { initializer, arguments, broken, heir } = &*staff.setup;
        let class = error::open_pool(py)?;
        let made = (staff.pool().size(), &staff.prefix, initializer, arguments, &staff.threads);
        // Its lock is held until all is moved: whoever finds the pool open waits for it.
        let fields = class.call_method1("fields", made)?.cast_into::<PyDict>()?;
        let successor = class.call_method1("heir", (this, &fields))?;
        let first = with_critical_section(this, || {
            // Somebody else may have been faster meanwhile.
            if executor.is_open() {
                return Ok::<_, PyErr>(false);
            }
            insides::attributes(this)?.update(fields.as_mapping())?;
            let _ = heir.set(successor.unbind());
            executor.open.store(true, Relaxed);
            Ok(true)
        })?;
        if !first {
            return Ok(());
        }
        let left = operate(|| staff.pool().retire())?;
        let left = left.into_iter().map(|job| Item::described(job, py)).collect::<Vec<_>>();
        let (broken, shut) = (broken.load(Relaxed), staff.shut_down.load(Relaxed));
        let taken = operate(|| staff.pool().statistics().taken)?;
        there(this, "take_over", (left, taken, broken.then_some(BROKEN), shut)).map(drop)
    }
}

/// The fields of a pool whose insides somebody has asked for.
pub(crate) fn give_fields(py: Python<'_>) -> PyResult<()> {
    let open = |pool: &Bound<'_, PyAny>| ThreadPoolExecutor::open(pool.cast()?);
    let class = py.get_type::<ThreadPoolExecutor>();
    let seen = ["_max_workers", "_threads", "_thread_name_prefix", "_shutdown", "_broken", "_work_queue"];
    insides::give_seen(&class, &seen, ThreadPoolExecutor::look, open)?;
    insides::give(&class, &["_idle_semaphore", "_shutdown_lock", "_initializer", "_initargs"], open)
}

/// Calls what a method is on an open pool.
fn there<'py>(
    this: &Bound<'py, ThreadPoolExecutor>,
    method: &str,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    insides::call(&error::open_pool(this.py())?, this, method, arguments)
}

impl Staff {
    fn new(py: Python<'_>, (size, backlog): (usize, Option<usize>), prefix: String, setup: Setup) -> PyResult<Self> {
        let (threads, setup) = (PySet::empty(py)?.unbind(), Arc::new(setup));
        let (known, first) = (threads.clone_ref(py), Arc::clone(&setup));
        let spawner = move |worker: Worker| {
            Python::attach(|py| start(known.bind(py), worker, Arc::clone(&first)).map_err(|e| unstarted(py, e)))?;
            // The threads are joined as Python's own, by whoever waits for the shutdown.
            Ok(Box::new(|_| Ok(())) as exec::Join)
        };
        let builder = ThreadPool::builder().size(size).name_prefix(prefix.as_str()).spawner(spawner);
        let bounded = backlog.is_some();
        let pool = backlog.into_iter().fold(builder, Builder::backlog).build();
        Ok(Staff { pool: Some(pool), bounded, threads, prefix, shut_down: AtomicBool::new(false), setup })
    }

    fn pool(&self) -> &ThreadPool {
        self.pool.as_ref().expect("the pool is there as long as its executor")
    }
}

impl Drop for Staff {
    /// An executor that nobody has any more takes no more calls; its workers end when they have made those that it has.
    fn drop(&mut self) {
        // A run that is over ends its workers itself.
        let _ = operate(|| silently(|| drop(self.pool.take())));
    }
}

fn default_size(py: Python<'_>) -> PyResult<i64> {
    let count = if since(13) { "process_cpu_count" } else { "cpu_count" };
    let count: Option<i64> = py.import("os")?.call_method0(count)?.extract()?;
    Ok(32.min(count.unwrap_or(1) + 4))
}

/// Starts a worker in a thread of Python's, which the interpreter waits for when it exits.
fn start(threads: &Bound<'_, PySet>, worker: Worker, setup: Arc<Setup>) -> PyResult<()> {
    let py = threads.py();
    let theirs = theirs(py)?;
    let exit_lock = theirs.getattr("_global_shutdown_lock")?;
    let exits = theirs.getattr("_threads_queues")?;
    let (name, closer) = (worker.name(), worker.closer());
    let work = Bound::new(py, Work { worker: Mutex::new(Some(worker)), setup })?;
    exit_lock.call_method0("acquire")?;
    let mut thread = None;
    let started = (|| {
        if is_exiting(py)? {
            return Err(exiting());
        }
        let (class, options) = (py.import("threading")?.getattr("Thread")?, PyDict::new(py));
        options.set_item("name", name)?;
        options.set_item("target", &work)?;
        let thread = thread.insert(class.call((), Some(&options))?);
        // Known before it runs: the handler of a signal may raise then, when `start` has not returned.
        threads.add(&*thread)?;
        exits.set_item(&*thread, Exit { closer })?;
        // Who shuts the pool down waits for what was started before, as by the lock that the standard library's has.
        hushed(|| thread.call_method0("start")).map(drop)
    })();
    // Unless the thread has it already, it does not get the worker any more: whoever holds the thread may do so for long.
    if started.is_err()
        && work.get().take().is_some()
        && let Some(thread) = thread
    {
        // A thread that may never run is not waited for. What a handler raises now is less than what is raised already.
        let _ = threads.discard(&thread).and_then(|_| exits.call_method1("pop", (&thread, py.None())));
    }
    exit_lock.call_method0("release")?;
    started
}

/// Why there is no new thread: the interpreter says so with a `RuntimeError`; anything else is what a signal's handler raised meanwhile.
fn unstarted(py: Python<'_>, why: PyErr) -> io::Error {
    if why.is_instance_of::<PyRuntimeError>(py) { why.into() } else { io::Error::new(io::ErrorKind::Interrupted, why) }
}

/// The standard library's module, in which the interpreter says that it exits. Looked up once: each submission asks it.
fn theirs(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static FOUND: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let find = || py.import("concurrent.futures.thread").map(Bound::unbind);
    FOUND.get_or_try_init(py, find).map(|module| module.bind(py))
}

/// Whether the interpreter has begun to exit.
fn is_exiting(py: Python<'_>) -> PyResult<bool> {
    theirs(py)?.getattr(intern!(py, "_shutdown"))?.is_truthy()
}

fn exiting() -> PyErr {
    error::runtime("cannot schedule new futures after interpreter shutdown")
}

fn refused(py: Python<'_>, why: SubmitError) -> PyErr {
    match why {
        SubmitError::ShutDown => error::runtime("cannot schedule new futures after shutdown"),
        SubmitError::Broken => error::broken_pool(py, BROKEN.to_owned()),
        SubmitError::NoThread(e) => raised(e),
        SubmitError::Full | SubmitError::Interrupted => error::full(py),
    }
}

/// The exception that kept a thread from starting.
fn raised(e: io::Error) -> PyErr {
    match e.downcast::<PyErr>() {
        Ok(raised) => raised,
        Err(e) => PyRuntimeError::new_err(e.to_string()),
    }
}

/// What a worker's thread runs.
#[pyclass(frozen)]
#[derive(Debug)]
struct Work {
    worker: Mutex<Option<Worker>>,
    setup: Arc<Setup>,
}

impl Work {
    fn take(&self) -> Option<Worker> {
        self.worker.lock().unwrap_or_else(|e| e.into_inner()).take()
    }
}

#[pymethods]
impl Work {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let Some(mut worker) = self.take() else { return Ok(()) };
        if let Some(initializer) = &self.setup.initializer
            && let Err(e) = initializer.call1(py, self.setup.arguments.bind(py))
        {
            if e.is_instance_of::<Unwind>(py) {
                return Err(e);
            }
            let logged = log(py, "critical", ("Exception in initializer:",), &e);
            self.setup.broken.store(true, Relaxed);
            operate(|| worker.give_up()).and(logged)?;
            return self.setup.heir.get().map_or(Ok(()), |heir| heir.call_method0(py, "fail").map(drop));
        }
        while let Some(Some(job)) = attached(py, || worker.next_until(Deadline::Never))? {
            operate(|| job.run())?;
        }
        self.setup.heir.get().map_or(Ok(()), |heir| heir.call_method0(py, "work").map(drop))
    }
}

/// What the interpreter tells, as it exits, that no more work will come: it takes it for a worker's queue.
#[pyclass(frozen)]
#[derive(Debug)]
struct Exit {
    closer: Closer,
}

#[pymethods]
impl Exit {
    fn put(&self, _item: &Bound<'_, PyAny>) -> PyResult<()> {
        operate(|| self.closer.close())
    }
}

/// The calls of an executor that no worker has taken.
#[pyclass(frozen)]
#[derive(Debug)]
struct Backlog {
    executor: Py<ThreadPoolExecutor>,
}

#[pymethods]
impl Backlog {
    /// Return how many there are.
    fn qsize(&self, py: Python<'_>) -> PyResult<usize> {
        let executor = self.executor.bind(py);
        if executor.get().is_open() {
            return executor.getattr("_work_queue")?.call_method0("qsize")?.extract();
        }
        let pool = executor.get().staff()?.pool();
        Ok(operate(|| pool.statistics())?.waiting)
    }

    /// Return whether there is none.
    fn empty(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.qsize(py)? == 0)
    }

    /// Whatever else a queue can do, the pool's real one does.
    fn __getattr__<'py>(&self, py: Python<'py>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let executor = self.executor.bind(py);
        ThreadPoolExecutor::open(executor)?;
        executor.getattr("_work_queue")?.getattr(name)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.executor)
    }
}

/// A call that a pool will make, until it does.
struct Item(Option<(Py<Future>, Call)>);

struct Call {
    callable: Py<PyAny>,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
}

impl Item {
    /// What code of Python's makes of a job that no worker has taken.
    fn described(mut job: BoxedJob, py: Python<'_>) -> (Py<Future>, Py<PyAny>, Py<PyTuple>, Py<PyDict>) {
        let job: &mut dyn Any = &mut *job;
        let item = job.downcast_mut().and_then(|Item(item)| item.take());
        let (future, call) = item.expect("an executor's pool has an executor's jobs");
        let Call { callable, args, kwargs } = call;
        (future, callable, args, kwargs.unwrap_or_else(|| PyDict::new(py).unbind()))
    }
}

impl Job for Item {
    fn run(&mut self) {
        Python::attach(|py| {
            let Some((future, call)) = self.0.take() else { return };
            if let Err(e) = run(future.bind(py), call) {
                end_if_over(py, &e);
                // What a callback raised, or somebody else has settled the future.
                if let Err(e) = log(py, "critical", ("Exception in worker",), &e) {
                    e.write_unraisable(py, None);
                }
            }
        });
    }

    fn cancel(&mut self) {
        Python::attach(|py| {
            let Some((future, _call)) = self.0.take() else { return };
            // It raises only what a callback has raised that is no `Exception`.
            if let Err(e) = Future::cancel(future.bind(py)) {
                end_if_over(py, &e);
                e.write_unraisable(py, None);
            }
        });
    }

    fn fail(&mut self, why: JobError) {
        Python::attach(|py| {
            let Some((future, _call)) = self.0.take() else { return };
            let why = match why {
                JobError::NoThread => error::runtime("can't start new thread"),
                _ => error::broken_pool(py, BROKEN.to_owned()),
            };
            // Refused only if somebody else has settled the future.
            let _ = Future::set_exception(future.bind(py), why.into_value(py).into_any());
        });
    }
}

fn run(future: &Bound<'_, Future>, call: Call) -> PyResult<()> {
    let py = future.py();
    if !Future::set_running_or_notify_cancel(future)? {
        return Ok(());
    }
    let ongoing = Ongoing::of(future);
    let kwargs = call.kwargs.as_ref().map(|kwargs| kwargs.bind(py));
    let callable = given::calling(call.callable.bind(py));
    let result = callable.and_then(|callable| Ok(callable.call(call.args.bind(py), kwargs)?.unbind()));
    drop(ongoing);
    drop(call);
    match result {
        Ok(value) => Future::set_result(future, value),
        Err(e) => {
            end_if_over(py, &e);
            let exception = e.into_value(py);
            unasked::raised(future.get().number(), exception.bind(py));
            Future::set_exception(future, exception.into_any())
        }
    }
}

/// A call that ended because its run is over is no result: the worker ends with it.
fn end_if_over(py: Python<'_>, e: &PyErr) {
    if e.is_instance_of::<Unwind>(py) {
        resume_unwind(Box::new(Over));
    }
}
