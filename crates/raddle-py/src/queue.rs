//! `queue.Queue`, `queue.LifoQueue` and `queue.PriorityQueue`.

use crate::attributes::Attributes;
use crate::blocking::{attached, blocking, operate, unwinding};
use crate::condition::Condition;
use crate::control::{sites, unseen};
use crate::count::Count;
use crate::error;
use crate::identity::Ordinal;
use crate::insides;
use crate::lock::allocate_lock;
use crate::shelf::{FREE, Hooks, Refusal, Shelf, Smallest};
use crate::subclass::overrides;
use crate::timeout::{Timeout, Truth};
use pyo3::call::PyCallArgs;
use pyo3::exceptions::{PyAttributeError, PyException};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{IntoPyDict, PyDict, PyString, PyTuple, PyType};
use pyo3::{IntoPyObjectExt, intern};
use raddle::engine::kernel::{Deadline, ObjectId, Stopped, controlled, watched};
use raddle::engine::sync;
use raddle::engine::sync::queue::{Fifo, Lifo, Statistics};
use std::collections::VecDeque;
use std::mem::take;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

/// Create a queue object with a given maximum size.
///
/// If maxsize is <= 0, the queue size is infinite.
#[pyclass(module = "queue", frozen, subclass, weakref, dict)]
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inside: OnceLock<Inside>,
    ordinal: Ordinal,
    attributes: Attributes,
    /// Whether somebody has asked for its insides. What is inside is shut down and empty then, so that nobody waits there.
    open: AtomicBool,
}

#[derive(Debug)]
struct Inside {
    maxsize: AtomicI64,
    shelf: Box<dyn Shelf>,
    /// Whether the hooks of a subclass keep the items, in the attribute `queue`.
    hooked: bool,
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

/// The lock and the conditions of an open queue.
const INSIDES: [&str; 4] = [MUTEX, "not_empty", "not_full", "all_tasks_done"];
const MUTEX: &str = "mutex";

/// The methods by which a subclass says where its items are.
const HOOKS: [&str; 4] = ["_init", "_qsize", "_put", "_get"];

#[pymethods]
impl Queue {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(maxsize=0)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Queue::default()
    }

    #[pyo3(signature = (maxsize = Count(0)))]
    fn __init__(this: &Bound<'_, Self>, maxsize: Count) -> PyResult<()> {
        let Count(maxsize) = maxsize;
        Attributes::find(this, |this| &this.attributes);
        let order = Order::of(this);
        let capacity = capacity(maxsize);
        let hooked = order.overrides(this, &HOOKS)?;
        let shelf: Box<dyn Shelf> = match order {
            _ if hooked => Box::new(sync::Queue::with_store(Hooks::of(this), capacity)),
            Order::Fifo => Box::new(sync::Queue::under(FREE, Fifo::new(), capacity)),
            Order::Lifo => Box::new(sync::Queue::under(FREE, Lifo::new(), capacity)),
            Order::Smallest => Box::new(sync::Queue::with_store(Smallest::default(), capacity)),
        };
        let foreign = hooked || order == Order::Smallest;
        // A second initialisation finds the first one's items in use.
        let _ = this.get().inside.set(Inside { maxsize: maxsize.into(), shelf, hooked, foreign });
        if hooked {
            this.call_method1("_init", (maxsize,))?;
        }
        // Others can come in between what the hooks do, and the mutex keeps out those who take it. Where the program looks inside,
        // the first to do so would make a difference that no operation tells of.
        if watched() && controlled() && (hooked || sites::only_reads(&INSIDES)) {
            Queue::open(this)?;
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
    fn put(this: &Bound<'_, Self>, item: Py<PyAny>, block: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let bounded = this.get().inside()?.maxsize.load(Relaxed) > 0;
        Queue::put_until(this, item, if bounded { Timeout::of_queue(block, timeout)? } else { Timeout::Never })
    }

    /// Remove and return an item from the queue.
    ///
    /// If optional args 'block' is true and 'timeout' is None (the default), block if necessary until an item is available.
    /// If 'timeout' is a non-negative number, it blocks at most 'timeout' seconds and raises the Empty exception if no item was available within that time.
    /// Otherwise ('block' is false), return an item if one is immediately available, else raise the Empty exception ('timeout' is ignored in that case).
    ///
    /// Raises ShutDown if the queue has been shut down and is empty, or if the queue has been shut down immediately.
    #[pyo3(signature = (block = Truth(true), timeout = None), text_signature = "($self, block=True, timeout=None)")]
    fn get(this: &Bound<'_, Self>, block: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        Queue::get_until(this, Timeout::of_queue(block, timeout)?)
    }

    /// Put an item into the queue without blocking.
    ///
    /// Only enqueue the item if a free slot is immediately available.
    /// Otherwise raise the Full exception.
    fn put_nowait(this: &Bound<'_, Self>, item: Py<PyAny>) -> PyResult<()> {
        if Order::of(this).overrides(this, &["put"])? {
            return this.call_method("put", (item,), Some(&not_blocking(this.py())?)).map(drop);
        }
        Queue::put_until(this, item, Timeout::Now)
    }

    /// Remove and return an item from the queue without blocking.
    ///
    /// Only get an item if one is immediately available.
    /// Otherwise raise the Empty exception.
    fn get_nowait(this: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        if Order::of(this).overrides(this, &["get"])? {
            return this.call_method("get", (), Some(&not_blocking(this.py())?)).map(Bound::unbind);
        }
        Queue::get_until(this, Timeout::Now)
    }

    /// Put all items into the queue, in their order.
    ///
    /// Those for which there are free slots are put together; then it waits for more slots, as put() does, and others may put their items in between.
    /// 'items' is read to its end before the first item is put.
    ///
    /// Raises what put() raises. The exception has an attribute 'remaining': a list of the items that were not put.
    #[pyo3(signature = (items, block = Truth(true), timeout = None), text_signature = "($self, items, block=True, timeout=None)")]
    fn put_many(
        this: &Bound<'_, Self>,
        items: &Bound<'_, PyAny>,
        block: Truth,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let bounded = this.get().inside()?.maxsize.load(Relaxed) > 0;
        let timeout = if bounded { Timeout::of_queue(block, timeout)? } else { Timeout::Never };
        let mut items = all(items)?;
        let put = Queue::put_all(this, &mut items, timeout);
        put.map_err(|e| error::with_items(this.py(), e, "remaining", Vec::from(items)))
    }

    /// Wait for an item as get() does, and remove and return what is there: a list of at least one item, and of at most 'limit'.
    ///
    /// Each item of the list is a task of its own: task_done() is called as often as the list is long.
    ///
    /// Raises what get() raises, and then nothing was removed.
    /// An item that cannot be removed, because a comparison raised, ends the list and is left to the next call; if what was raised is no Exception but KeyboardInterrupt or its like, the call raises it, with the list as its attribute 'taken'.
    #[pyo3(signature = (limit, block = Truth(true), timeout = None), text_signature = "($self, limit, block=True, timeout=None)")]
    fn get_many(
        this: &Bound<'_, Self>,
        limit: Limit,
        block: Truth,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Py<PyAny>>> {
        let (py, queue) = (this.py(), this.get());
        let (mut items, mut until, timeout) = (Vec::new(), Deadline::Now, Timeout::of_queue(block, timeout)?);
        let got = queue.blocking(py, timeout, |shelf, deadline| {
            until = deadline;
            shelf.get_many(&mut items, limit.0, deadline)
        })?;
        match got {
            Some(Ok(())) => Ok(items),
            Some(Err(Refusal::ShutDown)) if queue.is_open() => {
                let (block, left) = timeout.left(until);
                there(this, "get_many", (limit.0, block, left))?.extract()
            }
            Some(Err(refusal)) => taken(py, items, refusal),
            None => Err(error::empty(py)),
        }
    }

    /// Return how many items have come and gone so far.
    fn statistics(this: &Bound<'_, Self>) -> PyResult<QueueStatistics> {
        let (queue, maxsize) = (this.get(), this.get().maxsize()?);
        if queue.is_open() {
            let (puts, gets, unfinished) = there(this, "statistics", ())?.extract()?;
            return Ok(QueueStatistics { size: puts - gets, maxsize, puts, gets, unfinished });
        }
        queue.operate(this.py(), |shelf| QueueStatistics::of(&shelf.statistics(), maxsize))
    }

    /// Indicate that a formerly enqueued task is complete.
    ///
    /// Used by Queue consumer threads.
    /// For each get() used to fetch a task, a subsequent call to task_done() tells the queue that the processing on the task is complete.
    ///
    /// If a join() is currently blocking, it will resume when all items have been processed (meaning that a task_done() call was received for every item that had been put() into the queue).
    ///
    /// Raises a ValueError if called more times than there were items placed in the queue.
    fn task_done(this: &Bound<'_, Self>) -> PyResult<()> {
        match this.get().operate(this.py(), |shelf| shelf.task_done())? {
            Err(_) if this.get().is_open() => there(this, "task_done", ()).map(drop),
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
    fn join(this: &Bound<'_, Self>) -> PyResult<()> {
        let queue = this.get();
        queue.blocking(this.py(), Timeout::Never, |shelf, deadline| shelf.join(deadline))?;
        if queue.is_open() { there(this, "join", ()).map(drop) } else { Ok(()) }
    }

    /// Return the approximate size of the queue (not reliable!).
    fn qsize(this: &Bound<'_, Self>) -> PyResult<usize> {
        let queue = this.get();
        if queue.is_open() {
            there(this, "qsize", ())?.extract()
        } else {
            queue.operate(this.py(), |shelf| shelf.len())
        }
    }

    /// Return True if the queue is empty, False otherwise (not reliable!).
    fn empty(this: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(Queue::qsize(this)? == 0)
    }

    /// Return True if the queue is full, False otherwise (not reliable!).
    fn full(this: &Bound<'_, Self>) -> PyResult<bool> {
        let queue = this.get();
        if queue.is_open() {
            there(this, "full", ())?.extract()
        } else {
            queue.operate(this.py(), |shelf| shelf.is_full())
        }
    }

    /// Shut-down the queue, making queue gets and puts raise ShutDown.
    ///
    /// By default, gets will only raise once the queue is empty.
    /// Set 'immediate' to True to make gets raise immediately instead.
    ///
    /// All blocked callers of put() and get() will be unblocked.
    /// If 'immediate', a task is marked as done for each item remaining in the queue, which may unblock callers of join().
    #[pyo3(signature = (immediate = Truth(false)), text_signature = "($self, immediate=False)")]
    fn shutdown(this: &Bound<'_, Self>, immediate: Truth) -> PyResult<()> {
        let queue = this.get();
        queue.operate(this.py(), |shelf| if immediate.0 { shelf.shutdown_now() } else { shelf.shutdown() })?;
        if queue.is_open() { there(this, "shutdown", (immediate.0,)).map(drop) } else { Ok(()) }
    }

    /// The greatest number of items, if it is above zero.
    #[getter]
    fn maxsize(&self) -> PyResult<i64> {
        self.inside().map(|inside| inside.maxsize.load(Relaxed))
    }

    #[setter]
    fn set_maxsize(&self, py: Python<'_>, maxsize: Count) -> PyResult<()> {
        let Count(maxsize) = maxsize;
        unseen::bounded();
        self.inside()?.maxsize.store(maxsize, Relaxed);
        self.operate(py, |shelf| shelf.set_capacity(capacity(maxsize)))
    }

    /// Whether the queue has been shut down.
    #[getter]
    fn is_shutdown<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, queue) = (this.py(), this.get());
        if queue.is_open() {
            return Queue::field(this, intern!(py, "is_shutdown"));
        }
        queue.operate(py, |shelf| shelf.is_shut_down())?.into_bound_py_any(py)
    }

    #[setter]
    fn set_is_shutdown(this: &Bound<'_, Self>, shut: &Bound<'_, PyAny>) -> PyResult<()> {
        Queue::open(this)?;
        insides::set(this, intern!(this.py(), "is_shutdown"), shut)
    }

    /// How many items were put and not yet said to be dealt with.
    #[getter]
    fn unfinished_tasks<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let (py, queue) = (this.py(), this.get());
        if queue.is_open() {
            return Queue::field(this, intern!(py, "unfinished_tasks"));
        }
        queue.operate(py, |shelf| shelf.unfinished_count())?.into_bound_py_any(py)
    }

    #[setter]
    fn set_unfinished_tasks(this: &Bound<'_, Self>, count: &Bound<'_, PyAny>) -> PyResult<()> {
        Queue::open(this)?;
        insides::set(this, intern!(this.py(), "unfinished_tasks"), count)
    }

    /// The container of the items.
    #[getter]
    fn queue<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        if !this.get().inside()?.hooked {
            Queue::open(this)?;
        }
        Queue::field(this, intern!(this.py(), "queue"))
    }

    #[setter(queue)]
    fn set_queue(this: &Bound<'_, Self>, container: &Bound<'_, PyAny>) -> PyResult<()> {
        if !this.get().inside()?.hooked {
            Queue::open(this)?;
        }
        insides::set(this, intern!(this.py(), "queue"), container)
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

    /// What reports call it, once it is set.
    #[classattr]
    fn name() -> Option<Py<PyAny>> {
        None
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
        self.attributes.visit(self, &visit)?;
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
        let items = self.inside.get().map(|inside| inside.shelf.clear());
        drop(items);
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

    fn is_open(&self) -> bool {
        // Relaxed: whoever must see that it was opened has been inside after it was; and the fields are waited for.
        self.open.load(Relaxed)
    }

    /// A field of an open queue, or of one that another thread is about to open.
    fn field<'py>(this: &Bound<'py, Self>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        let fields = insides::attributes(this)?;
        if !fields.contains(name)?
            && let Some(mutex) = fields.get_item(intern!(this.py(), "mutex"))?
        {
            mutex.call_method0("acquire")?;
            mutex.call_method0("release")?;
        }
        insides::get(this, name)
    }

    /// Gives its insides the shape that the standard library's have, for everybody to see.
    fn open(this: &Bound<'_, Self>) -> PyResult<()> {
        let (py, queue) = (this.py(), this.get());
        let Inside { hooked, maxsize, .. } = queue.inside()?;
        if queue.is_open() {
            return Ok(());
        }
        let fields = insides::attributes(this)?;
        let mutex = Bound::new(py, allocate_lock())?;
        let conditions = PyDict::new(py);
        for name in INSIDES.into_iter().filter(|name| *name != MUTEX) {
            conditions.set_item(name, py.get_type::<Condition>().call1((&mutex,))?)?;
        }
        // Held until all is moved: whoever finds the queue open waits for it.
        mutex.call_method0("acquire")?;
        let first = with_critical_section(this, || {
            // Somebody else may have been faster meanwhile.
            if queue.is_open() {
                return Ok::<_, PyErr>(false);
            }
            fields.set_item(intern!(py, "mutex"), &mutex)?;
            fields.update(conditions.as_mapping())?;
            queue.open.store(true, Relaxed);
            Ok(true)
        })?;
        if first {
            let (items, before, shut) = queue.operate(py, |shelf| shelf.retire())?;
            fields.set_item(intern!(py, "is_shutdown"), shut)?;
            fields.set_item(intern!(py, "unfinished_tasks"), before.unfinished)?;
            fields.set_item(intern!(py, "_puts"), before.puts)?;
            if !*hooked {
                this.call_method1("_init", (maxsize.load(Relaxed),))?;
                fields.as_any().get_item(intern!(py, "queue"))?.call_method1("extend", (items,))?;
            }
        }
        mutex.call_method0("release").map(drop)
    }

    fn put_until(this: &Bound<'_, Self>, item: Py<PyAny>, timeout: Timeout<'_, '_>) -> PyResult<()> {
        let (py, queue) = (this.py(), this.get());
        let (mut item, mut until) = (Some(item), Deadline::Now);
        let done = queue.blocking(py, timeout, |shelf, deadline| {
            until = deadline;
            shelf.put(&mut item, deadline)
        })?;
        match done {
            Some(Ok(())) => Ok(()),
            Some(Err(Refusal::ShutDown)) if queue.is_open() => {
                let (block, left) = timeout.left(until);
                there(this, "put", (item, block, left)).map(drop)
            }
            Some(Err(refusal)) => Err(raised(py, refusal)),
            None => Err(error::full(py)),
        }
    }

    /// Puts the items in, from the front; those that are not put stay.
    fn put_all(this: &Bound<'_, Self>, items: &mut VecDeque<Py<PyAny>>, timeout: Timeout<'_, '_>) -> PyResult<()> {
        let (py, queue) = (this.py(), this.get());
        let mut until = Deadline::Now;
        let done = queue.blocking(py, timeout, |shelf, deadline| {
            until = deadline;
            shelf.put_many(items, deadline)
        })?;
        match done {
            Some(Ok(())) => Ok(()),
            Some(Err(Refusal::ShutDown)) if queue.is_open() => {
                let until = if until == Deadline::Now { timeout.deadline() } else { until };
                while !items.is_empty() {
                    let (block, left) = timeout.left(until);
                    let rest = py.import("collections")?.call_method1("deque", (Vec::from(take(items)),))?;
                    let put = there(this, "put_some", (&rest, block, left));
                    *items = all(&rest)?;
                    put?;
                }
                Ok(())
            }
            Some(Err(refusal)) => Err(raised(py, refusal)),
            None => Err(error::full(py)),
        }
    }

    fn get_until(this: &Bound<'_, Self>, timeout: Timeout<'_, '_>) -> PyResult<Py<PyAny>> {
        let (py, queue) = (this.py(), this.get());
        let mut until = Deadline::Now;
        let done = queue.blocking(py, timeout, |shelf, deadline| {
            until = deadline;
            shelf.get(deadline)
        })?;
        match done {
            Some(Ok(item)) => Ok(item),
            Some(Err(Refusal::ShutDown)) if queue.is_open() => {
                there(this, "get", timeout.left(until)).map(Bound::unbind)
            }
            Some(Err(refusal)) => Err(raised(py, refusal)),
            None => Err(error::empty(py)),
        }
    }

    fn blocking<T>(
        &self,
        py: Python<'_>,
        timeout: Timeout<'_, '_>,
        mut operation: impl FnMut(&dyn Shelf, Deadline) -> Result<T, Stopped>,
    ) -> PyResult<Option<T>> {
        let Inside { shelf, foreign, .. } = self.inside()?;
        if *foreign {
            attached(py, || operation(&**shelf, timeout.deadline()))
        } else {
            blocking(py, timeout, |deadline| operation(&**shelf, deadline))
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

/// The fields of a queue whose insides somebody has asked for, but for those that it always has.
pub(crate) fn give_fields(py: Python<'_>) -> PyResult<()> {
    insides::give(&py.get_type::<Queue>(), &INSIDES, |queue| Queue::open(queue.cast()?))
}

/// Calls what a method is on an open queue.
fn there<'py>(this: &Bound<'py, Queue>, method: &str, arguments: impl PyCallArgs<'py>) -> PyResult<Bound<'py, PyAny>> {
    insides::call(&error::open_queue(this.py())?, this, method, arguments)
}

/// The arguments with which the methods that never wait call those that may, as a subclass may count on.
fn not_blocking(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    [("block", false)].into_py_dict(py)
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

/// All items of an iterable.
pub(crate) fn all(items: &Bound<'_, PyAny>) -> PyResult<VecDeque<Py<PyAny>>> {
    items.try_iter()?.map(|item| item.map(Bound::unbind)).collect()
}

/// What a call comes to that took items and then failed: it must not lose them.
fn taken(py: Python<'_>, items: Vec<Py<PyAny>>, refusal: Refusal) -> PyResult<Vec<Py<PyAny>>> {
    match raised(py, refusal) {
        e if items.is_empty() => Err(e),
        e if e.is_instance_of::<PyException>(py) => Ok(items),
        e => Err(error::with_items(py, e, "taken", items)),
    }
}

/// How many items a call may take: at least one.
pub(crate) struct Limit(pub(crate) usize);

impl<'py> FromPyObject<'_, 'py> for Limit {
    type Error = PyErr;

    fn extract(limit: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let limit = usize::try_from(limit.extract::<i64>()?).ok().filter(|limit| *limit > 0);
        limit.map(Limit).ok_or_else(|| error::value("'limit' must be greater than 0"))
    }
}

/// How many items of a queue have come and gone.
#[pyclass(module = "raddle.queue", frozen, get_all, eq)]
#[derive(Debug, PartialEq)]
pub(crate) struct QueueStatistics {
    /// How many items there are.
    size: u64,
    /// The greatest number of items, if it is above zero.
    maxsize: i64,
    /// How many items were put.
    puts: u64,
    /// How many of them have come out: taken by somebody, or dropped by shutdown(immediate=True).
    gets: u64,
    /// For how many of them task_done() was not called.
    unfinished: u64,
}

#[pymethods]
impl QueueStatistics {
    fn __repr__(&self) -> String {
        let QueueStatistics { size, maxsize, puts, gets, unfinished } = self;
        format!("QueueStatistics(size={size}, maxsize={maxsize}, puts={puts}, gets={gets}, unfinished={unfinished})")
    }
}

impl QueueStatistics {
    pub(crate) const fn of(statistics: &Statistics, maxsize: i64) -> Self {
        let Statistics { puts, gets, unfinished, .. } = *statistics;
        QueueStatistics { size: statistics.len(), maxsize, puts, gets, unfinished }
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

    /// Whether the queue's class has one of these methods of its own.
    fn overrides(self, queue: &Bound<'_, Queue>, methods: &[&str]) -> PyResult<bool> {
        match self {
            Order::Fifo => overrides::<Queue>(queue, methods),
            Order::Lifo => overrides::<LifoQueue>(queue, methods),
            Order::Smallest => overrides::<PriorityQueue>(queue, methods),
        }
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
