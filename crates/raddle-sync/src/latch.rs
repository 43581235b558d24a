//! # What it is
//! A lock over a value for the insides of larger primitives: no points, no poison, no deadline.
//! It has no Python twin: it stands for the lock that CPython's `queue.Queue` or `Future` keep inside, which no user sees.
//!
//! # States
//! Those of [`Lock`].
//!
//! # Waiting
//! A task waits while another is inside, which is for a few instructions.
//! In a controlled run nobody ever finds a latch taken, unless its holder ran foreign code inside that had to wait.
//!
//! # Ordering
//! As a lock's: what one task did inside happens before what the next does inside.
//!
//! # Sources
//! [`Lock`]'s.

use crate::lock::Lock;
use raddle_kernel::{Deadline, Kind, uninterrupted};
use std::cell::UnsafeCell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// A value that one task at a time may use, for a moment; its operations are invisible to controlled runs.
///
/// For the insides of a primitive, never for a user's data: use [`Mutex`](crate::Mutex) there.
///
/// ```
/// let latch = raddle_sync::Latch::new(1);
/// *latch.lock() += 1;
/// assert_eq!(latch.into_inner(), 2);
/// ```
pub struct Latch<T: ?Sized, L = Lock> {
    lock: L,
    value: UnsafeCell<T>,
}

/// What lets one task inside at a time.
///
/// A [`Lock`]; or nothing at all, where something else excludes the tasks already, as an interpreter's own lock may.
///
/// # Safety
/// While a task is inside, from an `enter` or a successful `try_enter` to the `leave` that follows, no other gets in; and what
/// a task did inside happens before what the next one does there.
pub unsafe trait Exclusion {
    /// Goes inside if nobody is.
    fn try_enter(&self) -> bool;
    /// Goes inside, however long that takes.
    fn enter(&self);
    /// Goes outside; the caller is inside.
    fn leave(&self);
}

/// The value of a [`Latch`], for as long as this lives.
#[must_use = "the latch is released when the guard is dropped"]
pub struct LatchGuard<'a, T: ?Sized, L: Exclusion = Lock> {
    latch: &'a Latch<T, L>,
    /// The task that locks releases: a guard stays on its thread.
    here: PhantomData<*const ()>,
}

impl<T> Latch<T> {
    /// A latch over `value`.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Latch::under(Lock::new(), value)
    }
}

impl<T, L> Latch<T, L> {
    /// A latch over `value` in which `lock`, which must be free, excludes the tasks.
    pub const fn under(lock: L, value: T) -> Self {
        Latch { lock, value: UnsafeCell::new(value) }
    }

    /// The value; nobody else can have it.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized, L: Exclusion> Latch<T, L> {
    /// Goes inside.
    #[inline]
    pub fn lock(&self) -> LatchGuard<'_, T, L> {
        self.lock.enter();
        LatchGuard { latch: self, here: PhantomData }
    }

    /// Goes inside if nobody is.
    #[inline]
    pub fn try_lock(&self) -> Option<LatchGuard<'_, T, L>> {
        self.lock.try_enter().then(|| LatchGuard { latch: self, here: PhantomData })
    }

    /// The value, without locking: nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }
}

// SAFETY: a lock has one holder at a time, and its release happens before the acquisition that follows.
unsafe impl Exclusion for Lock {
    #[inline]
    fn try_enter(&self) -> bool {
        self.try_seize()
    }

    #[inline]
    fn enter(&self) {
        #[cold]
        fn enter_slowly(lock: &Lock) {
            // A signal is not looked after in here: the operation around this could not be given up half done.
            let target = lock.object().of(Kind::Lock);
            uninterrupted(|| while lock.seize(target, Deadline::Never).is_err() {});
        }
        if !self.try_seize() {
            enter_slowly(self);
        }
    }

    #[inline]
    fn leave(&self) {
        self.yield_up(self.object().of(Kind::Lock));
    }
}

// SAFETY: the latch hands its value from task to task, which `T: Send` allows; never to two at once.
unsafe impl<T: ?Sized + Send, L: Exclusion + Send> Send for Latch<T, L> {}
// SAFETY: as above: `&Latch<T>` gives `&mut T` to one task at a time.
unsafe impl<T: ?Sized + Send, L: Exclusion + Sync> Sync for Latch<T, L> {}
// SAFETY: a shared guard gives `&T`, which `T: Sync` allows.
unsafe impl<T: ?Sized + Sync, L: Exclusion + Sync> Sync for LatchGuard<'_, T, L> {}

impl<T: ?Sized, L: Exclusion> Deref for LatchGuard<'_, T, L> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard stands for the latch being held, so nobody else reaches the value.
        unsafe { &*self.latch.value.get() }
    }
}

impl<T: ?Sized, L: Exclusion> DerefMut for LatchGuard<'_, T, L> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard is borrowed exclusively.
        unsafe { &mut *self.latch.value.get() }
    }
}

impl<T: ?Sized, L: Exclusion> Drop for LatchGuard<'_, T, L> {
    #[inline]
    fn drop(&mut self) {
        self.latch.lock.leave();
    }
}

impl<T: ?Sized + fmt::Debug, L: Exclusion> fmt::Debug for Latch<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(value) => f.debug_tuple("Latch").field(&&*value).finish(),
            None => f.write_str("Latch(<held>)"),
        }
    }
}

impl<T: ?Sized + fmt::Debug, L: Exclusion> fmt::Debug for LatchGuard<'_, T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
