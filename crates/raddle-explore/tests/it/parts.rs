//! Searches in parts that do not hear of each other, and what they come to together.

use crate::toy::{Cell, as_they_please, search_with, together};
use raddle_explore::{Options, StrategyKind, merge, unlike};
use raddle_kernel::Kind;
use raddle_record::{Known, Outcome, Part, Share, Verdict};
use std::collections::BTreeSet;

/// Four tasks, each reads and writes one location: 576 classes.
fn program() {
    let cell = Cell::new(Kind::Atomic);
    let body = |cell: Cell| -> Box<dyn FnOnce() + Send> {
        Box::new(move || {
            let seen = cell.get();
            cell.set(seen + 1);
        })
    };
    together((0..4).map(|_| body(cell.clone())).collect());
}

fn options(strategy: StrategyKind) -> Options {
    Options { strategy, time: None, keep_going: true, executions: 100_000, ..Options::default() }
}

/// What each part of so many came to.
fn parts(options: &Options, of: u64) -> Vec<Outcome> {
    let part = |number| search_with(&Options { share: Some(Share { number, of }), ..options.clone() }, program);
    (1..=of).map(part).collect()
}

fn met(outcome: &Outcome) -> &Part {
    outcome.part.as_deref().expect("it is a part")
}

#[test]
fn together_they_meet_each_class_once() {
    for of in [1, 2, 7] {
        let parts = parts(&options(StrategyKind::Dpor), of);
        let all: BTreeSet<&str> = parts.iter().flat_map(|part| met(part).met()).collect();
        let whole = merge(&parts);
        assert_eq!((whole.verdict, whole.executions, whole.redundant, all.len()), (Verdict::Clean, 576, 0, 576));
        assert!(parts.iter().all(|part| part.verdict == Verdict::CleanSoFar && part.is_complete()));
    }
}

#[test]
fn the_ways_of_an_operation_are_divided_too() {
    for of in [1, 2, 7] {
        let part = |number| {
            let options = Options { share: Some(Share { number, of }), ..options(StrategyKind::Dpor) };
            search_with(&options, as_they_please(2, 2))
        };
        let whole = merge(&(1..=of).map(part).collect::<Vec<_>>());
        assert_eq!((whole.verdict, whole.executions, whole.distinct), (Verdict::Clean, 198, 198));
    }
}

#[test]
fn more_parts_than_branches_leave_some_with_nothing() {
    let few = || together(vec![Box::new(|| ()), Box::new(|| ())]);
    let part = |number| {
        let options = Options { share: Some(Share { number, of: 5 }), ..options(StrategyKind::Dpor) };
        search_with(&options, few)
    };
    let parts: Vec<Outcome> = (1..=5).map(part).collect();
    let whole = merge(&parts);
    assert_eq!((whole.verdict, whole.executions, whole.distinct), (Verdict::Clean, 1, 1));
}

#[test]
fn parts_at_one_desk_take_branches_as_they_come_to_them() {
    for strategy in [StrategyKind::Dpor, StrategyKind::Dfs] {
        let desk = std::env::temp_dir().join(format!("raddle-parts-{}-{}", std::process::id(), strategy.slug()));
        std::fs::create_dir(&desk).expect("a directory for the test");
        let options_alone = options(strategy);
        let options = Options { desk: Some(desk.clone()), ..options_alone.clone() };
        let search = |number| {
            let options = Options { share: Some(Share { number, of: 3 }), ..options.clone() };
            std::thread::spawn(move || search_with(&options, program))
        };
        let searches = [1, 2, 3].map(search);
        let parts: Vec<Outcome> = searches.into_iter().map(|search| search.join().expect("no panic")).collect();
        std::fs::remove_dir_all(&desk).expect("it is there");
        let whole = merge(&parts);
        let alone = search_with(&options_alone, program);
        assert_eq!((whole.verdict, whole.executions, whole.distinct), (Verdict::Clean, alone.executions, 576));
    }
}

#[test]
fn samplers_share_the_executions_and_differ() {
    let options = Options { executions: 101, seed: 5, ..options(StrategyKind::Random) };
    let parts = parts(&options, 3);
    let counts: Vec<u64> = parts.iter().map(|part| part.executions).collect();
    assert_eq!(counts, [34, 34, 33]);
    assert_ne!(met(&parts[0]).sampled, met(&parts[1]).sampled);
    let first = search_with(&Options { executions: 34, ..options }, program);
    assert_eq!((first.points, first.distinct), (parts[0].points, parts[0].distinct));
    let whole = merge(&parts);
    assert_eq!((whole.verdict, whole.executions), (Verdict::CleanSoFar, 101));
}

#[test]
fn what_is_missing_is_told() {
    let parts = parts(&options(StrategyKind::Dpor), 4);
    let whole = merge(&[parts[2].clone(), parts[0].clone()]);
    assert_eq!((whole.verdict, whole.exhausted), (Verdict::CleanSoFar, false));
    assert_eq!(whole.reasons, ["parts 2, 4 of 4 are missing"]);
}

#[test]
fn parts_that_knew_different_things_prove_nothing() {
    let mut parts = parts(&options(StrategyKind::Dpor), 2);
    assert_eq!(unlike(&parts), None);
    let known = Known { visible: vec!["state of lock".to_owned()], plain: false };
    parts[1].part.as_mut().expect("it is a part").known = known.clone();
    assert_eq!(unlike(&parts), Some(known));
    let whole = merge(&parts);
    assert_eq!((whole.verdict, whole.exhausted, whole.reasons.len()), (Verdict::CleanSoFar, false, 1));
}

#[test]
fn parts_of_trees_that_were_divided_differently_prove_nothing() {
    let mut parts = parts(&options(StrategyKind::Dpor), 2);
    parts[1].part.as_mut().expect("it is a part").divided = "0".to_owned();
    assert_eq!(merge(&parts).verdict, Verdict::CleanSoFar);
}

#[test]
fn a_class_that_only_samplers_met_proves_that_something_was_missed() {
    let mut parts = parts(&options(StrategyKind::Dpor), 2);
    let sampled = met(&parts[1]).met().next().expect("it met some").to_owned();
    parts[0].part.as_mut().expect("it is a part").sampled = sampled;
    assert_eq!(merge(&parts).verdict, Verdict::Clean);
    parts[0].part.as_mut().expect("it is a part").sampled = "0".repeat(32);
    let whole = merge(&parts);
    assert_eq!((whole.verdict, whole.reasons.len(), whole.distinct), (Verdict::CleanSoFar, 1, 577));
    let part = parts[0].part.as_mut().expect("it is a part");
    part.drawn = std::mem::take(&mut part.sampled);
    let whole = merge(&parts);
    assert_eq!((whole.verdict, whole.reasons.len(), whole.distinct), (Verdict::CleanSoFar, 1, 576));
}
