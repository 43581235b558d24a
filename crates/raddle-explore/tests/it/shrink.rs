//! The smallest schedules of known bugs, wherever the search began, and what is said where they were not reached.

use crate::toy::{Cell, Lock, search_heard, search_with, together};
use raddle_explore::{Closure, Front, Options, StrategyKind, replay};
use raddle_kernel::Kind;
use raddle_record::{Found, Outcome, Stopped, Verdict};
use std::rc::Rc;

fn found(options: &Options, program: impl Fn() + 'static) -> Found {
    let outcome: Outcome = search_with(options, program);
    let found = outcome.findings.into_iter().next();
    found.unwrap_or_else(|| panic!("{:?} finds nothing", options.strategy))
}

/// Whatever schedule shows the bug, what comes of it has so many preemptions and operations, proved to be the fewest.
#[track_caller]
fn takes((preemptions, operations): (u64, u64), program: impl Fn() + Clone + 'static) {
    let front: Rc<dyn Front> = Rc::new(Closure::new(program.clone(), |_| panic!("a test stands still")));
    let mut needless = 0;
    for strategy in [StrategyKind::Mixed, StrategyKind::Random, StrategyKind::Pct] {
        for seed in 0..5 {
            let options = Options { strategy, seed, time: None, pct_depth: 5, ..Options::default() };
            let found = found(&options, program.clone());
            let shrunk = found.schedule.shrunk.expect("schedules are made small unless somebody does not want it");
            assert_eq!((found.schedule.preemptions, found.schedule.operations), (preemptions, operations), "{found:?}");
            assert!(shrunk.fewest_preemptions && shrunk.fewest_operations && shrunk.stopped.is_none(), "{shrunk:?}");
            needless = needless.max(shrunk.preemptions_before - preemptions);
            let again = replay(&front, &found.schedule);
            assert_eq!(again.found.as_ref(), Some(&found), "{again:?}");
        }
    }
    assert!(needless > 0, "some of the schedules found have preemptions that nobody needs");
}

fn lost_update() {
    let cell = Cell::new(Kind::Shared);
    let add = |cell: Cell| move || (0..3).for_each(|_| cell.set(cell.get() + 1));
    together(vec![Box::new(add(cell.clone())), Box::new(add(cell.clone())), Box::new(add(cell))]);
}

fn crossed_locks() {
    let (a, b, rest) = (Lock::new(), Lock::new(), Lock::new());
    let (c, d, others) = (a.clone(), b.clone(), rest.clone());
    let more = move |lock: Lock| (0..2).for_each(|_| lock.with(|| ()));
    together(vec![
        Box::new(move || {
            more(rest);
            a.with(|| b.with(|| ()));
        }),
        Box::new(move || {
            more(others);
            d.with(|| c.with(|| ()));
        }),
    ]);
}

fn rising_pressure() {
    let (pressure, lock, idle) = (Cell::new(Kind::Atomic), Lock::new(), Lock::new());
    let (seen, eye) = (pressure.clone(), lock.clone());
    let look = move || {
        let mut now = 0;
        eye.with(|| now = seen.get());
        now
    };
    together(vec![
        Box::new(move || [1, 2, 0].into_iter().for_each(|value| lock.with(|| pressure.set(value)))),
        Box::new(move || {
            (0..2).for_each(|_| idle.with(|| ()));
            assert_ne!((look(), look()), (1, 2));
        }),
    ]);
}

#[test]
fn a_lost_update_takes_one_preemption() {
    takes((1, 13), lost_update);
}

#[test]
fn locks_taken_crosswise_take_one_preemption() {
    takes((1, 11), crossed_locks);
}

#[test]
fn a_bug_of_three_preemptions_takes_three() {
    takes((3, 14), rising_pressure);
}

#[test]
fn the_same_seed_gives_the_same_schedule() {
    let options = Options { strategy: StrategyKind::Random, seed: 3, time: None, ..Options::default() };
    assert_eq!(found(&options, lost_update), found(&options, lost_update));
}

#[test]
fn who_does_not_want_it_gets_what_was_found() {
    let options = Options { strategy: StrategyKind::Random, seed: 3, shrink: false, time: None, ..Options::default() };
    let found = found(&options, lost_update);
    assert!(found.schedule.shrunk.is_none() && found.schedule.preemptions > 1, "{found:?}");
}

/// One preemption is enough, but there are too many places for it to try them all.
fn many_places() {
    let (first, second) = (Cell::new(Kind::Atomic), Cell::new(Kind::Atomic));
    let work = |lock: Lock| (0..40).for_each(|_| lock.with(|| ()));
    let (a, b, mine, other) = (first.clone(), second.clone(), Lock::new(), Lock::new());
    together(vec![
        Box::new(move || {
            work(mine);
            first.set(1);
            second.set(1);
        }),
        Box::new(move || {
            work(other);
            let (late, early) = (b.get(), a.get());
            assert!(late == early, "the first is set before the second");
        }),
        Box::new(move || work(Lock::new())),
        Box::new(move || work(Lock::new())),
    ]);
}

#[test]
fn what_was_not_tried_is_not_claimed() {
    let options = Options { strategy: StrategyKind::Random, time: None, ..Options::default() };
    let found = found(&options, many_places);
    let shrunk = found.schedule.shrunk.expect("it was made smaller");
    assert!(!shrunk.fewest_operations && shrunk.preemptions_before > 100, "{shrunk:?}");
    match shrunk.stopped {
        Some(Stopped::Executions) => {
            assert_eq!((found.schedule.preemptions, shrunk.fewest_preemptions), (1, true), "{shrunk:?}");
        }
        // A slow machine does not get that far.
        stopped => assert_eq!(stopped, Some(Stopped::Time), "{shrunk:?}"),
    }
}

#[test]
fn the_user_may_stop_it() {
    let options = Options { strategy: StrategyKind::Random, seed: 3, time: None, ..Options::default() };
    let mut calls = 0;
    let mut heard = || {
        calls += 1;
        false
    };
    let outcome = search_heard(&options, lost_update, &mut heard);
    let shrunk = outcome.findings[0].schedule.shrunk.expect("it was begun");
    assert_eq!((outcome.interrupted, shrunk.stopped), (true, Some(Stopped::User)));
    assert!(!shrunk.fewest_preemptions && outcome.findings[0].schedule.preemptions > 1, "{shrunk:?}");
}

#[test]
fn a_search_may_be_kept_to_few_preemptions_or_delays() {
    let bounded = |preemptions, delays| {
        let options = Options { strategy: StrategyKind::Dfs, preemptions, delays, time: None, ..Options::default() };
        search_with(&options, rising_pressure)
    };
    let within = |most| bounded(Some(most), None);
    let few = within(2);
    assert_eq!((few.verdict, few.exhausted, few.preemptions), (Verdict::Clean, true, Some(2)), "{few:?}");
    assert!(within(1).distinct < few.distinct);
    let enough = within(3);
    assert_eq!((enough.verdict, enough.findings[0].schedule.preemptions), (Verdict::Finding, 3), "{enough:?}");
    let delayed = |most| bounded(None, Some(most));
    assert_eq!((delayed(0).verdict, delayed(0).executions), (Verdict::Clean, 1));
    assert_eq!((delayed(2).verdict, delayed(4).verdict), (Verdict::Clean, Verdict::Finding));
    assert!(delayed(1).distinct < delayed(2).distinct && delayed(2).distinct < few.distinct);
}
