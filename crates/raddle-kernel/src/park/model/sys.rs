//! What the table stands on in a model: loom's atomics and a parker made of them.

use crate::words::Deadline;
use atoms::AtomicU32;
use loom::cell::UnsafeCell;
use loom::sync::{Arc, Condvar};

#[expect(clippy::duplicate_mod, reason = "the table is to be checked as it stands")]
#[path = "../../sys/parker.rs"]
mod parker;

pub(super) use parker::{Parked, Parker, Unparker};

pub(super) mod atoms {
    pub(in super::super) use loom::cell::Cell;
    pub(in super::super) use loom::sync::MutexGuard;
    pub(in super::super) use loom::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{LockResult, OnceLock};

    /// Loom's mutex, made when it is first locked: loom's own cannot be made in a constant.
    pub(in super::super) struct Mutex<T> {
        first: std::sync::Mutex<Option<T>>,
        made: OnceLock<loom::sync::Mutex<T>>,
    }

    impl<T> Mutex<T> {
        pub(in super::super) const fn new(value: T) -> Self {
            Mutex { first: std::sync::Mutex::new(Some(value)), made: OnceLock::new() }
        }

        pub(in super::super) fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            let make = || loom::sync::Mutex::new(self.first.lock().unwrap().take().unwrap());
            self.made.get_or_init(make).lock()
        }
    }
}

/// Sleeps as on a futex: it looks at the flag and falls asleep in one step.
pub(super) struct Sleeper {
    bed: Arc<Bed>,
    /// Read by who wakes and written at the end: loom fails a model in which a waker comes too late.
    alive: UnsafeCell<()>,
}

pub(super) struct Bed {
    lock: loom::sync::Mutex<()>,
    woken: Condvar,
}

impl Parker for Sleeper {
    type Unparker = Arc<Bed>;

    fn new() -> Self {
        let bed = Arc::new(Bed { lock: loom::sync::Mutex::new(()), woken: Condvar::new() });
        Sleeper { bed, alive: UnsafeCell::new(()) }
    }

    fn park(&self, flag: &AtomicU32, deadline: Deadline, signals: bool) -> Parked {
        match deadline {
            Deadline::Never => {
                let lock = self.bed.lock.lock().unwrap();
                // Relaxed: the lock orders it after the store of whoever has woken this bed, and the futex does no more.
                if flag.load(atoms::Ordering::Relaxed) == 0 {
                    drop(self.bed.woken.wait(lock).unwrap());
                }
                Parked::Maybe
            }
            _ if signals => Parked::Signal,
            _ => Parked::TimedOut,
        }
    }

    fn unparker(&self) -> Arc<Bed> {
        self.alive.with(|_| Arc::clone(&self.bed))
    }
}

impl Drop for Sleeper {
    fn drop(&mut self) {
        self.alive.with_mut(|_| ());
    }
}

impl Unparker for Arc<Bed> {
    fn unpark(self, _flag: *const AtomicU32) {
        let _lock = self.lock.lock().unwrap();
        self.woken.notify_one();
    }
}
