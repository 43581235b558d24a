//! Each operation announces itself once, at its caller's line, and reports its effect.

use crate::recorder::Told::{self, Did, Point};
use crate::recorder::record;
use raddle_exec::{Future, JobError, Join, Pending, ReturnWhen, ThreadPool, as_completed, wait};
use raddle_kernel::{Effect, Kind, Op};
use raddle_sync::Deadline;
use std::time::Duration;

/// Announces operations on a future: at each point an operation, and after it an effect.
#[track_caller]
fn check<const N: usize>(expected: [(Op, Effect); N], f: impl FnOnce()) {
    let expected: Vec<Told> =
        expected.into_iter().flat_map(|(op, effect)| [Point(op, Kind::Future), Did(Kind::Future, effect)]).collect();
    assert_eq!(record(f), expected);
}

const SET: Effect = Effect::Set { changed: true };

fn soon() -> Deadline {
    Deadline::after(Duration::from_millis(1))
}

#[test]
fn a_future_announces_its_life() {
    check(
        [
            (Op::Result, Effect::Refused),
            (Op::Result, Effect::TimedOut),
            (Op::Look, Effect::Looked),
            (Op::Update, Effect::Started),
            (Op::Cancel, Effect::Refused),
            (Op::Update, Effect::Updated),
            (Op::Resolve, SET),
            (Op::Resolve, Effect::Refused),
            (Op::Look, Effect::Saw),
            (Op::Result, Effect::Saw),
            (Op::Update, Effect::Saw),
            (Op::Result, Effect::Saw),
        ],
        || {
            let future = Future::<u32>::new();
            assert!(future.try_result().is_err());
            assert!(future.result_until(soon()).is_err());
            assert!(!future.done());
            future.start().unwrap();
            assert!(!future.cancel());
            future.add_done_callback(|_| ());
            future.settle(Ok(1)).unwrap();
            future.settle(Ok(2)).unwrap_err();
            assert!(future.done());
            assert_eq!(future.result().unwrap(), 1);
            future.add_done_callback(|_| ());
            assert_eq!(future.take().unwrap(), 1);
        },
    );
    check(
        [
            (Op::Cancel, SET),
            (Op::Cancel, Effect::Set { changed: false }),
            (Op::Update, Effect::Started),
            (Op::Update, Effect::Refused),
            (Op::Resolve, Effect::Refused),
            (Op::Result, Effect::Saw),
        ],
        || {
            let future = Future::<u32>::new();
            assert!(future.cancel() && future.cancel());
            future.start().unwrap_err();
            future.start().unwrap_err();
            future.settle(Ok(1)).unwrap_err();
            assert!(future.result().is_err());
        },
    );
}

#[test]
fn a_wait_for_several_futures_is_one_operation() {
    let told = record(|| {
        let futures = [Future::<u32>::new(), Future::new()];
        futures[0].settle(Ok(1)).unwrap();
        assert_eq!(wait(&futures, ReturnWhen::FirstCompleted, Deadline::Never).done, [0]);
        assert_eq!(wait(&futures, ReturnWhen::AllCompleted, soon()).pending, [1]);
        assert_eq!(as_completed(&futures).next(), Some(futures[0].clone()));
    });
    let (point, did) = (|op| Point(op, Kind::Future), |effect| Did(Kind::Future, effect));
    let met = || vec![did(Effect::Submitted { pool: 0 }), did(Effect::Submitted { pool: 0 })];
    let expected = [
        vec![point(Op::Resolve), did(SET)],
        // The wait itself, and what it saw of the futures, which are known before.
        met(),
        vec![point(Op::Result), did(Effect::Saw), did(Effect::Saw), did(Effect::Looked)],
        met(),
        vec![point(Op::Result), did(Effect::TimedOut), did(Effect::Saw), did(Effect::Looked)],
        // Which of them are done makes a difference.
        met(),
        vec![point(Op::Look), did(Effect::Saw), did(Effect::Looked)],
        vec![point(Op::Result), did(Effect::Saw), did(Effect::Saw)],
    ];
    assert_eq!(told, expected.into_iter().flatten().collect::<Vec<_>>());
}

#[test]
fn a_future_that_is_waited_for_with_others_tells_them() {
    let told = record(|| {
        let future = Future::<u32>::new();
        let mut completed = as_completed(std::slice::from_ref(&future));
        future.settle(Ok(1)).unwrap();
        assert_eq!(completed.next(), Some(future));
        assert_eq!(completed.next(), None);
    });
    let (point, did) = (|op| Point(op, Kind::Future), |effect| Did(Kind::Future, effect));
    let expected = [
        vec![did(Effect::Submitted { pool: 0 })],
        vec![point(Op::Resolve), did(SET), did(SET), point(Op::Result), did(Effect::Saw), did(Effect::Saw)],
    ];
    assert_eq!(told, expected.into_iter().flatten().collect::<Vec<_>>());
}

#[test]
fn a_submission_that_finds_no_room_says_so() {
    let told = record(|| {
        let spawner = |_worker| Ok(Box::new(|_| Ok(())) as Join);
        let pool = ThreadPool::builder().size(1).backlog(1).spawner(spawner).build();
        pool.submit(|| 1).unwrap();
        assert!(pool.submit_until(|| 2, Deadline::Now).is_err());
        assert!(pool.submit_until(|| 2, soon()).is_err());
        assert_eq!(pool.statistics().waiting, 1);
        pool.shutdown(Pending::Cancel);
    });
    let pool: Vec<_> =
        told.into_iter().filter(|told| matches!(told, Point(_, Kind::Pool) | Did(Kind::Pool, _))).collect();
    let (submit, did) = (|| Point(Op::Submit, Kind::Pool), |effect| Did(Kind::Pool, effect));
    let expected = [
        submit(),
        did(Effect::Put { seq: 0, fifo: true, capacity: Some(1), hires: Some(true) }),
        submit(),
        did(Effect::Refused),
        submit(),
        did(Effect::TimedOut),
        Point(Op::Look, Kind::Pool),
        did(Effect::Looked),
    ];
    assert_eq!(pool[..8], expected);
}

#[test]
fn handing_work_over_is_one_operation_and_says_which_pool_has_it() {
    let told = record(|| {
        let pool = ThreadPool::builder().size(1).spawner(|_worker| Ok(Box::new(|_| Ok(())))).build();
        let future = pool.submit(|| 1).unwrap();
        pool.shutdown(Pending::Cancel);
        assert!(pool.submit(|| 2).is_err());
        assert!(future.result().is_err());
    });
    let (pool, future) = (Kind::Pool, Kind::Future);
    assert_eq!(
        told,
        [
            Point(Op::Submit, pool),
            Did(pool, Effect::Put { seq: 0, fifo: true, capacity: None, hires: Some(true) }),
            Did(future, Effect::Submitted { pool: 1 }),
            Point(Op::Shutdown, pool),
            Did(pool, Effect::Closed { dropped: 1, size: Some(1) }),
            Point(Op::Cancel, future),
            Did(future, SET),
            Point(Op::Submit, pool),
            Did(pool, Effect::Saw),
            Point(Op::Result, future),
            Did(future, Effect::Saw),
            // The pool is dropped.
            Point(Op::Shutdown, pool),
            Did(pool, Effect::Closed { dropped: 0, size: Some(1) }),
        ]
    );
}

#[test]
fn a_job_without_a_future_is_announced_on_the_pool_alone() {
    let told = record(|| {
        let pool = ThreadPool::builder().size(1).spawner(|_worker| Ok(Box::new(|_| Ok(())))).build();
        pool.execute(|| ()).unwrap();
        pool.shutdown(Pending::Cancel);
        pool.execute(|| ()).unwrap_err();
    });
    let (point, did) = (|op| Point(op, Kind::Pool), |effect| Did(Kind::Pool, effect));
    let handed_over = [point(Op::Submit), did(Effect::Put { seq: 0, fifo: true, capacity: None, hires: Some(true) })];
    let closed = |dropped| [point(Op::Shutdown), did(Effect::Closed { dropped, size: Some(1) })];
    let refused = [point(Op::Submit), did(Effect::Saw)];
    assert_eq!(told, [handed_over, closed(1), refused, closed(0)].into_iter().flatten().collect::<Vec<_>>());
}

#[test]
fn a_worker_takes_jobs_and_settles_their_futures() {
    let told = record(|| {
        let pool = ThreadPool::builder()
            .size(1)
            .spawner(|mut worker| {
                // Runs the one job that is there, in the place of a thread.
                let job = worker.next_until(Deadline::Now).unwrap();
                job.into_iter().for_each(raddle_exec::Taken::run);
                Ok(Box::new(|_| Ok(())))
            })
            .build();
        let failed = pool.submit(|| panic!("on purpose")).unwrap();
        assert!(matches!(failed.peek(|outcome| outcome.is_err()), Ok(true)));
    });
    // What a spawner does is part of the submission.
    assert_eq!(
        told[..2],
        [
            Point(Op::Submit, Kind::Pool),
            Did(Kind::Pool, Effect::Put { seq: 0, fifo: true, capacity: None, hires: Some(true) })
        ]
    );
    let error = JobError::Broken;
    assert_eq!(error.to_string(), "the pool broke before the job could run");
}

#[test]
fn a_request_to_stop_is_told_to_who_asks() {
    check(
        [
            (Op::Look, Effect::Looked),
            (Op::Update, Effect::Started),
            (Op::Cancel, Effect::Refused),
            (Op::Cancel, SET),
            (Op::Cancel, Effect::Refused),
            (Op::Cancel, Effect::Set { changed: false }),
            (Op::Look, Effect::Saw),
            (Op::Resolve, SET),
            (Op::Cancel, Effect::Refused),
            (Op::Cancel, Effect::Refused),
        ],
        || {
            let future = Future::<u32>::new();
            assert!(!future.unwanted());
            future.start().unwrap();
            assert!(future.request_cancel());
            assert!(future.request_cancel());
            assert!(future.unwanted());
            future.settle(Ok(1)).unwrap();
            assert!(!future.request_cancel());
        },
    );
    check([(Op::Cancel, SET)], || assert!(Future::<u32>::new().request_cancel()));
}
