//! Exact numbers of inequivalent executions: the golden values of the field's small models.

use crate::toy::{Cell, Lock, as_they_please, pick, search, search_with, together};
use raddle_explore::{Options, StrategyKind};
use raddle_kernel::{Deadline, Kind, sleep_until};
use raddle_record::Verdict;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// N tasks, each reads and writes one location.
fn model_a(tasks: usize, kind: Kind) -> impl Fn() + Clone {
    move || {
        let cell = Cell::new(kind);
        let body = |cell: Cell| -> Box<dyn FnOnce() + Send> {
            Box::new(move || {
                let seen = cell.get();
                cell.set(seen + 1);
            })
        };
        together((0..tasks).map(|_| body(cell.clone())).collect());
    }
}

/// Two tasks, each K times lock, increment, unlock.
fn model_b(times: usize) -> impl Fn() + Clone {
    move || {
        let (lock, cell) = (Lock::new(), Cell::new(Kind::Shared));
        let body = |lock: Lock, cell: Cell| -> Box<dyn FnOnce() + Send> {
            Box::new(move || {
                for _ in 0..times {
                    lock.with(|| cell.set(cell.get() + 1));
                }
            })
        };
        together((0..2).map(|_| body(lock.clone(), cell.clone())).collect());
    }
}

#[track_caller]
fn check(distinct: u64, program: impl Fn() + Clone + 'static) {
    let outcome = search(StrategyKind::Dfs, program.clone());
    assert!(outcome.exhausted, "{outcome:?}");
    assert_eq!(outcome.distinct, distinct, "{} executions", outcome.executions);
    check_reduced(distinct, program);
}

/// Each class is met once, and nothing else is.
#[track_caller]
fn check_reduced(classes: u64, program: impl Fn() + 'static) {
    let outcome = search(StrategyKind::Dpor, program);
    assert!(outcome.exhausted, "{outcome:?}");
    assert_eq!((outcome.distinct, outcome.executions, outcome.redundant), (classes, classes, 0), "{outcome:?}");
}

#[test]
fn two_tasks_that_read_and_write_one_location_have_4() {
    check(4, model_a(2, Kind::Shared));
    check(4, model_a(2, Kind::Atomic));
}

#[test]
fn three_tasks_that_read_and_write_one_location_have_36() {
    check(36, model_a(3, Kind::Shared));
    check(36, model_a(3, Kind::Atomic));
}

#[test]
fn four_tasks_that_read_and_write_one_location_have_576() {
    check_reduced(576, model_a(4, Kind::Shared));
    check_reduced(576, model_a(4, Kind::Atomic));
}

#[test]
fn two_tasks_that_lock_five_times_have_252() {
    check_reduced(252, model_b(5));
}

#[test]
fn two_tasks_that_lock_once_have_2_and_thrice_20() {
    check(2, model_b(1));
    check(20, model_b(3));
}

#[test]
fn tasks_on_locks_of_their_own_have_1() {
    check(1, || {
        let body = || -> Box<dyn FnOnce() + Send> {
            Box::new(|| {
                let lock = Lock::new();
                (0..3).for_each(|_| lock.with(|| ()));
            })
        };
        together((0..3).map(|_| body()).collect());
    });
}

#[test]
fn an_operation_of_three_ways_is_done_in_each_of_them() {
    check(3, || _ = pick(3));
    check(27, || _ = (pick(3), pick(3), pick(3)));
}

/// Each class is met once, though some executions may be in vain.
#[track_caller]
fn check_met(classes: u64, program: impl Fn() + Clone + 'static) {
    for strategy in [StrategyKind::Dfs, StrategyKind::Dpor] {
        let outcome = search(strategy, program.clone());
        assert_eq!((outcome.exhausted, outcome.distinct), (true, classes), "{outcome:?}");
        assert!(strategy == StrategyKind::Dfs || outcome.executions == classes, "{outcome:?}");
    }
}

#[test]
fn what_follows_an_operation_depends_on_the_way_in_which_it_was_done() {
    // Two orders where both touch the cell and one of them stores.
    check_met(9 + 3, as_they_please(2, 1));
    check_met(198, as_they_please(2, 2));
}

#[test]
fn a_try_sees_the_lock_free_and_held() {
    check(3, || {
        let lock = Lock::new();
        let (one, other) = (lock.clone(), lock);
        together(vec![
            Box::new(move || one.with(|| ())),
            Box::new(move || {
                if other.acquire(Deadline::Now) {
                    other.release();
                }
            }),
        ]);
    });
}

#[test]
fn a_program_without_bugs_is_clean_in_all_interleavings() {
    let outcome = search(StrategyKind::Mixed, model_b(2));
    assert_eq!((outcome.verdict, outcome.distinct), (Verdict::Clean, 6), "{outcome:?}");
}

#[test]
fn an_order_that_was_missed_is_told_and_is_none_of_those_that_were_tried() {
    let outcome = search(StrategyKind::Dpor, || {
        // Who comes first nobody sees.
        let came = Arc::new(AtomicUsize::new(0));
        let body = || -> Box<dyn FnOnce() + Send> {
            let came = Arc::clone(&came);
            Box::new(move || {
                let lock = Lock::new();
                lock.with(|| ());
                (0..came.fetch_add(1, SeqCst)).for_each(|_| lock.with(|| ()));
            })
        };
        together(vec![body(), body()]);
    });
    assert_eq!((outcome.verdict, outcome.reasons.len()), (Verdict::CleanSoFar, 1), "{outcome:?}");
    assert_eq!((outcome.executions, outcome.distinct), (1, 1), "{outcome:?}");
}

#[test]
fn the_same_seed_gives_the_same_search() {
    let run = || {
        let mut outcome = search(StrategyKind::Random, model_b(2));
        outcome.seconds = 0.0;
        outcome
    };
    assert_eq!(run(), run());
}

/// Two tasks sleep, one of them longer, and each sets a cell.
fn sleepers() {
    let cell = Cell::new(Kind::Atomic);
    let body = |millis: u64, value| -> Box<dyn FnOnce() + Send> {
        let cell = cell.clone();
        Box::new(move || {
            cell.set(value);
            let _ = sleep_until(Deadline::after(Duration::from_millis(millis)));
            cell.set(value);
        })
    };
    together(vec![body(10, 1), body(20, 2)]);
}

#[test]
fn time_passes_when_nobody_can_go_on() {
    // What is set before the sleeps comes in both orders, what is set after them in one.
    check(2, sleepers);
}

#[test]
fn where_slow_tasks_are_thought_of_every_schedule_is_tried_and_it_is_said_why() {
    let noted = |strategy| {
        let options = Options { strategy, timing: true, time: None, keep_going: true, ..Options::default() };
        let outcome = search_with(&options, sleepers);
        assert_eq!(outcome.verdict, Verdict::Clean, "{outcome:?}");
        outcome
            .notes
            .iter()
            .filter(|note| note.kind == "every-schedule")
            .map(|note| note.text.clone())
            .collect::<Vec<_>>()
    };
    let why =
        "time decides who can go on: all schedules are tried, as by `--strategy dfs`, though many come to the same";
    assert_eq!(noted(StrategyKind::Dpor), [why]);
    assert_eq!(noted(StrategyKind::Mixed), [""; 0]);
}
