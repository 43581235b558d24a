//! Laws of futures.

use raddle_exec::{
    Future, Gathering, JobError, NotStarted, Notice, ResultError, ReturnWhen, Stage, as_completed, wait,
};
use raddle_sync::{Deadline, Stopped};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

type Plain = Future<u32, &'static str>;

/// A future at each stage.
fn at(stage: Stage) -> Plain {
    let future = Plain::new();
    match stage {
        Stage::Pending => {}
        Stage::Running => future.start().unwrap(),
        Stage::Cancelled => assert!(future.cancel()),
        Stage::CancelledAndNotified => {
            assert!(future.cancel());
            assert_eq!(future.start(), Err(NotStarted::Cancelled));
        }
        Stage::Finished => future.settle(Ok(1)).unwrap(),
        Stage::HandedOver => assert_eq!(future.hand_over(&Plain::new()), Some((Stage::Pending, None))),
    }
    assert_eq!(future.stage(), stage);
    future
}

const STAGES: [Stage; 6] =
    [Stage::Pending, Stage::Running, Stage::Cancelled, Stage::CancelledAndNotified, Stage::Finished, Stage::HandedOver];

#[test]
fn stages_allow_what_their_table_says() {
    use Stage::{Cancelled, CancelledAndNotified, Finished, HandedOver, Pending, Running};
    let after = |act: fn(&Plain)| {
        STAGES.map(|stage| {
            let future = at(stage);
            act(&future);
            future.stage()
        })
    };
    let started = after(|future| _ = future.start());
    assert_eq!(started, [Running, Running, CancelledAndNotified, CancelledAndNotified, Finished, HandedOver]);
    let settled = after(|future| _ = future.settle(Err("late")));
    assert_eq!(settled, [Finished, Finished, Cancelled, CancelledAndNotified, Finished, HandedOver]);
    let cancelled = after(|future| _ = future.cancel());
    assert_eq!(cancelled, [Cancelled, Running, Cancelled, CancelledAndNotified, Finished, HandedOver]);
    assert_eq!(STAGES.map(|stage| at(stage).cancel()), [true, false, true, true, false, false]);
    assert_eq!(
        STAGES.map(|stage| at(stage).settle(Ok(2)).map_err(|e| e.value)),
        [Ok(()), Ok(()), Err(Ok(2)), Err(Ok(2)), Err(Ok(2)), Err(Ok(2))]
    );
    assert_eq!(
        STAGES.map(|stage| at(stage).try_result()),
        [
            Err(ResultError::TimedOut),
            Err(ResultError::TimedOut),
            Err(ResultError::Cancelled),
            Err(ResultError::Cancelled),
            Ok(1),
            Err(ResultError::HandedOver)
        ]
    );
    assert_eq!([Pending, Finished].map(|stage| at(stage).running()), [false; 2]);
}

#[test]
fn everybody_who_waits_gets_the_result() {
    for _ in 0..100 {
        let future = Plain::new();
        thread::scope(|scope| {
            let waiters: Vec<_> = (0..3).map(|_| scope.spawn(|| future.result())).collect();
            future.settle(Ok(5)).unwrap();
            assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap() == Ok(5)));
        });
    }
}

#[test]
fn a_result_can_be_taken_once_and_copied_as_often_as_you_like() {
    let future = Plain::new();
    future.settle(Ok(5)).unwrap();
    assert_eq!((future.result(), future.result(), future.take()), (Ok(5), Ok(5), Ok(5)));
    assert_eq!((future.take(), future.result()), (Err(ResultError::Taken), Err(ResultError::Taken)));
    let failed = Plain::new();
    failed.settle(Err("no")).unwrap();
    assert_eq!(failed.result(), Err(ResultError::Failed("no")));
}

#[test]
fn a_wait_that_runs_out_of_time_leaves_the_future_as_it_was() {
    let future = Plain::new();
    assert_eq!(future.wait_until(Deadline::At(Instant::now())), Err(Stopped::TimedOut));
    assert_eq!(future.stage(), Stage::Pending);
    assert!(future.cancel());
    future.wait_until(Deadline::Now).unwrap();
}

#[test]
fn callbacks_run_once_in_order_and_all_of_them() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let future = Plain::new();
    for n in 0..3 {
        let calls = Arc::clone(&calls);
        future.add_done_callback(move |future| {
            calls.lock().unwrap().push((n, future.try_result()));
            assert_ne!(n, 1, "on purpose");
        });
    }
    assert!(calls.lock().unwrap().is_empty());
    let settled = catch_unwind(AssertUnwindSafe(|| future.settle(Ok(9))));
    assert!(settled.is_err(), "the panic of a callback reaches whoever settles");
    let theirs = Arc::clone(&calls);
    future.add_done_callback(move |future| theirs.lock().unwrap().push((3, future.try_result())));
    assert_eq!(*calls.lock().unwrap(), [0, 1, 2, 3].map(|n| (n, Ok(9))));
}

#[test]
fn a_wait_for_several_ends_when_enough_are_done() {
    let [pending, failed, cancelled, done] = [(); 4].map(|()| Plain::new());
    failed.settle(Err("no")).unwrap();
    assert!(cancelled.cancel());
    done.settle(Ok(1)).unwrap();
    let all = [pending.clone(), failed, cancelled, done];
    let waited = wait(&all, ReturnWhen::AllCompleted, Deadline::Now);
    assert_eq!((waited.done, waited.pending, waited.stopped), (vec![1, 2, 3], vec![0], Some(Stopped::TimedOut)));
    for when in [ReturnWhen::FirstCompleted, ReturnWhen::FirstFailed] {
        assert_eq!(wait(&all, when, Deadline::Now).stopped, None);
    }
    // A cancellation is no failure.
    let waited = wait(&all[2..], ReturnWhen::FirstFailed, Deadline::Now);
    assert_eq!((waited.done, waited.stopped), (vec![0, 1], None));
    let waited = wait(&[all[0].clone(), all[2].clone()], ReturnWhen::FirstFailed, Deadline::Now);
    assert_eq!(waited.stopped, Some(Stopped::TimedOut));
    assert_eq!(wait::<u32, ()>(&[], ReturnWhen::FirstCompleted, Deadline::Now).stopped, None);
    thread::scope(|scope| {
        scope.spawn(|| pending.settle(Ok(0)).unwrap());
        assert_eq!(wait(&all, ReturnWhen::AllCompleted, Deadline::Never).pending, []);
    });
}

#[test]
fn futures_come_out_as_they_are_done() {
    for _ in 0..50 {
        let futures: Vec<Plain> = (0..4).map(|_| Plain::new()).collect();
        thread::scope(|scope| {
            for pair in futures.chunks(2) {
                scope.spawn(|| pair.iter().for_each(|future| future.settle(Ok(1)).unwrap()));
            }
            let seen: Vec<_> = as_completed(&futures).collect();
            assert_eq!(seen.len(), 4);
            assert!(seen.iter().all(|future| future.try_result() == Ok(1)));
            for pair in futures.chunks(2) {
                let place = |future| seen.iter().position(|known| known == future);
                assert!(place(&pair[0]) < place(&pair[1]));
            }
        });
    }
}

#[test]
fn a_cancellation_can_be_told_late() {
    let future = Future::<u32, JobError>::with_notice(Notice::ByExecutor);
    let alone = [future.clone()];
    assert!(future.cancel());
    assert!(future.done());
    assert_eq!(wait(&alone, ReturnWhen::AllCompleted, Deadline::Now).done, []);
    let mut completed = as_completed(&alone);
    completed.next_until(Deadline::Now).unwrap_err();
    future.start().unwrap_err();
    assert_eq!(wait(&alone, ReturnWhen::AllCompleted, Deadline::Now).done, [0]);
    assert_eq!(completed.next(), Some(future));
}

#[test]
fn who_waits_for_a_future_that_is_handed_over_is_told_and_several_follow_the_heir() {
    let (future, heir) = (Plain::new(), Plain::new());
    future.start().unwrap();
    let several = Gathering::new(std::slice::from_ref(&future));
    thread::scope(|scope| {
        let one = scope.spawn(|| future.result());
        assert_eq!(future.hand_over(&heir), Some((Stage::Running, None)));
        assert_eq!(future.hand_over(&Plain::new()), None);
        assert_eq!(one.join().unwrap(), Err(ResultError::HandedOver));
    });
    assert_eq!(several.until(ReturnWhen::AllCompleted, Deadline::Now).stopped, Some(Stopped::TimedOut));
    heir.settle(Ok(3)).unwrap();
    assert_eq!(several.until(ReturnWhen::AllCompleted, Deadline::Now).stopped, None);
}
