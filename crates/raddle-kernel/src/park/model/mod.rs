//! The park table under loom: every order of its steps, and every value that a load may see on a machine with weak memory.
//!
//! The table is compiled a second time here, the same file, over loom's atomics. A model has at most three tasks beside its own and
//! at most `PREEMPTIONS` switches away from a task that could go on; all schedules within that bound are run.
//! A deadline has always passed, and a signal has always come, when the task would sleep: since the task may be late to get
//! there, that is every moment at which the one or the other can happen.
//! Loom cannot go on after a panic, so what a panic leaves behind is tested natively.

mod sys;
#[expect(clippy::duplicate_mod, reason = "the table is to be checked as it stands")]
#[path = "../table.rs"]
mod table;

use crate::object::Object;
use crate::wait::{Manner, Try, waiting};
use crate::words::{Deadline, Stopped};
use loom::cell::{Cell, UnsafeCell};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;
use std::sync::atomic::Ordering as Order;
use std::time::Instant;
use sys::Sleeper;
use table::{Line, Stay, Table};

/// Nobody forks in a model.
mod fork {
    pub(super) fn prepare() {}
}

/// As few as the table can have: a task of a model has little stack.
const BUCKETS: usize = 2;
/// With more, the largest models take minutes.
const PREEMPTIONS: usize = 3;
const KEY: usize = 64;
/// Another object in the bucket of `KEY`.
const NEIGHBOUR: usize = KEY + 1;

/// Runs the model in every order.
fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(PREEMPTIONS);
    builder.check(model);
}

/// A table and a count of permits, taken as a semaphore's.
struct Permits {
    table: Table<Sleeper>,
    left: AtomicU32,
    /// What those who rest need next.
    lock: Object,
}

impl Permits {
    fn new() -> Arc<Self> {
        Arc::new(Permits { table: Table::new(), left: AtomicU32::new(0), lock: Object::new(0) })
    }

    fn take(&self, key: usize, deadline: Deadline) -> Result<(), Stopped> {
        let take = |n: u32| n.checked_sub(1);
        let attempt = |_: Try| self.left.fetch_update(Ordering::Acquire, Ordering::Relaxed, take).ok().map(drop);
        self.table.wait(&Stay { key, deadline, tries: 0, lock: None }, &Cell::new(false), || (), attempt)
    }

    /// Waits for a wake and nothing else.
    fn rest(&self, key: usize, deadline: Deadline, enqueued: impl FnOnce()) -> Result<(), Stopped> {
        let stay = Stay { key, deadline, tries: 0, lock: Some(&self.lock) };
        self.table.wait(&stay, &Cell::new(false), enqueued, |why| (why == Try::Woken).then_some(()))
    }

    fn give(&self, key: usize) {
        self.left.fetch_add(1, Ordering::Release);
        self.table.wake(key, 1, |_| ());
    }

    fn wake(&self, key: usize, n: usize) -> usize {
        self.table.wake(key, n, |_| ()).count
    }
}

/// A deadline that has passed when the task would sleep.
fn past() -> Deadline {
    Deadline::At(Instant::now())
}

#[test]
fn a_wake_after_the_change_reaches_a_task_that_is_about_to_sleep() {
    check(|| {
        let permits = Permits::new();
        let theirs = Arc::clone(&permits);
        let taker = thread::spawn(move || theirs.take(KEY, Deadline::Never));
        permits.give(KEY);
        assert_eq!(taker.join().unwrap(), Ok(()));
        assert_eq!(permits.table.waiting(KEY), 0);
    });
}

#[test]
fn each_permit_wakes_one_of_two() {
    check(|| {
        let permits = Permits::new();
        let takers = [(); 2].map(|()| {
            let theirs = Arc::clone(&permits);
            thread::spawn(move || theirs.take(KEY, Deadline::Never))
        });
        permits.give(KEY);
        permits.give(KEY);
        for taker in takers {
            assert_eq!(taker.join().unwrap(), Ok(()));
        }
    });
}

#[test]
fn what_happened_before_a_wake_has_happened_when_the_wait_returns() {
    check(|| {
        let permits = Permits::new();
        let (told, queued) = (Arc::new(UnsafeCell::new(0)), Arc::new(AtomicU32::new(0)));
        let theirs = (Arc::clone(&permits), Arc::clone(&told), Arc::clone(&queued));
        let sleeper = thread::spawn(move || {
            let (permits, told, queued) = theirs;
            permits.rest(KEY, Deadline::Never, || queued.store(1, Ordering::Relaxed)).unwrap();
            // SAFETY: whoever writes it does so before it wakes this task; loom fails the model otherwise.
            told.with(|told| unsafe { *told })
        });
        while queued.load(Ordering::Relaxed) == 0 {
            thread::yield_now();
        }
        // SAFETY: the other task reads it after it was woken; loom fails the model otherwise.
        told.with_mut(|told| unsafe { *told = 7 });
        assert_eq!(permits.wake(KEY, 1), 1);
        assert_eq!(sleeper.join().unwrap(), 7);
    });
}

#[test]
fn a_wake_of_who_runs_out_of_time_is_used_or_goes_to_another() {
    check(|| {
        let permits = Permits::new();
        let [hasty, patient] = [past(), Deadline::Never].map(|deadline| {
            let theirs = Arc::clone(&permits);
            thread::spawn(move || theirs.take(KEY, deadline))
        });
        permits.give(KEY);
        if hasty.join().unwrap().is_ok() {
            permits.give(KEY);
        }
        assert_eq!(patient.join().unwrap(), Ok(()));
        assert_eq!((permits.table.waiting(KEY), permits.left.load(Ordering::Relaxed)), (0, 0));
    });
}

#[test]
fn a_wake_of_two_wakes_no_more_of_three_and_counts_those_who_return_from_it() {
    check(|| {
        let permits = Permits::new();
        let sleepers = [(); 3].map(|()| {
            let theirs = Arc::clone(&permits);
            thread::spawn(move || theirs.rest(KEY, past(), || ()))
        });
        let woken = permits.wake(KEY, 2);
        let returned = sleepers.map(|sleeper| usize::from(sleeper.join().unwrap().is_ok()));
        assert!(woken <= 2);
        assert_eq!(returned.iter().sum::<usize>(), woken);
        assert_eq!(permits.table.waiting(KEY), 0);
    });
}

#[test]
fn who_is_kept_asleep_sleeps_until_it_is_roused_whatever_its_deadline() {
    check(|| {
        let permits = Permits::new();
        let sleepers = [past(), Deadline::Never].map(|deadline| {
            let theirs = Arc::clone(&permits);
            thread::spawn(move || {
                let woken = theirs.rest(KEY, deadline, || _ = theirs.left.fetch_add(1, Ordering::Relaxed));
                (woken, theirs.lock.word().load(Order::Relaxed))
            })
        });
        while permits.left.load(Ordering::Relaxed) < 2 {
            thread::yield_now();
        }
        let mut kept = Line::new();
        let woken = permits.table.wake_holding(KEY, 2, &mut kept, |lock| std::ptr::eq(lock, permits.lock.word()));
        permits.lock.word().store(1, Order::Relaxed);
        kept.rouse();
        let [hasty, patient] = sleepers.map(|sleeper| sleeper.join().unwrap());
        assert_eq!(patient, (Ok(()), 1));
        assert_eq!(woken, 1 + usize::from(hasty.0.is_ok()));
        assert!(hasty == (Ok(()), 1) || hasty.0 == Err(Stopped::TimedOut));
        assert_eq!(permits.table.waiting(KEY), 0);
    });
}

#[test]
fn who_needs_another_lock_is_not_kept_asleep() {
    check(|| {
        let permits = Permits::new();
        let theirs = Arc::clone(&permits);
        let sleeper = thread::spawn(move || {
            theirs.rest(KEY, Deadline::Never, || _ = theirs.left.fetch_add(1, Ordering::Relaxed))
        });
        while permits.left.load(Ordering::Relaxed) < 1 {
            thread::yield_now();
        }
        assert_eq!(permits.table.wake_holding(KEY, 1, &mut Line::new(), |_| false), 1);
        assert_eq!(sleeper.join().unwrap(), Ok(()));
    });
}

#[test]
fn two_objects_in_one_bucket_do_not_take_each_others_wakes() {
    check(|| {
        let permits = Permits::new();
        let theirs = Arc::clone(&permits);
        let neighbour = thread::spawn(move || theirs.rest(NEIGHBOUR, past(), || ()));
        let theirs = Arc::clone(&permits);
        let taker = thread::spawn(move || theirs.take(KEY, Deadline::Never));
        permits.give(KEY);
        assert_eq!(taker.join().unwrap(), Ok(()));
        assert_eq!(neighbour.join().unwrap(), Err(Stopped::TimedOut));
        assert_eq!((permits.table.waiting(KEY), permits.table.waiting(NEIGHBOUR)), (0, 0));
    });
}

#[test]
fn who_is_interrupted_leaves_the_queue_and_takes_no_wake_along() {
    waiting(Manner { signal: Some(|| true), ..Manner::PLAIN }, || {
        check(|| {
            let permits = Permits::new();
            let [interrupted, patient] = [past(), Deadline::Never].map(|deadline| {
                let theirs = Arc::clone(&permits);
                thread::spawn(move || theirs.rest(KEY, deadline, || _ = theirs.left.fetch_add(1, Ordering::Relaxed)))
            });
            while permits.left.load(Ordering::Relaxed) < 2 {
                thread::yield_now();
            }
            assert_eq!(permits.wake(KEY, 1), 1);
            let first = interrupted.join().unwrap();
            assert!(matches!(first, Ok(()) | Err(Stopped::Interrupted)));
            assert_eq!(permits.wake(KEY, 1), usize::from(first.is_ok()));
            assert_eq!(patient.join().unwrap(), Ok(()));
            assert_eq!(permits.table.waiting(KEY), 0);
        });
    });
}
