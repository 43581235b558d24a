//! # What it is
//! A number of permits that tasks take and give back: Python's `threading.Semaphore`, and `BoundedSemaphore` when made by
//! [`bounded`](Semaphore::bounded). Unlike Python's it hands out at most 2³⁰ - 1 permits.
//!
//! # States
//! | word | meaning | promise |
//! |---|---|---|
//! | n | n permits are left | nobody sleeps who has not been woken |
//! | n + `WAITED` | n permits are left | tasks may sleep: whoever gives permits back wakes as many |
//! | `RETIRED` | somebody else counts the permits: none is taken or given back any more | nobody sleeps who has not been woken |
//!
//! # Waiting
//! A task waits while no permit is left; giving n permits back wakes the n longest waiters.
//! Semaphores barge, as locks do: a newcomer may take the permit first, and the woken task waits again.
//!
//! # Ordering
//! Everything before a permit is given back happens before everything after the acquisitions that its being there allows:
//! Release in the exchange that adds it, Acquire in the exchange that takes one; all changes of the word are exchanges, so
//! that each release heads a sequence that every later acquisition reads from.
//! No wake-up is lost: a waiter sets `WAITED` under the queue's lock, in the exchange that finds no permit, and is queued
//! before that lock opens; whoever adds a permit afterwards sees the bit. The bit is taken back only under the same lock
//! with nobody left in the queue.
//!
//! # Sources
//! Dijkstra's P and V (1962); the mark kept under the queue's lock is WebKit's.

use raddle_kernel::{Deadline, Effect, Kind, Object, ObjectId, Op, Stopped, Try, did, point, wait, wake_then};
use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// A counting semaphore.
///
/// ```
/// use raddle_sync::Semaphore;
///
/// let two = Semaphore::bounded(2);
/// two.acquire();
/// assert!(two.try_acquire());
/// assert!(!two.try_acquire());
/// two.release_many(2).unwrap();
/// assert!(two.release().is_err());
/// ```
pub struct Semaphore {
    object: Object,
    /// There are never more permits than this.
    bound: u32,
}

/// Tasks may sleep: whoever gives permits back wakes them.
const WAITED: u32 = 1 << 31;
/// Somebody else counts the permits.
const RETIRED: u32 = 1 << 30;
/// The bits that count permits.
const PERMITS: u32 = RETIRED - 1;

impl Semaphore {
    /// The most permits there can be.
    pub const MAX_PERMITS: u32 = PERMITS;

    /// A semaphore with `permits` permits, to which any number can be added.
    ///
    /// # Panics
    /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    pub const fn new(permits: u32) -> Self {
        Semaphore::within(permits, PERMITS)
    }

    /// A semaphore with `permits` permits that refuses to have more than that.
    ///
    /// # Panics
    /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
    #[track_caller]
    pub const fn bounded(permits: u32) -> Self {
        Semaphore::within(permits, permits)
    }

    /// Takes a permit, however long it takes.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) {
        // A signal does not end this wait.
        while self.acquire_until(Deadline::Never).is_err() {}
    }

    /// Takes a permit if one is left.
    #[inline]
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.acquire_until(Deadline::Now).is_ok()
    }

    /// Takes a permit, waiting until `deadline` for it.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first, or the semaphore was retired.
    #[inline]
    #[track_caller]
    pub fn acquire_until(&self, deadline: Deadline) -> Result<(), Stopped> {
        let target = self.object.of(Kind::Semaphore);
        point(Op::Acquire, target, deadline, || self.left() > 0 || self.is_retired());
        let before = match self.object.word().fetch_update(Acquire, Relaxed, taken) {
            Ok(before) => before,
            Err(_) => wait(Op::Acquire, target, deadline, |why| self.attempt(why))??,
        };
        did(target, Effect::Took { left: (before & PERMITS) - 1 });
        Ok(())
    }

    /// Gives one permit back.
    ///
    /// # Errors
    /// [`Overflow`] when that would be one too many; nothing has changed then.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), Overflow> {
        self.release_many(1)
    }

    /// Gives `n` permits back at once.
    ///
    /// # Errors
    /// As [`release`](Semaphore::release).
    #[inline]
    #[track_caller]
    pub fn release_many(&self, n: u32) -> Result<(), Overflow> {
        let target = self.object.of(Kind::Semaphore);
        point(Op::Release, target, Deadline::Now, || true);
        let Ok(before) = self.object.word().fetch_update(Release, Relaxed, |state| given(state, n, self.bound)) else {
            did(target, Effect::Refused);
            return Err(Overflow);
        };
        let bound = (self.bound < PERMITS).then_some(self.bound);
        did(target, Effect::Gave { before: before & PERMITS, after: (before & PERMITS) + n, bound });
        if before & WAITED != 0 {
            wake_then(target, n as usize, |woken| {
                if !woken.more {
                    // Relaxed: ordered by the queue's lock.
                    self.object.word().fetch_and(!WAITED, Relaxed);
                }
            });
        }
        Ok(())
    }

    /// Takes all permits for good, and says how many they were: from now on every acquisition is in vain, and every release too much.
    #[track_caller]
    pub fn retire(&self) -> u32 {
        let target = self.object.of(Kind::Semaphore);
        point(Op::Release, target, Deadline::Now, || true);
        let before = self.object.word().swap(RETIRED, Acquire);
        did(target, Effect::Gave { before: before & PERMITS, after: PERMITS, bound: None });
        if before & WAITED != 0 {
            wake_then(target, usize::MAX, |_| ());
        }
        before & PERMITS
    }

    /// How many permits are left; it may be otherwise a moment later.
    #[track_caller]
    pub fn permits(&self) -> u32 {
        let target = self.object.of(Kind::Semaphore);
        point(Op::Look, target, Deadline::Now, || true);
        let left = self.left();
        did(target, Effect::Looked);
        left
    }

    #[track_caller]
    const fn within(permits: u32, bound: u32) -> Self {
        assert!(permits <= PERMITS, "a semaphore has at most 1073741823 permits");
        Semaphore { object: Object::new(permits), bound }
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.object.id()
    }

    /// How many permits are left, for a report: no operation.
    pub fn left(&self) -> u32 {
        // Relaxed: nothing is done by the answer but to go on to an exchange or to tell a person.
        self.object.word().load(Relaxed) & PERMITS
    }

    fn is_retired(&self) -> bool {
        // Relaxed: as for `left`.
        self.object.word().load(Relaxed) & RETIRED != 0
    }

    fn attempt(&self, why: Try) -> Option<Result<u32, Stopped>> {
        let next = |state| match taken(state) {
            None if why == Try::Park && state & RETIRED == 0 => Some(state | WAITED),
            next => next,
        };
        match self.object.word().fetch_update(Acquire, Relaxed, next) {
            Ok(before) => (before & PERMITS > 0).then_some(Ok(before)),
            Err(state) => (state & RETIRED != 0).then_some(Err(Stopped::TimedOut)),
        }
    }
}

/// With one permit less, if there is one.
fn taken(state: u32) -> Option<u32> {
    (state & PERMITS > 0).then(|| state - 1)
}

/// With `n` permits more, if that is within the bound.
fn given(state: u32, n: u32, bound: u32) -> Option<u32> {
    let permits = (state & !WAITED).checked_add(n)?;
    (permits <= bound).then_some(permits | (state & WAITED))
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("object", &self.object).field("permits", &self.left()).finish_non_exhaustive()
    }
}

/// More permits were to be given back than the semaphore may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl fmt::Display for Overflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the semaphore would have more permits than it may")
    }
}

impl std::error::Error for Overflow {}
