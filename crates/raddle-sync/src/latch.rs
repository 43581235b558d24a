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
use raddle_kernel::{Deadline, Kind, Target, interruptible};
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
pub struct Latch<T: ?Sized> {
    lock: Lock,
    value: UnsafeCell<T>,
}

/// The value of a [`Latch`], for as long as this lives.
#[must_use = "the latch is released when the guard is dropped"]
pub struct LatchGuard<'a, T: ?Sized> {
    latch: &'a Latch<T>,
    /// The task that locks releases: a guard stays on its thread.
    here: PhantomData<*const ()>,
}

impl<T> Latch<T> {
    /// A latch over `value`.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Latch { lock: Lock::new(), value: UnsafeCell::new(value) }
    }

    /// The value; nobody else can have it.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Latch<T> {
    /// Goes inside.
    #[inline]
    pub fn lock(&self) -> LatchGuard<'_, T> {
        if !self.lock.try_seize() {
            self.lock_slowly();
        }
        LatchGuard { latch: self, here: PhantomData }
    }

    /// Goes inside if nobody is.
    #[inline]
    pub fn try_lock(&self) -> Option<LatchGuard<'_, T>> {
        self.lock.try_seize().then(|| LatchGuard { latch: self, here: PhantomData })
    }

    /// The value, without locking: nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    #[cold]
    fn lock_slowly(&self) {
        // A signal is not looked after in here: the operation around this could not be given up half done.
        interruptible(|| false, || while self.lock.seize(self.target(), Deadline::Never).is_err() {});
    }

    const fn target(&self) -> Target<'_> {
        self.lock.object().of(Kind::Lock)
    }
}

// SAFETY: the latch hands its value from task to task, which `T: Send` allows; never to two at once.
unsafe impl<T: ?Sized + Send> Send for Latch<T> {}
// SAFETY: as above: `&Latch<T>` gives `&mut T` to one task at a time.
unsafe impl<T: ?Sized + Send> Sync for Latch<T> {}
// SAFETY: a shared guard gives `&T`, which `T: Sync` allows.
unsafe impl<T: ?Sized + Sync> Sync for LatchGuard<'_, T> {}

impl<T: ?Sized> Deref for LatchGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard stands for the latch being held, so nobody else reaches the value.
        unsafe { &*self.latch.value.get() }
    }
}

impl<T: ?Sized> DerefMut for LatchGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and the guard is borrowed exclusively.
        unsafe { &mut *self.latch.value.get() }
    }
}

impl<T: ?Sized> Drop for LatchGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.latch.lock.yield_up(self.latch.target());
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Latch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.try_lock() {
            Some(value) => f.debug_tuple("Latch").field(&&*value).finish(),
            None => f.write_str("Latch(<held>)"),
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LatchGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
