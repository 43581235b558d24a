//! What each sampler's paper promises, on the smallest models, with fixed seeds.

use crate::toy::{Cell, search_with, together};
use raddle_explore::{Options, StrategyKind};
use raddle_kernel::Kind;
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
