//! Laws of pools.

use raddle_exec::{
    Executor, Future, JobError, Join, Pending, PoolStatistics, ResultError, SubmitError, ThreadPool, Worker,
};
use raddle_sync::{Barrier, Deadline, Event, Latch, thread};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

#[test]
fn every_job_runs_once_and_its_result_is_its_own() {
    let pool = ThreadPool::new(3);
    let runs = Arc::new(AtomicU32::new(0));
    let futures: Vec<_> = (0..500)
        .map(|n| {
            let runs = Arc::clone(&runs);
            pool.submit(move || (runs.fetch_add(1, Relaxed), n).1).unwrap()
        })
        .collect();
    for (n, future) in futures.into_iter().enumerate() {
        assert_eq!(future.take().unwrap(), n);
    }
    assert_eq!(runs.load(Relaxed), 500);
    assert!((1..=3).contains(&pool.worker_count()));
}

#[test]
fn what_a_job_was_given_is_dropped_once_whatever_its_size_and_whatever_becomes_of_it() {
    fn job<const N: usize>(pool: &ThreadPool, given: &Arc<()>) -> Future<usize> {
        let (given, ballast) = (Arc::clone(given), [1_u8; N]);
        pool.submit(move || usize::from(ballast.iter().all(|byte| *byte == 1)) * Arc::strong_count(&given)).unwrap()
    }
    let given = Arc::new(());
    for pending in [Pending::Run, Pending::Cancel] {
        let (pool, gate) = (ThreadPool::new(1), Arc::new(Event::new()));
        let theirs = Arc::clone(&gate);
        pool.execute(move || theirs.wait()).unwrap();
        let futures = [job::<0>(&pool, &given), job::<8>(&pool, &given), job::<4096>(&pool, &given)];
        futures[1].cancel();
        assert_eq!(Arc::strong_count(&given), 4);
        if pending == Pending::Cancel {
            pool.shutdown(pending);
            assert_eq!(Arc::strong_count(&given), 1);
        }
        gate.set();
        drop(pool);
        assert_eq!(Arc::strong_count(&given), 1);
        let results = futures.map(|future| future.take().ok());
        assert_eq!(results, if pending == Pending::Run { [Some(4), None, Some(2)] } else { [None; 3] });
    }
}

#[test]
fn jobs_that_need_each_other_get_as_many_workers() {
    for _ in 0..50 {
        let pool = ThreadPool::new(4);
        let meeting = Arc::new(Barrier::new(4));
        let futures: Vec<_> = (0..4)
            .map(|_| {
                let meeting = Arc::clone(&meeting);
                pool.submit(move || meeting.wait().index()).unwrap()
            })
            .collect();
        let mut places: Vec<_> = futures.iter().map(|future| future.take().unwrap()).collect();
        places.sort_unstable();
        assert_eq!((places, pool.worker_count()), (vec![0, 1, 2, 3], 4));
    }
}

#[test]
fn a_worker_that_looks_out_for_one_job_does_not_keep_another_waiting() {
    let pool = ThreadPool::new(3);
    for round in 0..2_000_u32 {
        // By now some look out, and some sleep, in every mixture: the jobs come to an end only if all three run at once.
        (0..round % 60).for_each(|_| thread::yield_now());
        for n in 0..round % 3 {
            assert_eq!(pool.submit(move || n).unwrap().take().unwrap(), n);
        }
        let meeting = Arc::new(Barrier::new(3));
        let futures: Vec<_> = (0..3)
            .map(|_| {
                let meeting = Arc::clone(&meeting);
                pool.submit(move || meeting.wait().is_leader()).unwrap()
            })
            .collect();
        assert_eq!(futures.into_iter().filter(|future| future.result().unwrap()).count(), 1);
    }
    assert_eq!((pool.worker_count(), pool.backlog_count()), (3, 0));
}

#[test]
fn jobs_begin_in_the_order_in_which_they_came() {
    let (pool, go) = busy();
    let order = Arc::new(Latch::new(Vec::new()));
    let note = |n: u32| {
        let order = Arc::clone(&order);
        move || order.lock().push(n)
    };
    (0..10).for_each(|n| pool.execute(note(n)).unwrap());
    go.set();
    pool.submit(|| ()).unwrap().take().unwrap();
    (10..20).for_each(|n| pool.execute(note(n)).unwrap());
    drop(pool);
    assert_eq!(*order.lock(), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_job_without_a_future_may_panic_or_never_run() {
    let (pool, go) = busy();
    pool.execute(|| panic!("on purpose")).unwrap();
    let after = pool.submit(|| 5).unwrap();
    go.set();
    assert_eq!((after.take().unwrap(), pool.worker_count()), (5, 1));
    let (pool, go) = busy();
    let runs = Arc::new(AtomicU32::new(0));
    let theirs = Arc::clone(&runs);
    pool.execute(move || _ = theirs.fetch_add(1, Relaxed)).unwrap();
    pool.shutdown(Pending::Cancel);
    assert!(matches!(pool.execute(|| ()), Err(SubmitError::ShutDown)));
    go.set();
    drop(pool);
    assert_eq!((runs.load(Relaxed), Arc::strong_count(&runs)), (0, 1));
}

#[test]
fn no_more_workers_are_started_than_there_are_jobs() {
    let pool = ThreadPool::new(8);
    assert_eq!(pool.worker_count(), 0);
    pool.submit(|| ()).unwrap().wait_until(Deadline::Never).unwrap();
    assert_eq!(pool.worker_count(), 1);
}

#[test]
fn a_panic_is_its_jobs_error_and_the_worker_lives_on() {
    let pool = ThreadPool::new(1);
    let failed = pool.submit(|| -> u32 { panic!("on {}", "purpose") }).unwrap();
    let Err(ResultError::Failed(JobError::Panicked(panic))) = failed.result() else { panic!("it did not fail") };
    assert_eq!(panic.message(), "on purpose");
    let again = catch_unwind(AssertUnwindSafe(|| panic.clone().resume()));
    assert_eq!(thread::panic_message(&*again.unwrap_err()), "on purpose");
    let (pool, go) = busy();
    let unlucky = pool.submit(|| 1).unwrap();
    unlucky.add_done_callback(|_| panic!("a callback, on purpose"));
    go.set();
    assert_eq!(pool.submit(|| 2).unwrap().take().unwrap(), 2);
    assert_eq!(pool.worker_count(), 1);
}

/// A pool of one whose worker is busy until the event is set.
fn busy() -> (ThreadPool, Arc<Event>) {
    let (pool, go) = (ThreadPool::new(1), Arc::new(Event::new()));
    let theirs = Arc::clone(&go);
    pool.submit(move || theirs.wait()).unwrap();
    (pool, go)
}

#[test]
fn a_shutdown_runs_or_cancels_what_waits() {
    let (pool, go) = busy();
    let waits = pool.submit(|| 1).unwrap();
    pool.shutdown(Pending::Run);
    assert!(matches!(pool.submit(|| 2), Err(SubmitError::ShutDown)));
    go.set();
    pool.join();
    pool.join();
    assert_eq!(waits.try_result().unwrap(), 1);

    let (pool, go) = busy();
    while pool.backlog_count() > 0 {
        thread::yield_now();
    }
    let waits = pool.submit(|| 1).unwrap();
    pool.shutdown(Pending::Cancel);
    assert!(waits.cancelled());
    go.set();
    drop(pool);
    assert!(matches!(waits.try_result(), Err(ResultError::Cancelled)));
}

#[test]
fn a_dropped_pool_has_run_everything() {
    let runs = Arc::new(AtomicU32::new(0));
    let pool = ThreadPool::new(2);
    for _ in 0..100 {
        let runs = Arc::clone(&runs);
        pool.submit(move || runs.fetch_add(1, Relaxed)).unwrap();
    }
    drop(pool);
    assert_eq!(runs.load(Relaxed), 100);
}

#[test]
fn a_job_may_be_the_last_to_drop_its_pool() {
    let pool = Arc::new(ThreadPool::new(2));
    let (theirs, go) = (Arc::clone(&pool), Arc::new(Event::new()));
    let (start, done) = (Arc::clone(&go), Future::<bool>::new());
    let told = done.clone();
    pool.submit(move || {
        start.wait();
        drop(theirs);
        told.settle(Ok(true)).unwrap();
    })
    .unwrap();
    drop(pool);
    go.set();
    assert!(done.take().unwrap());
}

#[test]
fn a_cancelled_job_never_runs() {
    let (pool, go) = busy();
    while pool.backlog_count() > 0 {
        thread::yield_now();
    }
    let never = pool.submit(|| panic!("it ran")).unwrap();
    assert!(never.cancel());
    go.set();
    assert_eq!(pool.submit(|| 1).unwrap().take().unwrap(), 1);
    assert!(matches!(never.try_result(), Err(ResultError::Cancelled)));
}

#[test]
fn an_initializer_runs_in_each_worker_or_breaks_the_pool() {
    let starts = Arc::new(AtomicU32::new(0));
    let theirs = Arc::clone(&starts);
    let pool = ThreadPool::builder().size(2).initializer(move || _ = theirs.fetch_add(1, Relaxed)).build();
    pool.submit(|| ()).unwrap().wait_until(Deadline::Never).unwrap();
    assert_eq!(starts.load(Relaxed), 1);

    let pool = ThreadPool::builder().size(2).initializer(|| panic!("on purpose")).build();
    let future = pool.submit(|| 1).unwrap();
    assert!(matches!(future.take(), Err(ResultError::Failed(JobError::Broken))));
    assert!(matches!(pool.submit(|| 2), Err(SubmitError::Broken)));
}

#[test]
fn a_pool_without_threads_says_so_and_takes_nothing() {
    let pool = ThreadPool::builder().size(1).spawner(|_| Err(io::Error::other("none left"))).build();
    assert!(matches!(pool.submit(|| 1), Err(SubmitError::NoThread(_))));
    assert_eq!((pool.backlog_count(), pool.worker_count()), (0, 0));
}

/// Submits a job while the pool's only worker is being started for another, which fails with `first`; what came to either.
fn while_starting(
    first: fn() -> io::Error,
    others: bool,
) -> (Result<(), SubmitError>, Result<u32, ResultError<JobError>>) {
    let (started, submitted) = (Arc::new(Event::new()), Arc::new(Event::new()));
    let (theirs, seen, calls) = (Arc::clone(&started), Arc::clone(&submitted), AtomicU32::new(0));
    let spawner = move |worker: Worker| {
        if calls.fetch_add(1, Relaxed) == 0 {
            theirs.set();
            seen.wait();
            return Err(first());
        }
        if !others {
            return Err(first());
        }
        let thread = thread::spawn(move || worker.run());
        Ok(Box::new(move |deadline| thread.wait_until(deadline)) as Join)
    };
    let pool = ThreadPool::builder().size(1).spawner(spawner).build();
    thread::scope(|scope| {
        let first = scope.spawn(|| pool.submit(|| 1).map(drop));
        started.wait();
        let second = pool.submit(|| 2).unwrap();
        submitted.set();
        (first.join().unwrap(), second.take())
    })
}

#[test]
fn nobody_waits_for_a_worker_that_does_not_come() {
    let (first, second) = while_starting(|| io::Error::other("none left"), true);
    assert!(matches!((first, second), (Err(SubmitError::NoThread(_)), Ok(2))));
    let (first, second) = while_starting(|| io::Error::other("none left"), false);
    assert!(matches!((first, second), (Err(SubmitError::NoThread(_)), Err(ResultError::Failed(JobError::NoThread)))));
    let (first, second) = while_starting(|| io::ErrorKind::Interrupted.into(), true);
    assert!(matches!((first, second), (Err(SubmitError::NoThread(_)), Ok(2))));
}

/// A pool of one, with room for one job to wait, whose worker is busy until the event is set.
fn busy_and_bounded() -> (ThreadPool, Arc<Event>) {
    let (pool, go) = (ThreadPool::builder().size(1).backlog(1).build(), Arc::new(Event::new()));
    let theirs = Arc::clone(&go);
    pool.submit(move || theirs.wait()).unwrap();
    while pool.backlog_count() > 0 {
        thread::yield_now();
    }
    (pool, go)
}

#[test]
fn a_submission_waits_for_room_in_the_backlog() {
    let (pool, go) = busy_and_bounded();
    pool.submit(|| ()).unwrap();
    assert!(matches!(pool.submit_until(|| (), Deadline::Now), Err(SubmitError::Full)));
    let soon = Deadline::after(Duration::from_micros(10));
    assert!(matches!(pool.submit_until(|| (), soon), Err(SubmitError::Full)));
    let runs = Arc::new(AtomicU32::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let runs = Arc::clone(&runs);
                    pool.submit(move || _ = runs.fetch_add(1, Relaxed)).unwrap();
                    assert!(pool.backlog_count() <= 1);
                }
            });
        }
        go.set();
    });
    pool.shutdown(Pending::Run);
    pool.join();
    assert_eq!(runs.load(Relaxed), 150);
    let expected = PoolStatistics { size: 1, workers: 1, submitted: 152, taken: 152, waiting: 0, backlog: Some(1) };
    assert_eq!(pool.statistics(), expected);
}

#[test]
fn a_shutdown_ends_the_wait_for_room() {
    for pending in [Pending::Run, Pending::Cancel] {
        let (pool, go) = busy_and_bounded();
        pool.submit(|| ()).unwrap();
        thread::scope(|scope| {
            let submissions: Vec<_> = (0..2).map(|_| scope.spawn(|| pool.submit(|| ()).map(drop))).collect();
            pool.shutdown(pending);
            for submission in submissions {
                assert!(matches!(submission.join().unwrap(), Err(SubmitError::ShutDown)));
            }
            go.set();
        });
        let PoolStatistics { submitted, taken, waiting, .. } = pool.statistics();
        assert_eq!((submitted, waiting), (2, if pending == Pending::Run { (2 - taken) as usize } else { 0 }));
    }
}

#[test]
fn who_waits_for_room_starts_the_worker_that_another_could_not() {
    let (first, submitted) = (AtomicU32::new(0), Arc::new(Event::new()));
    let seen = Arc::clone(&submitted);
    let spawner = move |worker: Worker| {
        if first.fetch_add(1, Relaxed) == 0 {
            seen.wait();
            return Err(io::Error::other("none left"));
        }
        let thread = thread::spawn(move || worker.run());
        Ok(Box::new(move |deadline| thread.wait_until(deadline)) as Join)
    };
    let pool = ThreadPool::builder().size(1).backlog(1).spawner(spawner).build();
    thread::scope(|scope| {
        let first = scope.spawn(|| pool.submit(|| 1).map(drop));
        while pool.backlog_count() == 0 {
            thread::yield_now();
        }
        let second = scope.spawn(|| pool.submit(|| 2).unwrap().take().unwrap());
        submitted.set();
        assert!(matches!(first.join().unwrap(), Err(SubmitError::NoThread(_))));
        assert_eq!(second.join().unwrap(), 2);
    });
}

#[test]
#[should_panic(expected = "a pool must let at least one job wait")]
fn a_backlog_of_none_is_refused() {
    let _ = ThreadPool::builder().backlog(0);
}

#[test]
fn a_worker_whose_start_was_interrupted_may_run_all_the_same() {
    let spawner = |worker: Worker| {
        thread::spawn(move || worker.run());
        Err(io::ErrorKind::Interrupted.into())
    };
    let pool = ThreadPool::builder().size(1).spawner(spawner).build();
    // The submission failed, whether or not the worker was faster.
    assert!(matches!(pool.submit(|| 1), Err(SubmitError::NoThread(_))));
    assert_eq!(pool.submit(|| 2).unwrap().take().unwrap(), 2);
    assert_eq!(pool.worker_count(), 1);
}

#[test]
fn a_map_keeps_the_order_and_cancels_what_nobody_asks_for() {
    let pool = ThreadPool::new(3);
    let squares: Vec<u32> = pool.map(|n: u32| n * n, 0..50).unwrap().map(Result::unwrap).collect();
    assert_eq!(squares, (0..50).map(|n| n * n).collect::<Vec<_>>());

    let (pool, go) = busy();
    while pool.backlog_count() > 0 {
        thread::yield_now();
    }
    let runs = Arc::new(AtomicU32::new(0));
    let theirs = Arc::clone(&runs);
    let mut map = Executor::map(&pool, move |_: u32| theirs.fetch_add(1, Relaxed), 0..10).unwrap();
    assert!(matches!(map.next_until(Deadline::Now), Some(Err(ResultError::TimedOut))));
    drop(map);
    go.set();
    drop(pool);
    assert_eq!(runs.load(Relaxed), 0);
}
