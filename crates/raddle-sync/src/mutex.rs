//! # What it is
//! The mutual exclusion lock that guards a value, with the names, the guard and the poison of `std::sync::Mutex`.
//! It also has [`lock_until`](Mutex::lock_until). Python has no twin: its `threading.Lock` is [`Lock`].
//!
//! # States
//! Those of [`Lock`]; the bit `POISONED` says that a holder panicked.
//!
//! # Waiting
//! As [`Lock`]: the release wakes the longest waiter, newcomers may be faster.
//! A task that locks a mutex it holds waits for itself; a controlled run reports the deadlock.
//!
//! # Ordering
//! As [`Lock`]: what a holder did happens before what the next holder does. The poison bit is set before the release that
//! publishes it.
//!
//! # Sources
//! [`Lock`]'s; poisoning is the standard library's.

use crate::lock::{Before, Lock, POISONED};
use raddle_kernel::{Deadline, Kind, Object, Site, Stopped, TaskId, panicking};
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};

/// A lock that guards a value.
///
/// Everything a holder did happens before everything that the next holder does.
/// Poisoned when a holder panics, as the standard library's.
///
/// ```
/// use raddle_sync::{Mutex, thread};
///
/// static TOTAL: Mutex<u32> = Mutex::new(0);
/// thread::scope(|scope| {
///     for _ in 0..4 {
///         scope.spawn(|| *TOTAL.lock().unwrap() += 1);
///     }
/// });
/// assert_eq!(*TOTAL.lock().unwrap(), 4);
/// ```
pub struct Mutex<T: ?Sized> {
    lock: Lock,
    value: UnsafeCell<T>,
}

/// The value of a [`Mutex`], for as long as this lives.
///
/// It stays on its thread:
///
/// ```compile_fail,E0277
/// static MUTEX: raddle_sync::Mutex<u32> = raddle_sync::Mutex::new(0);
/// let guard = MUTEX.lock().unwrap();
/// std::thread::spawn(move || drop(guard));
/// ```
#[must_use = "the mutex is released when the guard is dropped"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// Whether the task was already panicking when it locked: then dropping the guard poisons nothing.
    panicking: bool,
    /// Whether the mutex was poisoned when it was locked. If not, it is not now: only a holder poisons it.
    poisoned: bool,
    /// What a controlled run shows for the release: where it was made.
    site: Site,
    here: PhantomData<*const ()>,
}

impl<T> Mutex<T> {
    /// A free mutex over `value`.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Mutex { lock: Lock::new(), value: UnsafeCell::new(value) }
    }

    /// The value.
    ///
    /// # Errors
    /// The value in a [`PoisonError`] if a holder panicked.
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.is_poisoned();
        judged(poisoned, self.value.into_inner())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Locks, however long it takes.
    ///
    /// # Errors
    /// The guard in a [`PoisonError`] if a holder panicked.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let before = match self.lock.acquire_as(Kind::Mutex, Deadline::Never) {
            Ok(before) => before,
            Err(_) => self.lock_again(),
        };
        self.guard(before)
    }

    /// Locks after a signal, which does not end this wait.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn lock_again(&self) -> Before {
        loop {
            if let Ok(before) = self.lock.acquire_as(Kind::Mutex, Deadline::Never) {
                return before;
            }
        }
    }

    /// Locks if that needs no waiting.
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if another task holds it; the guard in [`TryLockError::Poisoned`] if a holder panicked.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        self.lock_until(Deadline::Now)
    }

    /// Locks, waiting until `deadline` for it.
    ///
    /// ```
    /// use raddle_sync::{Deadline, Mutex};
    /// use std::time::Duration;
    ///
    /// let mutex = Mutex::new(1);
    /// let guard = mutex.lock_until(Deadline::after(Duration::from_secs(1))).unwrap();
    /// assert!(mutex.lock_until(Deadline::Now).is_err());
    /// # drop(guard);
    /// ```
    ///
    /// # Errors
    /// [`TryLockError::WouldBlock`] if the deadline passed first; the guard in [`TryLockError::Poisoned`] if a holder panicked.
    #[inline]
    #[track_caller]
    pub fn lock_until(&self, deadline: Deadline) -> TryLockResult<MutexGuard<'_, T>> {
        loop {
            match self.lock.acquire_as(Kind::Mutex, deadline) {
                Ok(before) => return Ok(self.guard(before)?),
                Err(Stopped::TimedOut) => return Err(TryLockError::WouldBlock),
                Err(Stopped::Interrupted) => {}
            }
        }
    }

    /// Whether a holder panicked.
    pub fn is_poisoned(&self) -> bool {
        // Relaxed: a hint, unless the caller holds the mutex, which orders it.
        self.lock.object().word().load(Relaxed) & POISONED != 0
    }

    /// Says that the value is in order again.
    pub fn clear_poison(&self) {
        // Relaxed: published by the release that follows.
        self.lock.object().word().fetch_and(!POISONED, Relaxed);
    }

    /// The value, without locking: nobody else can reach it.
    ///
    /// # Errors
    /// As [`into_inner`](Mutex::into_inner).
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.is_poisoned();
        judged(poisoned, self.value.get_mut())
    }

    /// What those queue under who wait for it.
    pub(crate) const fn object(&self) -> &Object {
        self.lock.object()
    }

    /// The task that holds the mutex, for a report: no operation, and no order comes of it.
    pub fn owner(&self) -> Option<TaskId> {
        self.lock.owner()
    }

    #[inline(always)]
    #[track_caller]
    fn guard(&self, before: Before) -> LockResult<MutexGuard<'_, T>> {
        let poisoned = before & POISONED != 0;
        let guard =
            MutexGuard { mutex: self, panicking: panicking(), poisoned, site: Location::caller(), here: PhantomData };
        judged(poisoned, guard)
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// The mutex that the guard holds.
    pub(crate) fn mutex(&self) -> &'a Mutex<T> {
        self.mutex
    }

    /// The guard, of which a controlled run shows that it releases the mutex here.
    #[track_caller]
    pub(crate) fn released_here(mut self) -> Self {
        self.site = Location::caller();
        self
    }
}

/// `value`, in an error if poisoned.
#[inline(always)]
fn judged<V>(poisoned: bool, value: V) -> LockResult<V> {
    if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
}

// SAFETY: the mutex hands its value from task to task, which `T: Send` allows.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: `&Mutex<T>` gives `&mut T` to one task at a time.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

// As the standard library's: a panic while the value was half changed shows as poison.
impl<T: ?Sized> std::panic::UnwindSafe for Mutex<T> {}
impl<T: ?Sized> std::panic::RefUnwindSafe for Mutex<T> {}
// SAFETY: a shared guard gives `&T`, which `T: Sync` allows.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard stands for the mutex being held, so nobody else reaches the value.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard is borrowed exclusively.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let lock = &self.mutex.lock;
        let broken = !self.panicking && panicking();
        if broken {
            // Relaxed: published by the release below.
            lock.object().word().fetch_or(POISONED, Relaxed);
        }
        // A guard's mutex is held, so there is nothing to refuse.
        let _ = if broken || self.poisoned {
            lock.release_poisoned(Kind::Mutex, self.site)
        } else {
            lock.release_at(Kind::Mutex, self.site)
        };
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T: ?Sized> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").field("lock", &self.lock).field("poisoned", &self.is_poisoned()).finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
