//! Optimal reduction on the models whose numbers of classes are known.

use crate::toy::{Cell, Lock, search, together};
use raddle_explore::StrategyKind;
use raddle_kernel::Kind;

/// Each class is met once, and nothing else is.
#[track_caller]
fn check(classes: u64, program: impl Fn() + 'static) {
    let outcome = search(StrategyKind::Dpor, program);
    assert_eq!((outcome.distinct, outcome.executions, outcome.redundant), (classes, classes, 0), "{outcome:?}");
    assert!(outcome.exhausted, "{outcome:?}");
}

/// Each task reads, then writes one location.
fn model_a(tasks: usize) -> impl Fn() {
    move || {
        let cell = Cell::new(Kind::Atomic);
        let body = |cell: Cell| -> Box<dyn FnOnce() + Send> {
            Box::new(move || {
                let seen = cell.get();
                cell.set(seen + 1);
            })
        };
        together((0..tasks).map(|_| body(cell.clone())).collect());
    }
}

/// Two tasks lock, count and unlock so often.
fn model_b(times: usize) -> impl Fn() {
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

#[test]
fn reads_and_writes_of_one_location() {
    check(4, model_a(2));
    check(36, model_a(3));
    check(576, model_a(4));
}

#[test]
fn turns_of_a_lock() {
    check(2, model_b(1));
    check(20, model_b(3));
    check(252, model_b(5));
}
