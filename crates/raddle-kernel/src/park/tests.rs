//! The same laws for the platform's parker and for the portable one.

use super::{Stay, TRIES, Table};
use crate::sys::{Native, Parker, Portable};
use crate::wait::{Manner, Try, waiting};
use crate::words::{Deadline, Stopped};
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Runs the law with both parkers.
fn check(law: fn(&dyn TableLike)) {
    law(&Table::<Native>::new());
    law(&Table::<Portable>::new());
}

trait TableLike: Sync {
    fn wait(&self, key: usize, deadline: Deadline, attempt: &mut dyn FnMut(Try) -> Option<()>) -> Result<(), Stopped>;
    fn rest(&self, key: usize, enqueued: &mut dyn FnMut()) -> Result<(), Stopped>;
    fn wake(&self, key: usize, n: usize) -> usize;
    fn waiting(&self, key: usize) -> usize;
}

impl<P: Parker> TableLike for Table<P> {
    fn wait(&self, key: usize, deadline: Deadline, attempt: &mut dyn FnMut(Try) -> Option<()>) -> Result<(), Stopped> {
        Table::wait(self, &Stay { key, deadline, tries: TRIES, lock: None }, &Cell::new(false), || (), attempt)
    }
    fn rest(&self, key: usize, enqueued: &mut dyn FnMut()) -> Result<(), Stopped> {
        let stay = Stay { key, deadline: Deadline::Never, tries: 0, lock: None };
        Table::wait(self, &stay, &Cell::new(false), enqueued, |why| (why == Try::Woken).then_some(()))
    }
    fn wake(&self, key: usize, n: usize) -> usize {
        Table::wake(self, key, n, |_| ()).count
    }
    fn waiting(&self, key: usize) -> usize {
        Table::waiting(self, key)
    }
}

fn until_blocked(table: &dyn TableLike, key: usize, n: usize) {
    while table.waiting(key) < n {
        std::thread::yield_now();
    }
}

fn past() -> Deadline {
    Deadline::At(Instant::now())
}

#[test]
fn a_wait_that_may_not_wait_tries_once() {
    check(|table| {
        let mut tries = 0;
        let result = table.wait(1, Deadline::Now, &mut |_| {
            tries += 1;
            None
        });
        assert_eq!((result, tries), (Err(Stopped::TimedOut), 1));
    });
}

#[test]
fn a_passed_deadline_leaves_no_waiter_behind() {
    check(|table| {
        assert_eq!(table.wait(64, past(), &mut |_| None), Err(Stopped::TimedOut));
        assert_eq!(table.waiting(64), 0);
        assert_eq!(table.wake(64, 1), 0);
    });
}

#[test]
fn wakes_go_to_the_oldest_first_and_only_to_their_key() {
    check(|table| {
        let order = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let mut waiters = Vec::new();
            for n in 0..3 {
                let order = &order;
                waiters.push(scope.spawn(move || {
                    table.wait(640, Deadline::Never, &mut |t| (t == Try::Woken).then_some(())).unwrap();
                    order.fetch_add(1, Ordering::SeqCst)
                }));
                until_blocked(table, 640, n + 1);
            }
            assert_eq!(table.wake(641, 9), 0);
            for (n, waiter) in waiters.into_iter().enumerate() {
                assert_eq!(table.wake(640, 1), 1);
                assert_eq!(waiter.join().unwrap(), n);
            }
        });
    });
}

#[test]
fn a_wake_that_races_with_a_deadline_is_used_or_handed_on() {
    check(|table| {
        for _ in 0..200 {
            let taken = AtomicU32::new(0);
            let permits = AtomicU32::new(0);
            std::thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| {
                        let deadline = Deadline::At(Instant::now() + Duration::from_micros(30));
                        let take = &mut |_: Try| {
                            permits
                                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1))
                                .ok()
                                .map(drop)
                        };
                        if table.wait(8, deadline, take).is_ok() {
                            taken.fetch_add(1, Ordering::SeqCst);
                        }
                    });
                }
                for _ in 0..2 {
                    permits.fetch_add(1, Ordering::SeqCst);
                    table.wake(8, 1);
                }
            });
            assert_eq!(taken.load(Ordering::SeqCst) + permits.load(Ordering::SeqCst), 2);
            assert_eq!(table.waiting(8), 0);
        }
    });
}

#[test]
fn a_panic_in_an_attempt_leaves_no_waiter_behind() {
    check(|table| {
        std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    table.wait(72, Deadline::Never, &mut |t| if t == Try::Woken { panic!("on purpose") } else { None })
                }))
                .is_err()
            });
            until_blocked(table, 72, 1);
            assert_eq!(table.wake(72, 1), 1);
            assert!(first.join().unwrap());
            assert_eq!(table.waiting(72), 0);
        });
    });
}

#[test]
fn who_panics_once_it_is_queued_hands_its_wake_on() {
    check(|table| {
        let woken = AtomicU32::new(0);
        std::thread::scope(|scope| {
            let panics = scope.spawn(|| {
                let mut enqueued = || {
                    while woken.load(Ordering::SeqCst) == 0 {
                        std::thread::yield_now();
                    }
                    panic!("on purpose");
                };
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| table.rest(80, &mut enqueued))).is_err()
            });
            until_blocked(table, 80, 1);
            let patient = scope.spawn(|| table.rest(80, &mut || ()));
            until_blocked(table, 80, 2);
            assert_eq!(table.wake(80, 1), 1);
            woken.store(1, Ordering::SeqCst);
            assert!(panics.join().unwrap());
            assert_eq!(patient.join().unwrap(), Ok(()));
            assert_eq!(table.waiting(80), 0);
        });
    });
}

#[test]
fn a_signal_that_a_wake_overtakes_in_vain_ends_the_wait_all_the_same() {
    static LINES: Table<Portable> = Table::new();
    static SIGNALS: AtomicU32 = AtomicU32::new(0);
    // The wake comes while the signal is handled. No other signal follows: to wait for one would be to wait for ever.
    let signal = || {
        SIGNALS.fetch_add(1, Ordering::SeqCst);
        LINES.wake(88, 1, |_| ()).count == 1
    };
    let (raised, mut tries) = (Cell::new(false), Vec::new());
    let mut wait = |succeeds: Try| {
        LINES.wait(
            &Stay { key: 88, deadline: Deadline::Never, tries: 0, lock: None },
            &raised,
            || (),
            |why| {
                tries.push(why);
                (why == succeeds).then_some(())
            },
        )
    };
    waiting(Manner { signal: Some(signal), ..Manner::PLAIN }, || {
        assert_eq!(wait(Try::Spin), Err(Stopped::Interrupted));
        assert_eq!(wait(Try::Woken), Ok(()));
        // What the wake has given was of no use, and the task waits anew.
        assert_eq!(wait(Try::Spin), Err(Stopped::Interrupted));
    });
    assert_eq!((raised.get(), LINES.waiting(88), SIGNALS.load(Ordering::SeqCst)), (false, 0, 2));
    let [in_vain, woken] = [[Try::Park, Try::Woken].as_slice(), &[Try::Park, Try::Last]];
    assert_eq!(tries, [in_vain, woken, in_vain, woken].concat());
}

#[test]
fn a_signal_that_came_before_the_sleep_ends_the_wait_without_it() {
    static LINES: Table<Portable> = Table::new();
    let stay = Stay { key: 89, deadline: Deadline::Never, tries: TRIES, lock: None };
    // It came during the tries, or the wait before had just got what it waited for.
    let cases: [(fn() -> bool, bool); 2] = [(|| true, false), (|| false, true)];
    for (signal, raised) in cases.map(|(signal, raised)| (signal, Cell::new(raised))) {
        let attached = Manner { spins: true, signal: Some(signal), around: Some(|_| panic!("it sleeps")) };
        let ended = waiting(attached, || LINES.wait(&stay, &raised, || (), |_| None::<()>));
        assert_eq!((ended, raised.get(), LINES.waiting(89)), (Err(Stopped::Interrupted), false, 0));
    }
}
