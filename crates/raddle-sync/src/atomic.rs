//! Atomic cells with the names of `std::sync::atomic`.
//!
//! # What they are
//! The standard library's atomics, each with an [`Object`] beside it (16 bytes), so that every access is a point.
//! The `Ordering` that a call is given is the one it uses natively. In a controlled run tasks share one thread and each access
//! is a step, so that all of them are sequentially consistent: a bug that shows only under a weaker order is not found.
//!
//! # States
//! The value.
//!
//! # Waiting
//! Nobody waits.
//!
//! # Ordering
//! The standard library's, natively; see above. A `compare_exchange_weak` never fails without a reason, so that a recorded
//! run replays on any machine.
//!
//! # Sources
//! `std::sync::atomic`.
//!
//! ```
//! use raddle_sync::atomic::{AtomicU32, Ordering};
//!
//! static HITS: AtomicU32 = AtomicU32::new(0);
//! HITS.fetch_add(1, Ordering::Relaxed);
//! assert_eq!(HITS.load(Ordering::Relaxed), 1);
//! ```

use raddle_kernel::{Deadline, Effect, Kind, Object, Op, did, point};
use std::fmt;
use std::sync::atomic as raw;
pub use std::sync::atomic::Ordering;

/// An atomic of the standard library whose accesses are announced.
struct Announced<A> {
    object: Object,
    cell: A,
}

impl<A> Announced<A> {
    #[track_caller]
    const fn new(cell: A) -> Self {
        Announced { object: Object::new(0), cell }
    }

    #[inline(always)]
    #[track_caller]
    fn read<V>(&self, read: impl FnOnce(&A) -> V) -> V {
        self.step(Op::Read, Effect::Read, read)
    }

    #[inline(always)]
    #[track_caller]
    fn write(&self, write: impl FnOnce(&A)) {
        self.step(Op::Write, Effect::Wrote, write);
    }

    #[inline(always)]
    #[track_caller]
    fn update<V>(&self, update: impl FnOnce(&A) -> V) -> V {
        self.step(Op::Update, Effect::Updated, update)
    }

    /// An update that, when it fails, was only a read.
    #[inline(always)]
    #[track_caller]
    fn exchange<V>(&self, exchange: impl FnOnce(&A) -> Result<V, V>) -> Result<V, V> {
        let target = self.object.of(Kind::Atomic);
        point(Op::Update, target, Deadline::Now, || true);
        let result = exchange(&self.cell);
        did(target, if result.is_ok() { Effect::Updated } else { Effect::Read });
        result
    }

    #[inline(always)]
    #[track_caller]
    fn step<V>(&self, op: Op, effect: Effect, act: impl FnOnce(&A) -> V) -> V {
        let target = self.object.of(Kind::Atomic);
        point(op, target, Deadline::Now, || true);
        let result = act(&self.cell);
        did(target, effect);
        result
    }
}

/// Writes a type with what all atomic integers have.
macro_rules! integers {
    ($($name:ident $value:ident)*) => { $(
        #[doc = concat!("An atomic `", stringify!($value), "`; see the [module](self) for what is promised.")]
        pub struct $name(Announced<raw::$name>);

        impl $name {
            /// A cell that holds `value`.
            #[track_caller]
            pub const fn new(value: $value) -> Self {
                Self(Announced::new(raw::$name::new(value)))
            }

            /// Reads the value.
            #[inline]
            #[track_caller]
            pub fn load(&self, order: Ordering) -> $value {
                self.0.read(|cell| cell.load(order))
            }

            /// Writes the value.
            #[inline]
            #[track_caller]
            pub fn store(&self, value: $value, order: Ordering) {
                self.0.write(|cell| cell.store(value, order));
            }

            /// Writes the value; returns the one before.
            #[inline]
            #[track_caller]
            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.swap(value, order))
            }

            /// Writes `new` if the value is `current`; returns the value before.
            ///
            /// # Errors
            /// The value, if it is another.
            #[inline]
            #[track_caller]
            pub fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.0.exchange(|cell| cell.compare_exchange(current, new, success, failure))
            }

            /// As [`compare_exchange`](Self::compare_exchange); it never fails without a reason.
            ///
            /// # Errors
            /// As [`compare_exchange`](Self::compare_exchange).
            #[inline]
            #[track_caller]
            pub fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }

            /// Reads the value and tries to write what `next` makes of it until nobody came in between; returns the value before.
            ///
            /// Each read and each try is a step of its own.
            ///
            /// # Errors
            /// The value, when `next` makes nothing of it.
            #[inline]
            #[track_caller]
            pub fn fetch_update(
                &self,
                success: Ordering,
                failure: Ordering,
                mut next: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut value = self.load(failure);
                while let Some(new) = next(value) {
                    match self.compare_exchange(value, new, success, failure) {
                        Ok(before) => return Ok(before),
                        Err(now) => value = now,
                    }
                }
                Err(value)
            }

            /// The value, without a step: nobody else can reach it.
            pub fn get_mut(&mut self) -> &mut $value {
                self.0.cell.get_mut()
            }

            /// The value; nobody else can have it.
            pub fn into_inner(self) -> $value {
                self.0.cell.into_inner()
            }

            /// Adds, wrapping around; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_add(value, order))
            }

            /// Subtracts, wrapping around; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_sub(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_sub(value, order))
            }

            /// Keeps the larger; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_max(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_max(value, order))
            }

            /// Keeps the smaller; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_min(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_min(value, order))
            }

            /// Keeps the bits that `value` has, too; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_and(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_and(value, order))
            }

            /// Adds the bits of `value`; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_or(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_or(value, order))
            }

            /// Flips the bits of `value`; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_xor(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_xor(value, order))
            }

            /// Keeps the bits that are not in both; returns the value before.
            #[inline]
            #[track_caller]
            pub fn fetch_nand(&self, value: $value, order: Ordering) -> $value {
                self.0.update(|cell| cell.fetch_nand(value, order))
            }
        }

        impl From<$value> for $name {
            #[track_caller]
            fn from(value: $value) -> Self {
                Self::new(value)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.cell.fmt(f)
            }
        }

        impl Default for $name {
            #[track_caller]
            fn default() -> Self {
                Self::new(0)
            }
        }
    )* };
}

integers! {
    AtomicU8 u8
    AtomicU16 u16
    AtomicU32 u32
    AtomicU64 u64
    AtomicUsize usize
    AtomicI8 i8
    AtomicI16 i16
    AtomicI32 i32
    AtomicI64 i64
    AtomicIsize isize
}

/// An atomic `bool`; see the [module](self) for what is promised.
pub struct AtomicBool(Announced<raw::AtomicBool>);

impl AtomicBool {
    /// A cell that holds `value`.
    #[track_caller]
    pub const fn new(value: bool) -> Self {
        Self(Announced::new(raw::AtomicBool::new(value)))
    }

    /// Reads the value.
    #[inline]
    #[track_caller]
    pub fn load(&self, order: Ordering) -> bool {
        self.0.read(|cell| cell.load(order))
    }

    /// Writes the value.
    #[inline]
    #[track_caller]
    pub fn store(&self, value: bool, order: Ordering) {
        self.0.write(|cell| cell.store(value, order));
    }

    /// Writes the value; returns the one before.
    #[inline]
    #[track_caller]
    pub fn swap(&self, value: bool, order: Ordering) -> bool {
        self.0.update(|cell| cell.swap(value, order))
    }

    /// Writes `new` if the value is `current`; returns the value before.
    ///
    /// # Errors
    /// The value, if it is another.
    #[inline]
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        self.0.exchange(|cell| cell.compare_exchange(current, new, success, failure))
    }

    /// As [`compare_exchange`](Self::compare_exchange); it never fails without a reason.
    ///
    /// # Errors
    /// As [`compare_exchange`](Self::compare_exchange).
    #[inline]
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        self.compare_exchange(current, new, success, failure)
    }

    /// Reads the value and tries to write what `next` makes of it until nobody came in between; returns the value before.
    ///
    /// Each read and each try is a step of its own.
    ///
    /// # Errors
    /// The value, when `next` makes nothing of it.
    #[inline]
    #[track_caller]
    pub fn fetch_update(
        &self,
        success: Ordering,
        failure: Ordering,
        mut next: impl FnMut(bool) -> Option<bool>,
    ) -> Result<bool, bool> {
        let mut value = self.load(failure);
        while let Some(new) = next(value) {
            match self.compare_exchange(value, new, success, failure) {
                Ok(before) => return Ok(before),
                Err(now) => value = now,
            }
        }
        Err(value)
    }

    /// The value, without a step: nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut bool {
        self.0.cell.get_mut()
    }

    /// The value; nobody else can have it.
    pub fn into_inner(self) -> bool {
        self.0.cell.into_inner()
    }

    /// Keeps `true` if `value` is; returns the value before.
    #[inline]
    #[track_caller]
    pub fn fetch_and(&self, value: bool, order: Ordering) -> bool {
        self.0.update(|cell| cell.fetch_and(value, order))
    }

    /// Makes it `true` if `value` is; returns the value before.
    #[inline]
    #[track_caller]
    pub fn fetch_or(&self, value: bool, order: Ordering) -> bool {
        self.0.update(|cell| cell.fetch_or(value, order))
    }

    /// Flips it if `value` is `true`; returns the value before.
    #[inline]
    #[track_caller]
    pub fn fetch_xor(&self, value: bool, order: Ordering) -> bool {
        self.0.update(|cell| cell.fetch_xor(value, order))
    }

    /// Makes it `false` if both are `true`, else `true`; returns the value before.
    #[inline]
    #[track_caller]
    pub fn fetch_nand(&self, value: bool, order: Ordering) -> bool {
        self.0.update(|cell| cell.fetch_nand(value, order))
    }

    /// Flips it; returns the value before.
    #[inline]
    #[track_caller]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        self.fetch_xor(true, order)
    }
}

impl From<bool> for AtomicBool {
    #[track_caller]
    fn from(value: bool) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for AtomicBool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.cell.fmt(f)
    }
}

impl Default for AtomicBool {
    #[track_caller]
    fn default() -> Self {
        Self::new(false)
    }
}

/// An atomic pointer; see the [module](self) for what is promised.
pub struct AtomicPtr<T>(Announced<raw::AtomicPtr<T>>);

impl<T> AtomicPtr<T> {
    /// A cell that holds `value`.
    #[track_caller]
    pub const fn new(value: *mut T) -> Self {
        Self(Announced::new(raw::AtomicPtr::new(value)))
    }

    /// Reads the value.
    #[inline]
    #[track_caller]
    pub fn load(&self, order: Ordering) -> *mut T {
        self.0.read(|cell| cell.load(order))
    }

    /// Writes the value.
    #[inline]
    #[track_caller]
    pub fn store(&self, value: *mut T, order: Ordering) {
        self.0.write(|cell| cell.store(value, order));
    }

    /// Writes the value; returns the one before.
    #[inline]
    #[track_caller]
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        self.0.update(|cell| cell.swap(value, order))
    }

    /// Writes `new` if the value is `current`; returns the value before.
    ///
    /// # Errors
    /// The value, if it is another.
    #[inline]
    #[track_caller]
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.0.exchange(|cell| cell.compare_exchange(current, new, success, failure))
    }

    /// As [`compare_exchange`](Self::compare_exchange); it never fails without a reason.
    ///
    /// # Errors
    /// As [`compare_exchange`](Self::compare_exchange).
    #[inline]
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.compare_exchange(current, new, success, failure)
    }

    /// Reads the value and tries to write what `next` makes of it until nobody came in between; returns the value before.
    ///
    /// Each read and each try is a step of its own.
    ///
    /// # Errors
    /// The value, when `next` makes nothing of it.
    #[inline]
    #[track_caller]
    pub fn fetch_update(
        &self,
        success: Ordering,
        failure: Ordering,
        mut next: impl FnMut(*mut T) -> Option<*mut T>,
    ) -> Result<*mut T, *mut T> {
        let mut value = self.load(failure);
        while let Some(new) = next(value) {
            match self.compare_exchange(value, new, success, failure) {
                Ok(before) => return Ok(before),
                Err(now) => value = now,
            }
        }
        Err(value)
    }

    /// The value, without a step: nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut *mut T {
        self.0.cell.get_mut()
    }

    /// The value; nobody else can have it.
    pub fn into_inner(self) -> *mut T {
        self.0.cell.into_inner()
    }
}

impl<T> From<*mut T> for AtomicPtr<T> {
    #[track_caller]
    fn from(value: *mut T) -> Self {
        Self::new(value)
    }
}

impl<T> fmt::Debug for AtomicPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.cell.fmt(f)
    }
}

impl<T> Default for AtomicPtr<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}
