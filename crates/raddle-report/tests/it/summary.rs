//! The verdict in a few lines.

use crate::findings;
use expect_test::{Expect, expect};
use raddle_record::{Covered, Found, Note, Outcome, Schedule, Shrunk, Stopped, Uncontrolled, Verdict};
use raddle_report::{captured, effort, summary};

pub(crate) fn outcome(verdict: Verdict) -> Outcome {
    Outcome {
        verdict,
        executions: 10_000,
        preliminary: 0,
        redundant: 0,
        distinct: 1_203,
        exhausted: false,
        points: 81_344,
        seconds: 2.5,
        seed: 7,
        strategy: "mixed".into(),
        preemptions: None,
        delays: None,
        covered: None,
        uncontrolled: vec![],
        notes: vec![],
        reasons: vec![],
        findings: vec![],
        interrupted: false,
        part: None,
    }
}

pub(crate) fn with_a_finding() -> Outcome {
    let schedule = Schedule { strategy: "random".into(), seed: 7, execution: 12, ..Schedule::default() };
    let found = Found { finding: findings::lost_update(), schedule, output: "start\n".into() };
    Outcome { findings: vec![found], executions: 12, distinct: 9, ..outcome(Verdict::Finding) }
}

#[track_caller]
fn check(outcome: &Outcome, expected: &Expect) {
    expected.assert_eq(&summary(outcome));
}

#[test]
fn clean() {
    check(
        &Outcome { distinct: 20, exhausted: true, ..outcome(Verdict::Clean) },
        &expect![[r#"
        clean: all 20 interleavings
    "#]],
    );
    check(
        &Outcome { distinct: 1, delays: Some(1), exhausted: true, ..outcome(Verdict::Clean) },
        &expect![[r#"
            clean: the only interleaving with at most 1 delay
            next: leave out `--preemptions` and `--delays` to try the others
        "#]],
    );
}

#[test]
fn what_was_covered_is_told_while_something_is_left_to_try() {
    let covered = Some(Covered { operations: 1_014, pairs: 23, both_orders: 19 });
    check(
        &Outcome { covered, ..outcome(Verdict::CleanSoFar) },
        &expect![[r#"
        clean so far: 10,000 executions, 1,203 distinct
          covered: 1,014 operations on what tasks share, 23 pairs of them in conflict, 19 in both orders
        next: look longer with `--time SECONDS` or `--executions N`
    "#]],
    );
    assert_eq!(summary(&Outcome { covered, ..outcome(Verdict::Clean) }), summary(&outcome(Verdict::Clean)));
}

#[test]
fn bounds_are_named() {
    let bounded = |verdict| Outcome { preemptions: Some(1), delays: Some(3), exhausted: true, ..outcome(verdict) };
    check(
        &bounded(Verdict::Clean),
        &expect![[r#"
            clean: all 1,203 interleavings with at most 1 preemption and 3 delays
            next: leave out `--preemptions` and `--delays` to try the others
        "#]],
    );
    check(
        &bounded(Verdict::CleanSoFar),
        &expect![[r#"
            clean so far: 10,000 executions, 1,203 distinct with at most 1 preemption and 3 delays
        "#]],
    );
}

#[test]
fn clean_so_far() {
    let mut outcome = outcome(Verdict::CleanSoFar);
    outcome.notes.push(Note {
        kind: "data-race".into(),
        text: "nothing orders the accesses to running".into(),
        at: Some(findings::frame("poll.py", 4, "poll", "while running:")),
    });
    check(
        &outcome,
        &expect![[r#"
        clean so far: 10,000 executions, 1,203 distinct
          note: data-race: nothing orders the accesses to running at poll.py:4
        next: look longer with `--time SECONDS` or `--executions N`
    "#]],
    );
}

#[test]
fn stopped_by_the_user() {
    check(
        &Outcome { executions: 1, distinct: 1, interrupted: true, ..outcome(Verdict::CleanSoFar) },
        &expect![[r#"
            clean so far: 1 execution, 1 distinct (stopped by you)
        "#]],
    );
}

#[test]
fn a_finding() {
    check(
        &with_a_finding(),
        &expect![[r#"
        finding: lost-update in 12 executions, 9 distinct
    "#]],
    );
}

#[test]
fn failed() {
    let reasons =
        vec!["ValueError: no stock at shop.py:3".into(), "start\nTraceback:\n  File \"shop.py\", line 3".into()];
    check(
        &Outcome { reasons, ..outcome(Verdict::Failed) },
        &expect![[r#"
            failed: the program fails before a second task exists
              because: ValueError: no stock at shop.py:3
              it printed: start
                Traceback:
                  File "shop.py", line 3
            next: make the program run on its own first
        "#]],
    );
}

#[test]
fn inconclusive() {
    let at = Some(findings::frame("build.py", 4, "<module>", "subprocess.run([\"make\"])"));
    let mut outcome = outcome(Verdict::Inconclusive);
    outcome.uncontrolled = vec![Uncontrolled { what: "subprocess.Popen".into(), at }; 2];
    let sockets = (0..8).map(|i| Uncontrolled { what: format!("socket {i}"), at: None });
    outcome.uncontrolled.extend(sockets);
    outcome.uncontrolled.push(Uncontrolled { what: "a thread of the operating system".into(), at: None });
    outcome.reasons = vec!["something ran that is not controlled".into()];
    check(
        &outcome,
        &expect![[r#"
            inconclusive: 10,000 executions, 1,203 distinct, and no answer can be given
              because: something ran that is not controlled
              not controlled: subprocess.Popen at build.py:4  subprocess.run(["make"])
              not controlled: socket 0
              not controlled: socket 1
              not controlled: socket 2
              not controlled: socket 3
              not controlled: socket 4
              not controlled: socket 5
              not controlled: socket 6
              … and 2 more
            next: keep what cannot be controlled out of the checked program, or replace it by a stand-in there
        "#]],
    );
}

#[test]
fn what_it_took() {
    assert_eq!(effort(&outcome(Verdict::Clean)), "81,344 points in 2.50 s (mixed, seed 7)\n");
    assert_eq!(effort(&Outcome { points: 1, ..outcome(Verdict::Clean) }), "1 point in 2.50 s (mixed, seed 7)\n");
}

#[test]
fn the_last_lines_of_what_was_printed() {
    assert_eq!(captured("\n"), "");
    assert_eq!(captured("one\n\ntwo\x1b[1m\n\n"), "output of the failing execution:\n    one\n\n    two\\u{1b}[1m\n");
    let long: String = (1..=30).map(|i| format!("{i}\n")).collect();
    let shown = captured(&long);
    assert!(shown.starts_with("output of the failing execution (the last 20 of 30 lines):\n    11\n"));
    assert_eq!(shown.lines().count(), 21);
}

#[test]
fn how_small_a_schedule_is_and_what_is_known_of_it() {
    let said = |fewest_preemptions, fewest_operations, stopped, before| {
        let shrunk = Shrunk {
            preemptions_before: before,
            operations_before: 31,
            executions: 2_007,
            fewest_preemptions,
            fewest_operations,
            stopped,
        };
        let mut outcome = with_a_finding();
        let schedule = &mut outcome.findings[0].schedule;
        (schedule.preemptions, schedule.operations, schedule.shrunk) = (1, 31, Some(shrunk));
        summary(&outcome)
    };
    let told = [
        said(true, true, None, 1),
        said(true, false, Some(Stopped::Executions), 14),
        said(false, false, Some(Stopped::Time), 14),
        said(false, false, Some(Stopped::User), 14),
        said(false, false, None, 14),
    ];
    expect![[r#"
        finding: lost-update in 12 executions, 9 distinct
          shrunk: 1 preemption and 31 operations; fewer do not show it
        finding: lost-update in 12 executions, 9 distinct
          shrunk: 1 preemption and 31 operations (found with 14 preemptions and 31 operations); fewer
            preemptions do not show it, fewer operations may (stopped after 2,007 executions)
        finding: lost-update in 12 executions, 9 distinct
          shrunk: 1 preemption and 31 operations (found with 14 preemptions and 31 operations); fewer may
            show it, too (stopped for lack of time)
        finding: lost-update in 12 executions, 9 distinct
          shrunk: 1 preemption and 31 operations (found with 14 preemptions and 31 operations); fewer may
            show it, too (stopped by you)
        finding: lost-update in 12 executions, 9 distinct
          shrunk: 1 preemption and 31 operations (found with 14 preemptions and 31 operations); fewer may
            show it, too
    "#]]
    .assert_eq(&told.concat());
}
