//! Laws of conditions: the longest waiter first, nobody without a reason, nothing lost.

use raddle_sync::{Condvar, Deadline, Lock, Mutex, Reentrant, Stopped};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Returns when `n` tasks stand in the queue: each counts itself before, and gives the mutex back after, it does.
fn until_waiting(n: u32, condvar: &Condvar, mutex: &Mutex<u32>) {
    while condvar.waiting() < n {
        thread::yield_now();
    }
    drop(mutex.lock().unwrap());
}

#[test]
fn notifications_go_to_the_longest_waiters_first() {
    let (mutex, changed, order) = (Mutex::new(0), Condvar::new(), AtomicUsize::new(0));
    thread::scope(|scope| {
        let waiters: Vec<_> = (1..=4)
            .map(|n| {
                let waiter = scope.spawn(|| {
                    let guard = changed.wait(mutex.lock().unwrap()).unwrap();
                    let place = order.fetch_add(1, Relaxed);
                    drop(guard);
                    place
                });
                until_waiting(n, &changed, &mutex);
                waiter
            })
            .collect();
        let mut waiters = waiters.into_iter();
        for place in 0..2 {
            changed.notify_one();
            assert_eq!(waiters.next().unwrap().join().unwrap(), place);
        }
        assert_eq!(changed.notify(5), 2);
        let mut places: Vec<_> = waiters.map(|waiter| waiter.join().unwrap()).collect();
        places.sort_unstable();
        assert_eq!(places, [2, 3]);
    });
    assert_eq!((changed.waiting(), changed.notify(1)), (0, 0));
}

#[test]
fn a_notification_that_finds_nobody_is_not_kept() {
    let (mutex, changed) = (Mutex::new(0), Condvar::new());
    changed.notify_all();
    let (_guard, result) = changed.wait_until(mutex.lock().unwrap(), Deadline::At(Instant::now())).unwrap();
    assert!(result.timed_out());
    assert_eq!(changed.waiting(), 0);
}

#[test]
fn who_is_notified_under_the_mutex_is_in_time_however_late_it_is_released() {
    let (mutex, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        let deadline = Instant::now() + Duration::from_millis(20);
        let (mutex, changed) = (&mutex, &changed);
        let waiter = scope.spawn(move || {
            let (guard, result) = changed.wait_until(mutex.lock().unwrap(), Deadline::At(deadline)).unwrap();
            (*guard, result.timed_out())
        });
        until_waiting(1, changed, mutex);
        let mut guard = mutex.lock().unwrap();
        let woken = changed.notify(1);
        while Instant::now() < deadline {
            thread::yield_now();
        }
        *guard = 7;
        drop(guard);
        assert_eq!(waiter.join().unwrap(), (7, woken == 0));
    });
}

#[test]
fn who_is_notified_under_a_reentrant_lock_has_it_as_often_as_before() {
    let (lock, changed, turn) = (Reentrant::new(), Condvar::new(), AtomicU32::new(0));
    let take_turns = |me: u32| {
        (0..3).for_each(|_| lock.acquire(Deadline::Never).unwrap());
        while turn.load(Relaxed) < 2_000 {
            if turn.load(Relaxed) % 2 == me {
                turn.fetch_add(1, Relaxed);
                changed.notify_one();
            } else {
                changed.wait_reentrant(&lock, Deadline::Never).unwrap();
                assert_eq!(lock.count(), 3);
            }
        }
        changed.notify_one();
        (0..3).for_each(|_| lock.release().unwrap());
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| take_turns(0));
        take_turns(1);
        other.join().unwrap();
    });
    assert!(!lock.is_locked());
    lock.acquire(Deadline::Now).unwrap();
    assert_eq!(changed.wait_reentrant(&lock, Deadline::Now), Err(Stopped::TimedOut));
    assert_eq!(lock.count(), 1);
}

#[test]
fn a_panic_of_the_notifier_wakes_whom_it_notified() {
    let (mutex, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        let waiter = scope.spawn(|| changed.wait(mutex.lock().unwrap()).is_err());
        until_waiting(1, &changed, &mutex);
        let notifier = scope.spawn(|| {
            let _guard = mutex.lock().unwrap();
            changed.notify_one();
            panic!("on purpose");
        });
        assert!(notifier.join().is_err() && waiter.join().unwrap());
    });
}

#[test]
fn a_wait_gives_the_mutex_back_even_if_it_may_not_wait() {
    let (lock, changed) = (Lock::new(), Condvar::new());
    lock.acquire(Deadline::Now).unwrap();
    changed.wait_raw(Deadline::Now, || lock.release().unwrap()).unwrap_err();
    assert!(!lock.is_locked());
}

#[test]
fn every_change_is_seen_by_who_waits_for_it() {
    const TURNS: u32 = 2_000;
    let (turn, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|scope| {
        for me in 0..2 {
            let (turn, changed) = (&turn, &changed);
            scope.spawn(move || {
                for _ in 0..TURNS {
                    let mut turn = changed.wait_while(turn.lock().unwrap(), |turn| *turn % 2 != me).unwrap();
                    *turn += 1;
                    drop(turn);
                    // Without the mutex: who waits gave it back after it had queued.
                    changed.notify_one();
                }
            });
        }
    });
    assert_eq!(turn.into_inner().unwrap(), 2 * TURNS);
}

#[test]
fn who_runs_out_of_time_takes_nobody_elses_notification_along() {
    const PERMITS: u32 = 2_000;
    let (permits, changed, taken) = (Mutex::new(0), Condvar::new(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for hasty in [true, true, false] {
            let (permits, changed, taken) = (&permits, &changed, &taken);
            scope.spawn(move || {
                while taken.load(Relaxed) < PERMITS as usize {
                    let mut left = permits.lock().unwrap();
                    while *left == 0 && taken.load(Relaxed) < PERMITS as usize {
                        if hasty {
                            left = changed.wait_timeout(left, Duration::from_micros(10)).unwrap().0;
                        } else {
                            left = changed.wait(left).unwrap();
                        }
                    }
                    if *left > 0 {
                        *left -= 1;
                        taken.fetch_add(1, Relaxed);
                        // Whoever took the last one sends home who still waits.
                        if taken.load(Relaxed) == PERMITS as usize {
                            changed.notify_all();
                        }
                    }
                }
            });
        }
        for _ in 0..PERMITS {
            *permits.lock().unwrap() += 1;
            changed.notify_one();
        }
    });
    assert_eq!(permits.into_inner().unwrap(), 0);
}

#[test]
fn a_wait_with_a_condition_ends_when_its_time_is_over() {
    let (mutex, changed) = (Mutex::new(false), Condvar::new());
    let past = Duration::ZERO;
    let (guard, result) = changed.wait_timeout_while(mutex.lock().unwrap(), past, |ready| !*ready).unwrap();
    assert!(result.timed_out() && !*guard);
    drop(guard);
    let (guard, result) = changed.wait_timeout_while(mutex.lock().unwrap(), past, |ready| *ready).unwrap();
    assert!(!result.timed_out() && !*guard);
}
