//! # What it is
//! A lock that its holder may take again: [`ReentrantLock`] guards a value with the standard library's names, [`Reentrant`]
//! is the bare lock, Python's `threading.RLock`, without any difference.
//!
//! # States
//! Those of [`Lock`], and a count that only the owner touches: how often it has taken the lock *again*, 0 when nobody holds it.
//!
//! # Waiting
//! As [`Lock`] for everybody but the holder, who never waits.
//!
//! # Ordering
//! As [`Lock`], between the outermost release and the acquisition by another task.
//! The count needs no order of its own: it is touched only by the task whose number the word carries.
//!
//! # Sources
//! [`Lock`]'s; `release_save` and `acquire_restore` are what CPython's `Condition` asks of an `RLock`.

use crate::lock::{Lock, NotHeld};
use raddle_kernel::AtomicU32;
use raddle_kernel::{Deadline, Effect, Kind, Object, ObjectId, Op, Site, Stopped, TaskId};
use raddle_kernel::{current, did, point, point_at, watched};
use std::fmt;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::panic::Location;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{TryLockError, TryLockResult};

/// A lock that guards no value and that its holder may take again.
///
/// ```
/// use raddle_sync::{Deadline, Reentrant};
///
/// let lock = Reentrant::new();
/// lock.acquire(Deadline::Never).unwrap();
/// lock.acquire(Deadline::Never).unwrap();
/// assert_eq!(lock.count(), 2);
/// lock.release().unwrap();
/// lock.release().unwrap();
/// assert!(lock.release().is_err());
/// ```
pub struct Reentrant {
    lock: Lock,
    /// How often the owner has taken the lock again; changed by the owner alone, so that Relaxed is enough for it.
    again: AtomicU32,
}

impl Reentrant {
    /// A free lock.
    #[track_caller]
    pub const fn new() -> Self {
        Reentrant { lock: Lock::new(), again: AtomicU32::new(0) }
    }

    /// Takes the lock, waiting until `deadline` if another task holds it.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    ///
    /// # Panics
    /// When the holder takes it for the 2³²nd time.
    #[inline(always)]
    #[track_caller]
    pub fn acquire(&self, deadline: Deadline) -> Result<(), Stopped> {
        if !watched() {
            if self.owned() {
                self.enter_again();
                return Ok(());
            }
            if self.lock.try_seize() {
                return Ok(());
            }
        }
        self.acquire_slowly(deadline)
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn acquire_slowly(&self, deadline: Deadline) -> Result<(), Stopped> {
        if self.owned() {
            let target = self.lock.object().of(Kind::ReentrantLock);
            point(Op::Acquire, target, deadline, || true);
            self.enter_again();
            did(target, Effect::Reentered);
        } else {
            self.lock.acquire_as(Kind::ReentrantLock, deadline)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn enter_again(&self) {
        let again = self.again.load(Relaxed);
        assert!(again < u32::MAX, "a re-entrant lock was taken too often");
        self.again.store(again + 1, Relaxed);
    }

    /// Gives the lock back once.
    ///
    /// # Errors
    /// [`NotHeld`] when this task does not hold it; nothing has changed then.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), NotHeld> {
        if self.owned() {
            self.release_at(Location::caller());
            Ok(())
        } else {
            Err(self.refuse(Location::caller()))
        }
    }

    /// Gives the lock back as often as it was taken, in one operation; returns how often that was, for [`acquire_restore`](Reentrant::acquire_restore).
    ///
    /// # Errors
    /// [`NotHeld`] when this task does not hold it.
    #[track_caller]
    pub fn release_save(&self) -> Result<NonZeroU32, NotHeld> {
        let Some(depth) = NonZeroU32::new(self.count()) else { return Err(self.refuse(Location::caller())) };
        self.again.store(0, Relaxed);
        self.lock.release_as(Kind::ReentrantLock)?;
        Ok(depth)
    }

    /// Takes the lock, and is in it as deep as before [`release_save`](Reentrant::release_save).
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[track_caller]
    pub fn acquire_restore(&self, depth: NonZeroU32, deadline: Deadline) -> Result<(), Stopped> {
        self.lock.acquire_as(Kind::ReentrantLock, deadline)?;
        self.again.store(depth.get() - 1, Relaxed);
        Ok(())
    }

    /// Whether this task holds the lock.
    #[inline]
    pub fn owned(&self) -> bool {
        self.lock.held_by(current())
    }

    /// How often this task holds the lock; 0 if it does not.
    pub fn count(&self) -> u32 {
        if self.owned() { self.depth() } else { 0 }
    }

    /// How often its holder, whoever that is, holds the lock, for a report: no operation.
    #[inline]
    pub fn depth(&self) -> u32 {
        if self.owner().is_some() { 1 + self.again.load(Relaxed) } else { 0 }
    }

    pub(crate) const fn object(&self) -> &Object {
        self.lock.object()
    }

    /// Whether anybody holds the lock; it may be otherwise a moment later.
    #[track_caller]
    pub fn is_locked(&self) -> bool {
        self.lock.is_locked_as(Kind::ReentrantLock)
    }

    /// The task that holds the lock, for a report: no operation, and no order comes of it.
    pub fn owner(&self) -> Option<TaskId> {
        self.lock.owner()
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.lock.number()
    }

    /// Makes the lock free, whoever holds it: for the child of a fork.
    pub fn reset(&self) {
        self.again.store(0, Relaxed);
        self.lock.reset();
    }

    /// Gives the lock back once; the caller holds it.
    #[inline(always)]
    fn release_at(&self, site: Site) {
        let again = self.again.load(Relaxed);
        if again == 0 {
            // It is held, so there is nothing to refuse.
            let _ = self.lock.release_at(Kind::ReentrantLock, site);
        } else if watched() {
            self.unwind_watched(again - 1, site);
        } else {
            self.again.store(again - 1, Relaxed);
        }
    }

    #[cold]
    #[inline(never)]
    fn unwind_watched(&self, again: u32, site: Site) {
        let target = self.lock.object().of(Kind::ReentrantLock);
        point_at(Op::Release, target, Deadline::Now, || true, site);
        self.again.store(again, Relaxed);
        did(target, Effect::Unwound);
    }

    #[cold]
    fn refuse(&self, site: Site) -> NotHeld {
        let target = self.lock.object().of(Kind::ReentrantLock);
        point_at(Op::Release, target, Deadline::Now, || true, site);
        did(target, Effect::Refused);
        NotHeld
    }
}

impl Default for Reentrant {
    #[track_caller]
    fn default() -> Self {
        Reentrant::new()
    }
}

impl fmt::Debug for Reentrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reentrant").field("lock", &self.lock).field("count", &self.count()).finish()
    }
}

/// A lock that guards a value and that its holder may take again; the value can only be read through it.
///
/// Put a `Cell` or `RefCell` inside to change it. It is not poisoned by a panic.
///
/// ```
/// use raddle_sync::ReentrantLock;
/// use std::cell::Cell;
///
/// let depth = ReentrantLock::new(Cell::new(0));
/// let outer = depth.lock();
/// let inner = depth.lock();
/// inner.set(outer.get() + 1);
/// assert_eq!(outer.get(), 1);
/// ```
#[derive(Default)]
pub struct ReentrantLock<T: ?Sized> {
    lock: Reentrant,
    value: T,
}

/// The value of a [`ReentrantLock`], for as long as this lives.
#[must_use = "the lock is released when the guard is dropped"]
pub struct ReentrantLockGuard<'a, T: ?Sized> {
    lock: &'a ReentrantLock<T>,
    site: Site,
    here: PhantomData<*const ()>,
}

impl<T> ReentrantLock<T> {
    /// A free lock over `value`.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        ReentrantLock { lock: Reentrant::new(), value }
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: ?Sized> ReentrantLock<T> {
    /// Locks, however long it takes.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> ReentrantLockGuard<'_, T> {
        if self.lock.acquire(Deadline::Never).is_err() {
            self.lock_again();
        }
        self.guard()
    }

    /// Locks after a signal, which does not end this wait.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn lock_again(&self) {
        while self.lock.acquire(Deadline::Never).is_err() {}
    }

    /// Locks if that needs no waiting.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if another task holds it.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<ReentrantLockGuard<'_, T>> {
        self.lock_until(Deadline::Now)
    }

    /// Locks, waiting until `deadline` for it.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if the deadline passed first.
    #[inline]
    #[track_caller]
    pub fn lock_until(&self, deadline: Deadline) -> TryLockResult<ReentrantLockGuard<'_, T>> {
        loop {
            match self.lock.acquire(deadline) {
                Ok(()) => return Ok(self.guard()),
                Err(Stopped::TimedOut) => return Err(TryLockError::WouldBlock),
                Err(Stopped::Interrupted) => {}
            }
        }
    }

    /// The value, without locking: nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    #[inline(always)]
    #[track_caller]
    fn guard(&self) -> ReentrantLockGuard<'_, T> {
        ReentrantLockGuard { lock: self, site: Location::caller(), here: PhantomData }
    }
}

// SAFETY: `&ReentrantLock<T>` gives `&T` to one task at a time, which `T: Send` allows.
unsafe impl<T: ?Sized + Send> Sync for ReentrantLock<T> {}
// SAFETY: a shared guard gives `&T`, which `T: Sync` allows.
unsafe impl<T: ?Sized + Sync> Sync for ReentrantLockGuard<'_, T> {}

impl<T: ?Sized> Deref for ReentrantLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.lock.value
    }
}

impl<T: ?Sized> Drop for ReentrantLockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.lock.lock.release_at(self.site);
    }
}

impl<T: ?Sized> fmt::Debug for ReentrantLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReentrantLock").field("lock", &self.lock).finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for ReentrantLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for ReentrantLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
