//! # What it is
//! Hands items from task to task: Python's `queue.Queue`, `LifoQueue` and `PriorityQueue`, by choice of the [`Store`], with
//! `task_done`, `join` and `shutdown`. It has no difference to Python's but that each operation is one step of a controlled run.
//!
//! # States
//! It holds a [`Monitor`] over the store, the number of items dealt with, and whether it is shut down. One that is made by
//! [`Queue::bounded`], with not too many places, keeps its items in a ring beside the monitor, which those who need not wait use alone.
//!
//! | | `put` | `get` | `join` |
//! |---|---|---|---|
//! | empty | goes on | waits | goes on if all is dealt with |
//! | neither | goes on | goes on | waits |
//! | full | waits | goes on | waits |
//! | shut down | fails | goes on while items are left, then fails | as before |
//!
//! # Waiting
//! Getters wait for an item, putters for a free place, joiners for the last `task_done`, each sort in its own lane. A put wakes
//! one getter, a get one putter, and several at once as many of the others; the last `task_done` wakes all joiners, a shutdown
//! everybody. Newcomers may be faster than those who were woken. Whoever was woken and then fails for a reason of its own, a
//! store's error, wakes the next in its place.
//!
//! `put_many` puts what there is room for in one step, and waits for room for the rest; `get_many` waits for one item, and takes
//! in one step what is there by then. With a ring both go on item by item.
//!
//! # Ordering
//! Everything before an item was put happens before everything after it was taken; everything before the last `task_done`
//! happens before everything after the join that it ends: by the monitor, as is that no wake-up is lost.
//!
//! # Sources
//! CPython's `queue` module.

pub use crate::heap::Heap;
pub use crate::store::{Fifo, Lifo, Priority, Store};

use crate::latch::Exclusion;
use crate::lock::Lock;
use crate::monitor::Monitor;
use crate::ring::Ring;
use raddle_kernel::{Deadline, Effect, Kind, ObjectId, Op, Stopped, Target, did, pause, point, silently, watched};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt;
use std::iter;
use std::marker::PhantomData;
use std::sync::OnceLock;

/// A queue between any number of tasks.
///
/// ```
/// use raddle_sync::{Queue, thread};
///
/// let jobs = Queue::bounded(2);
/// thread::scope(|scope| {
///     scope.spawn(|| (0..4).for_each(|n| jobs.put(n).unwrap()));
///     for n in 0..4 {
///         assert_eq!(jobs.get(), Ok(n));
///         jobs.task_done().unwrap();
///     }
/// });
/// jobs.join();
/// ```
pub struct Queue<T, S = Fifo<T>, L = Lock> {
    shelf: Monitor<Shelf<S>, L>,
    /// How many places the ring has; 0 if there is none.
    places: usize,
    /// In the place of the store, once something was put in.
    ring: OnceLock<Box<Ring<T>>>,
    items: PhantomData<fn(T) -> T>,
}

/// What has come of a [`Queue`] so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// How many items were put.
    pub puts: u64,
    /// How many of them have come out: taken by somebody, or dropped when the queue was shut down at once.
    pub gets: u64,
    /// How many of them nobody has said to be dealt with.
    pub unfinished: u64,
    /// How many items there can be, if that is bounded.
    pub capacity: Option<usize>,
}

impl Statistics {
    /// How many items there are.
    pub const fn len(&self) -> u64 {
        self.puts - self.gets
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.puts == self.gets
    }
}

/// The lane of those who wait for an item.
const GETTERS: u8 = 0;
/// The lane of those who wait for a free place.
const PUTTERS: u8 = 1;
/// The lane of those who wait until all is dealt with.
const JOINERS: u8 = 2;

/// A ring with more takes too much memory before anything is in it.
const MOST_PLACES: usize = 1 << 16;
/// How often somebody who finds the ring empty or full looks again before it waits.
const LOOKS: u32 = 10;
/// The first pause before it does. It gives the processor away, for who is waited for may need this one; and it is long enough
/// for more than one item to come, or to go, before the two are in each other's way again.
const AT_FIRST: u32 = 7;

struct Shelf<S> {
    store: S,
    capacity: Option<usize>,
    /// The number of the next item to be put in the store.
    next: u64,
    /// How many items were dealt with.
    done: u64,
    shut: bool,
}

impl<T> Queue<T> {
    /// A queue, first in, first out, of any number of items.
    #[track_caller]
    pub const fn new() -> Self {
        Queue::with_store(Fifo::new(), None)
    }

    /// A queue, first in, first out, of at most `capacity` items.
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[track_caller]
    pub const fn bounded(capacity: usize) -> Self {
        let places = if capacity <= MOST_PLACES { capacity } else { 0 };
        Queue::made(Lock::new(), Fifo::new(), Some(capacity), places)
    }
}

impl<T, S> Queue<T, S> {
    /// A queue that keeps its items in `store`, at most `capacity` if that is given.
    ///
    /// ```
    /// use raddle_sync::queue::{Priority, Queue};
    ///
    /// let queue = Queue::with_store(Priority::new(), None);
    /// queue.put(2).unwrap();
    /// queue.put(1).unwrap();
    /// assert_eq!(queue.get(), Ok(1));
    /// ```
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[track_caller]
    pub const fn with_store(store: S, capacity: Option<usize>) -> Self {
        Queue::under(Lock::new(), store, capacity)
    }
}

impl<T, S, L: Exclusion> Queue<T, S, L> {
    /// As [`with_store`](Queue::with_store), where `lock`, which must be free, excludes the tasks.
    ///
    /// # Panics
    /// If `capacity` is 0.
    #[track_caller]
    pub const fn under(lock: L, store: S, capacity: Option<usize>) -> Self {
        Queue::made(lock, store, capacity, 0)
    }

    #[track_caller]
    const fn made(lock: L, store: S, capacity: Option<usize>, places: usize) -> Self {
        assert!(!matches!(capacity, Some(0)), "a queue must hold at least one item");
        let shelf = Shelf { store, capacity, next: 0, done: 0, shut: false };
        Queue { shelf: Monitor::under(lock, shelf), places, ring: OnceLock::new(), items: PhantomData }
    }
}

impl<T, S: Store<T>, L: Exclusion> Queue<T, S, L> {
    /// Puts an item in, waiting for a free place however long it takes.
    ///
    /// # Errors
    /// The item, when the queue is shut down or its store refuses it.
    #[track_caller]
    pub fn put(&self, item: T) -> Result<(), PutError<T, S::Error>> {
        self.put_until(item, Deadline::Never)
    }

    /// Puts an item in if there is a free place.
    ///
    /// # Errors
    /// The item, when there is none, the queue is shut down or its store refuses it.
    #[track_caller]
    pub fn try_put(&self, item: T) -> Result<(), PutError<T, S::Error>> {
        self.put_until(item, Deadline::Now)
    }

    /// Puts an item in, waiting for a free place until `deadline`.
    ///
    /// # Errors
    /// The item, when the deadline passed first, the queue is shut down or its store refuses it.
    #[track_caller]
    pub fn put_until(&self, item: T, deadline: Deadline) -> Result<(), PutError<T, S::Error>> {
        if watched() {
            return self.put_slowly(item, deadline);
        }
        let put = match self.ring() {
            Some(ring) => ring.push(item).map_err(refused),
            None => self.shelf.enter().put(item),
        };
        match put {
            // Nobody watches, so nobody asks for the number.
            Ok(_) => {
                self.shelf.wake(self.target().lane(GETTERS), 1);
                Ok(())
            }
            Err((item, PutReason::Full)) => self.put_slowly(item, deadline),
            put => self.end_put(put),
        }
    }

    #[inline(never)]
    #[track_caller]
    fn put_slowly(&self, item: T, deadline: Deadline) -> Result<(), PutError<T, S::Error>> {
        let (target, ring) = (self.target(), self.ring());
        point(Op::Put, target, deadline, || self.shelf.allows(|shelf| shelf.shut || !self.filled(shelf)));
        let mut item = Some(item);
        let looked =
            ring.and_then(|ring| looked(deadline, || settled(ring.push(item.take()?).map_err(refused), &mut item)));
        let done = looked.map_or_else(
            || {
                self.shelf.until(Op::Put, target.lane(PUTTERS), deadline, |shelf| {
                    let next = item.take()?;
                    let put = match ring {
                        Some(_) if shelf.shut => Err((next, PutReason::ShutDown)),
                        Some(ring) => ring.push(next).map_err(refused),
                        None => shelf.put(next),
                    };
                    settled(put, &mut item)
                })
            },
            Ok,
        );
        let value = || item.expect("an item that was not put is still here");
        match done {
            Ok(put) => self.end_put(put.map_err(|reason| (value(), reason))),
            Err(Stopped::TimedOut) => Err(PutError { value: value(), reason: PutReason::Full }),
            Err(Stopped::Interrupted) => Err(PutError { value: value(), reason: PutReason::Interrupted }),
        }
    }

    /// What follows an attempt to put that was not in vain for want of room.
    #[inline(never)]
    fn end_put(&self, put: Put<T, S::Error>) -> Result<(), PutError<T, S::Error>> {
        let target = self.target();
        match put {
            Ok(seq) => {
                let capacity = if watched() { self.capacity() } else { None };
                did(target, Effect::Put { seq, fifo: S::FIFO, capacity, hires: None });
                self.shelf.wake(target.lane(GETTERS), 1);
                Ok(())
            }
            Err((value, reason)) => {
                did(target, reason.effect());
                self.shelf.wake(target.lane(PUTTERS), 1);
                Err(PutError { value, reason })
            }
        }
    }

    /// Takes the next item out, waiting for one however long it takes.
    ///
    /// # Errors
    /// [`GetError`], when the queue is shut down and empty or its store fails.
    #[track_caller]
    pub fn get(&self) -> Result<T, GetError<S::Error>> {
        self.get_until(Deadline::Never)
    }

    /// Takes the next item out if there is one.
    ///
    /// # Errors
    /// [`GetError`], when there is none or the store fails.
    #[track_caller]
    pub fn try_get(&self) -> Result<T, GetError<S::Error>> {
        self.get_until(Deadline::Now)
    }

    /// Takes the next item out, waiting for one until `deadline`.
    ///
    /// # Errors
    /// [`GetError`], when the deadline passed first, the queue is shut down and empty, or its store fails.
    #[track_caller]
    pub fn get_until(&self, deadline: Deadline) -> Result<T, GetError<S::Error>> {
        if watched() {
            return self.get_slowly(deadline);
        }
        let got = match self.ring() {
            Some(ring) => ring.pop().ok_or(GetError::Empty),
            None => self.shelf.enter().get(),
        };
        match got {
            Ok((_, item)) => {
                self.shelf.wake(self.target().lane(PUTTERS), 1);
                Ok(item)
            }
            Err(GetError::Empty) => self.get_slowly(deadline),
            got => self.end_get(got),
        }
    }

    #[inline(never)]
    #[track_caller]
    fn get_slowly(&self, deadline: Deadline) -> Result<T, GetError<S::Error>> {
        let (target, ring) = (self.target(), self.ring());
        point(Op::Get, target, deadline, || self.shelf.allows(|shelf| shelf.shut || self.count(shelf) > 0));
        let looked = ring.and_then(|ring| looked(deadline, || ring.pop()));
        let done = looked.map_or_else(
            || {
                self.shelf.until(Op::Get, target.lane(GETTERS), deadline, |shelf| {
                    let got = match ring {
                        Some(ring) => ring.pop().ok_or(shelf.why_empty()),
                        None => shelf.get(),
                    };
                    (!matches!(got, Err(GetError::Empty))).then_some(got)
                })
            },
            |got| Ok(Ok(got)),
        );
        match done {
            Ok(got) => self.end_get(got),
            Err(Stopped::TimedOut) => Err(GetError::Empty),
            Err(Stopped::Interrupted) => Err(GetError::Interrupted),
        }
    }

    /// What follows an attempt to get that was not in vain for want of items.
    #[inline(never)]
    fn end_get(&self, got: Got<T, S::Error>) -> Result<T, GetError<S::Error>> {
        let target = self.target();
        match got {
            Ok((seq, item)) => {
                did(target, Effect::Got { seq, fifo: S::FIFO });
                self.shelf.wake(target.lane(PUTTERS), 1);
                Ok(item)
            }
            Err(error) => {
                did(target, error.effect());
                self.shelf.wake(target.lane(GETTERS), 1);
                Err(error)
            }
        }
    }

    /// Puts all items in, from the front of `items`, waiting for free places however long it takes.
    ///
    /// Those for which there is room go in together; others may put theirs before the rest. Into a queue made by
    /// [`bounded`](Queue::bounded) they go one by one.
    ///
    /// ```
    /// use raddle_sync::Queue;
    /// use std::collections::VecDeque;
    ///
    /// let queue = Queue::bounded(2);
    /// let mut items = VecDeque::from([1, 2, 3]);
    /// assert!(queue.try_put_many(&mut items).is_err());
    /// assert_eq!(items, [3]);
    ///
    /// let mut taken = Vec::new();
    /// assert_eq!(queue.get_many(&mut taken, 10), Ok(2));
    /// assert_eq!(taken, [1, 2]);
    /// ```
    ///
    /// # Errors
    /// Why not all were put, when the queue is shut down or its store refuses one: the others are in `items`.
    #[track_caller]
    pub fn put_many(&self, items: &mut VecDeque<T>) -> Result<(), PutReason<S::Error>> {
        self.put_many_until(items, Deadline::Never)
    }

    /// Puts as many items in as there is room for.
    ///
    /// # Errors
    /// As [`put_many`](Queue::put_many), and when there was no room for all.
    #[track_caller]
    pub fn try_put_many(&self, items: &mut VecDeque<T>) -> Result<(), PutReason<S::Error>> {
        self.put_many_until(items, Deadline::Now)
    }

    /// Puts items in, waiting for free places until `deadline`.
    ///
    /// # Errors
    /// As [`put_many`](Queue::put_many), and when the deadline passed first.
    #[track_caller]
    pub fn put_many_until(&self, items: &mut VecDeque<T>, deadline: Deadline) -> Result<(), PutReason<S::Error>> {
        if self.places == 0 {
            while !items.is_empty() {
                self.put_some(items, deadline)?;
            }
        }
        while let Some(item) = items.pop_front() {
            self.put_until(item, deadline).map_err(|PutError { value, reason }| {
                items.push_front(value);
                reason
            })?;
        }
        Ok(())
    }

    /// Puts as many items in as there is room for once there is room for one.
    #[track_caller]
    fn put_some(&self, items: &mut VecDeque<T>, deadline: Deadline) -> Result<(), PutReason<S::Error>> {
        let target = self.target();
        point(Op::Put, target, deadline, || self.shelf.allows(|shelf| shelf.shut || !shelf.filled::<T>()));
        let put = self.shelf.until(Op::Put, target.lane(PUTTERS), deadline, |shelf| {
            let (mut count, mut end) = (0, None);
            while end.is_none()
                && let Some(item) = items.pop_front()
            {
                match shelf.put(item) {
                    Ok(seq) => {
                        did(target, Effect::Put { seq, fifo: S::FIFO, capacity: shelf.capacity, hires: None });
                        count += 1;
                    }
                    Err((item, reason)) => {
                        items.push_front(item);
                        end = Some(reason);
                    }
                }
            }
            (count > 0 || !matches!(end, Some(PutReason::Full))).then_some((count, end))
        });
        let (count, end) = match put {
            Ok(put) => put,
            Err(Stopped::TimedOut) => return Err(PutReason::Full),
            Err(Stopped::Interrupted) => return Err(PutReason::Interrupted),
        };
        let failed = match end {
            None => None,
            Some(PutReason::Full) => {
                // How many it was tells where the room ended.
                did(target, Effect::Looked);
                (deadline == Deadline::Now).then_some(PutReason::Full)
            }
            Some(reason) => {
                did(target, reason.effect());
                self.shelf.wake(target.lane(PUTTERS), 1);
                Some(reason)
            }
        };
        if count > 0 {
            self.shelf.wake(target.lane(GETTERS), count);
        }
        failed.map_or(Ok(()), Err)
    }

    /// Waits for an item however long it takes, and then takes out what is there, at most `limit` items, to the end of `items`.
    ///
    /// Returns how many it has taken: at least one. They come out together, but one by one out of a queue made by
    /// [`bounded`](Queue::bounded).
    ///
    /// # Errors
    /// [`GetError`], when the queue is shut down and empty, or its store fails; what was taken out before that is in `items`.
    ///
    /// # Panics
    /// If `limit` is 0.
    #[track_caller]
    pub fn get_many(&self, items: &mut Vec<T>, limit: usize) -> Result<usize, GetError<S::Error>> {
        self.get_many_until(items, limit, Deadline::Never)
    }

    /// Takes out what is there, at most `limit` items.
    ///
    /// # Errors
    /// As [`get_many`](Queue::get_many), and when there is nothing.
    ///
    /// # Panics
    /// If `limit` is 0.
    #[track_caller]
    pub fn try_get_many(&self, items: &mut Vec<T>, limit: usize) -> Result<usize, GetError<S::Error>> {
        self.get_many_until(items, limit, Deadline::Now)
    }

    /// As [`get_many`](Queue::get_many), waiting for the first item until `deadline`.
    ///
    /// # Errors
    /// As [`get_many`](Queue::get_many), and when the deadline passed first.
    ///
    /// # Panics
    /// If `limit` is 0.
    #[track_caller]
    pub fn get_many_until(
        &self,
        items: &mut Vec<T>,
        limit: usize,
        deadline: Deadline,
    ) -> Result<usize, GetError<S::Error>> {
        assert!(limit > 0, "whoever takes items takes at least one");
        if self.places == 0 {
            return self.get_some(items, limit, deadline);
        }
        items.push(self.get_until(deadline)?);
        let more = iter::from_fn(|| self.try_get().ok());
        let before = items.len();
        items.extend(more.take(limit - 1));
        Ok(items.len() - before + 1)
    }

    #[track_caller]
    fn get_some(&self, items: &mut Vec<T>, limit: usize, deadline: Deadline) -> Result<usize, GetError<S::Error>> {
        let target = self.target();
        point(Op::Get, target, deadline, || self.shelf.allows(|shelf| shelf.shut || !shelf.store.is_empty()));
        let got = self.shelf.until(Op::Get, target.lane(GETTERS), deadline, |shelf| {
            let (mut count, mut end) = (0, None);
            while count < limit && end.is_none() {
                match shelf.get() {
                    Ok((seq, item)) => {
                        did(target, Effect::Got { seq, fifo: S::FIFO });
                        items.push(item);
                        count += 1;
                    }
                    Err(error) => end = Some(error),
                }
            }
            (count > 0 || !matches!(end, Some(GetError::Empty))).then_some((count, end))
        });
        let (count, end) = match got {
            Ok(got) => got,
            Err(Stopped::TimedOut) => return Err(GetError::Empty),
            Err(Stopped::Interrupted) => return Err(GetError::Interrupted),
        };
        let failed = match end {
            None => None,
            Some(GetError::Empty | GetError::ShutDown) if count > 0 => {
                // How many it was tells where the items ended.
                did(target, Effect::Looked);
                None
            }
            Some(error) => {
                did(target, error.effect());
                self.shelf.wake(target.lane(GETTERS), 1);
                Some(error)
            }
        };
        if count > 0 {
            self.shelf.wake(target.lane(PUTTERS), count);
        }
        failed.map_or(Ok(count), Err)
    }

    /// Says that an item that was taken out is dealt with.
    ///
    /// # Errors
    /// [`TooManyDone`] when it was said as often as items were put; nothing has changed then.
    #[track_caller]
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let target = self.target();
        point(Op::TaskDone, target, Deadline::Now, || true);
        let left = {
            let mut shelf = self.shelf.enter();
            let left = self.unfinished(&shelf).checked_sub(1);
            shelf.done += u64::from(left.is_some());
            left
        };
        did(target, left.map_or(Effect::Refused, |left| Effect::Finished { left }));
        if left == Some(0) {
            self.shelf.wake(target.lane(JOINERS), usize::MAX);
        }
        left.map(drop).ok_or(TooManyDone)
    }

    /// Waits until everything that was put is dealt with, however long it takes.
    #[track_caller]
    pub fn join(&self) {
        // A signal does not end this wait.
        while self.join_until(Deadline::Never).is_err() {}
    }

    /// Waits until everything that was put is dealt with or `deadline` has passed.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[track_caller]
    pub fn join_until(&self, deadline: Deadline) -> Result<(), Stopped> {
        let target = self.target();
        point(Op::JoinQueue, target, deadline, || self.shelf.allows(|shelf| self.unfinished(shelf) == 0));
        let drained = |shelf: &mut Shelf<S>| (self.unfinished(shelf) == 0).then_some(());
        self.shelf.until(Op::JoinQueue, target.lane(JOINERS), deadline, drained)?;
        did(target, Effect::Saw);
        Ok(())
    }

    /// Shuts the queue down: puts fail, gets fail once the queue is empty.
    #[track_caller]
    pub fn shutdown(&self) {
        self.close(|_| Vec::new());
    }

    /// Shuts the queue down and drops all its items, as if each were dealt with.
    #[track_caller]
    pub fn shutdown_now(&self) {
        self.close(|shelf| {
            let mut items = shelf.store.drain();
            items.extend(
                self.ring.get().into_iter().flat_map(|ring| iter::from_fn(|| ring.pop())).map(|(_, item)| item),
            );
            shelf.done += self.unfinished(shelf).min(items.len() as u64);
            items
        });
    }

    /// Shuts the queue down and hands its store to `take`: somebody else keeps the items from now on.
    /// Not for a queue made by [`bounded`](Queue::bounded).
    ///
    /// Returns what had come of it, which is nobody's business here any more, and whether the queue was shut down before.
    /// Everybody who waits is woken, joiners too.
    #[track_caller]
    pub fn retire<R>(&self, take: impl FnOnce(&mut S) -> R) -> (R, Statistics, bool) {
        let mut before = None;
        self.close(|shelf| {
            let statistics = self.count_all(shelf);
            before = Some((take(&mut shelf.store), statistics, shelf.shut));
            shelf.done = shelf.next;
            Vec::new()
        });
        before.expect("a queue is closed by running what closes it")
    }

    /// How many items there are; it may be otherwise a moment later.
    #[track_caller]
    pub fn len(&self) -> usize {
        self.look(|shelf| self.count(shelf))
    }

    /// Whether there is no item; it may be otherwise a moment later.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.look(|shelf| self.count(shelf) == 0)
    }

    /// Whether there is no free place; it may be otherwise a moment later.
    #[track_caller]
    pub fn is_full(&self) -> bool {
        self.look(|shelf| self.filled(shelf))
    }

    /// Whether the queue is shut down.
    #[track_caller]
    pub fn is_shut_down(&self) -> bool {
        self.look(|shelf| shelf.shut)
    }

    /// How many items were put and not yet said to be dealt with.
    #[track_caller]
    pub fn unfinished_count(&self) -> u64 {
        self.look(|shelf| self.unfinished(shelf))
    }

    /// How many items have come and gone so far; it may be more a moment later.
    #[track_caller]
    pub fn statistics(&self) -> Statistics {
        self.look(|shelf| self.count_all(shelf))
    }

    /// Hands out the store if nobody is busy with it: for a garbage collector, and no operation. Not for a queue made by
    /// [`bounded`](Queue::bounded).
    ///
    /// What is taken out is not told to anybody who waits.
    pub fn inspect<R>(&self, inspect: impl FnOnce(&mut S) -> R) -> Option<R> {
        self.shelf.try_enter().map(|mut shelf| inspect(&mut shelf.store))
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.target().object.id()
    }

    /// How many items there can be, if that is bounded.
    pub fn capacity(&self) -> Option<usize> {
        self.shelf.enter().capacity
    }

    /// Changes how many items there can be; those that are there already stay. Not for a queue made by [`bounded`](Queue::bounded).
    ///
    /// Not an operation: whoever changes it while others put announces the change as an access of its own.
    pub fn set_capacity(&self, capacity: Option<usize>) {
        self.shelf.enter().capacity = capacity;
        self.shelf.wake(self.target().lane(PUTTERS), usize::MAX);
    }

    #[track_caller]
    fn close(&self, empty: impl FnOnce(&mut Shelf<S>) -> Vec<T>) {
        let target = self.target();
        point(Op::Shutdown, target, Deadline::Now, || true);
        let items = {
            let mut shelf = self.shelf.enter();
            if let Some(ring) = self.ring() {
                ring.close();
            }
            let items = empty(&mut shelf);
            shelf.shut = true;
            items
        };
        did(target, Effect::Closed { dropped: items.len(), size: None });
        for lane in [GETTERS, PUTTERS, JOINERS] {
            self.shelf.wake(target.lane(lane), usize::MAX);
        }
        // Foreign code, the items' own, runs here, when nobody waits for this task any more.
        drop(items);
    }

    #[track_caller]
    fn look<R>(&self, look: impl FnOnce(&Shelf<S>) -> R) -> R {
        let target = self.target();
        point(Op::Look, target, Deadline::Now, || true);
        let seen = look(&self.shelf.enter());
        did(target, Effect::Looked);
        seen
    }

    /// The ring, if this queue has one.
    fn ring(&self) -> Option<&Ring<T>> {
        (self.places > 0).then(|| &**self.ring.get_or_init(|| Box::new(Ring::new(self.places))))
    }

    fn count_all(&self, shelf: &Shelf<S>) -> Statistics {
        let gets = match self.ring.get() {
            Some(ring) => ring.gets(),
            None => shelf.next.saturating_sub(shelf.store.len() as u64),
        };
        // Not before the gets: there are never fewer puts.
        let puts = self.puts(shelf);
        Statistics { puts, gets, unfinished: puts - shelf.done, capacity: shelf.capacity }
    }

    fn count(&self, shelf: &Shelf<S>) -> usize {
        self.ring.get().map_or_else(|| shelf.store.len(), |ring| ring.len())
    }

    fn filled(&self, shelf: &Shelf<S>) -> bool {
        self.ring.get().map_or_else(|| shelf.filled::<T>(), |ring| ring.is_full())
    }

    /// How many items were put and not dealt with.
    fn unfinished(&self, shelf: &Shelf<S>) -> u64 {
        self.puts(shelf) - shelf.done
    }

    /// How many items were put.
    fn puts(&self, shelf: &Shelf<S>) -> u64 {
        self.ring.get().map_or(shelf.next, |ring| ring.puts())
    }

    const fn target(&self) -> Target<'_> {
        self.shelf.of(Kind::Queue)
    }
}

/// Tries for a moment before it is worth waiting; natively, and if waiting is allowed.
fn looked<R>(deadline: Deadline, mut act: impl FnMut() -> Option<R>) -> Option<R> {
    let steps = if deadline == Deadline::Now || watched() { 0 } else { LOOKS };
    (0..steps).find_map(|step| {
        pause(step + AT_FIRST);
        act()
    })
}

/// What an attempt to put came to: the item's number, or the item and why it was not put.
type Put<T, E> = Result<u64, (T, PutReason<E>)>;
/// What an attempt to get came to: the item and its number, or why there is none.
type Got<T, E> = Result<(u64, T), GetError<E>>;

/// An item that a ring did not take.
fn refused<T, E>(item: T) -> (T, PutReason<E>) {
    (item, PutReason::Full)
}

/// What an attempt to put came to, unless the item, which is then `kept`, may go in later.
fn settled<T, E>(put: Put<T, E>, kept: &mut Option<T>) -> Option<Result<u64, PutReason<E>>> {
    match put {
        Ok(seq) => Some(Ok(seq)),
        Err((item, reason)) => {
            *kept = Some(item);
            (!matches!(reason, PutReason::Full)).then_some(Err(reason))
        }
    }
}

impl<S> Shelf<S> {
    fn filled<T>(&self) -> bool
    where
        S: Store<T>,
    {
        self.capacity.is_some_and(|capacity| self.store.len() >= capacity)
    }

    /// Puts an item into the store, if it may.
    #[inline(always)]
    fn put<T>(&mut self, item: T) -> Put<T, S::Error>
    where
        S: Store<T>,
    {
        if self.shut {
            return Err((item, PutReason::ShutDown));
        }
        if self.filled::<T>() {
            return Err((item, PutReason::Full));
        }
        let seq = self.next;
        silently(|| self.store.push(seq, item)).map_err(|(item, error)| (item, PutReason::Store(error)))?;
        self.next += 1;
        Ok(seq)
    }

    /// Takes an item out of the store, if there is one.
    #[inline(always)]
    fn get<T>(&mut self) -> Got<T, S::Error>
    where
        S: Store<T>,
    {
        if self.store.is_empty() {
            return Err(self.why_empty());
        }
        silently(|| self.store.pop()).map_err(GetError::Store)
    }

    /// Why there is no item.
    fn why_empty<E>(&self) -> GetError<E> {
        if self.shut { GetError::ShutDown } else { GetError::Empty }
    }
}

impl<T, S: Default> Default for Queue<T, S> {
    #[track_caller]
    fn default() -> Self {
        Queue::with_store(S::default(), None)
    }
}

impl<T, S, L: Exclusion> fmt::Debug for Queue<T, S, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("object", self.shelf.of(Kind::Queue).object).finish_non_exhaustive()
    }
}

/// An item that was not put, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutError<T, E = Infallible> {
    /// The item.
    pub value: T,
    /// Why it was not put.
    pub reason: PutReason<E>,
}

/// Why an item was not put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutReason<E = Infallible> {
    /// There was no free place in time.
    Full,
    /// The queue is shut down.
    ShutDown,
    /// The signal hook of [`Manner`](raddle_kernel::Manner) asked for it.
    Interrupted,
    /// The store refused the item.
    Store(E),
}

/// Why no item was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetError<E = Infallible> {
    /// There was no item in time.
    Empty,
    /// The queue is shut down and has no items left.
    ShutDown,
    /// The signal hook of [`Manner`](raddle_kernel::Manner) asked for it.
    Interrupted,
    /// The store could not take its next item out; it is still there.
    Store(E),
}

impl<E> PutReason<E> {
    fn effect(&self) -> Effect {
        if matches!(self, PutReason::ShutDown) { Effect::Saw } else { Effect::Refused }
    }
}

impl<E> GetError<E> {
    fn effect(&self) -> Effect {
        if matches!(self, GetError::ShutDown) { Effect::Saw } else { Effect::Refused }
    }
}

impl<E> fmt::Display for PutReason<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutReason::Full => "the queue is full",
            PutReason::ShutDown => "the queue is shut down",
            PutReason::Interrupted => "the wait was interrupted",
            PutReason::Store(_) => "the queue's store refused the item",
        })
    }
}

impl<T, E> fmt::Display for PutError<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl<E> fmt::Display for GetError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetError::Empty => "the queue is empty",
            GetError::ShutDown => "the queue is shut down",
            GetError::Interrupted => "the wait was interrupted",
            GetError::Store(_) => "the queue's store failed",
        })
    }
}

impl<T: fmt::Debug, E: std::error::Error + 'static> std::error::Error for PutError<T, E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let PutReason::Store(error) = &self.reason { Some(error) } else { None }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for GetError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let GetError::Store(error) = self { Some(error) } else { None }
    }
}

/// [`Queue::task_done`] was called more often than items were put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyDone;

impl fmt::Display for TooManyDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more items were said to be dealt with than were put")
    }
}

impl std::error::Error for TooManyDone {}
