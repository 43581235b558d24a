//! The table itself, over the atomics and the parker that it is given: see the module above for its protocol.
//!
//! It names nothing of the platform, so that a model checker can run it as it stands.

use super::sys::atoms::{AtomicU32, Cell, Mutex, MutexGuard, Ordering};
use super::sys::{Parked, Parker, Unparker};
use super::{BUCKETS, fork};
use crate::object::Object;
use crate::wait::{SPUN_STEPS, Try, Woken, manner, pause};
use crate::words::{Deadline, Stopped};
use std::ptr;
use std::sync::atomic::AtomicU32 as Word;

pub(crate) struct Table<P: Parker> {
    pub(super) buckets: [Mutex<Line<P>>; BUCKETS],
}

/// How somebody waits.
pub(crate) struct Stay<'a> {
    pub(crate) key: usize,
    pub(crate) deadline: Deadline,
    /// How often to try before sleeping.
    pub(crate) tries: u32,
    /// What the waiter needs next: see [`Table::wake_holding`].
    pub(crate) lock: Option<&'a Object>,
}

/// The waiters of one bucket, or those of one waker, oldest first.
pub(crate) struct Line<P: Parker> {
    head: *const Node<P>,
    tail: *const Node<P>,
}

pub(super) struct Node<P: Parker> {
    key: usize,
    /// Guarded by the bucket's lock, then private to the waker that unlinked the node.
    next: Cell<*const Node<P>>,
    woken: AtomicU32,
    parker: P,
    /// Null, or alive for as long as the waiter waits.
    lock: *const Object,
}

// SAFETY: a line's pointers are followed only under the bucket's lock (rule 1), and the nodes they reach are alive (rule 2).
unsafe impl<P: Parker> Send for Line<P> {}

impl<P: Parker> Table<P> {
    pub(crate) const fn new() -> Self {
        Table { buckets: [const { Mutex::new(Line::new()) }; BUCKETS] }
    }

    fn bucket(&self, key: usize) -> MutexGuard<'_, Line<P>> {
        // Objects are 8 bytes apart at least; Fibonacci hashing spreads the rest.
        let hash = (key >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as usize);
        let index = hash >> (usize::BITS - BUCKETS.trailing_zeros());
        self.buckets[index].lock().unwrap_or_else(|e| e.into_inner())
    }

    /// `raised` says that a signal has asked for the end of this wait, or of one that a wake ended: it stays until a wait ends by it.
    pub(crate) fn wait<T>(
        &self,
        stay: &Stay<'_>,
        raised: &Cell<bool>,
        enqueued: impl FnOnce(),
        mut attempt: impl FnMut(Try) -> Option<T>,
    ) -> Result<T, Stopped> {
        let Stay { key, deadline, tries, .. } = *stay;
        if deadline == Deadline::Now {
            return attempt(Try::Last).ok_or(Stopped::TimedOut);
        }
        let manner = manner();
        let tries = if manner.spins { tries } else { 0 };
        for step in SPUN_STEPS - tries..SPUN_STEPS {
            pause(step);
            if let Some(value) = attempt(Try::Spin) {
                return Ok(value);
            }
        }
        fork::prepare();
        let mut enqueued = Some(enqueued);
        loop {
            let node = Node::new(stay);
            {
                let mut line = self.bucket(key);
                if let Some(value) = attempt(Try::Park) {
                    return Ok(value);
                }
                line.push(&node);
            }
            // From here to the end of the inner loop the node may be linked: nothing in between may unwind past it.
            let unlink = Unlink { table: self, node: &node };
            if let Some(enqueued) = enqueued.take() {
                enqueued();
            }
            // A signal that came during the tries, which may have given the processor away, will not end the sleep.
            if let Some(signal) = manner.signal.filter(|_| manner.spins && manner.around.is_some())
                && !raised.get()
            {
                raised.set(signal());
            }
            let stopped = loop {
                // Acquire: pairs with the Release store in `wake`.
                if node.woken.load(Ordering::Acquire) != 0 {
                    break None;
                }
                if raised.get() {
                    break Some(Stopped::Interrupted);
                }
                let mut parked = Parked::Maybe;
                let mut park = || parked = node.parker.park(&node.woken, deadline, manner.signal.is_some());
                match manner.around {
                    None => park(),
                    Some(around) => around(&mut park),
                }
                match parked {
                    Parked::Maybe => {}
                    Parked::TimedOut => break Some(Stopped::TimedOut),
                    Parked::Signal => {
                        raised.set(manner.signal.is_some_and(|signal| signal()));
                    }
                }
            };
            // A wake that came first counts: it must not be lost with this waiter. If it is in vain, because somebody was faster,
            // the waiter queues once more, which leaves its mark for those who still sleep, and stops then.
            let stopped = if unlink.now() { stopped } else { None };
            match stopped {
                None => {
                    if let Some(value) = attempt(Try::Woken) {
                        return Ok(value);
                    }
                }
                Some(stopped) => {
                    return attempt(Try::Last).ok_or_else(|| {
                        raised.set(false);
                        stopped
                    });
                }
            }
        }
    }

    pub(crate) fn wake(&self, key: usize, n: usize, then: impl FnOnce(Woken)) -> Woken {
        let mut line = self.bucket(key);
        let (taken, woken) = line.take(key, n);
        then(woken);
        drop(line);
        taken.rouse();
        woken
    }

    /// As [`wake`](Table::wake), but whoever waits with a lock that the caller `holds` is left asleep, in `kept`, since it could
    /// not go on: whoever owns `kept` must [`rouse`](Line::rouse) it. Returns how many were woken or kept.
    pub(crate) fn wake_holding(
        &self,
        key: usize,
        n: usize,
        kept: &mut Line<P>,
        holds: impl Fn(&Word) -> bool,
    ) -> usize {
        let (mut taken, woken) = self.bucket(key).take(key, n);
        let mut free = Line::new();
        while let Some(node) = taken.pop() {
            // SAFETY: rule 2: the waiter, which lends the lock for as long as it waits, cannot return before it is roused.
            let lock = unsafe { node.lock.as_ref() };
            if lock.is_some_and(|lock| holds(lock.word())) { kept.push(node) } else { free.push(node) }
        }
        free.rouse();
        woken.count
    }

    /// How many wait under `key`.
    #[cfg(test)]
    pub(super) fn waiting(&self, key: usize) -> usize {
        let line = self.bucket(key);
        let (mut node, mut count) = (line.head, 0);
        while !node.is_null() {
            // SAFETY: linked nodes are alive while the bucket is locked (rules 1 and 2).
            let this = unsafe { &*node };
            count += usize::from(this.key == key);
            node = this.next.get();
        }
        count
    }
}

/// Takes its node out of the line when the waiter leaves, however it leaves.
struct Unlink<'a, P: Parker> {
    table: &'a Table<P>,
    node: &'a Node<P>,
}

impl<P: Parker> Unlink<'_, P> {
    /// Returns whether the node was still linked; else waits for the waker that has it.
    fn now(self) -> bool {
        let linked = self.leave();
        std::mem::forget(self);
        linked
    }

    fn leave(&self) -> bool {
        // Acquire: pairs with the Release store in `wake`.
        if self.node.woken.load(Ordering::Acquire) != 0 {
            return false;
        }
        if self.table.bucket(self.node.key).remove(self.node) {
            return true;
        }
        // A waker holds the node and will store `woken`: at once, or when it gives back the lock that this waiter needs next.
        while self.node.woken.load(Ordering::Acquire) == 0 {
            self.node.parker.park(&self.node.woken, Deadline::Never, false);
        }
        false
    }
}

impl<P: Parker> Drop for Unlink<'_, P> {
    fn drop(&mut self) {
        if !self.leave() {
            // This waiter unwinds and cannot use the wake-up it was given: hand it on.
            self.table.wake(self.node.key, 1, |_| ());
        }
    }
}

impl<P: Parker> Node<P> {
    fn new(stay: &Stay<'_>) -> Self {
        let lock = stay.lock.map_or(ptr::null(), ptr::from_ref);
        Node { key: stay.key, next: Cell::new(ptr::null()), woken: AtomicU32::new(0), parker: P::new(), lock }
    }
}

impl<P: Parker> Line<P> {
    pub(crate) const fn new() -> Self {
        Line { head: ptr::null(), tail: ptr::null() }
    }

    /// Wakes all whom this private line holds.
    pub(crate) fn rouse(mut self) {
        while let Some(node) = self.pop() {
            let unparker = node.parker.unparker();
            // Release: pairs with the Acquire load in `wait`. The last access to the node.
            node.woken.store(1, Ordering::Release);
            unparker.unpark(&raw const node.woken);
        }
    }

    /// Takes the first node out of this private line.
    fn pop<'a>(&mut self) -> Option<&'a Node<P>> {
        // SAFETY: rule 2: the waiter of a node on a private line cannot return before its waker stores `woken`.
        let node = unsafe { self.head.as_ref() }?;
        self.head = node.next.replace(ptr::null());
        if self.head.is_null() {
            self.tail = ptr::null();
        }
        Some(node)
    }

    fn push(&mut self, node: &Node<P>) {
        let pointer = ptr::from_ref(node);
        if self.tail.is_null() {
            self.head = pointer;
        } else {
            // SAFETY: linked nodes are alive while the bucket is locked (rules 1 and 2).
            let tail = unsafe { &*self.tail };
            tail.next.set(pointer);
        }
        self.tail = pointer;
    }

    fn remove(&mut self, node: &Node<P>) -> bool {
        let (mut before, mut at) = (ptr::null::<Node<P>>(), self.head);
        while !at.is_null() {
            // SAFETY: linked nodes are alive while the bucket is locked (rules 1 and 2).
            let this = unsafe { &*at };
            if ptr::eq(at, node) {
                self.unlink(before, this);
                return true;
            }
            (before, at) = (at, this.next.get());
        }
        false
    }

    fn unlink(&mut self, before: *const Node<P>, node: &Node<P>) {
        let next = node.next.get();
        if before.is_null() {
            self.head = next;
        } else {
            // SAFETY: `before` is linked, so alive, while the bucket is locked (rules 1 and 2).
            let before = unsafe { &*before };
            before.next.set(next);
        }
        if next.is_null() {
            self.tail = before;
        }
    }

    /// Unlinks up to `n` nodes of `key`, oldest first, and chains them.
    fn take(&mut self, key: usize, n: usize) -> (Line<P>, Woken) {
        let mut taken = Line::new();
        let mut woken = Woken::default();
        let (mut before, mut at) = (ptr::null::<Node<P>>(), self.head);
        while !at.is_null() {
            // SAFETY: linked nodes are alive while the bucket is locked (rules 1 and 2).
            let this = unsafe { &*at };
            let next = this.next.get();
            if this.key != key {
                before = at;
            } else if woken.count == n {
                woken.more = true;
                break;
            } else {
                self.unlink(before, this);
                this.next.set(ptr::null());
                taken.push(this);
                woken.count += 1;
            }
            at = next;
        }
        (taken, woken)
    }
}
