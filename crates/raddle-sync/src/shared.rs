//! # What it is
//! A cell whose accesses are points, for tests that look for races: it stands for a plain variable, a field, a Python attribute.
//!
//! # States
//! The value, under a [`Latch`]. The latch keeps a racing program safe in memory; it is no point and makes no order, so that a
//! controlled run sees the race all the same.
//!
//! # Waiting
//! Nobody waits, but for a moment while another thread copies the value.
//!
//! # Ordering
//! None is promised: order accesses by other means, as a plain variable's.
//!
//! # Sources
//! Loom's `UnsafeCell`, without its `unsafe`.

use crate::latch::Latch;
use raddle_kernel::{Deadline, Effect, Kind, Object, Op, did, point, silently};
use std::fmt;

/// A value that tasks share without a lock; in a controlled run, accesses that race are found.
///
/// It never tears and is safe in memory in any program; what a race can cost is an update.
///
/// ```
/// use raddle_sync::Shared;
///
/// let count = Shared::new(1);
/// count.update(|n| n + 1);
/// assert_eq!(count.get(), 2);
/// ```
pub struct Shared<T: ?Sized> {
    object: Object,
    value: Latch<T>,
}

impl<T> Shared<T> {
    /// A cell that holds `value`.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Shared { object: Object::new(0), value: Latch::new(value) }
    }

    /// Writes the value.
    #[track_caller]
    pub fn set(&self, value: T) {
        drop(self.access(Op::Write, Effect::Wrote, |old| std::mem::replace(old, value)));
    }

    /// Writes the value and returns the one before, in one step.
    #[track_caller]
    pub fn replace(&self, value: T) -> T {
        self.access(Op::Update, Effect::Updated, |old| std::mem::replace(old, value))
    }

    /// The value; nobody else can have it.
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: Clone> Shared<T> {
    /// Reads the value.
    #[track_caller]
    pub fn get(&self) -> T {
        self.with(T::clone)
    }

    /// Reads the value and writes what `change` makes of it: two steps, between which others may write.
    #[track_caller]
    pub fn update(&self, change: impl FnOnce(T) -> T) {
        let old = self.get();
        self.set(change(old));
    }
}

impl<T: ?Sized> Shared<T> {
    /// Reads the value in place. `read` is part of the step: its own points offer no choice, and it must not use this cell.
    #[track_caller]
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.access(Op::Read, Effect::Read, |value| silently(|| read(value)))
    }

    /// The value, which nobody else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    #[inline]
    #[track_caller]
    fn access<R>(&self, op: Op, effect: Effect, access: impl FnOnce(&mut T) -> R) -> R {
        let target = self.object.of(Kind::Shared);
        point(op, target, Deadline::Now, || true);
        let result = access(&mut self.value.lock());
        did(target, effect);
        result
    }
}

impl<T> From<T> for Shared<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Shared::new(value)
    }
}

impl<T: Default> Default for Shared<T> {
    #[track_caller]
    fn default() -> Self {
        Shared::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("object", &self.object).field("value", &&self.value).finish()
    }
}
