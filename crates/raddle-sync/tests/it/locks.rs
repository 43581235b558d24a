//! Laws of whatever excludes: one at a time, nobody forgotten, nothing left behind by who gave up.

use raddle_sync::{Deadline, Latch, Lock, Mutex, Reentrant, ReentrantLock, Semaphore, TryLockError};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Something that lets one task in at a time.
trait Excludes: Sync {
    /// Runs `f` inside, if it could go in before `deadline`.
    fn hold(&self, deadline: Deadline, f: &mut dyn FnMut()) -> bool;
}

impl Excludes for Lock {
    fn hold(&self, deadline: Deadline, f: &mut dyn FnMut()) -> bool {
        self.acquire(deadline).map(|()| (f(), self.release().unwrap())).is_ok()
    }
}

impl Excludes for Reentrant {
    fn hold(&self, deadline: Deadline, f: &mut dyn FnMut()) -> bool {
        self.acquire(deadline).map(|()| (f(), self.release().unwrap())).is_ok()
    }
}

impl Excludes for Semaphore {
    fn hold(&self, deadline: Deadline, f: &mut dyn FnMut()) -> bool {
        self.acquire_until(deadline).map(|()| (f(), self.release().unwrap())).is_ok()
    }
}

impl Excludes for Mutex<()> {
    fn hold(&self, deadline: Deadline, f: &mut dyn FnMut()) -> bool {
        self.lock_until(deadline).map(|_guard| f()).is_ok()
    }
}

impl Excludes for ReentrantLock<()> {
    fn hold(&self, deadline: Deadline, f: &mut dyn FnMut()) -> bool {
        self.lock_until(deadline).map(|_guard| f()).is_ok()
    }
}

impl Excludes for Latch<()> {
    fn hold(&self, deadline: Deadline, f: &mut dyn FnMut()) -> bool {
        let guard = if deadline == Deadline::Now { self.try_lock() } else { Some(self.lock()) };
        guard.map(|_guard| f()).is_some()
    }
}

/// Checks the law for all that can wait until a deadline.
fn check(law: fn(&dyn Excludes)) {
    law(&Lock::new());
    law(&Reentrant::new());
    law(&Semaphore::bounded(1));
    law(&Mutex::new(()));
    law(&ReentrantLock::new(()));
}

fn counts_right(lock: &dyn Excludes) {
    const TURNS: u32 = 2_000;
    let count = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..TURNS {
                    // A read and a write apart: only exclusion makes them an addition.
                    assert!(lock.hold(Deadline::Never, &mut || count.store(count.load(Relaxed) + 1, Relaxed)));
                }
            });
        }
    });
    assert_eq!(count.load(Relaxed), 4 * TURNS);
}

#[test]
fn one_task_at_a_time_is_inside() {
    check(counts_right);
    counts_right(&Latch::new(()));
}

#[test]
fn who_may_not_wait_is_refused_while_another_is_inside() {
    let law = |lock: &dyn Excludes| {
        assert!(lock.hold(Deadline::Now, &mut || {
            thread::scope(|scope| {
                assert!(!scope.spawn(|| lock.hold(Deadline::Now, &mut || ())).join().unwrap());
            });
        }));
        assert!(lock.hold(Deadline::Now, &mut || ()));
    };
    check(law);
    law(&Latch::new(()));
}

#[test]
fn a_passed_deadline_ends_a_wait_and_leaves_nothing_behind() {
    check(|lock| {
        assert!(lock.hold(Deadline::Now, &mut || {
            thread::scope(|scope| {
                assert!(!scope.spawn(|| lock.hold(Deadline::At(Instant::now()), &mut || ())).join().unwrap());
            });
        }));
        assert!(lock.hold(Deadline::Now, &mut || ()));
    });
}

#[test]
fn who_gives_up_takes_nobody_elses_wake_up_along() {
    check(|lock| {
        let inside = AtomicU32::new(0);
        thread::scope(|scope| {
            for hasty in [true, true, false, false] {
                let inside = &inside;
                scope.spawn(move || {
                    for _ in 0..300 {
                        let soon = Deadline::after(Duration::from_micros(20));
                        lock.hold(if hasty { soon } else { Deadline::Never }, &mut || {
                            assert_eq!(inside.fetch_add(1, Relaxed), 0);
                            thread::yield_now();
                            inside.fetch_sub(1, Relaxed);
                        });
                    }
                });
            }
        });
        assert!(lock.hold(Deadline::Now, &mut || ()));
    });
}

#[test]
fn a_lock_may_be_released_by_any_task() {
    let lock = Lock::new();
    lock.acquire(Deadline::Never).unwrap();
    thread::scope(|scope| {
        let waiter = scope.spawn(|| lock.acquire(Deadline::Never));
        scope.spawn(|| lock.release().unwrap());
        waiter.join().unwrap().unwrap();
    });
    assert!(lock.is_locked());
    lock.reset();
    assert_eq!(lock.owner(), None);
    lock.release().unwrap_err();
}

#[test]
fn only_its_holder_releases_a_reentrant_lock() {
    let lock = Reentrant::new();
    lock.acquire(Deadline::Never).unwrap();
    lock.acquire(Deadline::Never).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            lock.release().unwrap_err();
            lock.release_save().unwrap_err();
            assert_eq!((lock.owned(), lock.count()), (false, 0));
            lock.acquire(Deadline::Now).unwrap_err();
        });
    });
    assert_eq!(lock.count(), 2);
    let depth = lock.release_save().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            lock.acquire(Deadline::Now).unwrap();
            lock.release().unwrap();
        });
    });
    lock.acquire_restore(depth, Deadline::Now).unwrap();
    assert_eq!(lock.count(), 2);
}

#[test]
fn a_reentrant_lock_is_free_when_its_last_guard_is_dropped() {
    let lock = ReentrantLock::new(Cell::new(0));
    let free = || thread::scope(|scope| scope.spawn(|| lock.try_lock().is_ok()).join().unwrap());
    let outer = lock.lock();
    let inner = lock.lock();
    drop(outer);
    assert!(!free());
    inner.set(1);
    drop(inner);
    assert!(free());
}

/// Panics while it holds the mutex.
fn break_in(mutex: &Mutex<u32>) {
    let broken = catch_unwind(AssertUnwindSafe(|| {
        let _guard = mutex.lock();
        panic!("on purpose");
    }));
    assert!(broken.is_err());
}

#[test]
fn a_panic_inside_poisons_a_mutex_until_somebody_clears_it() {
    let mut mutex = Mutex::new(7);
    break_in(&mutex);
    for _ in 0..2 {
        // Taking it and giving it back changes nothing.
        assert_eq!(*mutex.lock().unwrap_err().into_inner(), 7);
        assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(_))));
        assert!(mutex.is_poisoned());
    }
    assert!(mutex.get_mut().is_err());
    break_in(&mutex);
    mutex.clear_poison();
    assert!(!mutex.is_poisoned());
    break_in(&mutex);
    // Its holder may clear it, too.
    let guard = mutex.lock().unwrap_err().into_inner();
    mutex.clear_poison();
    drop(guard);
    assert!(mutex.lock().is_ok());
    assert_eq!(mutex.into_inner().unwrap(), 7);
}

#[test]
fn a_poisoned_mutex_still_excludes_and_wakes() {
    let mutex = Mutex::new(0);
    break_in(&mutex);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    *mutex.lock().unwrap_err().into_inner() += 1;
                }
            });
        }
    });
    assert_eq!(mutex.into_inner().unwrap_err().into_inner(), 4_000);
}

#[test]
fn a_lock_taken_while_a_panic_unwinds_is_not_poisoned() {
    struct LocksInDrop<'a>(&'a Mutex<u32>);
    impl Drop for LocksInDrop<'_> {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
        }
    }
    let mutex = Mutex::new(0);
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _locks = LocksInDrop(&mutex);
        panic!("on purpose");
    }));
    assert_eq!(*mutex.lock().unwrap(), 1);
}

#[test]
fn a_mutex_guards_what_has_no_size_and_drops_it_once() {
    struct Counts<'a>(&'a Cell<u32>);
    impl Drop for Counts<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let mutex: &Mutex<[u32]> = &Mutex::new([1, 2, 3]);
    mutex.lock().unwrap()[0] = 5;
    assert_eq!(mutex.lock().unwrap().iter().sum::<u32>(), 10);
    let drops = Cell::new(0);
    drop(Mutex::new(Counts(&drops)).into_inner().unwrap());
    drop(Mutex::new(Counts(&drops)));
    assert_eq!(drops.get(), 2);
}

#[test]
fn a_mutex_costs_two_words_beside_its_value() {
    assert!(size_of::<Mutex<u64>>() <= 24);
}
