//! The engine's relation of dependence, on small random programs.
//!
//! - Executions that the engine calls equivalent must look the same to the program. Each execution is observed from inside: what
//!   every operation returned and what state was left. As many classes as different observations, at least, or two executions with
//!   different observations have been called equivalent: a pair of operations that depend was taken for independent.
//! - The reduced search must meet each class of the full one, and meet it once; so must the parts of one, together.

use proptest::prelude::{Strategy, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use proptest::{collection, sample};
use raddle::engine::exec::Pending;
use raddle::engine::explore::merge;
use raddle::engine::kernel::Deadline;
use raddle::engine::record::{self, FindingKind, Part};
use raddle::engine::sync::queue::Lifo;
use raddle::{
    Barrier, Condvar, Event, Future, Mutex, Outcome, Queue, ReentrantLock, Semaphore, Session, Shared, ThreadPool,
    atomic::AtomicU32, thread,
};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Weak};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    LockAndAdd,
    TryLock,
    LockBoth,
    LockBothBack,
    Reenter,
    TryReenter,
    Acquire,
    TryAcquire,
    Release,
    ReleaseBounded,
    AcquireBounded,
    Put,
    TryPut,
    Get,
    TryGet,
    PutTwo,
    GetTwo,
    TaskDone,
    JoinQueue,
    ShutDown,
    Len,
    Push,
    Pop,
    TryPop,
    Set,
    Clear,
    IsSet,
    WaitForEvent,
    WaitForChange,
    NotifyOne,
    NotifyAll,
    Meet,
    Abort,
    Load,
    Store,
    FetchAdd,
    Exchange,
    Count,
    Settle,
    Cancel,
    Start,
    IsDone,
    AwaitFuture,
    SpawnAndJoin,
    Begin,
    Join,
    LockInTime,
    ReenterInTime,
    AcquireInTime,
    PutInTime,
    GetInTime,
    PopInTime,
    JoinQueueInTime,
    WaitForEventInTime,
    WaitForChangeInTime,
    MeetInTime,
    AwaitFutureInTime,
    Nap,
    LongNap,
    Submit,
    AwaitJob,
    Dismiss,
}

const STEPS: &[Step] = &[
    Step::LockAndAdd,
    Step::TryLock,
    Step::LockBoth,
    Step::LockBothBack,
    Step::Reenter,
    Step::TryReenter,
    Step::Acquire,
    Step::TryAcquire,
    Step::Release,
    Step::ReleaseBounded,
    Step::AcquireBounded,
    Step::Put,
    Step::TryPut,
    Step::Get,
    Step::TryGet,
    Step::PutTwo,
    Step::GetTwo,
    Step::TaskDone,
    Step::JoinQueue,
    Step::ShutDown,
    Step::Len,
    Step::Push,
    Step::Pop,
    Step::TryPop,
    Step::Set,
    Step::Clear,
    Step::IsSet,
    Step::WaitForEvent,
    Step::WaitForChange,
    Step::NotifyOne,
    Step::NotifyAll,
    Step::Meet,
    Step::Abort,
    Step::Load,
    Step::Store,
    Step::FetchAdd,
    Step::Exchange,
    Step::Count,
    Step::Settle,
    Step::Cancel,
    Step::Start,
    Step::IsDone,
    Step::AwaitFuture,
    Step::SpawnAndJoin,
    Step::Begin,
    Step::Join,
    Step::LockInTime,
    Step::ReenterInTime,
    Step::AcquireInTime,
    Step::PutInTime,
    Step::GetInTime,
    Step::PopInTime,
    Step::JoinQueueInTime,
    Step::WaitForEventInTime,
    Step::WaitForChangeInTime,
    Step::MeetInTime,
    Step::AwaitFutureInTime,
    Step::Nap,
    Step::LongNap,
    Step::Submit,
    Step::AwaitJob,
];

/// How long those wait who wait in time: as long as a nap takes.
const SOON: Duration = Duration::from_millis(1);

fn soon() -> Deadline {
    Deadline::after(SOON)
}

struct World {
    mutex: Mutex<u32>,
    other: Mutex<u32>,
    reentrant: ReentrantLock<Shared<u32>>,
    semaphore: Semaphore,
    bounded: Semaphore,
    queue: Queue<u32>,
    stack: Queue<u32, Lifo<u32>>,
    event: Event,
    atomic: AtomicU32,
    changed: Condvar,
    barrier: Barrier,
    counted: Mutex<()>,
    count: Shared<u32>,
    future: Future<u32, ()>,
    jobs: Arc<AtomicU32>,
}

/// What a task has begun.
#[derive(Default)]
struct Begun {
    children: Vec<thread::JoinHandle<u32>>,
    /// Not kept by tasks: who drops it waits for its workers.
    pool: Weak<ThreadPool>,
    jobs: Vec<Future<u32>>,
}

impl Begun {
    /// The main task has it until all others have ended.
    fn pool(&self) -> Arc<ThreadPool> {
        self.pool.upgrade().unwrap()
    }
}

impl World {
    fn new() -> Self {
        World {
            mutex: Mutex::new(0),
            other: Mutex::new(0),
            reentrant: ReentrantLock::new(Shared::new(0)),
            semaphore: Semaphore::new(1),
            bounded: Semaphore::bounded(2),
            queue: Queue::bounded(2),
            stack: Queue::with_store(Lifo::new(), Some(2)),
            event: Event::new(),
            atomic: AtomicU32::new(0),
            changed: Condvar::new(),
            barrier: Barrier::new(2),
            counted: Mutex::new(()),
            count: Shared::new(0),
            future: Future::new(),
            jobs: Arc::default(),
        }
    }

    /// Does a step as task `me`, who has begun these, and says what came of it.
    fn take(self: &Arc<Self>, step: Step, me: u32, begun: &mut Begun) -> u32 {
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
            Step::LockBoth => {
                let mut value = self.mutex.lock().unwrap();
                *self.other.lock().unwrap() += me;
                *value += 1;
                *value
            }
            Step::LockBothBack => {
                let mut value = self.other.lock().unwrap();
                *self.mutex.lock().unwrap() += me;
                *value += 1;
                *value
            }
            Step::Reenter => {
                let value = self.reentrant.lock();
                let again = self.reentrant.lock();
                again.set(again.get() * 3 + me);
                value.get()
            }
            Step::TryReenter => self.reentrant.try_lock().map_or(99, |value| {
                value.set(value.get() + 10 * me);
                value.get()
            }),
            Step::Acquire => {
                self.semaphore.acquire();
                1
            }
            Step::TryAcquire => u32::from(self.semaphore.try_acquire()),
            Step::Release => u32::from(self.semaphore.release().is_ok()),
            Step::ReleaseBounded => u32::from(self.bounded.release().is_ok()),
            Step::AcquireBounded => {
                self.bounded.acquire();
                1
            }
            Step::Put => u32::from(self.queue.put(me).is_ok()),
            Step::TryPut => u32::from(self.queue.try_put(me).is_ok()),
            Step::Get => self.queue.get().unwrap_or(99),
            Step::TryGet => self.queue.try_get().unwrap_or(99),
            Step::PutTwo => u32::from(self.queue.try_put_many(&mut [me, me + 10].into()).is_ok()),
            Step::GetTwo => {
                let mut items = Vec::new();
                let _ = self.queue.try_get_many(&mut items, 2);
                items.into_iter().fold(0, |sum, item| sum * 100 + item)
            }
            Step::TaskDone => u32::from(self.queue.task_done().is_ok()),
            Step::JoinQueue => {
                self.queue.join();
                0
            }
            Step::ShutDown => {
                self.queue.shutdown();
                0
            }
            Step::Len => self.queue.len() as u32,
            Step::Push => u32::from(self.stack.put(me).is_ok()),
            Step::Pop => self.stack.get().unwrap_or(99),
            Step::TryPop => self.stack.try_get().unwrap_or(99),
            Step::Set => {
                self.event.set();
                0
            }
            Step::Clear => {
                self.event.clear();
                0
            }
            Step::IsSet => u32::from(self.event.is_set()),
            Step::WaitForEvent => {
                self.event.wait();
                0
            }
            Step::WaitForChange => {
                let value = self.mutex.lock().unwrap();
                *self.changed.wait(value).unwrap()
            }
            Step::NotifyOne => {
                *self.mutex.lock().unwrap() += 100;
                self.changed.notify_one();
                0
            }
            Step::NotifyAll => {
                let mut value = self.mutex.lock().unwrap();
                *value += 100;
                self.changed.notify_all();
                0
            }
            Step::Meet => self.barrier.wait().index(),
            Step::Abort => {
                self.barrier.abort();
                0
            }
            Step::Load => self.atomic.load(SeqCst),
            Step::Store => {
                self.atomic.store(me, SeqCst);
                0
            }
            Step::FetchAdd => self.atomic.fetch_add(me, SeqCst),
            Step::Exchange => self.atomic.compare_exchange(me - 1, me, SeqCst, SeqCst).map_or_else(|now| now, |_| 99),
            Step::Count => {
                let _counted = self.counted.lock().unwrap();
                self.count.set(self.count.get() * 3 + me);
                self.count.get()
            }
            Step::Settle => u32::from(self.future.settle(Ok(me)).is_ok()),
            Step::Cancel => u32::from(self.future.cancel()),
            Step::Start => u32::from(self.future.start().is_ok()),
            Step::IsDone => u32::from(self.future.done()),
            Step::AwaitFuture => self.future.result().unwrap_or(99),
            Step::SpawnAndJoin => thread::spawn(move || me).join().unwrap(),
            Step::Begin => {
                let world = Arc::clone(self);
                let child = move || world.take(Step::LockAndAdd, me + 10, &mut Begun::default());
                begun.children.push(thread::spawn(child));
                0
            }
            Step::Join => begun.children.pop().map_or(99, |child| child.join().unwrap()),
            Step::LockInTime => self.mutex.lock_until(soon()).map_or(99, |mut value| {
                *value = *value * 3 + me;
                *value
            }),
            Step::ReenterInTime => self.reentrant.lock_until(soon()).map_or(99, |value| {
                value.set(value.get() * 3 + me);
                value.get()
            }),
            Step::AcquireInTime => u32::from(self.semaphore.acquire_until(soon()).is_ok()),
            Step::PutInTime => u32::from(self.queue.put_until(me, soon()).is_ok()),
            Step::GetInTime => self.queue.get_until(soon()).unwrap_or(99),
            Step::PopInTime => self.stack.get_until(soon()).unwrap_or(99),
            Step::JoinQueueInTime => u32::from(self.queue.join_until(soon()).is_ok()),
            Step::WaitForEventInTime => u32::from(self.event.wait_until(soon()).is_ok()),
            Step::WaitForChangeInTime => {
                let value = self.mutex.lock().unwrap();
                let (value, result) = self.changed.wait_timeout(value, SOON).unwrap();
                *value * 2 + u32::from(result.timed_out())
            }
            Step::MeetInTime => self.barrier.wait_until(soon()).map_or(99, |met| met.index()),
            Step::AwaitFutureInTime => self.future.result_until(soon()).unwrap_or(99),
            Step::Nap => {
                thread::sleep(SOON);
                0
            }
            Step::LongNap => {
                thread::sleep(2 * SOON);
                0
            }
            Step::Submit => {
                let jobs = Arc::clone(&self.jobs);
                // How many came before, and which worker it is.
                let job =
                    move || 10 * jobs.fetch_add(1, SeqCst) + u32::from(thread::current().name() == Some("pool_1"));
                begun.pool().submit(job).map_or(9, |job| {
                    begun.jobs.push(job);
                    0
                })
            }
            Step::AwaitJob => begun.jobs.pop().map_or(99, |job| job.result().unwrap_or(98)),
            Step::Dismiss => {
                begun.pool().shutdown(if me == 1 { Pending::Run } else { Pending::Cancel });
                0
            }
        }
    }

    fn left(&self) -> Vec<u32> {
        let mut left = vec![*self.mutex.lock().unwrap(), *self.other.lock().unwrap()];
        left.push(self.reentrant.lock().get());
        left.extend([self.semaphore.permits(), self.bounded.permits(), self.atomic.load(SeqCst), self.count.get()]);
        left.push(u32::from(self.event.is_set()));
        while let Ok(item) = self.queue.try_get() {
            left.push(item);
        }
        while let Ok(item) = self.stack.try_get() {
            left.push(item);
        }
        left
    }
}

type Program = Vec<Vec<Step>>;
type Observations = BTreeSet<Vec<Vec<u32>>>;

/// Two to four tasks of one to three steps; what most of them do is of a few sorts, so that they meet.
/// Programs of a few sorts of steps, these among them.
fn programs(always: &'static [Step]) -> impl Strategy<Value = Program> {
    sample::subsequence(STEPS, 2..=5).prop_flat_map(move |mut sorts| {
        sorts.extend(always);
        let step = move || sample::select(sorts.clone());
        let tasks = |most, tasks| collection::vec(collection::vec(step(), 1..=most), tasks);
        prop_oneof![3 => tasks(3, 2..=3), 1 => tasks(2, 2..=4)]
    })
}

/// So many programs, the same each time.
fn drawn(seed: u8, count: usize, always: &'static [Step]) -> impl Iterator<Item = Program> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count).map(move |_| programs(always).new_tree(&mut runner).unwrap().current())
}

/// Searches a program as far as so many executions go, and tells what was observed in those that did not get stuck.
fn searched(program: &Program, strategy: raddle::Strategy, executions: u64) -> (Outcome, Observations) {
    observed(program, Session::new().strategy(strategy).executions(executions))
}

fn observed(program: &Program, session: Session) -> (Outcome, Observations) {
    let (program, seen) = (program.clone(), Arc::new(std::sync::Mutex::new(Vec::new())));
    let sink = Arc::clone(&seen);
    let outcome = session.time(None).keep_going().no_shrink().run(move || {
        let world = Arc::new(World::new());
        let pool = Arc::new(ThreadPool::new(2));
        let tasks: Vec<_> = (1..)
            .zip(program.clone())
            .map(|(me, steps)| {
                let world = Arc::clone(&world);
                let mut begun = Begun { pool: Arc::downgrade(&pool), ..Begun::default() };
                thread::spawn(move || {
                    steps.into_iter().map(|step| world.take(step, me, &mut begun)).collect::<Vec<u32>>()
                })
            })
            .collect();
        // One that panics does not keep the main task from waiting for the others.
        let ended: Vec<_> = tasks.into_iter().map(thread::JoinHandle::join).collect();
        let mut observed: Vec<Vec<u32>> = ended.into_iter().map(Result::unwrap).collect();
        observed.push(world.left());
        sink.lock().unwrap().push(observed);
    });
    let mut seen = std::mem::take(&mut *seen.lock().unwrap());
    if outcome.findings.is_empty() {
        // What follows is what the search was held against.
        seen.truncate(usize::try_from(outcome.preliminary + outcome.executions).unwrap());
    }
    (outcome, seen.into_iter().collect())
}

/// As [`searched`], by so many parts, joined; and what each came to.
fn divided(program: &Program, strategy: raddle::Strategy, executions: u64, of: u64) -> (record::Outcome, Vec<Part>) {
    let parts: Vec<record::Outcome> = (1..=of)
        .map(|number| {
            let session = Session::new().strategy(strategy).executions(executions * of).share(number, of);
            (*observed(program, session).0).clone()
        })
        .collect();
    (merge(&parts), parts.into_iter().filter_map(|part| Some(*part.part?)).collect())
}

/// Programs of which classes were once lost, or met twice, and how many executions they have at most.
fn once_wrong() -> [(Program, u64); 8] {
    use Step::{
        AcquireBounded, AwaitFutureInTime, Begin, Clear, Exchange, Get, Join, Load, LockBoth, MeetInTime, Nap,
        NotifyAll, ReleaseBounded, Set, TaskDone, TryPut, WaitForChangeInTime, WaitForEvent,
    };
    [
        // It was foreseen that the third task's exchange changes the value; it only looks, and so lets the second task sleep.
        (vec![vec![Load, Exchange], vec![Load], vec![Exchange, Load], vec![Load]], 1_000),
        // It was foreseen that a release that is refused gives a permit, and that one that gives a permit looks at who takes them.
        (
            vec![
                vec![NotifyAll, NotifyAll],
                vec![AcquireBounded, ReleaseBounded],
                vec![ReleaseBounded, NotifyAll],
                vec![AcquireBounded],
            ],
            20_000,
        ),
        // It was foreseen that the second task's exchange changes the value, so others were tried beside it that need not have been.
        (vec![vec![Exchange], vec![Exchange], vec![Load], vec![Load]], 1_000),
        // That the event had been set while the second task waited was forgotten if something was done in between.
        (vec![vec![Set], vec![WaitForEvent], vec![Set, Clear]], 1_000),
        // A refusal depends on what comes after an item that was dealt with does not.
        (vec![vec![TaskDone], vec![TaskDone, Get], vec![TryPut, TryPut], vec![Get]], 1_000),
        // Who left a barrier might have broken it, since his time was up.
        (vec![vec![AwaitFutureInTime, MeetInTime], vec![MeetInTime]], 1_000),
        // What a task did before it joined another, who had ended, seemed to come after all that one had done.
        (vec![vec![Begin, LockBoth, Begin, Join, Join], vec![LockBoth]], 20_000),
        // So might who was notified have given up.
        (vec![vec![Nap, NotifyAll], vec![WaitForChangeInTime, NotifyAll], vec![WaitForChangeInTime]], 20_000),
    ]
}

/// How many programs are tried, and how many executions of each: a few in the everyday tests, as many as the environment asks for
/// where it does (`cargo xtask accept classes`).
fn bounds() -> (usize, u64) {
    std::env::var("RADDLE_PROGRAMS").map_or((80, 1_500), |count| (count.parse().unwrap(), 20_000))
}

#[test]
fn each_class_is_met_once_and_equivalent_executions_look_the_same() {
    let (mut compared, mut wrong) = (0, Vec::new());
    let (programs, executions) = bounds();
    let drawn = drawn(7, programs, &[]).map(|program| (program, executions));
    for (program, executions) in once_wrong().into_iter().chain(drawn) {
        let (full, all) = searched(&program, raddle::Strategy::Dfs, executions);
        if !full.exhausted || !full.reasons.is_empty() {
            continue;
        }
        compared += 1;
        let (reduced, seen) = searched(&program, raddle::Strategy::Dpor, executions);
        let (executions, redundant, distinct) = (reduced.executions, reduced.redundant, reduced.distinct);
        let once = (executions, redundant, distinct, reduced.exhausted) == (full.distinct, 0, full.distinct, true);
        if !once || seen != all || !reduced.reasons.is_empty() || all.len() as u64 > full.distinct {
            wrong.push(format!(
                "{program:?}: {} classes, {} observations; reduced: {distinct} classes in {executions} executions and {redundant} in vain, {} observations {:?}",
                full.distinct, all.len(), seen.len(), reduced.reasons
            ));
        }
    }
    println!("{compared} programs searched in full");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}

/// With a pool there are too many schedules to try them all.
#[test]
fn each_class_of_programs_with_a_pool_that_is_drawn_is_met_and_met_once() {
    let (mut compared, mut in_vain, mut wrong) = (0, 0, Vec::new());
    let drawn = drawn(9, bounds().0, &[Step::Submit, Step::Submit, Step::AwaitJob, Step::Dismiss]);
    for program in drawn.filter(|program| program.iter().flatten().any(|step| *step == Step::Submit)) {
        let search = |strategy| Session::new().strategy(strategy).executions(1_500).share(1, 1);
        let (reduced, seen) = observed(&program, search(raddle::Strategy::Dpor));
        // A task that fails may leave the pool to another.
        if !reduced.exhausted || reduced.findings.iter().any(|found| found.finding.kind != FindingKind::Deadlock) {
            continue;
        }
        compared += 1;
        let (sampled, drawn) = observed(&program, search(raddle::Strategy::Pos));
        let met: BTreeSet<&str> = reduced.part.iter().flat_map(|part| part.met()).collect();
        let missed = sampled.part.iter().flat_map(|part| part.sampled()).filter(|class| !met.contains(class)).count();
        let once = reduced.executions == met.len() as u64;
        if !once || missed > 0 || !drawn.is_subset(&seen) || !reduced.reasons.is_empty() {
            wrong.push(format!(
                "{program:?}: {} classes in {} executions, {missed} missed; {} observations of {}; {:?}",
                met.len(),
                reduced.executions,
                seen.len(),
                seen.union(&drawn).count(),
                reduced.reasons
            ));
        }
        in_vain += reduced.redundant;
    }
    println!("{compared} programs with a pool searched, {in_vain} executions in vain");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn parts_of_a_search_meet_each_class_once_together() {
    let (mut compared, mut in_vain, mut wrong) = (0, 0, Vec::new());
    let (programs, executions) = bounds();
    for (place, program) in (0_usize..).zip(drawn(8, programs, &[])) {
        let of = [2, 3, 5][place % 3];
        let (full, _) = searched(&program, raddle::Strategy::Dfs, executions);
        if !full.exhausted || !full.reasons.is_empty() {
            continue;
        }
        compared += 1;
        for strategy in [raddle::Strategy::Dpor, raddle::Strategy::Dfs] {
            let (merged, parts) = divided(&program, strategy, executions, of);
            let classes: BTreeSet<&str> = parts.iter().flat_map(Part::met).collect();
            let met = parts.iter().map(|part| part.met().count()).sum::<usize>();
            let is_reduced = strategy == raddle::Strategy::Dpor;
            let once = met == classes.len() || !is_reduced;
            let all = classes.len() as u64 == full.distinct && merged.distinct == full.distinct;
            let as_often = merged.executions == if is_reduced { full.distinct } else { full.executions };
            if !once || !all || !as_often || !merged.exhausted || merged.verdict != full.verdict {
                wrong.push(format!(
                    "{program:?}: {of} parts by {}: {} of {} classes, met {met} times, in {} executions and {} in vain; {:?} {:?}",
                    merged.strategy, classes.len(), full.distinct, merged.executions, merged.redundant,
                    merged.verdict, merged.reasons
                ));
            }
            in_vain += merged.redundant;
        }
    }
    println!("{compared} programs searched in parts, {in_vain} executions in vain");
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
}
