//! Executions that the engine calls equivalent must look the same to the program.
//!
//! Small random programs are searched exhaustively. Each execution is observed from inside: what every operation returned and
//! what state was left. As many classes as different observations, at least, or two executions with different observations have
//! been called equivalent: a pair of operations that depend was taken for independent.

use proptest::prelude::{Just, Strategy, prop_oneof, proptest};
use proptest::{collection, prop_assert, test_runner::Config};
use raddle::engine::record::Verdict;
use raddle::{Event, Mutex, Queue, Semaphore, Session, atomic::AtomicU32, thread};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

#[derive(Clone, Copy, Debug)]
enum Step {
    LockAndAdd,
    TryLock,
    Acquire,
    TryAcquire,
    Release,
    Put,
    TryPut,
    TryGet,
    Len,
    Set,
    Clear,
    IsSet,
    Load,
    Store,
    FetchAdd,
}

struct World {
    mutex: Mutex<u32>,
    semaphore: Semaphore,
    queue: Queue<u32>,
    event: Event,
    atomic: AtomicU32,
}

impl World {
    fn new() -> Self {
        World {
            mutex: Mutex::new(0),
            semaphore: Semaphore::new(1),
            queue: Queue::bounded(2),
            event: Event::new(),
            atomic: AtomicU32::new(0),
        }
    }

    /// Does a step as task `me` and says what came of it.
    fn take(&self, step: Step, me: u32) -> u32 {
        match step {
            Step::LockAndAdd => {
                let mut value = self.mutex.lock().unwrap();
                *value = *value * 3 + me;
                *value
            }
            Step::TryLock => self.mutex.try_lock().map_or(99, |mut value| {
                *value += 10 * me;
                *value
            }),
            Step::Acquire => {
                self.semaphore.acquire();
                1
            }
            Step::TryAcquire => u32::from(self.semaphore.try_acquire()),
            Step::Release => u32::from(self.semaphore.release().is_ok()),
            Step::Put => u32::from(self.queue.put(me).is_ok()),
            Step::TryPut => u32::from(self.queue.try_put(me).is_ok()),
            Step::TryGet => self.queue.try_get().unwrap_or(99),
            Step::Len => self.queue.len() as u32,
            Step::Set => {
                self.event.set();
                0
            }
            Step::Clear => {
                self.event.clear();
                0
            }
            Step::IsSet => u32::from(self.event.is_set()),
            Step::Load => self.atomic.load(SeqCst),
            Step::Store => {
                self.atomic.store(me, SeqCst);
                0
            }
            Step::FetchAdd => self.atomic.fetch_add(me, SeqCst),
        }
    }

    fn left(&self) -> Vec<u32> {
        let mut left = vec![*self.mutex.lock().unwrap(), self.semaphore.permits(), self.atomic.load(SeqCst)];
        left.push(u32::from(self.event.is_set()));
        while let Ok(item) = self.queue.try_get() {
            left.push(item);
        }
        left
    }
}

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = prop_oneof![
        Just(Step::LockAndAdd),
        Just(Step::TryLock),
        Just(Step::Acquire),
        Just(Step::TryAcquire),
        Just(Step::Release),
        Just(Step::Put),
        Just(Step::TryPut),
        Just(Step::TryGet),
        Just(Step::Len),
        Just(Step::Set),
        Just(Step::Clear),
        Just(Step::IsSet),
        Just(Step::Load),
        Just(Step::Store),
        Just(Step::FetchAdd),
    ];
    collection::vec(collection::vec(step, 1..=3), 2..=3)
}

type Observations = Arc<std::sync::Mutex<BTreeSet<Vec<Vec<u32>>>>>;

/// Searches a program exhaustively; returns the number of classes and of observations, if nothing got stuck.
fn search(program: Vec<Vec<Step>>) -> Option<(u64, usize)> {
    let seen = Observations::default();
    let sink = Arc::clone(&seen);
    let outcome = Session::new().strategy(raddle::Strategy::Dfs).executions(4_000).time(None).run(move || {
        let world = Arc::new(World::new());
        let tasks: Vec<_> = (1..)
            .zip(program.clone())
            .map(|(me, steps)| {
                let world = Arc::clone(&world);
                thread::spawn(move || steps.into_iter().map(|step| world.take(step, me)).collect::<Vec<u32>>())
            })
            .collect();
        let mut observed: Vec<Vec<u32>> = tasks.into_iter().map(|task| task.join().unwrap()).collect();
        observed.push(world.left());
        sink.lock().unwrap().insert(observed);
    });
    let seen = seen.lock().unwrap().len();
    (outcome.verdict == Verdict::Clean).then_some((outcome.distinct, seen))
}

proptest! {
    #![proptest_config(Config { cases: 150, failure_persistence: None, ..Config::default() })]

    #[test]
    fn equivalent_executions_look_the_same(program in steps()) {
        if let Some((classes, observations)) = search(program) {
            prop_assert!(observations as u64 <= classes, "{observations} observations in {classes} classes");
        }
    }
}
