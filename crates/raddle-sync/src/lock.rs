//! # What it is
//! A lock that guards no value and that anybody may release: Python's `threading.Lock`, without any difference.
//! It is also the one lock algorithm of the tree: [`Mutex`](crate::Mutex), [`Reentrant`](crate::Reentrant) and
//! [`Latch`](crate::Latch) hold a `Lock` and add what is theirs.
//!
//! # States
//! | word | meaning | promise |
//! |---|---|---|
//! | `FREE` | nobody holds it | whoever waits has been woken and will try again |
//! | owner | task `owner` holds it | nobody sleeps, or somebody is awake who will set `WAITED` before it sleeps |
//! | owner + `WAITED` | held | tasks may sleep: the release wakes one |
//! | owner + `NOTIFIED` | held | the release wakes those whom the owner notified and left asleep: see [`Condvar`](crate::Condvar) |
//! | `POISONED` beside any of these | a panic broke what the lock guards | belongs to `Mutex`; kept by acquire and release |
//!
//! # Waiting
//! A task waits while another holds the lock; the release wakes the one that has waited longest.
//! Locks barge: a newcomer may take the lock before the woken task does, which is what keeps a lock fast when it is
//! contended; the woken task then waits again.
//!
//! # Ordering
//! Everything before a release happens before everything after the acquisition that follows it: the release stores with
//! Release what the acquisition's successful exchange loads with Acquire.
//! No wake-up is lost: a waiter sets `WAITED` in its last try under the queue's lock and sleeps only if the lock was still
//! held then, so that the release that follows sees the bit and finds the waiter queued. A release clears the bit though
//! others may still sleep; therefore a task that has slept takes the lock *with* the bit, and its own release wakes the next.
//!
//! # Sources
//! The third lock of Drepper's "Futexes Are Tricky" (2011), with the owner's number in the place of 1, and the validation
//! under the queue's lock of WebKit's `ParkingLot`.

use raddle_kernel::AtomicU32;
use raddle_kernel::{Deadline, Effect, Kind, OWNER, Object, ObjectId, Op, Site, Stopped, Target, TaskId, Try};
use raddle_kernel::{current, did, point, point_at, wait_briefly, wake, wake_kept, watched};
use std::fmt;
use std::mem::forget;
use std::panic::Location;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// A lock that guards no value and that any task may release.
///
/// Use [`Mutex`](crate::Mutex) to guard a value: its guard cannot be forgotten.
/// Everything before a [`release`](Lock::release) happens before everything after the next [`acquire`](Lock::acquire).
///
/// ```
/// use raddle_sync::{Deadline, Lock};
///
/// static LOCK: Lock = Lock::new();
/// LOCK.acquire(Deadline::Never).unwrap();
/// assert!(LOCK.acquire(Deadline::Now).is_err());
/// std::thread::spawn(|| LOCK.release().unwrap()).join().unwrap();
/// assert!(!LOCK.is_locked());
/// ```
pub struct Lock {
    object: Object,
}

/// Nobody holds the lock.
const FREE: u32 = 0;
/// Tasks may sleep: the release wakes one.
const WAITED: u32 = 1 << 28;
/// What the lock guards may be broken; [`Mutex`](crate::Mutex)'s own bit.
pub(crate) const POISONED: u32 = 1 << 29;

/// The owner has left tasks asleep that need the lock next: the release wakes them.
const NOTIFIED: u32 = 1 << 30;

/// What the lock's word was before an acquisition; only the poison matters.
pub(crate) type Before = u32;

impl Lock {
    /// A free lock.
    #[track_caller]
    pub const fn new() -> Self {
        Lock { object: Object::new(FREE) }
    }

    /// Takes the lock, waiting until `deadline` for it.
    ///
    /// The holder itself waits like anybody else.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[inline]
    #[track_caller]
    pub fn acquire(&self, deadline: Deadline) -> Result<(), Stopped> {
        self.acquire_as(Kind::Lock, deadline).map(drop)
    }

    /// Gives the lock back, whoever took it.
    ///
    /// # Errors
    /// [`NotHeld`] when nobody holds it; nothing has changed then.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), NotHeld> {
        self.release_as(Kind::Lock)
    }

    /// Whether anybody holds the lock; it may be otherwise a moment later.
    #[track_caller]
    pub fn is_locked(&self) -> bool {
        self.is_locked_as(Kind::Lock)
    }

    #[track_caller]
    pub(crate) fn is_locked_as(&self, kind: Kind) -> bool {
        let target = self.object.of(kind);
        point(Op::Look, target, Deadline::Now, || true);
        let held = self.owner().is_some();
        did(target, Effect::Looked);
        held
    }

    /// The task that holds the lock, for a report: no operation, and no order comes of it.
    pub fn owner(&self) -> Option<TaskId> {
        // Relaxed: a task can rely on the answer only if it is itself, and a task sees its own stores.
        let owner = self.object.word().load(Relaxed) & OWNER;
        (owner != FREE).then_some(owner)
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.object.id()
    }

    /// Makes the lock free, whoever holds it, and forgets that anybody waits: for the child of a fork, in which neither exists.
    pub fn reset(&self) {
        // Relaxed: the caller has made sure that it is alone.
        self.object.word().store(FREE, Relaxed);
    }

    /// Whether `task` holds the lock; certain only for the task itself.
    #[inline(always)]
    pub(crate) fn held_by(&self, task: TaskId) -> bool {
        // Relaxed: as in `owner`.
        self.object.word().load(Relaxed) & OWNER == task
    }

    #[inline(always)]
    pub(crate) const fn object(&self) -> &Object {
        &self.object
    }

    /// One operation: takes the lock as what it is to its user.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn acquire_as(&self, kind: Kind, deadline: Deadline) -> Result<Before, Stopped> {
        if !watched() && self.try_seize() { Ok(FREE) } else { self.acquire_slowly(kind, deadline) }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn acquire_slowly(&self, kind: Kind, deadline: Deadline) -> Result<Before, Stopped> {
        let target = self.object.of(kind);
        point(Op::Acquire, target, deadline, move || self.owner().is_none());
        let before = self.seize(target, deadline)?;
        did(target, Effect::Acquired);
        Ok(before)
    }

    /// One operation: gives the lock back.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn release_as(&self, kind: Kind) -> Result<(), NotHeld> {
        self.release_at(kind, Location::caller())
    }

    /// As `release_as`, for a guard: its release belongs to the line that made it.
    #[inline(always)]
    pub(crate) fn release_at(&self, kind: Kind, site: Site) -> Result<(), NotHeld> {
        if watched() {
            return self.release_by(kind, site, |word| word.swap(FREE, Release));
        }
        let before = self.object.word().swap(FREE, Release);
        if plain(before) { Ok(()) } else { self.released(kind, before) }
    }

    /// As `release_at`, and the poison stays.
    #[cold]
    pub(crate) fn release_poisoned(&self, kind: Kind, site: Site) -> Result<(), NotHeld> {
        self.release_by(kind, site, |word| word.fetch_and(POISONED, Release))
    }

    #[cold]
    #[inline(never)]
    fn release_by(&self, kind: Kind, site: Site, free: impl FnOnce(&AtomicU32) -> u32) -> Result<(), NotHeld> {
        let target = self.object.of(kind);
        // At this point the run may end. A guard must have given its lock back all the same: the lock may outlive the run.
        let unwound = Unwound(self);
        point_at(Op::Release, target, Deadline::Now, || true, site);
        forget(unwound);
        self.released(kind, free(self.object.word()))
    }

    /// What a release that found the word `before` comes to.
    #[cold]
    #[inline(never)]
    fn released(&self, kind: Kind, before: u32) -> Result<(), NotHeld> {
        let target = self.object.of(kind);
        if before & OWNER == FREE {
            did(target, Effect::Refused);
            return Err(NotHeld);
        }
        did(target, Effect::Released);
        if before & NOTIFIED != 0 {
            wake_kept();
        }
        if before & WAITED != 0 {
            wake(target, 1);
        }
        Ok(())
    }

    /// Takes the lock without announcing it.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn seize(&self, target: Target<'_>, deadline: Deadline) -> Result<Before, Stopped> {
        let me = current();
        match self.object.word().compare_exchange(FREE, me, Acquire, Relaxed) {
            Ok(before) => Ok(before),
            Err(_) => wait_briefly(Op::Acquire, target, deadline, move |why| self.attempt(me, why)),
        }
    }

    /// Takes the lock without announcing it, if it is free.
    #[inline(always)]
    pub(crate) fn try_seize(&self) -> bool {
        self.object.word().compare_exchange(FREE, current(), Acquire, Relaxed).is_ok()
    }

    /// Gives the lock back without announcing it; the caller holds it.
    #[inline(always)]
    pub(crate) fn yield_up(&self, target: Target<'_>) {
        if self.object.word().swap(FREE, Release) & WAITED != 0 {
            wake(target, 1);
        }
    }

    fn attempt(&self, me: TaskId, why: Try) -> Option<Before> {
        let mark = if why == Try::Spin { 0 } else { WAITED };
        let next = |state| match taken(state, me | mark) {
            None if why == Try::Park => Some(state | WAITED),
            next => next,
        };
        let before = self.object.word().fetch_update(Acquire, Relaxed, next).ok()?;
        (before & OWNER == FREE).then_some(before)
    }
}

/// Whether the running task holds the lock; if so, its release will wake those whom the task has left asleep.
///
/// Only for a lock that no other task can release.
pub(crate) fn holds(lock: &AtomicU32) -> bool {
    // Relaxed: as in `owner`.
    let held = lock.load(Relaxed) & OWNER == current();
    if held {
        // Relaxed: read by this task's own release.
        lock.fetch_or(NOTIFIED, Relaxed);
    }
    held
}

/// Gives the lock back without a word if it is dropped.
struct Unwound<'a>(&'a Lock);

impl Drop for Unwound<'_> {
    fn drop(&mut self) {
        self.0.object.word().fetch_and(POISONED, Release);
    }
}

/// Held by a task for which nobody waits, and nothing else.
const fn plain(state: u32) -> bool {
    state & !OWNER == 0 && state != FREE
}

/// Taken by `holder`, if it is free.
fn taken(state: u32, holder: u32) -> Option<u32> {
    (state & OWNER == FREE).then_some(state | holder)
}

impl Default for Lock {
    #[track_caller]
    fn default() -> Self {
        Lock::new()
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock").field("object", &self.object).field("owner", &self.owner()).finish()
    }
}

/// A lock was to be given back that nobody, or not this task, holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHeld;

impl fmt::Display for NotHeld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock is not held")
    }
}

impl std::error::Error for NotHeld {}
