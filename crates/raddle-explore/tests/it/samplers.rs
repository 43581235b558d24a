//! What each sampler's paper promises, on the smallest models, with fixed seeds.

use crate::toy::{Cell, search_with, together};
use raddle_explore::{Options, StrategyKind};
use raddle_kernel::Kind;
use raddle_record::Verdict;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

type Body = Box<dyn FnOnce() + Send>;

/// How often each outcome of `program` comes in so many executions of a sampler.
fn sample(strategy: StrategyKind, executions: u64, program: impl Fn() -> String + 'static) -> BTreeMap<String, u64> {
    let seen = Rc::new(RefCell::new(BTreeMap::new()));
    let told = Rc::clone(&seen);
    let options = Options { strategy, executions, time: None, seed: 7, keep_going: true, ..Options::default() };
    let outcome = search_with(&options, move || *told.borrow_mut().entry(program()).or_insert(0) += 1);
    assert_eq!((outcome.executions, outcome.findings.len()), (executions, 0), "{outcome:?}");
    seen.take()
}

/// Two tasks with so many operations each on cells made by `cell`; the outcome is the order of all of them.
fn two_lines(lengths: [usize; 2], cells: fn() -> [Cell; 2]) -> impl Fn() -> String {
    move || {
        let order = Arc::new(Mutex::new(String::new()));
        let bodies = cells().into_iter().zip(lengths).zip(["a", "b"]).map(|((cell, length), name)| -> Body {
            let order = Arc::clone(&order);
            Box::new(move || {
                for _ in 0..length {
                    cell.set(0);
                    order.lock().unwrap().push_str(name);
                }
            })
        });
        together(bodies.collect());
        order.lock().unwrap().clone()
    }
}

/// One cell for both tasks.
fn shared() -> [Cell; 2] {
    let cell = Cell::new(Kind::Atomic);
    [cell.clone(), cell]
}

/// A cell for each task.
fn apart() -> [Cell; 2] {
    [Cell::new(Kind::Atomic), Cell::new(Kind::Atomic)]
}

#[test]
fn pos_does_not_care_how_long_the_other_task_is() {
    // The short task comes last if each of 20 independent priorities is higher than its own: one time in 21, where a random walk
    // needs a million.
    let seen = sample(StrategyKind::Pos, 2_100, two_lines([20, 1], apart));
    let last = seen.iter().filter(|(order, _)| order.ends_with('b')).map(|(_, count)| count).sum::<u64>();
    assert!((60..=145).contains(&last), "{last} of 2,100");
}

#[test]
fn pos_draws_anew_where_operations_conflict() {
    // Each write of the long task takes the priority of the short one's with it: all over again, heads or tails.
    let seen = sample(StrategyKind::Pos, 2_000, two_lines([4, 1], shared));
    let first = seen["baaaa"];
    assert!((900..=1_100).contains(&first), "{seen:?}");
    assert!((440..=560).contains(&seen["abaaa"]), "{seen:?}");
}

#[test]
fn surw_is_uniform_over_the_orders_on_one_thing() {
    // 20 orders of 3 and 3.
    let seen = sample(StrategyKind::Surw, 4_000, two_lines([3, 3], shared));
    assert_eq!(seen.len(), 20, "{seen:?}");
    assert!(seen.values().all(|count| (140..=260).contains(count)), "{seen:?}");
}

#[test]
fn surw_is_uniform_however_uneven_the_tasks_are() {
    // 15 orders of 14 and 1; a random walk puts the one at the end once in 16,384.
    let seen = sample(StrategyKind::Surw, 3_000, two_lines([14, 1], shared));
    assert_eq!(seen.len(), 15, "{seen:?}");
    assert!(seen.values().all(|count| (140..=260).contains(count)), "{seen:?}");
}

#[test]
fn surw_does_not_count_what_tasks_do_not_share() {
    // Each task writes the shared cell once: one before ten writes of its own, one after ten.
    let seen = sample(StrategyKind::Surw, 2_000, || {
        let (cell, order) = (Cell::new(Kind::Atomic), Arc::new(Mutex::new(String::new())));
        let bodies = [(0, 10, "a"), (10, 0, "b")].map(|(before, after, name)| -> Body {
            let (cell, own, order) = (cell.clone(), Cell::new(Kind::Atomic), Arc::clone(&order));
            Box::new(move || {
                (0..before).for_each(|_| own.set(0));
                cell.set(0);
                order.lock().unwrap().push_str(name);
                (0..after).for_each(|_| own.set(0));
            })
        });
        together(bodies.into());
        order.lock().unwrap().clone()
    });
    assert!((900..=1_100).contains(&seen["ba"]), "{seen:?}");
}

/// So many tasks write one cell and then another; one more task must not see the first write without the second.
fn half_done(writers: usize) -> impl Fn() {
    move || {
        let (first, second) = (Cell::new(Kind::Atomic), Cell::new(Kind::Atomic));
        let writer = |first: Cell, second: Cell| -> Body {
            Box::new(move || {
                first.set(1);
                second.set(1);
            })
        };
        let mut bodies: Vec<Body> = (0..writers).map(|_| writer(first.clone(), second.clone())).collect();
        bodies.push(Box::new(move || assert!(first.get() == 0 || second.get() == 1, "half done")));
        together(bodies);
    }
}

#[test]
fn rff_goes_for_what_no_read_has_got_however_many_tasks_there_are() {
    for seed in 0..10 {
        let options = Options { strategy: StrategyKind::Rff, seed, time: None, shrink: false, ..Options::default() };
        let outcome = search_with(&options, half_done(40));
        assert!(outcome.findings.len() == 1 && outcome.executions <= 10, "seed {seed}: {outcome:?}");
    }
}

#[test]
fn rff_reaches_what_only_follows_from_what_it_has_reached() {
    // One task writes 1 to 4; the other has to read 1, 2, 3 and 4.
    let program = || {
        let cell = Cell::new(Kind::Atomic);
        let same = cell.clone();
        together(vec![
            Box::new(move || assert!((1..5).any(|step| cell.get() != step), "in step")),
            Box::new(move || (1..5).for_each(|step| same.set(step))),
        ]);
    };
    let options = Options { strategy: StrategyKind::Rff, time: None, shrink: false, ..Options::default() };
    let outcome = search_with(&options, program);
    assert!(outcome.findings.len() == 1 && outcome.executions <= 60, "{outcome:?}");
}

#[test]
fn the_portfolio_begins_with_the_natural_run() {
    let outcome = search_with(&Options { time: None, ..Options::default() }, || {
        let cell = Cell::new(Kind::Atomic);
        let same = cell.clone();
        together(vec![Box::new(move || cell.set(1)), Box::new(move || assert_ne!(same.get(), 1, "as it comes"))]);
    });
    assert_eq!((outcome.executions, outcome.findings.len()), (1, 1), "{outcome:?}");
}

#[test]
fn each_strategy_is_the_same_search_each_time() {
    for strategy in StrategyKind::ALL {
        let run = || {
            let options = Options { strategy, executions: 300, seed: 3, time: None, ..Options::default() };
            let mut outcome = search_with(&options, half_done(3));
            outcome.seconds = 0.0;
            outcome
        };
        assert_eq!(run(), run(), "{strategy:?}");
    }
}

#[test]
fn a_program_that_differs_with_every_other_run_is_never_proved_right() {
    for (period, seed) in [(2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (3, 2)] {
        let runs = std::cell::Cell::new(0);
        let options = Options { seed, executions: 1_000, time: None, ..Options::default() };
        let outcome = search_with(&options, move || {
            runs.set(runs.get() + 1);
            two_lines([1, if runs.get() % period == 0 { 2 } else { 1 }], shared)();
        });
        assert_eq!((outcome.verdict, outcome.findings.len()), (Verdict::CleanSoFar, 0), "{period} {seed}: {outcome:?}");
    }
}

#[test]
fn a_bug_that_shows_when_all_has_been_tried_is_told() {
    for strategy in [StrategyKind::Dpor, StrategyKind::Dfs] {
        let runs = std::cell::Cell::new(0);
        let options = Options { strategy, time: None, ..Options::default() };
        let outcome = search_with(&options, move || {
            runs.set(runs.get() + 1);
            let late = runs.get() > 1;
            together(vec![Box::new(move || assert!(!late, "only later"))]);
        });
        assert_eq!(outcome.verdict, Verdict::Inconclusive, "{outcome:?}");
        assert!(outcome.reasons[0].contains("the first execution showed no bug"), "{outcome:?}");
    }
}

#[test]
fn what_was_covered_is_told_in_both_orders() {
    let of = |executions, tasks| {
        let options = Options { strategy: StrategyKind::Surw, executions, time: None, ..Options::default() };
        let outcome = search_with(&options, move || {
            let cell = Cell::new(Kind::Atomic);
            let write = |value| -> Box<dyn FnOnce() + Send> {
                let cell = cell.clone();
                Box::new(move || cell.set(value))
            };
            together((0..tasks).map(write).collect());
        });
        outcome.covered.map(|covered| (covered.operations, covered.pairs, covered.both_orders))
    };
    // Each writes once: whose write comes right after whose.
    assert_eq!(of(1, 2), Some((2, 1, 0)));
    assert_eq!(of(100, 2), Some((2, 1, 1)));
    assert_eq!(of(200, 3), Some((3, 3, 3)));
    assert_eq!(of(100, 1), Some((0, 0, 0)));
    let options = Options { strategy: StrategyKind::Pct, time: None, ..Options::default() };
    assert_eq!(search_with(&options, || drop(two_lines([1, 1], shared)())).covered, None);
}
