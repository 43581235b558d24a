//! Semaphores, events, condition variables, threads.

use crate::condvar::Condvar;
use crate::event::Event;
use crate::lock::Lock;
use crate::mutex::Mutex;
use crate::programs::{Count, add, explore, soon, tasks};
use crate::reentrant::Reentrant;
use crate::semaphore::{Overflow, Semaphore};
use crate::{Deadline, Latch, Stopped, signalled, thread};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

#[test]
fn as_many_permits_come_out_as_went_in() {
    let take: fn(&Semaphore) -> bool = |permits| permits.acquire_until(Deadline::Never).is_ok();
    let give: fn(&Semaphore) -> bool = |permits| permits.release().is_ok();
    explore("Semaphore: 1 taker, 1 giver", move || {
        let (permits, _) = tasks(Semaphore::new(0), [take, give]);
        assert_eq!(permits.permits(), 0);
    });
    explore("Semaphore: 2 takers, 2 permits at once", move || {
        let (permits, _) = tasks(Semaphore::new(0), [take, take, |permits| permits.release_many(2).is_ok()]);
        assert_eq!(permits.permits(), 0);
    });
    explore("Semaphore: 2 takers, 2 permits one by one", move || {
        let (permits, _) = tasks(
            Semaphore::new(0),
            [take, take, |permits| {
                permits.release().unwrap();
                permits.release().is_ok()
            }],
        );
        assert_eq!(permits.permits(), 0);
    });
    explore("Semaphore: 2 takers, 2 givers", move || {
        let (permits, _) = tasks(Semaphore::new(0), [take, take, give, give]);
        assert_eq!(permits.permits(), 0);
    });
}

#[test]
fn who_gives_up_waiting_for_a_permit_takes_none_along() {
    let hasty: fn(&Semaphore) -> bool = |permits| permits.acquire_until(soon()).is_ok();
    let give: fn(&Semaphore) -> bool = |permits| permits.release().is_ok();
    explore("Semaphore: a time-out", move || {
        let (permits, [taken, _]) = tasks(Semaphore::new(0), [hasty, give]);
        assert_eq!(permits.permits(), 1 - u32::from(taken));
    });
    explore("Semaphore: a time-out beside a waiter", move || {
        let (permits, [taken, ..]) = tasks(
            Semaphore::new(0),
            [
                hasty,
                |permits| permits.acquire_until(Deadline::Never).is_ok(),
                |permits| {
                    permits.release().unwrap();
                    permits.release().is_ok()
                },
            ],
        );
        assert_eq!(permits.permits(), 1 - u32::from(taken));
    });
    explore("Semaphore: a signal", move || {
        let interrupted: fn(&Semaphore) -> bool = |permits| {
            let result = signalled(|| permits.acquire_until(soon()));
            assert_ne!(result, Err(Stopped::TimedOut));
            result.is_ok()
        };
        let (permits, [taken, _]) = tasks(Semaphore::new(0), [interrupted, give]);
        assert_eq!(permits.permits(), 1 - u32::from(taken));
    });
}

#[test]
fn a_semaphore_never_has_more_permits_than_it_may() {
    explore("Semaphore: 2 givers, 1 place", || {
        let full = Semaphore::bounded(1);
        full.acquire();
        let (full, given) = tasks(full, [Semaphore::release, Semaphore::release]);
        assert_eq!(given.iter().filter(|given| **given == Err(Overflow)).count(), 1);
        assert_eq!(full.permits(), 1);
    });
}

#[test]
fn setting_an_event_wakes_all_even_if_it_is_cleared_at_once() {
    let wait: fn(&Event) -> bool = |event| event.wait_until(Deadline::Never).is_ok();
    let set: fn(&Event) -> bool = |event| {
        event.set();
        true
    };
    explore("Event: 1 waiter", move || assert!(tasks(Event::new(), [wait, set]).0.is_set()));
    explore("Event: 2 waiters", move || assert!(tasks(Event::new(), [wait, wait, set]).0.is_set()));
    explore("Event: set, cleared and set", move || {
        tasks(
            Event::new(),
            [wait, |event| {
                event.set();
                event.clear();
                event.set();
                true
            }],
        );
    });
    explore("Event: 2 setters and a waiter", move || assert!(tasks(Event::new(), [wait, set, set]).0.is_set()));
    explore("Event: what happened before has happened", || {
        tasks(
            (Event::new(), Count::new(0)),
            [
                |(event, count)| {
                    event.wait();
                    assert_eq!(count.get(), 1);
                },
                |(event, count)| {
                    add(count);
                    event.set();
                },
            ],
        );
    });
}

#[test]
fn two_tasks_pass_a_pair_of_events_to_and_fro() {
    explore("Event: ping and pong", || {
        tasks(
            (Event::new(), Event::new()),
            [
                |(ping, pong)| {
                    ping.wait();
                    ping.clear();
                    pong.set();
                },
                |(ping, pong)| {
                    ping.set();
                    pong.wait();
                    assert!(!ping.is_set());
                },
            ],
        );
    });
}

#[test]
fn an_event_in_time_is_an_event() {
    explore("Event: a time-out beside a waiter", || {
        let hasty: fn(&Event) -> bool = |event| event.wait_until(soon()).is_ok();
        let (event, [_, patient, _]) = tasks(
            Event::new(),
            [
                hasty,
                |event| event.wait_until(Deadline::Never).is_ok(),
                |event| {
                    event.set();
                    true
                },
            ],
        );
        assert!(patient && event.is_set());
    });
}

type Door = (Mutex<u32>, Condvar);

/// Waits for a permit under the mutex.
fn take(door: &Door) -> bool {
    let mut open = door.1.wait_while(door.0.lock().unwrap(), |open| *open == 0).unwrap();
    *open -= 1;
    true
}

fn open(door: &Door) -> bool {
    *door.0.lock().unwrap() += 1;
    door.1.notify_one();
    true
}

#[test]
fn a_notification_after_the_change_reaches_who_waits() {
    explore("Condvar: 1 waiter", || {
        tasks((Mutex::new(0), Condvar::new()), [take, open]);
    });
    explore("Condvar: 2 waiters, 2 notifications", || {
        tasks((Mutex::new(0), Condvar::new()), [take, take, |door| open(door) && open(door)]);
    });
    explore("Condvar: 2 waiters, all notified", || {
        tasks(
            (Mutex::new(0), Condvar::new()),
            [take, take, |(door, changed)| {
                *door.lock().unwrap() = 2;
                changed.notify_all();
                true
            }],
        );
    });
}

/// As `open`, notifying while the mutex is held.
fn open_inside(door: &Door) -> bool {
    let mut open = door.0.lock().unwrap();
    *open += 1;
    door.1.notify_one();
    true
}

#[test]
fn who_is_notified_under_the_mutex_goes_on_when_it_is_released() {
    explore("Condvar: 1 waiter, notified under the mutex", || {
        tasks((Mutex::new(0), Condvar::new()), [take, open_inside]);
    });
    explore("Condvar: 2 waiters, notified under the mutex", || {
        tasks((Mutex::new(0), Condvar::new()), [take, take, |door| open_inside(door) && open_inside(door)]);
    });
    explore("Condvar: 1 waiter and 1 locker, notified under the mutex", || {
        tasks((Mutex::new(0), Condvar::new()), [take, |door| *door.0.lock().unwrap() < 2, open_inside]);
    });
    explore("Condvar: to and fro under the mutex", || {
        fn turn((up, changed): &(Mutex<bool>, Condvar), to: bool) {
            let mut up = changed.wait_while(up.lock().unwrap(), |up| *up == to).unwrap();
            *up = to;
            changed.notify_one();
        }
        let (flag, _) = tasks((Mutex::new(false), Condvar::new()), [|flag| turn(flag, true), |flag| turn(flag, false)]);
        assert!(!*flag.0.lock().unwrap());
    });
    explore("Condvar: a time-out, notified under the mutex", || {
        let hasty: fn(&Door) -> bool = |(door, changed)| {
            let (mut open, result) = changed.wait_until(door.lock().unwrap(), soon()).unwrap();
            let taken = *open > 0;
            *open -= u32::from(taken);
            assert!(taken || result.timed_out());
            taken
        };
        let ((door, _), [taken, _]) = tasks((Mutex::new(0), Condvar::new()), [hasty, open_inside]);
        assert_eq!(door.into_inner().unwrap(), 1 - u32::from(taken));
    });
    explore("Condvar: to and fro under a re-entrant lock", || {
        fn turn((lock, changed, up): &(Reentrant, Condvar, AtomicBool), to: bool) {
            (0..2).for_each(|_| lock.acquire(Deadline::Never).unwrap());
            // Relaxed: under the lock.
            while up.load(Relaxed) == to {
                changed.wait_reentrant(lock, Deadline::Never).unwrap();
            }
            up.store(to, Relaxed);
            changed.notify_one();
            (0..2).for_each(|_| lock.release().unwrap());
        }
        let shared = (Reentrant::new(), Condvar::new(), AtomicBool::new(false));
        let ((lock, _, up), _) = tasks(shared, [|shared| turn(shared, true), |shared| turn(shared, false)]);
        assert!(!lock.is_locked() && !up.into_inner());
    });
    explore("Condvar: notified under two mutexes", || {
        let (_, taken) = tasks(
            [(Mutex::new(0), Condvar::new()), (Mutex::new(0), Condvar::new())],
            [
                |doors| take(&doors[0]),
                |doors| take(&doors[1]),
                |doors| {
                    let mut first = doors[0].0.lock().unwrap();
                    let mut second = doors[1].0.lock().unwrap();
                    (*first, *second) = (1, 1);
                    doors[0].1.notify_one();
                    doors[1].1.notify_one();
                    drop(first);
                    true
                },
            ],
        );
        assert_eq!(taken, [true; 3]);
    });
}

#[test]
fn a_notification_of_who_gave_up_goes_to_another() {
    explore("Condvar: a time-out beside a waiter", || {
        let hasty: fn(&Door) -> bool = |(door, changed)| {
            let waited = changed.wait_until(door.lock().unwrap(), soon());
            let (mut open, _) = waited.unwrap();
            let taken = *open > 0;
            *open -= u32::from(taken);
            taken
        };
        let ((door, _), [taken, ..]) =
            tasks((Mutex::new(0), Condvar::new()), [hasty, take, |door| open(door) && open(door)]);
        assert_eq!(door.into_inner().unwrap(), 1 - u32::from(taken));
    });
    explore("Condvar: notifications count those who return from them", || {
        let wait: fn(&(Lock, Condvar)) -> usize = |(lock, changed)| {
            lock.acquire(Deadline::Never).unwrap();
            let woken = changed.wait_raw(soon(), || lock.release().unwrap());
            usize::from(woken.is_ok())
        };
        let (_, [one, two, woken]) = tasks(
            (Lock::new(), Condvar::new()),
            [wait, wait, |(lock, changed)| {
                lock.acquire(Deadline::Never).unwrap();
                let woken = changed.notify(1);
                lock.release().unwrap();
                woken
            }],
        );
        assert_eq!(one + two, woken);
    });
}

#[test]
fn a_thread_is_joined_when_it_has_ended() {
    explore("thread: a join", || {
        let child = thread::spawn(|| 7);
        assert_eq!(child.join().unwrap(), 7);
    });
    explore("thread: a join that runs out of time", || {
        let child = thread::spawn(|| 7);
        let result = match child.join_until(soon()) {
            Ok(result) => result,
            Err(child) => child.join(),
        };
        assert_eq!(result.unwrap(), 7);
    });
    explore("thread: a scope", || {
        let count = Latch::new(0);
        thread::scope(|scope| {
            scope.spawn(|| *count.lock() += 1);
            *count.lock() += 1;
        });
        assert_eq!(count.into_inner(), 2);
    });
}
