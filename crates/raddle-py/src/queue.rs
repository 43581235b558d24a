//! `queue.Queue`, `queue.LifoQueue` and `queue.PriorityQueue`.

use crate::attributes::Attributes;
use crate::blocking::{attached, blocking_attached, operate, unwinding};
use crate::error;
use crate::identity::Ordinal;
use crate::shelf::{FREE, Hooks, Refusal, Shelf, Smallest};
use crate::timeout::{Timeout, Truth};
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use raddle::engine::kernel::{Deadline, ObjectId, Stopped};
use raddle::engine::sync;
use raddle::engine::sync::queue::{Fifo, Lifo};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

/// Create a queue object with a given maximum size.
///
/// If maxsize is <= 0, the queue size is infinite.
#[pyclass(module = "queue", frozen, subclass, weakref, dict)]
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inside: OnceLock<Inside>,
    /// What the hooks of a subclass keep their items in.
    container: Mutex<Option<Py<PyAny>>>,
    ordinal: Ordinal,
    attributes: Attributes,
}

#[derive(Debug)]
struct Inside {
    maxsize: AtomicI64,
    shelf: Box<dyn Shelf>,
    /// Whether the shelf runs Python code while others find it busy: whoever waits for that must let the interpreter go.
    foreign: bool,
}

/// The order in which items come out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Order {
    Fifo,
    Lifo,
    Smallest,
}

/// The methods by which a subclass says where its items are.
const HOOKS: [&str; 4] = ["_init", "_qsize", "_put", "_get"];

#[pymethods]
impl Queue {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(maxsize=0)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Queue::default()
    }

    #[pyo3(signature = (maxsize = 0))]
    fn __init__(this: &Bound<'_, Self>, maxsize: i64) -> PyResult<()> {
        Attributes::find(this, |this| &this.attributes);
        let order = Order::of(this);
        let capacity = capacity(maxsize);
        let hooked = order.is_overridden(this)?;
        let shelf: Box<dyn Shelf> = match order {
            _ if hooked => Box::new(sync::Queue::with_store(Hooks::of(this), capacity)),
            Order::Fifo => Box::new(sync::Queue::under(FREE, Fifo::new(), capacity)),
            Order::Lifo => Box::new(sync::Queue::under(FREE, Lifo::new(), capacity)),
            Order::Smallest => Box::new(sync::Queue::with_store(Smallest::default(), capacity)),
        };
        let foreign = hooked || order == Order::Smallest;
        // A second initialisation finds the first one's items in use.
        let _ = this.get().inside.set(Inside { maxsize: maxsize.into(), shelf, foreign });
        if hooked {
            this.call_method1("_init", (maxsize,))?;
        }
        Ok(())
    }

    /// Put an item into the queue.
    ///
    /// If optional args 'block' is true and 'timeout' is None (the default), block if necessary until a free slot is available.
    /// If 'timeout' is a non-negative number, it blocks at most 'timeout' seconds and raises the Full exception if no free slot was available within that time.
    /// Otherwise ('block' is false), put an item on the queue if a free slot is immediately available, else raise the Full exception ('timeout' is ignored in that case).
    ///
    /// Raises ShutDown if the queue has been shut down.
    #[pyo3(signature = (item, block = Truth(true), timeout = None), text_signature = "($self, item, block=True, timeout=None)")]
    fn put(&self, py: Python<'_>, item: Py<PyAny>, block: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let bounded = self.inside()?.maxsize.load(Relaxed) > 0;
        self.put_until(py, item, if bounded { Timeout::of_queue(block, timeout)? } else { Timeout::Never })
    }

    /// Remove and return an item from the queue.
    ///
    /// If optional args 'block' is true and 'timeout' is None (the default), block if necessary until an item is available.
    /// If 'timeout' is a non-negative number, it blocks at most 'timeout' seconds and raises the Empty exception if no item was available within that time.
    /// Otherwise ('block' is false), return an item if one is immediately available, else raise the Empty exception ('timeout' is ignored in that case).
    ///
    /// Raises ShutDown if the queue has been shut down and is empty, or if the queue has been shut down immediately.
    #[pyo3(signature = (block = Truth(true), timeout = None), text_signature = "($self, block=True, timeout=None)")]
    fn get(&self, py: Python<'_>, block: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.get_until(py, Timeout::of_queue(block, timeout)?)
    }

    /// Put an item into the queue without blocking.
    ///
    /// Only enqueue the item if a free slot is immediately available.
    /// Otherwise raise the Full exception.
    fn put_nowait(&self, py: Python<'_>, item: Py<PyAny>) -> PyResult<()> {
        self.put_until(py, item, Timeout::Now)
    }

    /// Remove and return an item from the queue without blocking.
    ///
    /// Only get an item if one is immediately available.
    /// Otherwise raise the Empty exception.
    fn get_nowait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.get_until(py, Timeout::Now)
    }

    /// Indicate that a formerly enqueued task is complete.
    ///
    /// Used by Queue consumer threads.
    /// For each get() used to fetch a task, a subsequent call to task_done() tells the queue that the processing on the task is complete.
    ///
    /// If a join() is currently blocking, it will resume when all items have been processed (meaning that a task_done() call was received for every item that had been put() into the queue).
    ///
    /// Raises a ValueError if called more times than there were items placed in the queue.
    fn task_done(&self, py: Python<'_>) -> PyResult<()> {
        match self.operate(py, |shelf| shelf.task_done())? {
            Err(_) if !unwinding() => Err(error::value("task_done() called too many times")),
            _ => Ok(()),
        }
    }

    /// Blocks until all items in the Queue have been gotten and processed.
    ///
    /// The count of unfinished tasks goes up whenever an item is added to the queue.
    /// The count goes down whenever a consumer thread calls task_done() to indicate the item was retrieved and all work on it is complete.
    ///
    /// When the count of unfinished tasks drops to zero, join() unblocks.
    fn join(&self, py: Python<'_>) -> PyResult<()> {
        self.blocking(py, Timeout::Never, |shelf, deadline| shelf.join(deadline)).map(drop)
    }

    /// Return the approximate size of the queue (not reliable!).
    fn qsize(&self, py: Python<'_>) -> PyResult<usize> {
        self.operate(py, |shelf| shelf.len())
    }

    /// Return True if the queue is empty, False otherwise (not reliable!).
    fn empty(&self, py: Python<'_>) -> PyResult<bool> {
        self.operate(py, |shelf| shelf.len() == 0)
    }

    /// Return True if the queue is full, False otherwise (not reliable!).
    fn full(&self, py: Python<'_>) -> PyResult<bool> {
        self.operate(py, |shelf| shelf.is_full())
    }

    /// Shut-down the queue, making queue gets and puts raise ShutDown.
    ///
    /// By default, gets will only raise once the queue is empty.
    /// Set 'immediate' to True to make gets raise immediately instead.
    ///
    /// All blocked callers of put() and get() will be unblocked.
    /// If 'immediate', a task is marked as done for each item remaining in the queue, which may unblock callers of join().
    #[pyo3(signature = (immediate = Truth(false)), text_signature = "($self, immediate=False)")]
    fn shutdown(&self, py: Python<'_>, immediate: Truth) -> PyResult<()> {
        self.operate(py, |shelf| if immediate.0 { shelf.shutdown_now() } else { shelf.shutdown() })
    }

    /// The greatest number of items, if it is above zero.
    #[getter]
    fn maxsize(&self) -> PyResult<i64> {
        self.inside().map(|inside| inside.maxsize.load(Relaxed))
    }

    #[setter]
    fn set_maxsize(&self, py: Python<'_>, maxsize: i64) -> PyResult<()> {
        self.inside()?.maxsize.store(maxsize, Relaxed);
        self.operate(py, |shelf| shelf.set_capacity(capacity(maxsize)))
    }

    /// Whether the queue has been shut down.
    #[getter]
    fn is_shutdown(&self, py: Python<'_>) -> PyResult<bool> {
        self.operate(py, |shelf| shelf.is_shut_down())
    }

    /// How many items were put and not yet said to be dealt with.
    #[getter]
    fn unfinished_tasks(&self, py: Python<'_>) -> PyResult<u64> {
        self.operate(py, |shelf| shelf.unfinished_count())
    }

    /// The items: what the hooks of a subclass keep them in, else a copy that cannot be changed.
    #[getter]
    fn queue<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if let Some(container) = &*self.container() {
            return Ok(container.bind(py).clone());
        }
        let mut items = Vec::new();
        self.operate(py, |shelf| shelf.look(&mut |item| items.push(item.clone_ref(py))))?;
        PyTuple::new(py, items).map(Bound::into_any)
    }

    #[setter(queue)]
    fn set_queue(&self, container: Py<PyAny>) {
        let before = self.container().replace(container);
        drop(before);
    }

    fn _init(this: &Bound<'_, Self>, maxsize: &Bound<'_, PyAny>) -> PyResult<()> {
        let _ = maxsize;
        let (py, this) = (this.py(), this.as_any());
        match Order::of(this.cast()?) {
            Order::Fifo => this.setattr("queue", py.import("collections")?.call_method0("deque")?),
            Order::Lifo | Order::Smallest => this.setattr("queue", pyo3::types::PyList::empty(py)),
        }
    }

    fn _qsize(this: &Bound<'_, Self>) -> PyResult<usize> {
        this.getattr("queue")?.len()
    }

    fn _put(this: &Bound<'_, Self>, item: &Bound<'_, PyAny>) -> PyResult<()> {
        let container = this.getattr("queue")?;
        match Order::of(this) {
            Order::Fifo | Order::Lifo => container.call_method1("append", (item,))?,
            Order::Smallest => this.py().import("heapq")?.call_method1("heappush", (container, item))?,
        };
        Ok(())
    }

    fn _get<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let container = this.getattr("queue")?;
        match Order::of(this) {
            Order::Fifo => container.call_method0("popleft"),
            Order::Lifo => container.call_method0("pop"),
            Order::Smallest => this.py().import("heapq")?.call_method1("heappop", (container,)),
        }
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        generic_alias(class, item)
    }

    fn __getstate__(&self) -> PyResult<()> {
        Err(error::unpicklable("_thread.lock"))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if !self.ordinal.exists() {
            return Ok(());
        }
        self.attributes.visit(&visit)?;
        if let Ok(container) = self.container.try_lock() {
            visit.call(&*container)?;
        }
        let mut seen = Ok(());
        if let Some(inside) = self.inside.get() {
            inside.shelf.each(&mut |item| {
                if seen.is_ok() {
                    seen = visit.call(item);
                }
            });
        }
        seen
    }

    fn __clear__(&self) {
        let container = self.container.try_lock().ok().and_then(|mut container| container.take());
        let items = self.inside.get().map(|inside| inside.shelf.clear());
        drop((container, items));
    }
}

impl Queue {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.inside.get().map_or(0, |inside| inside.shelf.number())
    }

    fn inside(&self) -> PyResult<&Inside> {
        self.inside.get().ok_or_else(|| PyAttributeError::new_err("'Queue' object has no attribute 'mutex'"))
    }

    /// Held for an instant, in which nothing of Python's runs, and attached: a collector never finds it taken.
    fn container(&self) -> std::sync::MutexGuard<'_, Option<Py<PyAny>>> {
        self.container.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn put_until(&self, py: Python<'_>, item: Py<PyAny>, timeout: Timeout) -> PyResult<()> {
        let mut item = Some(item);
        match self.blocking(py, timeout, |shelf, deadline| shelf.put(&mut item, deadline))? {
            Some(Ok(())) => Ok(()),
            Some(Err(refusal)) => Err(raised(py, refusal)),
            None => Err(error::full(py)),
        }
    }

    fn get_until(&self, py: Python<'_>, timeout: Timeout) -> PyResult<Py<PyAny>> {
        match self.blocking(py, timeout, |shelf, deadline| shelf.get(deadline))? {
            Some(Ok(item)) => Ok(item),
            Some(Err(refusal)) => Err(raised(py, refusal)),
            None => Err(error::empty(py)),
        }
    }

    fn blocking<T>(
        &self,
        py: Python<'_>,
        timeout: Timeout,
        mut operation: impl FnMut(&dyn Shelf, Deadline) -> Result<T, Stopped>,
    ) -> PyResult<Option<T>> {
        let Inside { shelf, foreign, .. } = self.inside()?;
        if *foreign {
            attached(py, || operation(&**shelf, timeout.deadline()))
        } else {
            blocking_attached(py, timeout, |deadline| operation(&**shelf, deadline))
        }
    }

    fn operate<T>(&self, py: Python<'_>, operation: impl FnOnce(&dyn Shelf) -> T) -> PyResult<T> {
        let Inside { shelf, foreign, .. } = self.inside()?;
        if *foreign {
            let done = attached(py, || Ok(operation(&**shelf)))?;
            Ok(done.expect("what does not wait does not time out"))
        } else {
            operate(|| operation(&**shelf))
        }
    }
}

/// How many items a maximum size allows, if that is bounded.
fn capacity(maxsize: i64) -> Option<usize> {
    usize::try_from(maxsize).ok().filter(|capacity| *capacity > 0)
}

fn raised(py: Python<'_>, refusal: Refusal) -> PyErr {
    match refusal {
        Refusal::ShutDown => error::shut_down(py),
        Refusal::Raised(e) => e,
    }
}

/// `class[item]`, for annotations.
pub(crate) fn generic_alias<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    class.py().import("types")?.call_method1("GenericAlias", (class, item))
}

impl Order {
    fn of(queue: &Bound<'_, Queue>) -> Self {
        if queue.is_instance_of::<LifoQueue>() {
            Order::Lifo
        } else if queue.is_instance_of::<PriorityQueue>() {
            Order::Smallest
        } else {
            Order::Fifo
        }
    }

    fn class(self, py: Python<'_>) -> Bound<'_, PyType> {
        match self {
            Order::Fifo => py.get_type::<Queue>(),
            Order::Lifo => py.get_type::<LifoQueue>(),
            Order::Smallest => py.get_type::<PriorityQueue>(),
        }
    }

    /// Whether the queue's class has hooks of its own.
    fn is_overridden(self, queue: &Bound<'_, Queue>) -> PyResult<bool> {
        let (class, ours) = (queue.get_type(), self.class(queue.py()));
        if class.is(&ours) {
            return Ok(false);
        }
        for hook in HOOKS {
            if !class.getattr(hook)?.is(&ours.getattr(hook)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Variant of Queue that retrieves most recently added entries first.
#[pyclass(module = "queue", frozen, subclass, extends = Queue)]
#[derive(Debug)]
pub(crate) struct LifoQueue;

#[pymethods]
impl LifoQueue {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(maxsize=0)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Queue::default()).add_subclass(LifoQueue)
    }
}

/// Variant of Queue that retrieves open entries in priority order (lowest first).
///
/// Entries are typically tuples of the form:  (priority number, data).
#[pyclass(module = "queue", frozen, subclass, extends = Queue)]
#[derive(Debug)]
pub(crate) struct PriorityQueue;

#[pymethods]
impl PriorityQueue {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(maxsize=0)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Queue::default()).add_subclass(PriorityQueue)
    }
}
