//! Laws of barriers.

use raddle_sync::{ActionError, Barrier, BarrierError, Deadline};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

/// Returns when `n` tasks have arrived.
fn until_arrived(barrier: &Barrier, n: u32) {
    while barrier.waiting_count() < n {
        thread::yield_now();
    }
}

#[test]
fn nobody_passes_before_all_have_arrived() {
    const ROUNDS: u32 = 500;
    let (barrier, arrived) = (Barrier::new(3), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for round in 1..=ROUNDS {
                    arrived.fetch_add(1, Relaxed);
                    barrier.wait();
                    assert!(arrived.load(Relaxed) >= 3 * round);
                    barrier.wait();
                }
            });
        }
    });
    assert_eq!((arrived.load(Relaxed), barrier.waiting_count()), (3 * ROUNDS, 0));
}

#[test]
fn each_task_of_a_round_gets_another_index_and_the_last_leads() {
    let barrier = Barrier::new(4);
    let mut results = thread::scope(|scope| {
        let tasks: Vec<_> = (0..4).map(|_| scope.spawn(|| barrier.wait())).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect::<Vec<_>>()
    });
    results.sort_by_key(|result| result.index());
    assert_eq!(results.iter().map(|result| result.index()).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert_eq!(results.iter().map(|result| result.is_leader()).collect::<Vec<_>>(), [false, false, false, true]);
}

#[test]
fn the_action_runs_once_before_anybody_passes() {
    let (barrier, runs) = (Barrier::new(3), AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let action = || {
                    assert_eq!(barrier.waiting_count(), 3);
                    runs.fetch_add(1, Relaxed);
                    Ok::<(), ()>(())
                };
                barrier.wait_with(Deadline::Never, action).unwrap();
                assert_eq!(runs.load(Relaxed), 1);
            });
        }
    });
}

#[test]
fn who_comes_while_the_action_runs_belongs_to_the_next_round() {
    for _ in 0..100 {
        let (barrier, coming) = (Barrier::new(1), AtomicU32::new(0));
        thread::scope(|scope| {
            let action = || {
                scope.spawn(|| {
                    coming.store(1, Relaxed);
                    assert_eq!(barrier.wait().index(), 0);
                });
                while coming.load(Relaxed) == 0 {
                    thread::yield_now();
                }
                // Time to arrive; whether it is used must make no difference.
                (0..20).for_each(|_| thread::yield_now());
                assert_eq!(barrier.waiting_count(), 1);
                Ok::<(), ()>(())
            };
            barrier.wait_with(Deadline::Never, action).unwrap();
        });
        assert_eq!(barrier.waiting_count(), 0);
    }
}

#[test]
fn an_action_that_fails_or_panics_breaks_the_barrier_for_all() {
    let fails: fn() -> Result<(), &'static str> = || Err("on purpose");
    let panics: fn() -> Result<(), &'static str> = || panic!("on purpose");
    for action in [fails, panics] {
        let barrier = Barrier::new(2);
        thread::scope(|scope| {
            let other = scope.spawn(|| barrier.wait_until(Deadline::Never));
            until_arrived(&barrier, 1);
            let last = catch_unwind(AssertUnwindSafe(|| barrier.wait_with(Deadline::Never, action)));
            assert!(last.is_err() || last.is_ok_and(|last| last == Err(ActionError::Action("on purpose"))));
            assert_eq!(other.join().unwrap(), Err(BarrierError::Broken));
        });
        assert!(barrier.is_broken());
        barrier.reset();
        assert_eq!(barrier.state(), Some(0));
    }
}

#[test]
fn who_runs_out_of_time_breaks_the_barrier() {
    let barrier = Barrier::new(3);
    thread::scope(|scope| {
        let other = scope.spawn(|| barrier.wait_until(Deadline::Never));
        until_arrived(&barrier, 1);
        assert_eq!(barrier.wait_until(Deadline::At(Instant::now())), Err(BarrierError::Broken));
        assert_eq!(other.join().unwrap(), Err(BarrierError::Broken));
    });
    assert_eq!(barrier.wait_until(Deadline::Never), Err(BarrierError::Broken));
    assert_eq!(barrier.waiting_count(), 0);
}

#[test]
fn a_reset_sends_away_who_waits_and_nobody_else() {
    let barrier = Barrier::new(2);
    for _ in 0..100 {
        thread::scope(|scope| {
            let lost = scope.spawn(|| barrier.wait_until(Deadline::Never));
            until_arrived(&barrier, 1);
            barrier.reset();
            // The next round is whole, even while the lost one is still being left.
            let next = scope.spawn(|| barrier.wait_until(Deadline::Never).map(|result| result.is_leader()));
            let mine = barrier.wait_until(Deadline::Never).map(|result| result.is_leader());
            let mut leaders = [mine.unwrap(), next.join().unwrap().unwrap()];
            leaders.sort_unstable();
            assert_eq!(leaders, [false, true]);
            assert_eq!(lost.join().unwrap(), Err(BarrierError::Broken));
        });
    }
    assert_eq!(barrier.state(), Some(0));
}

#[test]
fn an_abort_lasts_until_a_reset() {
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        let other = scope.spawn(|| barrier.wait_until(Deadline::Never));
        until_arrived(&barrier, 1);
        barrier.abort();
        assert_eq!(other.join().unwrap(), Err(BarrierError::Broken));
    });
    assert_eq!(barrier.wait_until(Deadline::Never), Err(BarrierError::Broken));
    barrier.reset();
    thread::scope(|scope| {
        scope.spawn(|| barrier.wait());
        barrier.wait();
    });
}
