//! Each type against a model of a few lines, under random programs of three threads, with time-outs and cancellations.
//!
//! A history is right if its calls can be put into an order that the model allows and in which a call that ended before another
//! began comes first (Herlihy and Wing, 1990; the search is Wing and Gong's). Nothing waits for ever, so every program ends.
//! `PROPTEST_CASES` says how many programs there are.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::test_runner::TestCaseError;
use raddle::engine::sync::queue::{Fifo, GetError, Lifo, Priority, PutReason, Store};
use raddle::engine::sync::{Lock, Reentrant};
use raddle::{Barrier, Condvar, Deadline, Event, Future, JobError, Mutex, Queue, ResultError, Semaphore};
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

/// A call, what it came to, and when.
#[derive(Debug)]
struct Call<O, R> {
    task: usize,
    operation: O,
    result: R,
    began: u64,
    ended: u64,
}

/// Runs each program in a thread of its own.
fn run<O: Copy + Send + Sync, R: Send>(programs: &[Vec<O>], act: impl Fn(O) -> R + Sync) -> Vec<Call<O, R>> {
    let (clock, together) = (AtomicU64::new(0), Barrier::new(u32::try_from(programs.len()).unwrap()));
    let work = |task: usize| {
        together.wait();
        let call = |operation: &O| {
            let began = clock.fetch_add(1, SeqCst);
            let result = act(*operation);
            Call { task, operation: *operation, result, began, ended: clock.fetch_add(1, SeqCst) }
        };
        programs[task].iter().map(call).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let work = &work;
        let tasks: Vec<_> = (0..programs.len()).map(|task| scope.spawn(move || work(task))).collect();
        tasks.into_iter().flat_map(|task| task.join().unwrap()).collect()
    })
}

/// Whether an order of the calls explains them: `model` says what a state becomes by a call, if it can have come to what it came to.
fn explained<S: Clone + Eq + Hash, O, R>(
    first: S,
    calls: &[Call<O, R>],
    model: impl Fn(&S, &Call<O, R>) -> Option<S>,
) -> bool {
    assert!(calls.len() < 64, "the calls that are left fit into a word");
    let (mut seen, mut pending) = (HashSet::new(), vec![((1u64 << calls.len()) - 1, first)]);
    while let Some((left, state)) = pending.pop() {
        if left == 0 {
            return true;
        }
        if !seen.insert((left, state.clone())) {
            continue;
        }
        let open = || (0..calls.len()).filter(|index| left & (1 << index) != 0);
        let end = open().map(|index| calls[index].ended).min().unwrap();
        for index in open().filter(|index| calls[*index].began < end) {
            pending.extend(model(&state, &calls[index]).map(|state| (left & !(1 << index), state)));
        }
    }
    false
}

/// Checks one random program.
fn check<S: Clone + Debug + Eq + Hash, O: Copy + Debug + Send + Sync, R: Debug + Send>(
    first: S,
    programs: &[Vec<O>],
    act: impl Fn(O) -> R + Sync,
    model: impl Fn(&S, &Call<O, R>) -> Option<S>,
) -> Result<(), TestCaseError> {
    let calls = run(programs, act);
    if explained(first.clone(), &calls, model) {
        return Ok(());
    }
    let told: Vec<String> = calls.iter().map(|call| format!("{call:?}")).collect();
    Err(TestCaseError::fail(format!("no order of these calls explains them, from {first:?}:\n{}", told.join("\n"))))
}

/// Programs of three threads.
fn programs<O: Debug>(operation: impl Strategy<Value = O>) -> impl Strategy<Value = Vec<Vec<O>>> {
    vec(vec(operation, 1..6), 3)
}

/// Microseconds that a call may wait.
type Wait = u16;

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![2 => Just(0), 3 => 1..400u16]
}

fn deadline(wait: Wait) -> Deadline {
    if wait == 0 { Deadline::Now } else { Deadline::after(Duration::from_micros(wait.into())) }
}

#[derive(Clone, Copy, Debug)]
enum Locking {
    Acquire(Wait),
    Release,
}

fn locking() -> impl Strategy<Value = Locking> {
    prop_oneof![wait().prop_map(Locking::Acquire), Just(Locking::Release)]
}

#[derive(Clone, Copy, Debug)]
enum Permit {
    Take(Wait),
    Give(u32),
}

#[derive(Clone, Copy, Debug)]
enum Flag {
    Set,
    Clear,
    IsSet,
    Wait(Wait),
}

#[derive(Clone, Copy, Debug)]
enum Item {
    Put(u8, Wait),
    Get(Wait),
    Done,
    Len,
    Shut,
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        8 => (any::<u8>(), wait()).prop_map(|(item, wait)| Item::Put(item, wait)),
        8 => wait().prop_map(Item::Get),
        2 => Just(Item::Done),
        1 => Just(Item::Len),
        1 => Just(Item::Shut)
    ]
}

/// The items and whether the queue is shut down, after a call; `next` says which item comes out.
fn shelf(
    (items, unfinished, shut): &(Vec<u8>, u64, bool),
    call: &Call<Item, Result<u64, &'static str>>,
    capacity: usize,
    next: fn(&[u8]) -> usize,
) -> Option<(Vec<u8>, u64, bool)> {
    let (mut items, mut unfinished, mut shut) = (items.clone(), *unfinished, *shut);
    let expected = match call.operation {
        Item::Put(..) if shut => Err("shut"),
        Item::Put(..) if items.len() >= capacity => Err("full"),
        Item::Put(item, _) => {
            items.push(item);
            unfinished += 1;
            Ok(0)
        }
        Item::Get(_) if items.is_empty() => Err(if shut { "shut" } else { "empty" }),
        Item::Get(_) => Ok(items.remove(next(&items)).into()),
        Item::Done if unfinished == 0 => Err("too many"),
        Item::Done => {
            unfinished -= 1;
            Ok(0)
        }
        Item::Len => Ok(items.len() as u64),
        Item::Shut => {
            shut = true;
            Ok(0)
        }
    };
    (call.result == expected).then_some((items, unfinished, shut))
}

fn use_queue<S: Store<u8>>(queue: &Queue<u8, S>, item: Item) -> Result<u64, &'static str> {
    match item {
        Item::Put(item, wait) => match queue.put_until(item, deadline(wait)) {
            Ok(()) => Ok(0),
            Err(error) => Err(if matches!(error.reason, PutReason::ShutDown) { "shut" } else { "full" }),
        },
        Item::Get(wait) => match queue.get_until(deadline(wait)) {
            Ok(item) => Ok(item.into()),
            Err(error) => Err(if matches!(error, GetError::ShutDown) { "shut" } else { "empty" }),
        },
        Item::Done => queue.task_done().map(|()| 0).map_err(|_| "too many"),
        Item::Len => Ok(queue.len() as u64),
        Item::Shut => {
            queue.shutdown();
            Ok(0)
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Settle(u8),
    Fail,
    Cancel,
    Start,
    Ask(Wait),
    Take(Wait),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Stage {
    Pending,
    Running,
    Cancelled,
    Notified,
    Finished(u8),
    Failed,
    Taken,
}

/// The stage after a call and what the call says: a value, or the first letter of an error.
fn answer(stage: Stage, operation: Answer) -> (Stage, Result<u8, char>) {
    let open = matches!(stage, Stage::Pending | Stage::Running);
    let seen = match stage {
        Stage::Pending | Stage::Running => Err('t'),
        Stage::Cancelled | Stage::Notified => Err('c'),
        Stage::Finished(value) => Ok(value),
        Stage::Failed => Err('f'),
        Stage::Taken => Err('n'),
    };
    match operation {
        Answer::Settle(value) if open => (Stage::Finished(value), Ok(0)),
        Answer::Fail if open => (Stage::Failed, Ok(0)),
        Answer::Settle(_) | Answer::Fail => (stage, Err('d')),
        Answer::Cancel => match stage {
            Stage::Pending => (Stage::Cancelled, Ok(1)),
            Stage::Cancelled | Stage::Notified => (stage, Ok(1)),
            _ => (stage, Ok(0)),
        },
        Answer::Start => match stage {
            Stage::Pending => (Stage::Running, Ok(1)),
            Stage::Cancelled => (Stage::Notified, Ok(0)),
            _ => (stage, Ok(0)),
        },
        Answer::Ask(_) => (stage, seen),
        Answer::Take(_) if matches!(stage, Stage::Finished(_) | Stage::Failed) => (Stage::Taken, seen),
        Answer::Take(_) => (stage, seen),
    }
}

fn use_future(future: &Future<u8>, operation: Answer) -> Result<u8, char> {
    let told = |result: Result<u8, ResultError<JobError>>| {
        result.map_err(|error| match error {
            ResultError::Cancelled => 'c',
            ResultError::TimedOut => 't',
            ResultError::Interrupted => 'i',
            ResultError::Taken => 'n',
            ResultError::HandedOver => 'h',
            ResultError::Failed(_) => 'f',
        })
    };
    match operation {
        Answer::Settle(value) => future.settle(Ok(value)).map(|()| 0).map_err(|_| 'd'),
        Answer::Fail => future.settle(Err(JobError::Broken)).map(|()| 0).map_err(|_| 'd'),
        Answer::Cancel => Ok(future.cancel().into()),
        Answer::Start => Ok(future.start().is_ok().into()),
        Answer::Ask(wait) => told(future.result_until(deadline(wait))),
        Answer::Take(wait) => told(future.take_until(deadline(wait))),
    }
}

proptest! {
    #[test]
    fn a_lock_is_a_flag(programs in programs(locking())) {
        let lock = Lock::new();
        let act = |operation| match operation {
            Locking::Acquire(wait) => lock.acquire(deadline(wait)).is_ok(),
            Locking::Release => lock.release().is_ok(),
        };
        check(false, &programs, act, |held, call| match call.operation {
            Locking::Acquire(_) => (call.result != *held).then_some(true),
            Locking::Release => (call.result == *held).then_some(false),
        })?;
    }

    #[test]
    fn a_reentrant_lock_is_an_owner_and_a_depth(programs in programs(locking())) {
        let lock = Reentrant::new();
        let act = |operation| match operation {
            Locking::Acquire(wait) => lock.acquire(deadline(wait)).is_ok(),
            Locking::Release => lock.release().is_ok(),
        };
        check((0, 0), &programs, act, |&(owner, depth), call| {
            let mine = depth > 0 && owner == call.task;
            let (can, after) = match call.operation {
                Locking::Acquire(_) => (mine || depth == 0, (call.task, depth + 1)),
                Locking::Release => (mine, (if depth > 1 { owner } else { 0 }, depth.max(1) - 1)),
            };
            (call.result == can).then_some(if can { after } else { (owner, depth) })
        })?;
    }

    #[test]
    fn a_semaphore_is_a_number(
        first in 0..3u32,
        bounded in any::<bool>(),
        programs in programs(prop_oneof![wait().prop_map(Permit::Take), (1..3u32).prop_map(Permit::Give)]),
    ) {
        let permits = if bounded { Semaphore::bounded(first) } else { Semaphore::new(first) };
        let act = |operation| match operation {
            Permit::Take(wait) => permits.acquire_until(deadline(wait)).is_ok(),
            Permit::Give(n) => permits.release_many(n).is_ok(),
        };
        check(first, &programs, act, |&left, call| {
            let (can, after) = match call.operation {
                Permit::Take(_) => (left > 0, left.max(1) - 1),
                Permit::Give(n) => (!bounded || left + n <= first, left + n),
            };
            (call.result == can).then_some(if can { after } else { left })
        })?;
    }

    #[test]
    fn an_event_is_a_flag(
        programs in programs(prop_oneof![Just(Flag::Set), Just(Flag::Clear), Just(Flag::IsSet), wait().prop_map(Flag::Wait)]),
    ) {
        let event = Event::new();
        let act = |operation| match operation {
            Flag::Set => { event.set(); true }
            Flag::Clear => { event.clear(); true }
            Flag::IsSet => event.is_set(),
            Flag::Wait(wait) => event.wait_until(deadline(wait)).is_ok(),
        };
        check(false, &programs, act, |set, call| match call.operation {
            Flag::Set => Some(true),
            Flag::Clear => Some(false),
            Flag::IsSet | Flag::Wait(_) => (call.result == *set).then_some(*set),
        })?;
    }

    #[test]
    fn a_queue_is_a_list(capacity in 1..4usize, programs in programs(item())) {
        let first = (Vec::new(), 0, false);
        let (fifo, lifo, priority) = (
            Queue::with_store(Fifo::new(), Some(capacity)),
            Queue::with_store(Lifo::new(), Some(capacity)),
            Queue::with_store(Priority::new(), Some(capacity)),
        );
        let smallest = |items: &[u8]| (0..items.len()).min_by_key(|at| (items[*at], *at)).unwrap();
        check(first.clone(), &programs, |item| use_queue(&fifo, item), |state, call| shelf(state, call, capacity, |_| 0))?;
        let last = |items: &[u8]| items.len() - 1;
        check(first.clone(), &programs, |item| use_queue(&lifo, item), |state, call| shelf(state, call, capacity, last))?;
        check(first, &programs, |item| use_queue(&priority, item), |state, call| shelf(state, call, capacity, smallest))?;
    }

    #[test]
    fn a_condition_makes_a_box(
        programs in programs(prop_oneof![
            (any::<u8>(), wait()).prop_map(|(item, wait)| (Some(item), wait)),
            wait().prop_map(|wait| (None, wait))
        ]),
    ) {
        let (held, changed) = (Mutex::new(None), Condvar::new());
        let act = |(item, wait): (Option<u8>, Wait)| {
            let wait = Duration::from_micros(wait.into());
            let unfit = |held: &mut Option<u8>| held.is_some() == item.is_some();
            let (mut held, result) = changed.wait_timeout_while(held.lock().unwrap(), wait, unfit).unwrap();
            if result.timed_out() {
                return None;
            }
            let before = std::mem::replace(&mut *held, item);
            changed.notify_all();
            before.or(item)
        };
        check(None, &programs, act, |held, call| match (call.operation.0, *held) {
            (Some(item), None) => (call.result == Some(item)).then_some(Some(item)),
            (None, Some(item)) => (call.result == Some(item)).then_some(None),
            (Some(_), Some(_)) | (None, None) => call.result.is_none().then_some(*held),
        })?;
    }

    #[test]
    fn a_future_is_settled_once(
        programs in programs(prop_oneof![
            any::<u8>().prop_map(Answer::Settle),
            Just(Answer::Fail),
            Just(Answer::Cancel),
            Just(Answer::Start),
            wait().prop_map(Answer::Ask),
            wait().prop_map(Answer::Ask),
            wait().prop_map(Answer::Take)
        ]),
    ) {
        let future = Future::new();
        check(Stage::Pending, &programs, |operation| use_future(&future, operation), |stage, call| {
            let (after, result) = answer(*stage, call.operation);
            (call.result == result).then_some(after)
        })?;
    }

    #[test]
    fn who_passes_a_barrier_passes_with_all(programs in vec(vec((wait(), 0..8u8), 1..6), 4)) {
        let barrier = Barrier::new(3);
        let calls = run(&programs, |(wait, what)| match what {
            0 => { barrier.abort(); None }
            1 | 2 => { barrier.reset(); None }
            _ => barrier.wait_until(deadline(wait)).ok().map(|passed| (passed.index(), passed.is_leader())),
        });
        let passed = |index| calls.iter().filter(|call| call.result == Some((index, index == 2))).count();
        assert_eq!((passed(0), passed(1)), (passed(2), passed(2)), "{calls:?}");
        assert_eq!(calls.iter().filter(|call| call.result.is_some()).count(), 3 * passed(2), "{calls:?}");
    }
}
