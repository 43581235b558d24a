//! Each operation announces itself once, at its caller's line, and reports its effect.

use crate::recorder::Told::{self, Did, Point};
use crate::recorder::record;
use raddle_kernel::{Effect, Kind, Op};
use raddle_sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use raddle_sync::queue::{Fifo, Lifo, Priority};
use raddle_sync::{
    Barrier, Condvar, Deadline, Event, Lock, Mutex, Queue, Reentrant, ReentrantLock, Semaphore, Shared, thread,
};
use std::cell::Cell;
use std::collections::VecDeque;
use std::time::Duration;

/// What a call announces: at its point an operation, and after it an effect.
type Step<'a> = (&'a dyn Fn(), Op, Effect);

/// The calls announce that, one after another, of objects of this kind.
#[track_caller]
fn check(kind: Kind, steps: &[Step<'_>]) {
    let expected: Vec<Told> = steps.iter().flat_map(|(_, op, effect)| [Point(*op, kind), Did(kind, *effect)]).collect();
    assert_eq!(record(|| steps.iter().for_each(|(call, ..)| call())), expected);
}

/// The same of a function that makes them all.
#[track_caller]
fn check_all<const N: usize>(kind: Kind, expected: [(Op, Effect); N], f: impl FnOnce()) {
    let expected: Vec<Told> =
        expected.into_iter().flat_map(|(op, effect)| [Point(op, kind), Did(kind, effect)]).collect();
    assert_eq!(record(f), expected);
}

fn soon() -> Deadline {
    Deadline::after(Duration::from_millis(1))
}

#[test]
fn locks_announce_acquire_and_release() {
    let lock = Lock::new();
    check(
        Kind::Lock,
        &[
            (&|| lock.acquire(Deadline::Never).unwrap(), Op::Acquire, Effect::Acquired),
            (&|| _ = lock.acquire(Deadline::Now).unwrap_err(), Op::Acquire, Effect::Refused),
            (&|| _ = lock.acquire(soon()).unwrap_err(), Op::Acquire, Effect::TimedOut),
            (&|| assert!(lock.is_locked()), Op::Look, Effect::Looked),
            (&|| lock.release().unwrap(), Op::Release, Effect::Released),
            (&|| _ = lock.release().unwrap_err(), Op::Release, Effect::Refused),
        ],
    );
}

#[test]
fn mutexes_announce_acquire_and_release() {
    check_all(
        Kind::Mutex,
        [
            (Op::Acquire, Effect::Acquired),
            (Op::Acquire, Effect::Refused),
            (Op::Acquire, Effect::TimedOut),
            (Op::Release, Effect::Released),
        ],
        || {
            let mutex = Mutex::new(1);
            let guard = mutex.lock().unwrap();
            assert!(mutex.try_lock().is_err());
            assert!(mutex.lock_until(soon()).is_err());
            drop(guard);
        },
    );
}

#[test]
fn reentrant_locks_tell_apart_taking_and_taking_again() {
    let lock = Reentrant::new();
    let acquire = || lock.acquire(Deadline::Never).unwrap();
    let saved = Cell::new(None);
    check(
        Kind::ReentrantLock,
        &[
            (&acquire, Op::Acquire, Effect::Acquired),
            (&acquire, Op::Acquire, Effect::Reentered),
            (&|| lock.release().unwrap(), Op::Release, Effect::Unwound),
            (&|| lock.release().unwrap(), Op::Release, Effect::Released),
            (&|| _ = lock.release().unwrap_err(), Op::Release, Effect::Refused),
            (&acquire, Op::Acquire, Effect::Acquired),
            (&acquire, Op::Acquire, Effect::Reentered),
            (&|| saved.set(Some(lock.release_save().unwrap())), Op::Release, Effect::Released),
            (&|| lock.acquire_restore(saved.take().unwrap(), Deadline::Never).unwrap(), Op::Acquire, Effect::Acquired),
        ],
    );
    assert_eq!(lock.count(), 2);
    check_all(
        Kind::ReentrantLock,
        [
            (Op::Acquire, Effect::Acquired),
            (Op::Acquire, Effect::Reentered),
            (Op::Release, Effect::Unwound),
            (Op::Release, Effect::Released),
        ],
        || {
            let lock = ReentrantLock::new(());
            let outer = lock.lock();
            drop(lock.try_lock().unwrap());
            drop(outer);
        },
    );
}

#[test]
fn a_wait_on_a_condition_is_to_queue_and_to_lock_again() {
    let told = record(|| {
        let (mutex, changed) = (Mutex::new(()), Condvar::new());
        let guard = mutex.lock().unwrap();
        let (_guard, result) = changed.wait_timeout(guard, Duration::from_millis(1)).unwrap();
        assert!(result.timed_out());
        changed.notify_all();
        assert_eq!(changed.waiters(), 0);
    });
    assert_eq!(
        told,
        [
            Point(Op::Acquire, Kind::Mutex),
            Did(Kind::Mutex, Effect::Acquired),
            Point(Op::Wait, Kind::Condvar),
            Did(Kind::Condvar, Effect::Enqueued),
            Did(Kind::Condvar, Effect::GaveUp),
            Point(Op::Acquire, Kind::Mutex),
            Did(Kind::Mutex, Effect::Acquired),
            Point(Op::Notify, Kind::Condvar),
            Did(Kind::Condvar, Effect::Notified { woken: 0 }),
            Point(Op::Look, Kind::Condvar),
            Did(Kind::Condvar, Effect::Looked),
            Point(Op::Release, Kind::Mutex),
            Did(Kind::Mutex, Effect::Released),
        ]
    );
}

#[test]
fn semaphores_report_how_many_permits_there_are() {
    let semaphore = Semaphore::bounded(2);
    check(
        Kind::Semaphore,
        &[
            (&|| semaphore.acquire(), Op::Acquire, Effect::Took { left: 1 }),
            (&|| semaphore.acquire(), Op::Acquire, Effect::Took { left: 0 }),
            (&|| assert!(!semaphore.try_acquire()), Op::Acquire, Effect::Refused),
            (&|| _ = semaphore.acquire_until(soon()).unwrap_err(), Op::Acquire, Effect::TimedOut),
            (&|| semaphore.release_many(2).unwrap(), Op::Release, Effect::Gave { before: 0, after: 2, bound: Some(2) }),
            (&|| _ = semaphore.release().unwrap_err(), Op::Release, Effect::Refused),
            (&|| assert_eq!(semaphore.permits(), 2), Op::Look, Effect::Looked),
        ],
    );
}

#[test]
fn events_report_whether_they_changed() {
    check_all(
        Kind::Event,
        [
            (Op::Look, Effect::Looked),
            (Op::Begin, Effect::Begun),
            (Op::Wait, Effect::TimedOut),
            (Op::Set, Effect::Set { changed: true }),
            (Op::Set, Effect::Set { changed: false }),
            (Op::Begin, Effect::Begun),
            (Op::Wait, Effect::Saw),
            (Op::Look, Effect::Saw),
            (Op::Clear, Effect::Cleared { changed: true }),
            (Op::Clear, Effect::Cleared { changed: false }),
        ],
        || {
            let event = Event::new();
            assert!(!event.is_set());
            event.wait_until(soon()).unwrap_err();
            event.set();
            event.set();
            event.wait();
            assert!(event.is_set());
            event.clear();
            event.clear();
        },
    );
}

#[test]
fn barriers_announce_arriving_and_passing() {
    check_all(
        Kind::Barrier,
        [
            (Op::Arrive, Effect::Arrived { left: 0 }),
            (Op::Pass, Effect::Passed),
            (Op::Arrive, Effect::Arrived { left: 0 }),
            (Op::Arrive, Effect::Arrived { left: 0 }),
            (Op::Pass, Effect::Passed),
            (Op::Abort, Effect::Broke),
            (Op::Arrive, Effect::Saw),
            (Op::Look, Effect::Looked),
            (Op::Abort, Effect::Broke),
        ],
        || {
            let barrier = Barrier::new(1);
            assert!(barrier.wait().is_leader());
            barrier.wait_with(Deadline::Never, || Ok::<(), ()>(())).unwrap();
            barrier.abort();
            barrier.wait_until(Deadline::Never).unwrap_err();
            assert!(barrier.is_broken());
            barrier.reset();
        },
    );
    let told = record(|| assert!(Barrier::new(2).wait_until(soon()).is_err()));
    assert_eq!(
        told,
        [
            Point(Op::Arrive, Kind::Barrier),
            Did(Kind::Barrier, Effect::Arrived { left: 1 }),
            Point(Op::Pass, Kind::Barrier),
            // Running out of time breaks the barrier, in the same step.
            Did(Kind::Barrier, Effect::TimedOut),
            Did(Kind::Barrier, Effect::Broke),
        ]
    );
}

#[test]
fn a_batch_is_one_operation_with_an_effect_for_each_item() {
    let (fifo, mut taken) = (true, Vec::new());
    let queue = Queue::with_store(Fifo::new(), Some(2));
    let told = record(|| {
        let mut items = VecDeque::from(['a', 'b', 'c']);
        queue.put_many_until(&mut items, soon()).unwrap_err();
        queue.try_put_many(&mut items).unwrap_err();
        queue.get_many(&mut taken, 1).unwrap();
        queue.try_put_many(&mut items).unwrap();
        queue.get_many(&mut taken, 3).unwrap();
        queue.try_get_many(&mut taken, 3).unwrap_err();
        assert_eq!(queue.statistics().puts, 3);
    });
    let (get, put) = (|| Point(Op::Get, Kind::Queue), || Point(Op::Put, Kind::Queue));
    let did = |effect| Did(Kind::Queue, effect);
    let expected = [
        put(),
        did(Effect::Put { seq: 0, fifo, capacity: Some(2), hires: None }),
        did(Effect::Put { seq: 1, fifo, capacity: Some(2), hires: None }),
        did(Effect::Looked),
        put(),
        did(Effect::TimedOut),
        put(),
        did(Effect::Refused),
        get(),
        did(Effect::Got { seq: 0, fifo }),
        put(),
        did(Effect::Put { seq: 2, fifo, capacity: Some(2), hires: None }),
        get(),
        did(Effect::Got { seq: 1, fifo }),
        did(Effect::Got { seq: 2, fifo }),
        did(Effect::Looked),
        get(),
        did(Effect::Refused),
        Point(Op::Look, Kind::Queue),
        did(Effect::Looked),
    ];
    assert_eq!(told, expected);
    assert_eq!(taken, ['a', 'b', 'c']);
}

#[test]
fn queues_number_their_items() {
    let queue = Queue::bounded(2);
    let fifo = true;
    check(
        Kind::Queue,
        &[
            (&|| _ = queue.try_get().unwrap_err(), Op::Get, Effect::Refused),
            (&|| queue.put('a').unwrap(), Op::Put, Effect::Put { seq: 0, fifo, capacity: Some(2), hires: None }),
            (&|| queue.put('b').unwrap(), Op::Put, Effect::Put { seq: 1, fifo, capacity: Some(2), hires: None }),
            (&|| _ = queue.try_put('c').unwrap_err(), Op::Put, Effect::Refused),
            (&|| _ = queue.put_until('c', soon()).unwrap_err(), Op::Put, Effect::TimedOut),
            (&|| assert_eq!(queue.get(), Ok('a')), Op::Get, Effect::Got { seq: 0, fifo }),
            (&|| assert_eq!(queue.len(), 1), Op::Look, Effect::Looked),
            (&|| _ = queue.join_until(soon()).unwrap_err(), Op::JoinQueue, Effect::TimedOut),
            (&|| queue.task_done().unwrap(), Op::TaskDone, Effect::Finished { left: 1 }),
            (&|| queue.shutdown_now(), Op::Shutdown, Effect::Closed { dropped: 1, size: None }),
            (&|| queue.join(), Op::JoinQueue, Effect::Saw),
            (&|| _ = queue.put('c').unwrap_err(), Op::Put, Effect::Saw),
            (&|| _ = queue.get().unwrap_err(), Op::Get, Effect::Saw),
            (&|| _ = queue.task_done().unwrap_err(), Op::TaskDone, Effect::Refused),
        ],
    );
}

#[test]
fn an_item_keeps_its_number_whenever_it_comes_out() {
    let (fifo, out) = (false, [1, 0]);
    let expected = [
        (Op::Put, Effect::Put { seq: 0, fifo, capacity: None, hires: None }),
        (Op::Put, Effect::Put { seq: 1, fifo, capacity: None, hires: None }),
        (Op::Get, Effect::Got { seq: 1, fifo }),
        (Op::Get, Effect::Got { seq: 0, fifo }),
    ];
    check_all(Kind::Queue, expected, || {
        let queue = Queue::with_store(Lifo::new(), None);
        (0..2).for_each(|item| queue.put(item).unwrap());
        assert_eq!([queue.get().unwrap(), queue.get().unwrap()], out);
    });
    check_all(Kind::Queue, expected, || {
        let queue = Queue::with_store(Priority::new(), None);
        (0..2).rev().for_each(|item| queue.put(item).unwrap());
        assert_eq!([queue.get().unwrap(), queue.get().unwrap()], [0, 1]);
    });
}

#[test]
fn atomics_announce_reads_writes_and_updates() {
    let (order, cell) = (Ordering::SeqCst, AtomicU32::new(1));
    check(
        Kind::Atomic,
        &[
            (&|| assert_eq!(cell.load(order), 1), Op::Read, Effect::Read),
            (&|| cell.store(2, order), Op::Write, Effect::Wrote),
            (&|| assert_eq!(cell.fetch_add(1, order), 2), Op::Update, Effect::Updated),
            (&|| assert_eq!(cell.compare_exchange(3, 4, order, order), Ok(3)), Op::Update, Effect::Updated),
            (&|| assert_eq!(cell.compare_exchange_weak(3, 4, order, order), Err(4)), Op::Update, Effect::Read),
            (&|| assert!(!AtomicBool::new(false).fetch_not(order)), Op::Update, Effect::Updated),
            (&|| assert!(AtomicPtr::<u8>::default().load(order).is_null()), Op::Read, Effect::Read),
        ],
    );
    let read_and_exchange = [(Op::Read, Effect::Read), (Op::Update, Effect::Updated)];
    check_all(Kind::Atomic, read_and_exchange, || {
        assert_eq!(cell.fetch_update(order, order, |n| n.checked_add(1)), Ok(4));
    });
}

#[test]
fn an_update_of_a_shared_cell_is_a_read_and_a_write() {
    check_all(
        Kind::Shared,
        [
            (Op::Read, Effect::Read),
            (Op::Write, Effect::Wrote),
            (Op::Read, Effect::Read),
            (Op::Write, Effect::Wrote),
            (Op::Read, Effect::Read),
            (Op::Update, Effect::Updated),
        ],
        || {
            let cell = Shared::new(1);
            assert_eq!(cell.get(), 1);
            cell.set(2);
            cell.update(|n| n + 1);
            assert_eq!(cell.with(|n| *n), 3);
            assert_eq!(cell.replace(4), 3);
        },
    );
}

#[test]
fn what_runs_inside_an_access_is_silent() {
    let told = record(|| {
        let inner = Shared::new(1);
        Shared::new(()).with(|()| inner.set(2));
    });
    assert_eq!(told, [Point(Op::Read, Kind::Shared), Did(Kind::Shared, Effect::Read)]);
}

#[test]
fn threads_announce_their_start_their_end_and_their_join() {
    let told = record(|| {
        let task = thread::spawn(|| 1);
        assert!(task.is_finished());
        assert_eq!(task.join().unwrap(), 1);
    });
    let [Point(Op::Spawn, Kind::Thread), exited, Did(Kind::Thread, Effect::Spawned(_)), rest @ ..] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(*exited, Did(Kind::Thread, Effect::Exited));
    assert_eq!(
        rest,
        [
            Point(Op::Look, Kind::Thread),
            Did(Kind::Thread, Effect::Saw),
            Point(Op::Join, Kind::Thread),
            Did(Kind::Thread, Effect::Joined),
        ]
    );
}

#[test]
fn a_scope_joins_what_was_not_joined_in_it() {
    let joins = |told: Vec<Told>| told.into_iter().filter(|told| *told == Point(Op::Join, Kind::Thread)).count();
    assert_eq!(joins(record(|| thread::scope(|scope| drop(scope.spawn(|| ()))))), 1);
    assert_eq!(joins(record(|| thread::scope(|scope| scope.spawn(|| ()).join().unwrap()))), 1);
}

#[test]
fn sleeping_and_yielding_are_points() {
    let told = record(|| {
        thread::sleep(Duration::from_secs(3600));
        thread::yield_now();
    });
    assert_eq!(told.first(), Some(&Point(Op::Sleep, Kind::Clock)));
    assert_eq!(
        told[told.len() - 3..],
        [Did(Kind::Clock, Effect::Slept), Point(Op::Yield, Kind::Clock), Did(Kind::Clock, Effect::Yielded),]
    );
}
