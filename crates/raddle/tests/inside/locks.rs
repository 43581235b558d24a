//! Whatever excludes: locks, mutexes, latches, re-entrant locks.

use crate::lock::{Lock, NotHeld};
use crate::mutex::Mutex;
use crate::programs::{Count, add, explore, soon, tasks};
use crate::reentrant::Reentrant;
use crate::{Deadline, Latch, Stopped, signalled};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

type Guarded<L> = (L, Count);

fn held(shared: &Guarded<Lock>) -> bool {
    shared.0.acquire(Deadline::Never).unwrap();
    add(&shared.1);
    shared.0.release().unwrap();
    true
}

fn held_in_time(shared: &Guarded<Lock>) -> bool {
    let held = shared.0.acquire(soon()).is_ok();
    if held {
        add(&shared.1);
        shared.0.release().unwrap();
    }
    held
}

#[test]
fn a_lock_lets_one_in_at_a_time_and_forgets_nobody() {
    explore("Lock: 2 tasks", || {
        let ((lock, count), _) = tasks((Lock::new(), Count::new(0)), [held, held]);
        assert_eq!((lock.is_locked(), count.get()), (false, 2));
    });
    explore("Lock: 3 tasks", || {
        let ((lock, count), _) = tasks((Lock::new(), Count::new(0)), [held, held, held]);
        assert_eq!((lock.is_locked(), count.get()), (false, 3));
    });
}

#[test]
fn who_gives_up_a_lock_takes_no_wake_up_along() {
    explore("Lock: a time-out beside the holder", || {
        let ((lock, count), done) = tasks((Lock::new(), Count::new(0)), [held_in_time, held]);
        assert_eq!((lock.is_locked(), count.get()), (false, done.map(u32::from).iter().sum()));
    });
    explore("Lock: a time-out beside a waiter", || {
        let ((lock, count), done) = tasks((Lock::new(), Count::new(0)), [held_in_time, held, held]);
        assert_eq!((lock.is_locked(), count.get()), (false, done.map(u32::from).iter().sum()));
    });
    explore("Lock: a signal", || {
        let interrupted: fn(&Guarded<Lock>) -> bool = |shared| match signalled(|| shared.0.acquire(soon())) {
            Ok(()) => shared.0.release().is_ok(),
            Err(stopped) => stopped != Stopped::Interrupted,
        };
        let ((lock, _), _) = tasks((Lock::new(), Count::new(0)), [interrupted, held]);
        assert!(!lock.is_locked());
    });
}

#[test]
fn a_lock_may_be_released_by_anybody_and_only_once() {
    explore("Lock: released by another", || {
        let lock = Lock::new();
        lock.acquire(Deadline::Never).unwrap();
        let release: fn(&Lock) -> Result<(), NotHeld> = Lock::release;
        let acquire: fn(&Lock) -> Result<(), NotHeld> = |lock| lock.acquire(Deadline::Never).map_err(|_| NotHeld);
        let (lock, results) = tasks(lock, [release, acquire]);
        assert_eq!((results, lock.is_locked()), ([Ok(()), Ok(())], true));
    });
    explore("Lock: two releases", || {
        let lock = Lock::new();
        lock.acquire(Deadline::Never).unwrap();
        let (_, results) = tasks(lock, [Lock::release, Lock::release]);
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    });
}

#[test]
fn a_latch_lets_one_in_at_a_time() {
    let inside: fn(&Latch<u32>) = |latch| *latch.lock() += 1;
    explore("Latch: 2 tasks", move || assert_eq!(tasks(Latch::new(0), [inside, inside]).0.into_inner(), 2));
    explore("Latch: 3 tasks", move || assert_eq!(tasks(Latch::new(0), [inside; 3]).0.into_inner(), 3));
}

#[test]
fn a_mutex_keeps_its_poison() {
    explore("Mutex: a panic in one of 2 tasks", || {
        let breaks: fn(&Mutex<u32>) -> bool = |mutex| {
            let work = || {
                let mut value = mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                *value += 1;
                resume_unwind(Box::new(()));
            };
            catch_unwind(AssertUnwindSafe(work)).is_err()
        };
        let uses: fn(&Mutex<u32>) -> bool = |mutex| match mutex.lock() {
            Ok(mut value) => {
                *value += 1;
                *value == 1
            }
            Err(poisoned) => {
                let mut value = poisoned.into_inner();
                *value += 1;
                *value == 2
            }
        };
        let (mutex, right) = tasks(Mutex::new(0), [breaks, uses]);
        assert_eq!((right, mutex.is_poisoned()), ([true, true], true));
        assert_eq!(mutex.into_inner().unwrap_err().into_inner(), 2);
    });
}

#[test]
fn a_reentrant_lock_is_free_after_as_many_releases() {
    fn nested(shared: &Guarded<Reentrant>) {
        let (lock, count) = shared;
        lock.acquire(Deadline::Never).unwrap();
        lock.acquire(Deadline::Never).unwrap();
        assert_eq!(lock.count(), 2);
        lock.release().unwrap();
        add(count);
        lock.release().unwrap();
        assert_eq!(lock.release(), Err(NotHeld));
    }
    explore("Reentrant: 2 tasks", || {
        let ((lock, count), _) = tasks((Reentrant::new(), Count::new(0)), [nested, nested]);
        assert_eq!((lock.is_locked(), count.get()), (false, 2));
    });
    explore("Reentrant: given back whole and taken again", || {
        let saves: fn(&Guarded<Reentrant>) = |(lock, count)| {
            lock.acquire(Deadline::Never).unwrap();
            lock.acquire(Deadline::Never).unwrap();
            let depth = lock.release_save().unwrap();
            assert_eq!((depth.get(), lock.count()), (2, 0));
            lock.acquire_restore(depth, Deadline::Never).unwrap();
            add(count);
            assert_eq!(lock.release_save(), Ok(depth));
        };
        let ((lock, count), _) = tasks((Reentrant::new(), Count::new(0)), [saves, nested]);
        assert_eq!((lock.is_locked(), count.get()), (false, 2));
    });
}
