//! Futures, those who wait for several of them, and pools.

use crate::executor::Pending;
use crate::future::{Future, NotStarted, ResultError};
use crate::pool::{JobError, Join, SubmitError, ThreadPool, Worker};
use crate::programs::{explore, soon, tasks};
use crate::tally::{ReturnWhen, as_completed, wait};
use crate::{Deadline, Latch, signalled, thread};
use std::io;
use std::sync::Arc;

type Answer = Future<u32, JobError>;

fn settle(future: &Answer) -> bool {
    future.settle(Ok(7)).is_ok()
}

#[test]
fn a_result_reaches_all_who_wait_for_it() {
    let ask: fn(&Answer) -> bool = |future| future.result().unwrap() == 7;
    explore("Future: 1 waiter", move || assert_eq!(tasks(Future::new(), [ask, settle]).1, [true; 2]));
    explore("Future: 2 waiters", move || assert_eq!(tasks(Future::new(), [ask, ask, settle]).1, [true; 3]));
    explore("Future: a time-out beside a waiter", move || {
        let hasty: fn(&Answer) -> bool = |future| match future.result_until(soon()) {
            Ok(value) => value == 7,
            Err(error) => matches!(error, ResultError::TimedOut),
        };
        assert_eq!(tasks(Future::new(), [hasty, ask, settle]).1, [true; 3]);
    });
    explore("Future: a signal", || {
        let interrupted: fn(&Answer) -> bool = |future| match signalled(|| future.result_until(soon())) {
            Ok(value) => value == 7,
            Err(error) => matches!(error, ResultError::Interrupted),
        };
        assert_eq!(tasks(Future::new(), [interrupted, settle]).1, [true; 2]);
    });
    explore("Future: a result is taken once", || {
        let take: fn(&Answer) -> bool = |future| match future.take() {
            Ok(value) => value == 7,
            Err(error) => {
                assert!(matches!(error, ResultError::Taken));
                false
            }
        };
        let (_, taken) = tasks(Future::new(), [take, take, settle]);
        assert!(taken[0] != taken[1]);
    });
}

#[test]
fn a_future_is_settled_once() {
    explore("Future: 2 settle", || {
        let (_, settled) = tasks(Future::new(), [settle, settle]);
        assert!(settled[0] != settled[1]);
    });
    explore("Future: settled, cancelled, asked for", || {
        let cancel: fn(&Answer) -> bool = |future| future.cancel();
        let (_, [settled, cancelled, done]) = tasks(
            Future::new(),
            [settle, cancel, |future| match future.result() {
                Ok(value) => value == 7,
                Err(error) => matches!(error, ResultError::Cancelled),
            }],
        );
        assert!(settled != cancelled && done);
    });
    explore("Future: started, cancelled", || {
        let work: fn(&Answer) -> bool = |future| match future.start() {
            Ok(()) => settle(future),
            Err(error) => {
                assert_eq!(error, NotStarted::Cancelled);
                false
            }
        };
        let (_, [worked, cancelled]) = tasks(Future::new(), [work, |future| future.cancel()]);
        assert!(worked != cancelled);
    });
}

#[test]
fn a_callback_runs_once() {
    explore("Future: a callback beside settle and cancel", || {
        let count: fn(&(Answer, Arc<Latch<u32>>)) = |(future, count)| {
            let count = Arc::clone(count);
            future.add_done_callback(move |_| *count.lock() += 1);
        };
        let shared = (Future::new(), Arc::new(Latch::new(0)));
        let ((_, calls), _) =
            tasks(shared, [count, |(future, _)| _ = settle(future), |(future, _)| _ = future.cancel()]);
        assert_eq!(*calls.lock(), 1);
    });
}

#[test]
fn who_waits_for_several_is_told_of_each() {
    type Pair = [Answer; 2];
    let pair = || [Future::new(), Future::new()];
    let first: fn(&Pair) -> bool = |pair| settle(&pair[0]);
    let second: fn(&Pair) -> bool = |pair| settle(&pair[1]);
    explore("wait: the first of 2", move || {
        tasks(
            pair(),
            [first, second, |pair| {
                let waited = wait(pair, ReturnWhen::FirstCompleted, Deadline::Never);
                !waited.done.is_empty() && waited.done.iter().all(|index| pair[*index].done())
            }],
        )
        .1
        .iter()
        .for_each(|right| assert!(right));
    });
    explore("wait: all of 2", move || {
        tasks(
            pair(),
            [first, second, |pair| {
                let waited = wait(pair, ReturnWhen::AllCompleted, Deadline::Never);
                waited.done.len() == 2 && waited.pending.is_empty()
            }],
        )
        .1
        .iter()
        .for_each(|right| assert!(right));
    });
    explore("as_completed: 2", move || {
        tasks(
            pair(),
            [first, second, |pair| as_completed(pair).map(|future| future.result().unwrap()).sum::<u32>() == 14],
        )
        .1
        .iter()
        .for_each(|right| assert!(right));
    });
}

#[test]
fn a_pool_runs_what_it_has_taken() {
    explore("ThreadPool: 1 job", || {
        let pool = ThreadPool::new(1);
        assert_eq!(pool.submit(|| 7).unwrap().result().unwrap(), 7);
    });
    explore("ThreadPool: 2 jobs, 1 thread", || {
        let pool = ThreadPool::new(1);
        let jobs = [1, 2].map(|n| pool.submit(move || n).unwrap());
        drop(pool);
        assert_eq!(jobs.map(|job| job.try_result().unwrap()), [1, 2]);
    });
    explore("ThreadPool: 3 jobs, 2 threads", || {
        let pool = ThreadPool::new(2);
        let [first, second] = [1, 2].map(|n| pool.submit(move || n).unwrap());
        assert_eq!(first.result().unwrap(), 1);
        let third = pool.submit(|| 3).unwrap();
        assert_eq!((second.result().unwrap(), third.result().unwrap()), (2, 3));
    });
    explore("ThreadPool: 2 jobs, the first needs the second", || {
        let pool = ThreadPool::new(2);
        assert_eq!(pool.submit(|| 1).unwrap().result().unwrap(), 1);
        let (asks, told) = (Answer::new(), Answer::new());
        let theirs = told.clone();
        pool.submit_for(&asks, move || Ok(theirs.result().unwrap())).unwrap();
        pool.submit_for(&told, || Ok(7)).unwrap();
        assert_eq!(asks.result().unwrap(), 7);
    });
    explore("ThreadPool: 2 jobs for 2 threads that have done others, the first needs the second", || {
        let pool = ThreadPool::new(2);
        let begun = [1, 2].map(|n| pool.submit(move || n).unwrap());
        assert_eq!(begun.map(|job| job.result().unwrap()), [1, 2]);
        let (asks, told) = (Answer::new(), Answer::new());
        let theirs = told.clone();
        pool.submit_for(&asks, move || Ok(theirs.result().unwrap())).unwrap();
        pool.submit_for(&told, || Ok(7)).unwrap();
        assert_eq!(asks.result().unwrap(), 7);
    });
    explore("ThreadPool: a job without a future", || {
        let (pool, count) = (ThreadPool::new(1), Arc::new(Latch::new(0)));
        let theirs = Arc::clone(&count);
        pool.execute(move || *theirs.lock() += 1).unwrap();
        drop(pool);
        assert_eq!(*count.lock(), 1);
    });
    explore("ThreadPool: shut down beside a submit", || {
        let (_, [ran, _]) = tasks(
            ThreadPool::new(1),
            [
                |pool| match pool.submit(|| 7) {
                    Ok(future) => future.result().unwrap() == 7,
                    Err(error) => matches!(error, SubmitError::ShutDown),
                },
                |pool| {
                    pool.shutdown(Pending::Run);
                    true
                },
            ],
        );
        assert!(ran);
    });
    explore("ThreadPool: a job is cancelled by the shutdown or runs", || {
        let pool = ThreadPool::new(1);
        let job = pool.submit(|| 7).unwrap();
        pool.shutdown(Pending::Cancel);
        pool.join();
        assert!(matches!(job.try_result(), Ok(7) | Err(ResultError::Cancelled)));
    });
    explore("ThreadPool: 2 submits wait for room", || {
        let submit: fn(&ThreadPool) -> u32 = |pool| pool.submit(|| 7).unwrap().result().unwrap();
        assert_eq!(tasks(ThreadPool::builder().size(1).backlog(1).build(), [submit, submit]).1, [7, 7]);
    });
    explore("ThreadPool: shut down beside a wait for room", || {
        let pool = ThreadPool::builder().size(1).backlog(1).build();
        let submit: fn(&ThreadPool) -> bool = |pool| match pool.submit(|| 7) {
            Ok(future) => future.result().unwrap() == 7,
            Err(error) => matches!(error, SubmitError::ShutDown),
        };
        let shutdown: fn(&ThreadPool) -> bool = |pool| {
            pool.shutdown(Pending::Run);
            true
        };
        assert_eq!(tasks(pool, [submit, submit, shutdown]).1, [true; 3]);
    });
    explore("ThreadPool: a thread that cannot be started beside a submit", || {
        let first = Latch::new(true);
        let spawner = move |worker: Worker| {
            if std::mem::take(&mut *first.lock()) {
                return Err(io::Error::other("none left"));
            }
            let thread = thread::spawn(move || worker.run());
            Ok(Box::new(move |deadline| thread.wait_until(deadline)) as Join)
        };
        let submit: fn(&ThreadPool) -> bool = |pool| match pool.submit(|| 7) {
            Ok(future) => future.result().unwrap() == 7,
            Err(error) => matches!(error, SubmitError::NoThread(_)),
        };
        let pool = ThreadPool::builder().size(1).spawner(spawner).build();
        assert_eq!(tasks(pool, [submit, submit]).1, [true; 2]);
    });
}
