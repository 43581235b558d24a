//! Each kind of finding that toys can show, and that it replays.

use crate::toy::{Cell, Child, Condition, Lock, search, search_heard, search_with, together};
use raddle_explore::{Closure, Front, Options, StrategyKind, replay};
use raddle_kernel::{Deadline, Kind, sleep_until, yield_now};
use raddle_record::{Detail, FindingKind, Found, Mode, Outcome, Verdict};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::time::Duration;

#[track_caller]
fn finds(kind: FindingKind, program: impl Fn() + Clone + 'static) -> Found {
    let options = Options { time: None, executions: 1_000, ..Options::default() };
    let outcome: Outcome = search_with(&options, program.clone());
    assert_eq!(outcome.verdict, Verdict::Finding, "{outcome:?}");
    let found = outcome.findings[0].clone();
    assert_eq!(found.finding.kind, kind, "{found:?}");
    let front: Rc<dyn Front> = Rc::new(Closure::new(program, |_| panic!("a test stands still")));
    for _ in 0..3 {
        let again = replay(&front, &found.schedule);
        assert_eq!(again.found.as_ref(), Some(&found), "{again:?}");
    }
    found
}

#[test]
fn a_lock_order_inversion_that_deadlocks() {
    let found = finds(FindingKind::Deadlock, || {
        let (a, b) = (Lock::new(), Lock::new());
        let (c, d) = (a.clone(), b.clone());
        together(vec![Box::new(move || a.with(|| b.with(|| ()))), Box::new(move || d.with(|| c.with(|| ())))]);
    });
    let Detail::Stuck { cycle, blocked, held, .. } = found.finding.detail else {
        panic!("a deadlock is told as stuck")
    };
    assert_eq!((cycle, blocked.len(), held.len()), (2, 3, 2));
}

/// Two tasks that may come to wait for each other, and one that goes on until they are done.
fn ring_and_heartbeat() {
    let (a, b, done) = (Lock::new(), Lock::new(), Cell::new(Kind::Atomic));
    let (c, d, all_done) = (a.clone(), b.clone(), done.clone());
    let heart = Child::start(move || {
        while all_done.get() == 0 {
            let _ = sleep_until(Deadline::after(Duration::from_secs(1)));
        }
    });
    together(vec![Box::new(move || a.with(|| b.with(|| ()))), Box::new(move || d.with(|| c.with(|| ())))]);
    done.set(1);
    heart.join();
}

#[test]
fn an_execution_that_shows_a_bug_counts_even_where_dpor_gives_up_in_it() {
    let options = Options { strategy: StrategyKind::Dpor, shrink: false, time: None, ..Options::default() };
    let outcome = search_with(&options, ring_and_heartbeat);
    assert_eq!((outcome.verdict, outcome.preliminary), (Verdict::Finding, 0), "{outcome:?}");
    assert!(outcome.executions > 0, "{outcome:?}");
}

#[test]
fn a_deadlock_beside_a_task_that_goes_on() {
    let found = finds(FindingKind::Deadlock, ring_and_heartbeat);
    let Detail::Stuck { cycle, blocked, held, .. } = found.finding.detail else {
        panic!("a deadlock is told as stuck")
    };
    assert_eq!((cycle, blocked.len(), held.len()), (2, 3, 2));
    assert!(
        found.schedule.operations < 50,
        "what came after the ring had closed is no part of it: {}",
        found.schedule.operations
    );
}

#[test]
fn tasks_that_another_sets_free_are_in_no_deadlock() {
    let options =
        Options { strategy: StrategyKind::Dfs, step_bound: 20, time: None, executions: 1_000, ..Options::default() };
    let outcome = search_with(&options, || {
        let (a, b) = (Lock::new(), Lock::new());
        let (c, d, freed) = (a.clone(), b.clone(), a.clone());
        let (one, other) = (
            Child::start(move || a.with(|| b.with(|| ()))),
            Child::start(move || d.with(|| _ = c.acquire(Deadline::Never))),
        );
        let busy = Cell::new(Kind::Atomic);
        (0..20).for_each(|turn| busy.set(turn));
        freed.release();
        one.join();
        other.join();
    });
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{outcome:?}");
}

#[test]
fn an_update_that_is_lost() {
    let found = finds(FindingKind::LostUpdate, || {
        let cell = Cell::new(Kind::Shared);
        let (one, other) = (cell.clone(), cell);
        together(vec![Box::new(move || one.set(one.get() + 1)), Box::new(move || other.set(other.get() + 1))]);
    });
    let Detail::Accesses { accesses, .. } = found.finding.detail else {
        panic!("a lost update is told by its accesses")
    };
    assert_eq!(accesses.len(), 3);
}

#[test]
fn a_race_without_any_update() {
    finds(FindingKind::DataRace, || {
        let cell = Cell::new(Kind::Shared);
        let other = cell.clone();
        together(vec![Box::new(move || cell.set(1)), Box::new(move || _ = other.get())]);
    });
}

#[test]
fn a_notify_that_comes_before_the_wait() {
    let found = finds(FindingKind::LostWakeup, || {
        let (lock, condition) = (Lock::new(), Condition::new());
        let (lock2, condition2) = (lock.clone(), condition.clone());
        together(vec![
            Box::new(move || lock.with(|| _ = condition.wait(&lock, Deadline::Never))),
            Box::new(move || lock2.with(|| condition2.notify())),
        ]);
    });
    let Detail::Stuck { missed, .. } = found.finding.detail else { panic!("a lost wake-up is told as stuck") };
    assert!(missed.is_some());
}

#[test]
fn a_lock_that_its_task_takes_along_into_its_grave() {
    finds(FindingKind::LockLeaked, || {
        let lock = Lock::new();
        let (one, other) = (lock.clone(), lock);
        together(vec![
            Box::new(move || _ = one.acquire(Deadline::Never)),
            Box::new(move || _ = other.acquire(Deadline::Never)),
        ]);
    });
}

#[test]
fn a_panic_in_a_task_and_a_failed_assertion() {
    finds(FindingKind::Assertion, || {
        let cell = Cell::new(Kind::Atomic);
        let other = cell.clone();
        let child = Child::start(move || other.set(1));
        assert_eq!(cell.get(), 0, "the child was faster");
        child.join();
    });
    finds(FindingKind::UncaughtException, || {
        let cell = Cell::new(Kind::Atomic);
        let other = cell.clone();
        let child = Child::start(move || {
            if other.get() == 1 {
                panic!("too late");
            }
        });
        cell.set(1);
        child.join();
    });
}

#[test]
fn a_failure_tells_what_others_had_done_by_then_and_nothing_that_they_were_about_to_do() {
    let found = finds(FindingKind::Assertion, || {
        let (lock, condition, cell) = (Lock::new(), Condition::new(), Cell::new(Kind::Atomic));
        let [inside, worker, late] = [lock.clone(), Lock::new(), lock];
        Child::start(move || inside.with(|| _ = condition.wait(&inside, Deadline::Never)));
        let worker = Child::start(move || {
            worker.acquire(Deadline::Never);
            worker.acquire(Deadline::Now);
        });
        worker.join();
        let seen = cell.get();
        Child::start(move || late.with(|| ()));
        assert!(seen == 1);
    });
    let Detail::Failure { before, .. } = &found.finding.detail else { panic!("an assertion is told as a failure") };
    let told: Vec<_> = before.iter().map(|b| (found.finding.tasks[b.task].path.as_str(), b.op.as_str())).collect();
    assert_eq!(told, [("0.2", "acquire")], "one waits, one is refused the second time, one begins later");
}

#[test]
fn a_failure_is_told_with_the_access_that_it_did_not_wait_for() {
    let found = finds(FindingKind::Assertion, || {
        let cell = Cell::new(Kind::Shared);
        let other = cell.clone();
        Child::start(move || other.set(1));
        assert!(cell.get() == 1);
    });
    let Detail::Failure { race, stack, .. } = found.finding.detail else { panic!("an assertion is told as a failure") };
    let accesses = race.expect("nothing orders the accesses").accesses;
    assert_eq!((accesses[0].at.line, accesses[0].mode, accesses[1].mode), (stack[0].line, Mode::Read, Mode::Wrote));
}

#[test]
fn an_update_lost_after_a_failure_is_not_what_it_comes_of() {
    let found = search(StrategyKind::Natural, || {
        let (cell, lock) = (Cell::new(Kind::Atomic), Lock::new());
        let [one, other] = [cell.clone(), cell];
        let [first, second] = [lock.clone(), lock];
        first.acquire(Deadline::Never);
        let reader = Child::start(move || {
            let seen = one.get();
            second.with(|| one.set(seen + 1));
        });
        let failing = Child::start(move || panic!("for a reason of its own"));
        failing.join();
        other.set(5);
        first.release();
        reader.join();
    });
    assert_eq!(found.findings[0].finding.kind, FindingKind::UncaughtException, "{found:?}");
}

#[test]
fn tasks_that_spin_for_ever() {
    let found = finds(FindingKind::Livelock, || {
        let (cell, lock, condition) = (Cell::new(Kind::Atomic), Lock::new(), Condition::new());
        let other = cell.clone();
        together(vec![
            Box::new(move || lock.with(|| _ = condition.wait(&lock, Deadline::Never))),
            Box::new(move || while cell.get() == 0 {}),
            Box::new(move || while other.get() == 0 {}),
        ]);
    });
    let Detail::Spinning { loops } = &found.finding.detail else { panic!("a livelock is told as spinning") };
    let told: Vec<_> = loops.iter().map(|one| found.finding.tasks[one.task].path.as_str()).collect();
    assert_eq!(told, ["0.2", "0.3"], "the others only wait");
}

#[test]
fn two_tasks_that_spin_let_a_third_one_end_that() {
    for strategy in StrategyKind::ALL {
        let outcome = search_with(&Options { strategy, executions: 100, time: None, ..Options::default() }, || {
            let cell = Cell::new(Kind::Atomic);
            let [one, two, three] = [cell.clone(), cell.clone(), cell];
            together(vec![
                Box::new(move || while one.get() == 0 {}),
                Box::new(move || while two.get() == 0 {}),
                Box::new(move || three.set(1)),
            ]);
        });
        assert_eq!(outcome.verdict, Verdict::CleanSoFar, "{outcome:?}");
    }
}

#[test]
fn a_task_that_looks_ten_thousand_times_and_then_gives_up_is_no_livelock() {
    let outcome = search_with(&Options { executions: 20, time: None, ..Options::default() }, || {
        let (cell, lock) = (Cell::new(Kind::Atomic), Lock::new());
        let (other, inside) = (cell.clone(), lock.clone());
        lock.acquire(Deadline::Never);
        let child = Child::start(move || inside.with(|| other.set(1)));
        let seen = (0..10_000).any(|_| cell.get() == 1);
        lock.release();
        child.join();
        assert!(!seen);
    });
    assert!(matches!(outcome.verdict, Verdict::Clean | Verdict::CleanSoFar), "{outcome:?}");
}

#[test]
fn a_loop_that_writes_is_cut_off_and_named() {
    let options = Options { step_bound: 5_000, executions: 3, time: None, ..Options::default() };
    let outcome = search_with(&options, || {
        let (go, count) = (Cell::new(Kind::Atomic), Cell::new(Kind::Atomic));
        let child = Child::start(move || {
            while go.get() == 0 {
                count.set(count.get() + 1);
            }
        });
        child.join();
    });
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{outcome:?}");
    let [reason] = outcome.reasons.as_slice() else { panic!("{:?}", outcome.reasons) };
    let told =
        "cut off after 5000 points, and nobody knows whether it would have ended; towards its end task 0.1 ran at ";
    assert!(reason.contains(told) && reason.matches("findings.rs:").count() == 2, "{reason}");
}

#[test]
fn deadlocks_of_other_tasks_are_other_bugs() {
    let options = Options { time: None, executions: 1_000, keep_going: true, ..Options::default() };
    let outcome = search_with(&options, || {
        let (a, b, later) = (Lock::new(), Lock::new(), Lock::new());
        let (c, d, last) = (a.clone(), b.clone(), later.clone());
        together(vec![Box::new(move || a.with(|| b.with(|| ()))), Box::new(move || d.with(|| c.with(|| ())))]);
        let other = Child::start(move || later.with(|| ()));
        last.with(|| other.join());
    });
    let kinds: Vec<FindingKind> = outcome.findings.iter().map(|found| found.finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Deadlock; 2], "{outcome:?}");
}

#[test]
fn a_failure_before_there_is_a_second_task_is_no_finding() {
    let outcome = search(StrategyKind::Mixed, || panic!("at once"));
    assert_eq!(outcome.verdict, Verdict::Failed);
    assert!(outcome.reasons[0].starts_with("panic: at once at "), "{outcome:?}");
}

#[test]
fn a_spin_on_a_flag_that_another_task_sets_ends() {
    let outcome = search_with(&Options { executions: 200, time: None, ..Options::default() }, || {
        let cell = Cell::new(Kind::Atomic);
        let other = cell.clone();
        together(vec![Box::new(move || while cell.get() == 0 {}), Box::new(move || other.set(1))]);
    });
    assert_eq!(outcome.verdict, Verdict::CleanSoFar, "{outcome:?}");
}

#[test]
fn a_wait_with_a_deadline_ends_when_nobody_can_go_on() {
    let outcome = search(StrategyKind::Dfs, || {
        let (lock, condition) = (Lock::new(), Condition::new());
        lock.with(|| assert!(!condition.wait(&lock, Deadline::after(Duration::from_secs(3_600)))));
    });
    assert_eq!((outcome.verdict, outcome.distinct), (Verdict::Clean, 1), "{outcome:?}");
}

#[test]
fn a_step_bound_forbids_a_clean_verdict() {
    let options = Options { step_bound: 10, time: None, executions: 50, ..Options::default() };
    let outcome = search_with(&options, || {
        let lock = Lock::new();
        (0..20).for_each(|_| lock.with(|| ()));
    });
    assert_eq!(outcome.verdict, Verdict::Inconclusive, "{outcome:?}");
}

#[test]
fn a_spin_on_a_cell_whose_reads_are_no_points_yet_lets_the_writer_on() {
    finds(FindingKind::DataRace, || {
        let cell = Cell::new(Kind::Shared);
        let other = cell.clone();
        together(vec![Box::new(move || while cell.get() == 0 {}), Box::new(move || other.set(1))]);
    });
}

#[test]
fn a_task_that_never_waits_lets_a_sleeper_whose_time_has_come_go_on() {
    let outcome = search_with(&Options { executions: 6, time: None, ..Options::default() }, || {
        let (stop, count) = (Cell::new(Kind::Atomic), Cell::new(Kind::Atomic));
        let other = stop.clone();
        let child = Child::start(move || {
            while other.get() == 0 {
                count.set(count.get() + 1);
            }
        });
        let _ = sleep_until(Deadline::after(Duration::from_millis(10)));
        stop.set(1);
        child.join();
    });
    assert_eq!(outcome.verdict, Verdict::CleanSoFar, "{outcome:?}");
}

#[test]
fn who_yields_may_be_the_next_to_go_on() {
    let found = search(StrategyKind::Dfs, || {
        let cell = Cell::new(Kind::Atomic);
        let other = cell.clone();
        let child = Child::start(move || other.set(1));
        yield_now();
        assert_eq!(cell.get(), 1);
        child.join();
    });
    assert_eq!(found.verdict, Verdict::Finding, "{found:?}");
}

#[test]
fn a_yield_makes_no_time_pass() {
    let outcome = search(StrategyKind::Dfs, || {
        let early = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&early);
        let child = Child::start(move || {
            yield_now();
            yield_now();
            seen.store(true, SeqCst);
        });
        let _ = sleep_until(Deadline::after(Duration::from_secs(1)));
        assert!(early.load(SeqCst));
        child.join();
    });
    assert_eq!(outcome.verdict, Verdict::Clean, "{outcome:?}");
}

#[test]
fn a_program_that_is_not_the_same_each_time_is_never_proved_right() {
    let times = AtomicU32::new(0);
    let outcome = search(StrategyKind::Dfs, move || {
        let locks = [Lock::new(), Lock::new()];
        let which = times.fetch_add(1, SeqCst) as usize % 2;
        let [one, other] = [locks[0].clone(), locks[which].clone()];
        together(vec![Box::new(move || one.with(|| ())), Box::new(move || other.with(|| ()))]);
    });
    assert_eq!(outcome.verdict, Verdict::CleanSoFar, "{outcome:?}");
}

#[test]
fn a_search_that_is_stopped_proves_nothing() {
    let program = || {
        let lock = Lock::new();
        let other = lock.clone();
        together(vec![Box::new(move || lock.with(|| ())), Box::new(move || other.with(|| ()))]);
    };
    let options = Options { strategy: StrategyKind::Dfs, time: None, ..Options::default() };
    let outcome = search_heard(&options, program, &mut || false);
    assert_eq!(
        (outcome.verdict, outcome.exhausted, outcome.interrupted),
        (Verdict::CleanSoFar, false, true),
        "{outcome:?}"
    );
}

#[test]
fn where_one_strategy_has_nothing_left_to_try_the_others_go_on_unless_it_proved_something() {
    let outcome = search_with(&Options { executions: 1_000, time: None, ..Options::default() }, || {
        let cell = Cell::new(Kind::Atomic);
        let other = cell.clone();
        together(vec![Box::new(move || while cell.get() == 0 {}), Box::new(move || other.set(1))]);
    });
    assert_eq!((outcome.verdict, outcome.executions), (Verdict::CleanSoFar, 1_000), "{outcome:?}");
}

#[test]
fn a_timer_that_fires_again_and_again_lets_others_go_on() {
    let options =
        Options { strategy: StrategyKind::Pct, timing: true, executions: 20, time: None, ..Options::default() };
    let outcome = search_with(&options, || {
        let lock = Lock::new();
        let other = lock.clone();
        lock.acquire(Deadline::Never);
        let child = Child::start(move || {
            while !other.acquire(Deadline::after(Duration::from_millis(100))) {}
            other.release();
        });
        lock.release();
        child.join();
    });
    assert_eq!(outcome.verdict, Verdict::CleanSoFar, "{outcome:?}");
}

#[test]
fn what_a_task_that_never_began_was_given_is_dropped_in_the_run() {
    struct Probe(Lock, Arc<AtomicU32>);
    impl Drop for Probe {
        fn drop(&mut self) {
            self.0.with(|| ());
            self.1.fetch_add(if raddle_explore::in_execution() { 1 } else { 100 }, SeqCst);
        }
    }
    let dropped = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&dropped);
    let options = Options { step_bound: 1, executions: 1, time: None, ..Options::default() };
    let outcome = search_with(&options, move || {
        let lock = Lock::new();
        let probe = Probe(lock.clone(), Arc::clone(&count));
        Child::start(move || drop(probe));
        lock.with(|| ());
    });
    assert_eq!((outcome.verdict, dropped.load(SeqCst)), (Verdict::Inconclusive, 1), "{outcome:?}");
}
