//! What is common to all programs in here.

use crate::Deadline;
use raddle::engine::record::Verdict;
use raddle::{Session, Shared, thread};
use std::sync::Arc;

/// What a test can afford; `RADDLE_EXECUTIONS` allows more. Most programs need less to be searched to the end.
const EXECUTIONS: u64 = 3_000;

/// Searches the interleavings of `program`, and says how many there are.
#[track_caller]
pub(crate) fn explore(name: &str, program: impl Fn() + Send + Sync + 'static) {
    let outcome = Session::new().time(None).executions(EXECUTIONS).run(program);
    let all = if outcome.verdict == Verdict::Clean { "all" } else { "so far" };
    println!("| {name} | {} | {all} | {} |", outcome.distinct, outcome.executions);
    outcome.assert_clean();
    assert!(outcome.distinct > 1, "a program of one interleaving shows nothing");
}

/// A deadline that may pass at any moment.
pub(crate) fn soon() -> Deadline {
    Deadline::At(crate::now())
}

/// Runs a task for each of `bodies`, the last in this one; returns what they shared and their results.
#[track_caller]
pub(crate) fn tasks<T, R, const N: usize>(shared: T, bodies: [fn(&T) -> R; N]) -> (T, [R; N])
where
    T: Send + Sync + 'static,
    R: Send + 'static,
{
    let shared = Arc::new(shared);
    let (last, others) = bodies.split_last().unwrap();
    let others: Vec<_> = others
        .iter()
        .map(|body| {
            let (body, shared) = (*body, Arc::clone(&shared));
            thread::spawn(move || {
                let result = body(&shared);
                drop(shared);
                result
            })
        })
        .collect();
    let mine = last(&shared);
    let mut results: Vec<R> = others.into_iter().map(|other| other.join().unwrap()).collect();
    results.push(mine);
    (Arc::into_inner(shared).unwrap(), results.try_into().ok().unwrap())
}

/// A count that only one task at a time may touch: anything else is a race, and found.
pub(crate) type Count = Shared<u32>;

/// Adds one, in two steps.
pub(crate) fn add(count: &Count) {
    count.set(count.get() + 1);
}
