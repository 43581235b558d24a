//! `concurrent.futures.ThreadPoolExecutor`.

use crate::attributes::Attributes;
use crate::blocking::{attached, detached, operate};
use crate::call::Ongoing;
use crate::control::unasked;
use crate::count::Count;
use crate::error::{self, Unwind};
use crate::future::{Future, log};
use crate::identity::Ordinal;
use crate::timeout::{Timeout, Truth};
use crate::version::since;
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyAttributeError, PyRuntimeError, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PySet, PyTuple};
use raddle::engine::exec::{self, Builder, Closer, Job, JobError, Pending, SubmitError, ThreadPool, Worker};
use raddle::engine::kernel::{Deadline, ObjectId, Over, Stopped, silently};
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
        };
        let staff = Staff::new(py, (size, backlog), prefix, setup)?;
        // A second initialisation finds the first one's threads at work.
        let _ = this.get().staff.set(staff);
        Ok(())
    }

    /// Submits a callable to be executed with the given arguments.
    ///
    /// Schedules the callable to be executed as fn(*args, **kwargs) and returns a Future instance representing the execution of the callable.
    /// If the executor was made with a backlog, it waits while as many calls wait for a worker.
    #[pyo3(signature = (r#fn, /, *args, **kwargs))]
    fn submit(
        &self,
        py: Python<'_>,
        r#fn: Py<PyAny>,
        args: Py<PyTuple>,
        kwargs: Option<Py<PyDict>>,
    ) -> PyResult<Py<Future>> {
        self.submit_until(py, Timeout::Never, Call { callable: r#fn, args, kwargs })
    }

    /// Submits a callable as submit() does, but waits at most timeout seconds for room among the calls that wait for a worker.
    ///
    /// Raises queue.Full if there was none within that time, which can only happen if the executor was made with a backlog.
    #[pyo3(signature = (timeout, r#fn, /, *args, **kwargs))]
    fn submit_within(
        &self,
        timeout: &Bound<'_, PyAny>,
        r#fn: Py<PyAny>,
        args: Py<PyTuple>,
        kwargs: Option<Py<PyDict>>,
    ) -> PyResult<Py<Future>> {
        let until = Timeout::of_queue(Truth(true), Some(timeout))?;
        self.submit_until(timeout.py(), until, Call { callable: r#fn, args, kwargs })
    }

    /// Return how many calls have been submitted, taken by workers, and left waiting.
    fn statistics(&self) -> PyResult<PoolStatistics> {
        let staff = self.staff()?;
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
    fn shutdown(&self, py: Python<'_>, wait: Truth, cancel_futures: Truth) -> PyResult<()> {
        let staff = self.staff()?;
        staff.shut_down.store(true, Relaxed);
        let pending = if cancel_futures.0 { Pending::Cancel } else { Pending::Run };
        operate(|| staff.pool().shutdown(pending))?;
        if wait.0 {
            // Whoever submits at the same moment may still be starting a worker.
            detached(py, || staff.pool().join_until(Deadline::Never))?;
            for thread in staff.threads.bind(py).call_method0("copy")?.try_iter()? {
                thread?.call_method0("join")?;
            }
        }
        Ok(())
    }

    #[getter]
    fn _max_workers(&self) -> PyResult<usize> {
        Ok(self.staff()?.pool().size())
    }

    #[getter]
    fn _threads(&self, py: Python<'_>) -> PyResult<Py<PySet>> {
        Ok(self.staff()?.threads.clone_ref(py))
    }

    #[getter]
    fn _thread_name_prefix(&self) -> PyResult<&str> {
        Ok(&self.staff()?.prefix)
    }

    #[getter]
    fn _shutdown(&self) -> PyResult<bool> {
        Ok(self.staff()?.shut_down.load(Relaxed))
    }

    /// What is wrong with the pool, if anything is.
    #[getter]
    fn _broken<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let broken = self.staff()?.setup.broken.load(Relaxed);
        if broken { BROKEN.into_bound_py_any(py) } else { false.into_bound_py_any(py) }
    }

    /// Stands for the queue of calls that no worker has taken.
    #[getter]
    fn _work_queue(this: Py<Self>) -> Backlog {
        Backlog { executor: this }
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
        visit.call(&staff.setup.arguments)
    }
}

impl ThreadPoolExecutor {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.staff.get().map_or(0, |staff| staff.pool().number())
    }

    fn submit_until(&self, py: Python<'_>, timeout: Timeout<'_, '_>, call: Call) -> PyResult<Py<Future>> {
        let staff = self.staff()?;
        let future = Future::object(py)?;
        let job = Box::new(Item { future: future.clone_ref(py), call });
        if !staff.shut_down.load(Relaxed) && is_exiting(py)? {
            return Err(exiting());
        }
        let submit = |deadline| staff.pool().submit_job(&future.get().future, job, deadline);
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
            Some(Err(why)) => Err(refused(py, why)),
            None => Err(error::full(py)),
        }
    }

    fn staff(&self) -> PyResult<&Staff> {
        let missing = || PyAttributeError::new_err("'ThreadPoolExecutor' object has no attribute '_work_queue'");
        self.staff.get().ok_or_else(missing)
    }
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
        thread.call_method0("start").map(drop)
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
            return operate(|| worker.give_up()).and(logged);
        }
        while let Some(Some(job)) = attached(py, || worker.next_until(Deadline::Never))? {
            operate(|| job.run())?;
        }
        Ok(())
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
    fn qsize(&self) -> PyResult<usize> {
        Ok(self.executor.get().staff()?.pool().backlog_count())
    }

    /// Return whether there is none.
    fn empty(&self) -> PyResult<bool> {
        Ok(self.qsize()? == 0)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.executor)
    }
}

/// A call that a pool will make.
struct Item {
    future: Py<Future>,
    call: Call,
}

struct Call {
    callable: Py<PyAny>,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
}

impl Job for Item {
    fn run(self: Box<Self>) {
        Python::attach(|py| {
            let Item { future, call } = *self;
            if let Err(e) = run(future.bind(py), call) {
                end_if_over(py, &e);
                // What a callback raised, or somebody else has settled the future.
                if let Err(e) = log(py, "critical", ("Exception in worker",), &e) {
                    e.write_unraisable(py, None);
                }
            }
        });
    }

    fn cancel(&self) {
        Python::attach(|py| {
            // It raises only what a callback has raised that is no `Exception`.
            if let Err(e) = Future::cancel(self.future.bind(py)) {
                end_if_over(py, &e);
                e.write_unraisable(py, None);
            }
        });
    }

    fn fail(self: Box<Self>, why: JobError) {
        Python::attach(|py| {
            let why = match why {
                JobError::NoThread => error::runtime("can't start new thread"),
                _ => error::broken_pool(py, BROKEN.to_owned()),
            };
            // Refused only if somebody else has settled the future.
            let _ = Future::set_exception(self.future.bind(py), why.into_value(py).into_any());
        });
    }
}

fn run(future: &Bound<'_, Future>, call: Call) -> PyResult<()> {
    let py = future.py();
    if !Future::set_running_or_notify_cancel(future)? {
        return Ok(());
    }
    let ongoing = Ongoing::of(future);
    let result = call.callable.call(py, call.args.bind(py), call.kwargs.as_ref().map(|kwargs| kwargs.bind(py)));
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
