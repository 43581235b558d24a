//! How fast does a search go, beside shuttle's random one and loom's exhaustive one?
//!
//! Model A: some tasks that each read and write one atomic. Model B: two tasks that each take a lock three times. Races and replay on.

use crate::row::{Rival, Row};
use raddle::engine::explore::{Closure, Front, Options, StrategyKind, explore};
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

/// How many turns the lock is taken for in model B.
const TURNS: usize = 3;
/// The most that an execution of ours may take of an iteration of loom's,
const EXHAUSTIVE: f64 = 0.2;
/// and all of ours of all of loom's.
const ALL_OF_A: f64 = 0.01;

pub(crate) const ROWS: [Row; 5] = [
    row("one execution of a random search, model A", || {
        vec![
            Rival::new("raddle", Box::new(|executions| search(StrategyKind::Random, executions, || ours::model_a(3)))),
            Rival::new("shuttle", Box::new(|executions| shuttles_search(executions, || shuttles::model_a(3)))),
        ]
    }),
    row("one execution of a random search, model B", || {
        vec![
            Rival::new("raddle", Box::new(|executions| search(StrategyKind::Random, executions, ours::model_b))),
            Rival::new("shuttle", Box::new(|executions| shuttles_search(executions, shuttles::model_b))),
        ]
    }),
    exhaustive("one execution of an exhaustive search, model A", || {
        vec![
            Rival::new("raddle", Box::new(|executions| search(StrategyKind::Dpor, executions, || ours::model_a(4)))),
            Rival::new("loom", Box::new(|executions| looms_search(Some(executions), || looms::model_a(4)))),
        ]
    }),
    exhausted("every execution of model A", ALL_OF_A, || {
        vec![
            Rival::new(
                "raddle",
                Box::new(|times| (0..times).for_each(|_| search(StrategyKind::Dpor, 36, || ours::model_a(3)))),
            ),
            Rival::new("loom", Box::new(|times| (0..times).for_each(|_| looms_search(None, || looms::model_a(3))))),
        ]
    }),
    exhausted("every execution of model B", EXHAUSTIVE, || {
        vec![
            Rival::new(
                "raddle",
                Box::new(|times| (0..times).for_each(|_| search(StrategyKind::Dpor, 20, ours::model_b))),
            ),
            Rival::new("loom", Box::new(|times| (0..times).for_each(|_| looms_search(None, looms::model_b)))),
        ]
    }),
];

const fn row(name: &'static str, rivals: fn() -> Vec<Rival>) -> Row {
    Row { block: Duration::from_millis(5), ..Row::together(name, rivals) }
}

/// A peer's search takes hundreds of times as long as ours.
const fn exhausted(name: &'static str, goal: f64, rivals: fn() -> Vec<Rival>) -> Row {
    Row { goal, block: Duration::from_millis(1), rounds: 11, ..Row::together(name, rivals) }
}

/// A search of loom's takes its time to begin.
const fn exhaustive(name: &'static str, rivals: fn() -> Vec<Rival>) -> Row {
    Row { goal: EXHAUSTIVE, block: Duration::from_millis(100), rounds: 11, ..Row::together(name, rivals) }
}

/// The models, made of the types of one crate.
macro_rules! models {
    ($name:ident: $spawn:path, $atomic:path, $mutex:path) => {
        mod $name {
            use super::{SeqCst, TURNS};
            use std::sync::Arc;
            use $atomic as Atomic;
            use $mutex as Mutex;
            use $spawn as spawn;

            pub(super) fn model_a(tasks: usize) {
                let value = Arc::new(Atomic::new(0));
                let each = |_| {
                    let value = Arc::clone(&value);
                    spawn(move || value.store(value.load(SeqCst) + 1, SeqCst))
                };
                let tasks: Vec<_> = (0..tasks).map(each).collect();
                tasks.into_iter().for_each(|task| assert!(task.join().is_ok()));
            }

            pub(super) fn model_b() {
                let value = Arc::new(Mutex::new(0));
                let each = |_| {
                    let value = Arc::clone(&value);
                    spawn(move || (0..TURNS).for_each(|_| *value.lock().unwrap() += 1))
                };
                let tasks: Vec<_> = (0..2).map(each).collect();
                tasks.into_iter().for_each(|task| assert!(task.join().is_ok()));
            }
        }
    };
}

models!(ours: raddle::thread::spawn, raddle::atomic::AtomicU32, raddle::Mutex);
models!(shuttles: shuttle::thread::spawn, shuttle::sync::atomic::AtomicU32, shuttle::sync::Mutex);
models!(looms: loom::thread::spawn, loom::sync::atomic::AtomicU32, loom::sync::Mutex);

/// Searches, and searches again, until so many executions have been run.
fn search(strategy: StrategyKind, mut executions: u64, program: fn()) {
    while executions > 0 {
        let options = Options { strategy, executions, time: None, ..Options::default() };
        let front: Rc<dyn Front> = Rc::new(Closure::new(program, |_| ()));
        let outcome = explore(&front, &options, &mut |_| true);
        assert!(outcome.findings.is_empty(), "{outcome:?}");
        executions -= outcome.tried();
    }
}

fn shuttles_search(executions: u64, program: fn()) {
    shuttle::check_random(program, usize::try_from(executions).unwrap_or(usize::MAX));
}

fn looms_search(iterations: Option<u64>, program: fn()) {
    let mut builder = loom::model::Builder::new();
    builder.max_permutations = iterations.map(|iterations| usize::try_from(iterations).unwrap_or(usize::MAX));
    builder.check(program);
}
