//! How many executions a second does a random search try, of three tasks that each read and write one atomic?

use crate::row::{Rival, Row};
use raddle::engine::explore::{Closure, Front, Options, StrategyKind, explore};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

const TASKS: usize = 3;

/// Races and replay on.
pub(crate) const ROWS: [Row; 1] = [Row {
    block: Duration::from_millis(5),
    ..Row::together("one execution of a random search", || {
        vec![Rival::new("raddle", Box::new(raddle_search)), Rival::new("shuttle", Box::new(shuttle_search))]
    })
}];

fn raddle_search(executions: u64) {
    let program = || {
        let value = Arc::new(raddle::atomic::AtomicU32::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let value = Arc::clone(&value);
                raddle::thread::spawn(move || value.store(value.load(SeqCst) + 1, SeqCst))
            })
            .collect();
        tasks.into_iter().for_each(|task| assert!(task.join().is_ok()));
    };
    let options = Options { strategy: StrategyKind::Random, executions, time: None, ..Options::default() };
    let front: Rc<dyn Front> = Rc::new(Closure::new(program, |_| ()));
    let outcome = explore(&front, &options, &mut |_| true);
    assert_eq!(outcome.executions, executions);
}

fn shuttle_search(executions: u64) {
    let program = || {
        let value = Arc::new(shuttle::sync::atomic::AtomicU32::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let value = Arc::clone(&value);
                shuttle::thread::spawn(move || value.store(value.load(SeqCst) + 1, SeqCst))
            })
            .collect();
        tasks.into_iter().for_each(|task| assert!(task.join().is_ok()));
    };
    shuttle::check_random(program, usize::try_from(executions).unwrap_or(usize::MAX));
}
