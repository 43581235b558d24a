//! `queue.SimpleQueue`.

use crate::blocking::{blocking, operate};
use crate::direct::{direct, none};
use crate::error;
use crate::identity::Ordinal;
use crate::name;
use crate::queue::{Limit, QueueStatistics, all, generic_alias};
use crate::shelf::{Attached, FREE, Refusal, Shelf};
use crate::timeout::{Timeout, Truth};
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
use raddle::engine::kernel::ObjectId;
use raddle::engine::sync;
use raddle::engine::sync::queue::Fifo;

/// Simple, unbounded, reentrant FIFO queue.
#[pyclass(module = "_queue", frozen, subclass, weakref)]
#[derive(Debug)]
pub(crate) struct SimpleQueue {
    items: sync::Queue<Py<PyAny>, Fifo<Py<PyAny>>, Attached>,
    ordinal: Ordinal,
}

#[pymethods]
impl SimpleQueue {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs), text_signature = "()")]
    fn new(class: &Bound<'_, PyType>, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        // A subclass may have arguments of its own.
        if class.is(class.py().get_type::<SimpleQueue>()) {
            let wrong = |kind| PyTypeError::new_err(format!("SimpleQueue() takes no {kind} arguments"));
            match (args.is_empty(), kwargs.is_none_or(|kwargs| kwargs.is_empty())) {
                (_, false) => return Err(wrong("keyword")),
                (false, true) => return Err(wrong("positional")),
                (true, true) => {}
            }
        }
        Ok(SimpleQueue { items: sync::Queue::under(FREE, Fifo::new(), None), ordinal: Ordinal::new() })
    }

    /// Put the item on the queue.
    ///
    /// The optional 'block' and 'timeout' arguments are ignored, as this method never blocks.
    /// They are provided for compatibility with the Queue class.
    #[pyo3(signature = (item, block = None, timeout = None), text_signature = "($self, /, item, block=True, timeout=None)")]
    fn put(
        &self,
        item: Py<PyAny>,
        block: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let _ = (block, timeout);
        self.put_nowait(item)
    }

    /// Put an item into the queue without blocking.
    ///
    /// This is exactly equivalent to `put(item)` and is only provided for compatibility with the Queue class.
    fn put_nowait(&self, item: Py<PyAny>) -> PyResult<()> {
        // Nobody shuts it down, so there is nothing to refuse.
        operate(|| drop(self.items.put(item)))
    }

    /// Remove and return an item from the queue.
    ///
    /// If optional args 'block' is true and 'timeout' is None (the default), block if necessary until an item is available.
    /// If 'timeout' is a non-negative number, it blocks at most 'timeout' seconds and raises the Empty exception if no item was available within that time.
    /// Otherwise ('block' is false), return an item if one is immediately available, else raise the Empty exception ('timeout' is ignored in that case).
    #[pyo3(signature = (block = Truth(true), timeout = None), text_signature = "($self, /, block=True, timeout=None)")]
    fn get(&self, py: Python<'_>, block: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.get_until(py, Timeout::of_simple_queue(block, timeout)?)
    }

    /// Remove and return an item from the queue without blocking.
    ///
    /// Only get an item if one is immediately available.
    /// Otherwise raise the Empty exception.
    fn get_nowait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.get_until(py, Timeout::Now)
    }

    /// Put all items on the queue together, in their order.
    ///
    /// The optional 'block' and 'timeout' arguments are ignored, as this method never blocks.
    /// They are provided for compatibility with the Queue class.
    #[pyo3(signature = (items, block = None, timeout = None), text_signature = "($self, items, block=True, timeout=None)")]
    fn put_many(
        &self,
        items: &Bound<'_, PyAny>,
        block: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let _ = (block, timeout);
        let mut items = all(items)?;
        // As in `put_nowait`.
        operate(|| self.items.put_many(&mut items)).map(|_| ())
    }

    /// Wait for an item as get() does, and remove and return what is there: a list of at least one item, and of at most 'limit'.
    #[pyo3(signature = (limit, block = Truth(true), timeout = None), text_signature = "($self, limit, block=True, timeout=None)")]
    fn get_many(
        &self,
        py: Python<'_>,
        limit: Limit,
        block: Truth,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Py<PyAny>>> {
        let (mut items, timeout) = (Vec::new(), Timeout::of_simple_queue(block, timeout)?);
        let got = |deadline| Shelf::get_many(&self.items, &mut items, limit.0, deadline);
        match blocking(py, timeout, got)? {
            Some(Ok(())) => Ok(items),
            Some(Err(Refusal::Raised(e))) => Err(e),
            Some(Err(Refusal::ShutDown)) | None => Err(error::empty(py)),
        }
    }

    /// Return how many items have come and gone so far.
    fn statistics(&self) -> PyResult<QueueStatistics> {
        operate(|| QueueStatistics::of(&self.items.statistics(), 0))
    }

    /// Return True if the queue is empty, False otherwise (not reliable!).
    fn empty(&self) -> PyResult<bool> {
        operate(|| self.items.is_empty())
    }

    /// Return the approximate size of the queue (not reliable!).
    fn qsize(&self) -> PyResult<usize> {
        operate(|| self.items.len())
    }

    /// What reports call it; None if it was given no name.
    #[getter]
    fn name<'py>(this: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        name::get(this)
    }

    #[setter]
    fn set_name(this: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        name::set(this, name)
    }

    fn __hash__(this: &Bound<'_, Self>) -> isize {
        this.get().ordinal.hash(this)
    }

    #[classmethod]
    fn __class_getitem__<'py>(class: &Bound<'py, PyType>, item: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        generic_alias(class, item)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let mut seen = Ok(());
        if !self.ordinal.exists() {
            return seen;
        }
        self.items.each(&mut |item| {
            if seen.is_ok() {
                seen = visit.call(item);
            }
        });
        seen
    }

    fn __clear__(&self) {
        drop(self.items.clear());
    }
}

direct!(Put: SimpleQueue, "put", |py, this, arguments| match *arguments {
    // SAFETY: the interpreter passes objects that are alive for the call.
    [item] => this.items.put(unsafe { Bound::from_borrowed_ptr(py, item) }.unbind()).ok().map(|done| none(py, done)),
    _ => None,
});
direct!(PutNowait: SimpleQueue, "put_nowait", |py, this, arguments| Put::call(py, this, arguments));
direct!(Get: SimpleQueue, "get", |_, this, arguments| match arguments {
    [] => this.items.try_get().ok().map(Py::into_ptr),
    _ => None,
});
direct!(GetNowait: SimpleQueue, "get_nowait", |py, this, arguments| Get::call(py, this, arguments));

impl SimpleQueue {
    /// The number that controlled runs know it by.
    pub(crate) fn number(&self) -> ObjectId {
        self.items.number()
    }

    fn get_until(&self, py: Python<'_>, timeout: Timeout<'_, '_>) -> PyResult<Py<PyAny>> {
        match blocking(py, timeout, |deadline| Shelf::get(&self.items, deadline))? {
            Some(Ok(item)) => Ok(item),
            Some(Err(Refusal::Raised(e))) => Err(e),
            Some(Err(Refusal::ShutDown)) | None => Err(error::empty(py)),
        }
    }
}
