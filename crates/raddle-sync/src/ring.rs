//! # What it is
//! A fixed number of places in a ring, first in, first out, in which no task waits: what a bounded [`Queue`](crate::Queue) keeps
//! its items in, so that those who put and those who get do not exclude each other.
//!
//! # States
//! `head` and `tail` are positions: the lap in the high bits, the place in the low ones. Each place has a stamp:
//!
//! | stamp | the place is | who changes it |
//! |---|---|---|
//! | a position of `tail` | free for the item of that position | who moves `tail` on from there |
//! | a position of `head`, plus 1 | filled with the item of that position | who moves `head` on from there |
//!
//! `CLOSED` beside `tail` stops all that put.
//!
//! # Waiting
//! Nobody waits, but for another to end what it has begun: between moving `tail` and setting the stamp a place is neither free nor
//! filled, and who comes to it pauses. A task that the system stops there delays those who need this one place.
//!
//! # Ordering
//! Everything before a push happens before everything after the pop of its item: the stamp is stored with Release when the item
//! is in the place, and loaded with Acquire before it is taken out; and the other way round for who uses the place next.
//! `head` and `tail` are moved and asked for with SeqCst. So a task that sets a mark with SeqCst and then finds the ring empty (or
//! full) knows that whoever puts (or gets) later sees the mark, if it loads it with SeqCst after its push (or pop): see
//! [`Monitor::wake`](crate::Monitor::wake).
//! A stamp is met again after 2⁴⁶ laps at least, on machines of 64 bits; between two steps of one task nobody goes round so often.
//!
//! # Sources
//! Vyukov's "Bounded MPMC queue" (2010), with the laps of crossbeam's `ArrayQueue`.

use crate::line::Line;
use raddle_kernel::{AtomicUsize, pause};
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

/// The places of a ring, and which are filled.
pub(crate) struct Ring<T> {
    head: Line<AtomicUsize>,
    tail: Line<AtomicUsize>,
    slots: Box<[Slot<T>]>,
    /// From a position to the one in the same place of the next lap: a power of two above the number of places.
    lap: usize,
}

struct Slot<T> {
    stamp: AtomicUsize,
    item: UnsafeCell<MaybeUninit<T>>,
}

/// Nothing more may be put in; the highest bit of `tail`.
const CLOSED: usize = !(usize::MAX >> 1);

// SAFETY: the ring hands its items from task to task, which `T: Send` allows; a place belongs to one task at a time.
unsafe impl<T: Send> Sync for Ring<T> {}

impl<T> Ring<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        let slot = |at| Slot { stamp: AtomicUsize::new(at), item: UnsafeCell::new(MaybeUninit::uninit()) };
        Ring {
            head: Line(AtomicUsize::new(0)),
            tail: Line(AtomicUsize::new(0)),
            slots: (0..capacity).map(slot).collect(),
            lap: (capacity + 1).next_power_of_two(),
        }
    }

    /// Puts an item in and returns its number, unless the ring is full or closed.
    #[inline(always)]
    pub(crate) fn push(&self, item: T) -> Result<u64, T> {
        let Some((tail, slot)) = claimed(|| self.claim_free()) else { return Err(item) };
        // SAFETY: the place was free, and whoever moves `tail` on has it until the stamp is set.
        unsafe { (*slot.item.get()).write(item) };
        slot.stamp.store(tail + 1, Release);
        Ok(self.number(tail))
    }

    /// Takes the next item out, with its number, if there is one.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<(u64, T)> {
        let (head, slot) = claimed(|| self.claim_filled())?;
        // SAFETY: whoever moves `head` on has the place until the stamp is set.
        let filled = unsafe { &*slot.item.get() };
        // SAFETY: the place was filled at this position, and is taken for free from now on.
        let item = unsafe { filled.assume_init_read() };
        slot.stamp.store(head + self.lap, Release);
        Some((self.number(head), item))
    }

    /// Moves `tail` on if its place is free.
    #[inline(always)]
    fn claim_free(&self) -> Claim<'_, T> {
        // Relaxed: the exchange finds out whether it is still so.
        let tail = self.tail.0.load(Relaxed);
        if tail & CLOSED != 0 {
            return Claim::None;
        }
        let slot = &self.slots[tail & (self.lap - 1)];
        let stamp = slot.stamp.load(Acquire);
        if stamp == tail {
            if self.tail.0.compare_exchange(tail, self.after(tail), SeqCst, Relaxed).is_ok() {
                return Claim::Got(tail, slot);
            }
        } else if stamp.wrapping_add(self.lap) == tail + 1 && self.head.0.load(SeqCst) + self.lap == tail {
            return Claim::None;
        }
        Claim::Again
    }

    /// Moves `head` on if its place is filled.
    #[inline(always)]
    fn claim_filled(&self) -> Claim<'_, T> {
        // Relaxed: the exchange finds out whether it is still so.
        let head = self.head.0.load(Relaxed);
        let slot = &self.slots[head & (self.lap - 1)];
        let stamp = slot.stamp.load(Acquire);
        if stamp == head + 1 {
            if self.head.0.compare_exchange(head, self.after(head), SeqCst, Relaxed).is_ok() {
                return Claim::Got(head, slot);
            }
        } else if stamp == head && self.tail() == head {
            return Claim::None;
        }
        Claim::Again
    }

    /// Lets nothing more be put in.
    pub(crate) fn close(&self) {
        self.tail.0.fetch_or(CLOSED, SeqCst);
    }

    /// How many items have been put in so far.
    pub(crate) fn puts(&self) -> u64 {
        self.number(self.tail())
    }

    /// How many items have been taken out so far.
    pub(crate) fn gets(&self) -> u64 {
        self.number(self.head.0.load(SeqCst))
    }

    /// How many items there are; it may be otherwise a moment later.
    pub(crate) fn len(&self) -> usize {
        loop {
            let (tail, head) = (self.tail(), self.head.0.load(SeqCst));
            // What was read between two equal reads was so at one moment.
            if self.tail() == tail {
                return (self.number(tail) - self.number(head)) as usize;
            }
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len() == self.slots.len()
    }

    fn tail(&self) -> usize {
        self.tail.0.load(SeqCst) & !CLOSED
    }

    /// The position after this one.
    #[inline(always)]
    fn after(&self, at: usize) -> usize {
        let place = at & (self.lap - 1);
        if place + 1 < self.slots.len() { at + 1 } else { at - place + self.lap }
    }

    /// How many positions come before this one.
    #[inline(always)]
    fn number(&self, at: usize) -> u64 {
        let (lap, place) = (at >> self.lap.trailing_zeros(), at & (self.lap - 1));
        (lap * self.slots.len() + place) as u64
    }
}

/// What came of an attempt to get hold of a place.
enum Claim<'a, T> {
    /// The place, at this position.
    Got(usize, &'a Slot<T>),
    /// There is none.
    None,
    /// Another task is about to end what it has begun.
    Again,
}

/// Claims again until it is known whether there is a place.
#[inline(always)]
fn claimed<'a, T>(claim: impl Fn() -> Claim<'a, T>) -> Option<(usize, &'a Slot<T>)> {
    #[cold]
    #[inline(never)]
    fn claimed_slowly<'a, T>(claim: impl Fn() -> Claim<'a, T>) -> Option<(usize, &'a Slot<T>)> {
        let mut step = 0;
        loop {
            pause(step);
            match claim() {
                Claim::Got(at, slot) => return Some((at, slot)),
                Claim::None => return None,
                Claim::Again => step += 1,
            }
        }
    }
    match claim() {
        Claim::Got(at, slot) => Some((at, slot)),
        Claim::None => None,
        Claim::Again => claimed_slowly(claim),
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        while self.pop().is_some() {}
    }
}
