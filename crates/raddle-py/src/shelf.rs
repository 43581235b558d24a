//! What a Python queue keeps its items in, whatever their order.

use pyo3::prelude::*;
use raddle::engine::kernel::{Deadline, ObjectId, Stopped};
use raddle::engine::sync::Exclusion;
use raddle::engine::sync::queue::{
    Fifo, GetError, Heap, Lifo, PutError, PutReason, Queue, Statistics, Store, TooManyDone,
};
use std::collections::VecDeque;
use std::fmt::Debug;
use std::ptr::NonNull;

/// Why a queue that need not wait refuses all the same.
#[derive(Debug)]
pub(crate) enum Refusal {
    ShutDown,
    Raised(PyErr),
}

/// A queue of Python objects.
pub(crate) trait Shelf: Debug + Send + Sync {
    /// Puts the item in; it stays where it is if that fails.
    fn put(&self, item: &mut Option<Py<PyAny>>, deadline: Deadline) -> Result<Result<(), Refusal>, Stopped>;
    fn get(&self, deadline: Deadline) -> Result<Result<Py<PyAny>, Refusal>, Stopped>;
    /// Puts the items in, from the front; those that are not put stay.
    fn put_many(&self, items: &mut VecDeque<Py<PyAny>>, deadline: Deadline) -> Result<Result<(), Refusal>, Stopped>;
    /// Takes out what is there, to the end of `items`, even if it fails in the end.
    fn get_many(
        &self,
        items: &mut Vec<Py<PyAny>>,
        limit: usize,
        deadline: Deadline,
    ) -> Result<Result<(), Refusal>, Stopped>;
    fn task_done(&self) -> Result<(), TooManyDone>;
    fn join(&self, deadline: Deadline) -> Result<(), Stopped>;
    fn shutdown(&self);
    fn shutdown_now(&self);
    fn len(&self) -> usize;
    fn is_full(&self) -> bool;
    fn set_capacity(&self, capacity: Option<usize>);
    fn is_shut_down(&self) -> bool;
    fn unfinished_count(&self) -> u64;
    fn statistics(&self) -> Statistics;
    fn number(&self) -> ObjectId;
    /// Shows each item to a garbage collector; none while somebody is busy with them.
    fn each(&self, see: &mut dyn FnMut(&Py<PyAny>));
    /// Shuts it down and takes everything out, in the order of the standard library's own container;
    /// with what had come of it, and whether it was shut down before.
    fn retire(&self) -> (Vec<Py<PyAny>>, Statistics, bool);
    /// Takes out all items, for a garbage collector; none while somebody is busy with them.
    fn clear(&self) -> Vec<Py<PyAny>>;
}

/// What excludes the threads from a store that runs no Python code: they use it attached only, so the interpreter's own lock, where it has one.
#[cfg(Py_GIL_DISABLED)]
pub(crate) type Attached = raddle::engine::sync::Lock;

/// What excludes the threads from a store that runs no Python code: they use it attached only, so the interpreter's own lock does.
#[cfg(not(Py_GIL_DISABLED))]
#[derive(Debug)]
pub(crate) struct Attached;

/// Nobody is inside.
#[cfg(Py_GIL_DISABLED)]
pub(crate) const FREE: Attached = Attached::new();

/// Nobody is inside.
#[cfg(not(Py_GIL_DISABLED))]
pub(crate) const FREE: Attached = Attached;

#[cfg(not(Py_GIL_DISABLED))]
// SAFETY: methods of Python's classes run with the interpreter's lock in hand. What happens inside neither waits nor runs Python
// code, so the lock changes hands only when nobody is inside; a thread that sleeps (see `blocking`) is outside.
unsafe impl Exclusion for Attached {
    #[inline(always)]
    fn try_enter(&self) -> bool {
        true
    }

    #[inline(always)]
    fn enter(&self) {}

    #[inline(always)]
    fn leave(&self) {}
}

/// A store whose items can be seen.
pub(crate) trait Visible: Store<Py<PyAny>> {
    fn see(&self, see: &mut dyn FnMut(&Py<PyAny>));

    /// Takes out what can be seen: all items that it keeps itself.
    fn give_up(&mut self) -> Vec<Py<PyAny>> {
        self.drain()
    }
}

impl<S, L> Shelf for Queue<Py<PyAny>, S, L>
where
    S: Visible + Send,
    S::Error: Into<PyErr>,
    L: Exclusion + Send + Sync,
{
    fn put(&self, item: &mut Option<Py<PyAny>>, deadline: Deadline) -> Result<Result<(), Refusal>, Stopped> {
        let Some(value) = item.take() else { return Ok(Ok(())) };
        let Err(PutError { value, reason }) = self.put_until(value, deadline) else { return Ok(Ok(())) };
        *item = Some(value);
        not_put(reason)
    }

    fn get(&self, deadline: Deadline) -> Result<Result<Py<PyAny>, Refusal>, Stopped> {
        self.get_until(deadline).map(Ok).or_else(not_got)
    }

    fn put_many(&self, items: &mut VecDeque<Py<PyAny>>, deadline: Deadline) -> Result<Result<(), Refusal>, Stopped> {
        self.put_many_until(items, deadline).map(Ok).or_else(not_put)
    }

    fn get_many(
        &self,
        items: &mut Vec<Py<PyAny>>,
        limit: usize,
        deadline: Deadline,
    ) -> Result<Result<(), Refusal>, Stopped> {
        self.get_many_until(items, limit, deadline).map(|_| Ok(())).or_else(not_got)
    }

    fn task_done(&self) -> Result<(), TooManyDone> {
        self.task_done()
    }

    fn join(&self, deadline: Deadline) -> Result<(), Stopped> {
        self.join_until(deadline)
    }

    fn shutdown(&self) {
        self.shutdown();
    }

    fn shutdown_now(&self) {
        self.shutdown_now();
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn is_full(&self) -> bool {
        self.is_full()
    }

    fn set_capacity(&self, capacity: Option<usize>) {
        self.set_capacity(capacity);
    }

    fn is_shut_down(&self) -> bool {
        self.is_shut_down()
    }

    fn unfinished_count(&self) -> u64 {
        self.unfinished_count()
    }

    fn statistics(&self) -> Statistics {
        self.statistics()
    }

    fn number(&self) -> ObjectId {
        self.number()
    }

    fn each(&self, see: &mut dyn FnMut(&Py<PyAny>)) {
        self.inspect(|store| store.see(see));
    }

    fn retire(&self) -> (Vec<Py<PyAny>>, Statistics, bool) {
        self.retire(S::give_up)
    }

    fn clear(&self) -> Vec<Py<PyAny>> {
        self.inspect(Visible::give_up).unwrap_or_default()
    }
}

/// What keeps an item from being put, for a binding.
fn not_put<T>(reason: PutReason<impl Into<PyErr>>) -> Result<Result<T, Refusal>, Stopped> {
    match reason {
        PutReason::Full => Err(Stopped::TimedOut),
        PutReason::Interrupted => Err(Stopped::Interrupted),
        PutReason::ShutDown => Ok(Err(Refusal::ShutDown)),
        PutReason::Store(error) => Ok(Err(Refusal::Raised(error.into()))),
    }
}

/// What keeps an item from being taken, for a binding.
fn not_got<T>(error: GetError<impl Into<PyErr>>) -> Result<Result<T, Refusal>, Stopped> {
    match error {
        GetError::Empty => Err(Stopped::TimedOut),
        GetError::Interrupted => Err(Stopped::Interrupted),
        GetError::ShutDown => Ok(Err(Refusal::ShutDown)),
        GetError::Store(error) => Ok(Err(Refusal::Raised(error.into()))),
    }
}

impl Visible for Fifo<Py<PyAny>> {
    fn see(&self, see: &mut dyn FnMut(&Py<PyAny>)) {
        self.iter().for_each(see);
    }
}

impl Visible for Lifo<Py<PyAny>> {
    fn see(&self, see: &mut dyn FnMut(&Py<PyAny>)) {
        self.iter().for_each(see);
    }
}

/// The smallest first, as Python's `<` says, in the order of `heapq`.
#[derive(Debug, Default)]
pub(crate) struct Smallest(Heap<Py<PyAny>>);

impl Store<Py<PyAny>> for Smallest {
    type Error = PyErr;
    const FIFO: bool = false;

    fn push(&mut self, seq: u64, item: Py<PyAny>) -> Result<(), (Py<PyAny>, PyErr)> {
        Python::attach(|py| self.0.push(seq, item, |a, b| a.bind(py).lt(b)))
    }

    fn pop(&mut self) -> Result<(u64, Py<PyAny>), PyErr> {
        Python::attach(|py| self.0.pop(|a, b| a.bind(py).lt(b)))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn drain(&mut self) -> Vec<Py<PyAny>> {
        self.0.drain()
    }
}

impl Visible for Smallest {
    fn see(&self, see: &mut dyn FnMut(&Py<PyAny>)) {
        self.0.iter().for_each(see);
    }
}

/// The hooks `_put`, `_get` and `_qsize` of a subclass of `queue.Queue`.
#[derive(Debug)]
pub(crate) struct Hooks {
    /// The queue whose class has the hooks. It owns this store, and so outlives it.
    owner: NonNull<pyo3::ffi::PyObject>,
    /// What `_qsize()` said last.
    count: usize,
    /// The numbers of the puts whose items, known by address, have not come out.
    inside: Vec<(usize, u64)>,
}

// SAFETY: the pointer is used only while attached to the interpreter.
unsafe impl Send for Hooks {}

impl Hooks {
    /// The hooks of `owner`, which must keep this store inside itself.
    pub(crate) fn of(owner: &Bound<'_, PyAny>) -> Self {
        let owner = NonNull::new(owner.as_ptr()).expect("an object has an address");
        Hooks { owner, count: 0, inside: Vec::new() }
    }

    fn owner<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        // SAFETY: a store is used only through its queue, which is alive then and is `owner`.
        unsafe { Bound::from_borrowed_ptr(py, self.owner.as_ptr()) }
    }

    /// Asks for the size again; a hook that cannot tell leaves the count as it must be by what was done.
    fn recount(&mut self, py: Python<'_>, by_rule: usize) {
        let asked = self.owner(py).call_method0("_qsize").and_then(|size| size.extract());
        self.count = asked.unwrap_or(by_rule);
        if self.count == 0 {
            self.inside.clear();
        }
    }

    /// The number of the put that an item comes from: the oldest, if the hooks hand out another object than they were given.
    fn number(&mut self, item: &Py<PyAny>) -> u64 {
        let address = item.as_ptr().addr();
        let at = self.inside.iter().position(|(inside, _)| *inside == address).unwrap_or(0);
        if at < self.inside.len() { self.inside.remove(at).1 } else { 0 }
    }
}

impl Store<Py<PyAny>> for Hooks {
    type Error = PyErr;
    const FIFO: bool = false;

    fn push(&mut self, seq: u64, item: Py<PyAny>) -> Result<(), (Py<PyAny>, PyErr)> {
        Python::attach(|py| match self.owner(py).call_method1("_put", (&item,)) {
            Ok(_) => {
                self.inside.push((item.as_ptr().addr(), seq));
                self.recount(py, self.count + 1);
                Ok(())
            }
            Err(e) => Err((item, e)),
        })
    }

    fn pop(&mut self) -> Result<(u64, Py<PyAny>), PyErr> {
        Python::attach(|py| {
            let item = self.owner(py).call_method0("_get")?.unbind();
            let seq = self.number(&item);
            self.recount(py, self.count - 1);
            Ok((seq, item))
        })
    }

    fn len(&self) -> usize {
        self.count
    }

    fn drain(&mut self) -> Vec<Py<PyAny>> {
        std::iter::from_fn(|| (self.count > 0).then(|| self.pop().ok()).flatten()).map(|(_, item)| item).collect()
    }
}

impl Visible for Hooks {
    /// The items are in an attribute of the queue, where the collector finds them.
    fn see(&self, _see: &mut dyn FnMut(&Py<PyAny>)) {}

    fn give_up(&mut self) -> Vec<Py<PyAny>> {
        self.count = 0;
        Vec::new()
    }
}
