//! Laws of semaphores and events.

use raddle_sync::{Deadline, Event, Overflow, Semaphore};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

#[test]
fn as_many_permits_come_out_as_went_in() {
    let (permits, taken) = (Semaphore::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    permits.acquire();
                    taken.fetch_add(1, Relaxed);
                }
            });
        }
        for n in (0..1_500).map(|n| 1 + n % 3) {
            permits.release_many(n).unwrap();
        }
    });
    assert_eq!((taken.load(Relaxed), permits.permits()), (3_000, 0));
}

#[test]
fn permits_given_at_once_wake_as_many() {
    for _ in 0..200 {
        let permits = Semaphore::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| permits.acquire());
            }
            permits.release_many(3).unwrap();
        });
        assert_eq!(permits.permits(), 0);
    }
}

#[test]
fn who_runs_out_of_time_takes_no_permit_along() {
    let (permits, taken) = (Semaphore::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..500 {
                    if permits.acquire_until(Deadline::after(Duration::from_micros(10))).is_ok() {
                        taken.fetch_add(1, Relaxed);
                    }
                }
            });
        }
        for _ in 0..500 {
            permits.release().unwrap();
        }
    });
    assert_eq!(taken.load(Relaxed) + permits.permits(), 500);
}

#[test]
fn a_semaphore_refuses_more_permits_than_it_may_have() {
    let bounded = Semaphore::bounded(2);
    assert_eq!(bounded.release(), Err(Overflow));
    bounded.acquire();
    assert_eq!(bounded.release_many(2), Err(Overflow));
    assert_eq!(bounded.release_many(1), Ok(()));
    let full = Semaphore::new(Semaphore::MAX_PERMITS);
    assert_eq!(full.release_many(u32::MAX), Err(Overflow));
    assert_eq!(full.permits(), Semaphore::MAX_PERMITS);
}

#[test]
fn setting_an_event_wakes_all_even_if_it_is_cleared_at_once() {
    for _ in 0..200 {
        let (event, started) = (Event::new(), Semaphore::new(0));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    started.release().unwrap();
                    event.wait();
                });
            }
            (0..3).for_each(|_| started.acquire());
            // Some wait by then and some do not yet; those who come after the clear need the second set.
            event.set();
            event.clear();
            event.set();
        });
        assert!(event.is_set());
    }
}

#[test]
fn an_event_says_whether_it_was_set_in_time() {
    let event = Event::new();
    event.wait_until(Deadline::Now).unwrap_err();
    event.wait_until(Deadline::after(Duration::ZERO)).unwrap_err();
    event.set();
    event.wait_until(Deadline::Now).unwrap();
    event.clear();
    assert!(!event.is_set());
    event.wait_until(Deadline::Now).unwrap_err();
}

#[test]
fn two_tasks_pass_a_pair_of_events_to_and_fro() {
    let (ping, pong) = (Event::new(), Event::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..2_000 {
                ping.wait();
                ping.clear();
                pong.set();
            }
        });
        for _ in 0..2_000 {
            ping.set();
            pong.wait();
            pong.clear();
        }
    });
    assert!(!ping.is_set() && !pong.is_set());
}
