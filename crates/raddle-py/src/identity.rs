//! What tells objects apart: to controlled runs by number, to Python by hash.

use crate::barrier::Barrier;
use crate::condition::Condition;
use crate::event::Event;
use crate::future::Future;
use crate::lock::Lock;
use crate::pool::ThreadPoolExecutor;
use crate::queue::Queue;
use crate::reentrant::RLock;
use crate::semaphore::Semaphore;
use crate::simple_queue::SimpleQueue;
use pyo3::prelude::*;
use raddle::engine::kernel::{ObjectId, controlled, watched};
use std::cell::Cell;

/// The number that controlled runs know one of our objects by; 0 if it is none, or no run has met it.
pub(crate) fn number(object: &Bound<'_, PyAny>) -> ObjectId {
    macro_rules! number {
        ($($class:ty),*) => {
            $(if let Ok(object) = object.cast::<$class>() { return object.get().number(); })*
        };
    }
    number!(Lock, RLock, Condition, Semaphore, Event, Barrier, Queue, SimpleQueue, Future, ThreadPoolExecutor);
    0
}

thread_local! {
    static NEXT: Cell<isize> = const { Cell::new(FIRST) };
}

/// What an object's hash is made of: its address natively; in a controlled run, where addresses differ from execution to
/// execution and sets would come in another order, the number of objects that the execution had made before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ordinal(isize);

/// No ordinal: the address counts.
const ADDRESS: isize = -1;
/// The first one's. It is not 0: an object that the interpreter has allocated and shows to the garbage collector, but that we have
/// not filled yet, is all zeros.
const FIRST: isize = 1;

impl Ordinal {
    /// The next object's.
    #[inline]
    pub(crate) fn new() -> Self {
        Ordinal(if watched() { Ordinal::counted() } else { ADDRESS })
    }

    #[cold]
    fn counted() -> isize {
        if controlled() { NEXT.replace(NEXT.get() + 1) } else { ADDRESS }
    }

    /// Whether the object that this stands in has been filled.
    pub(crate) fn exists(self) -> bool {
        self.0 != 0
    }

    /// The hash of `object`, whose ordinal this is.
    #[inline]
    pub(crate) fn hash<T>(self, object: &Bound<'_, T>) -> isize {
        // As CPython's: the low bits of an address are all the same.
        if self.0 == ADDRESS { object.as_ptr().addr().rotate_right(4) as isize } else { self.0 }
    }
}

impl Default for Ordinal {
    fn default() -> Self {
        Ordinal::new()
    }
}

/// Begins to count anew: an execution begins.
pub(crate) fn restart() {
    NEXT.set(FIRST);
}
