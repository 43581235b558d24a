//! Waits for several futures, on small random programs: the reduced search sees all that the full one sees.
//!
//! Such a wait looks at futures that nobody may have touched before, so programs settle them only where they have read something.
//! Where the reduced search cannot tell what comes before what, it tries every schedule: numbers of executions are not compared.

use proptest::prelude::{Strategy, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest::{collection, sample};
use raddle::engine::kernel::Deadline;
use raddle::{Future, ReturnWhen, Session, as_completed, atomic::AtomicU32, thread, wait};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[derive(Clone, Copy, Debug)]
enum Step {
    Store(u32),
    Settle(usize),
    /// Only if this was stored last.
    SettleAfter(u32, usize),
    Cancel(usize),
    /// How long, in milliseconds.
    Wait(ReturnWhen, u64),
    /// The same.
    Completed(u64),
}

fn deadline(long: u64) -> Deadline {
    if long == 0 { Deadline::Now } else { Deadline::after(Duration::from_millis(long)) }
}

fn step() -> impl Strategy<Value = Step> {
    let when = [ReturnWhen::FirstCompleted, ReturnWhen::FirstFailed, ReturnWhen::AllCompleted];
    prop_oneof![
        2 => (1..3u32).prop_map(Step::Store),
        2 => (0..2usize).prop_map(Step::Settle),
        3 => (1..3u32, 0..2usize).prop_map(|(after, future)| Step::SettleAfter(after, future)),
        1 => (0..2usize).prop_map(Step::Cancel),
        3 => (sample::select(when.to_vec()), sample::select(vec![0, 5])).prop_map(|(when, long)| Step::Wait(when, long)),
        2 => sample::select(vec![0, 5]).prop_map(Step::Completed),
    ]
}

struct World {
    stored: AtomicU32,
    futures: [Future<u32>; 2],
}

impl World {
    fn take(&self, step: Step, me: u32) -> Vec<usize> {
        let settle = |future: usize| usize::from(self.futures[future].settle(Ok(me)).is_ok());
        match step {
            Step::Store(value) => {
                self.stored.store(value, SeqCst);
                Vec::new()
            }
            Step::Settle(future) => vec![settle(future)],
            Step::SettleAfter(value, future) if self.stored.load(SeqCst) == value => vec![settle(future)],
            Step::SettleAfter(..) => vec![9],
            Step::Cancel(future) => vec![usize::from(self.futures[future].cancel())],
            Step::Wait(when, long) => {
                let mut done = wait(&self.futures, when, deadline(long)).done;
                done.sort_unstable();
                done
            }
            Step::Completed(long) => {
                let (mut coming, until) = (as_completed(&self.futures[..1 + long as usize % 2]), deadline(long));
                std::iter::from_fn(|| coming.next_until(until).ok().flatten()).map(|done| done.index).collect()
            }
        }
    }
}

/// What each task saw in each of its steps, in every execution; none if not every schedule was tried.
fn seen(program: &[Vec<Step>], strategy: raddle::Strategy) -> Option<BTreeSet<Vec<Vec<Vec<usize>>>>> {
    let (program, seen) = (program.to_vec(), Arc::new(Mutex::new(BTreeSet::new())));
    let sink = Arc::clone(&seen);
    let outcome = Session::new().strategy(strategy).executions(5_000).time(None).run(move || {
        let world = Arc::new(World { stored: AtomicU32::new(0), futures: [Future::new(), Future::new()] });
        let tasks: Vec<_> = (1..)
            .zip(program.clone())
            .map(|(me, steps)| {
                let world = Arc::clone(&world);
                thread::spawn(move || steps.into_iter().map(|step| world.take(step, me)).collect::<Vec<_>>())
            })
            .collect();
        sink.lock().unwrap().insert(tasks.into_iter().map(|task| task.join().unwrap()).collect());
    });
    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    outcome.exhausted.then(|| std::mem::take(&mut *seen.lock().unwrap()))
}

/// The future that is waited for is met by nobody before, in each order of the tasks.
fn once_wrong() -> Vec<Vec<Vec<Step>>> {
    let wait = Step::Wait(ReturnWhen::FirstCompleted, 0);
    let twice = || vec![Step::Store(1), Step::Store(2)];
    let tasks = [twice(), vec![Step::SettleAfter(1, 0), Step::SettleAfter(2, 1)], vec![wait]];
    let completed = [twice(), vec![Step::SettleAfter(2, 1)], vec![Step::Completed(5)]];
    let looked = [twice(), vec![Step::SettleAfter(2, 0)], vec![Step::Completed(0)]];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let ordered = |tasks: &[Vec<Step>; 3], order: [usize; 3]| order.map(|task| tasks[task].clone()).to_vec();
    orders.iter().flat_map(|order| [&tasks, &completed, &looked].map(|tasks| ordered(tasks, *order))).collect()
}

#[test]
fn the_reduced_search_sees_what_waits_for_several_futures_can_see() {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let programs = collection::vec(collection::vec(step(), 1..3), 2..4);
    let count = std::env::var("RADDLE_PROGRAMS").map_or(150, |count| count.parse().unwrap());
    let drawn = (0..count).map(|_| programs.new_tree(&mut runner).unwrap().current());
    let (mut compared, mut wrong) = (0, Vec::new());
    for program in once_wrong().into_iter().chain(drawn) {
        let Some(all) = seen(&program, raddle::Strategy::Dfs) else { continue };
        compared += 1;
        if seen(&program, raddle::Strategy::Dpor).as_ref() != Some(&all) {
            wrong.push(format!("{program:?}"));
        }
    }
    println!("{compared} programs searched in full");
    assert!(compared > count / 2 && wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}
