//! `raddle check`.

use crate::pretended::{Desk, diverged, found, outcome, reproduced};
use expect_test::expect;
use raddle::engine::record::{Outcome, Verdict, decode};
use raddle::engine::report::text;
use raddle_cli::Saved;
use std::path::PathBuf;

#[test]
fn a_clean_program() {
    let mut desk = Desk::new();
    let said = desk.raddle(&["check", "shop.py", "--fast"]);
    assert_eq!((said.code, said.out.as_str()), (0, "clean: all 9 interleavings\n"));
    expect![[r"
        note: a check runs the program many times; what it does to files, the network and other processes
              happens each time. (Said once here; findings are kept in .raddle/, which is safe to delete.)
        340 points in 0.25 s (mixed, seed 0)
    "]]
    .assert_eq(&said.err);
    let (program, ..) = desk.interpreter.checked.clone().expect("it was checked");
    assert_eq!((program.target.to_string().as_str(), program.args), ("shop.py", vec!["--fast".to_owned()]));
}

#[test]
fn what_a_check_repeats_is_said_once() {
    let mut desk = Desk::new();
    assert!(desk.raddle(&["check", "shop.py"]).err.contains("note:"));
    assert!(!desk.raddle(&["check", "shop.py"]).err.contains("note:"));
    assert_eq!(std::fs::read_to_string(desk.home().join(".raddle/.gitignore")).expect("it is there"), "*\n");
}

#[test]
fn a_finding_is_told_as_a_fresh_process_tells_it_and_kept() {
    let found = found(7);
    let mut desk = Desk::with(std::slice::from_ref(&found));
    let said = desk.raddle(&["check", "shop.py"]);
    assert_eq!(said.code, 1);
    let [id] = desk.kept().try_into().expect("one finding is kept");
    assert_eq!(id.len(), 8);
    assert_eq!(said.out, text(&found.finding, Some(&format!("raddle replay {id}"))));
    let talk = said.err.split_once("delete.)\n").expect("a greeting").1;
    expect![[r"
        finding: lost-update in 12 executions, 9 distinct
        340 points in 0.25 s (mixed, seed 0)

        output of the failing execution:
            open
            closed

    "]]
    .assert_eq(talk);
    let file = std::fs::read_to_string(desk.home().join(format!(".raddle/{id}.json"))).expect("it is there");
    let saved: Saved = decode(&file).expect("it can be read");
    assert_eq!((saved.text, saved.finding, saved.schedule), (said.out, found.finding, found.schedule));
}

#[test]
fn the_same_finding_has_the_same_id_everywhere() {
    let ids = |line| {
        let mut desk = Desk::with(&[found(line)]);
        desk.raddle(&["check", "./shop.py"]);
        desk.kept()
    };
    assert_eq!(ids(7), ids(7));
    assert_ne!(ids(7), ids(8));
    assert_eq!(ids(7), ["89331e7b"]);
}

#[test]
fn findings_are_told_one_after_the_other() {
    let mut desk = Desk::with(&[found(7), found(9)]);
    let said = desk.raddle(&["check", "--keep-going", "shop.py"]);
    assert_eq!((said.code, desk.kept().len()), (1, 2));
    assert_eq!(said.out.matches("lost-update: ").count(), 2);
    assert_eq!(said.out.matches("\n\nlost-update: ").count(), 1);
    assert!(said.err.contains("finding: lost-update and lost-update in 12 executions"));
}

#[test]
fn a_finding_that_only_this_process_shows_is_none() {
    let mut desk = Desk::with(&[found(7)]);
    desk.fresh_says(&[diverged()]);
    let said = desk.raddle(&["check", "shop.py"]);
    assert_eq!((said.code, desk.kept()), (4, vec![]));
    expect![[r"
        inconclusive: 12 executions, 9 distinct, and no answer can be given
          because: a fresh process did not show the lost-update again: choice 5 of its schedule was 0.1 read
            stock.apples, but the program offered 0.2 read stock.apples
    "]]
    .assert_eq(&said.out);
}

#[test]
fn of_several_findings_the_confirmed_ones_are_told() {
    let mut desk = Desk::with(&[found(7), found(9)]);
    desk.fresh_says(&[diverged(), reproduced(&found(9).finding)]);
    let said = desk.raddle(&["check", "shop.py"]);
    assert_eq!((said.code, desk.kept().len()), (1, 1));
    assert!(said.out.contains("shop.py:9") && !said.out.contains("shop.py:7"), "{}", said.out);
    assert!(said.err.contains("because: a fresh process did not show the lost-update again"), "{}", said.err);
}

#[test]
fn a_fresh_process_that_fails_is_quoted() {
    let mut desk = Desk::with(&[found(7)]);
    desk.write("fresh.sh", b"echo 'error: no such thing' >&2; exit 2\n");
    let said = desk.raddle(&["check", "shop.py"]);
    assert_eq!(said.code, 4);
    let said = said.out.replace("\n    ", " ");
    assert!(said.contains("by a fresh process: it ended with code 2: error: no such thing"), "{said}");
    desk.interpreter.fresh = vec!["/nowhere/python".into()];
    let said = desk.raddle(&["check", "shop.py"]).out.replace("\n    ", " ");
    assert!(said.contains("/nowhere/python does not start"), "{said}");
}

#[test]
fn a_fresh_process_that_leaves_children_behind_is_heard_out() {
    let mut desk = Desk::with(&[found(7)]);
    let script = std::fs::read_to_string(desk.home().join("fresh.sh")).expect("it is there");
    desk.write("fresh.sh", format!("mkfifo held; cat held &\n{script}").as_bytes());
    let said = desk.raddle(&["check", "shop.py"]);
    std::fs::OpenOptions::new().write(true).open(desk.home().join("held")).expect("the child ends by this");
    assert_eq!(said.code, 1, "{}", said.out);
}

#[test]
fn a_fresh_process_that_never_ends_is_ended() {
    let mut desk = Desk::with(&[found(7)]);
    desk.patience = std::time::Duration::from_millis(1);
    desk.write("fresh.sh", b"mkfifo held; exec cat held\n");
    let said = desk.raddle(&["check", "shop.py"]);
    assert_eq!((said.code, desk.kept()), (4, vec![]));
    assert!(said.out.replace("\n    ", " ").contains("by a fresh process: it had not ended after 0 s"), "{}", said.out);
}

#[test]
fn a_stopped_search_says_what_it_saw() {
    let mut desk = Desk::new();
    desk.interpreter.outcome = Outcome { interrupted: true, ..outcome(Verdict::CleanSoFar) };
    desk.interpreter.stops = vec![true];
    let said = desk.raddle(&["check", "shop.py"]);
    assert_eq!(said.code, 130);
    assert!(said.out.starts_with("clean so far: 12 executions, 9 distinct (stopped by you)\n"), "{}", said.out);
}

#[test]
fn a_finding_of_a_stopped_search_is_confirmed_and_one_more_stop_keeps_it() {
    let mut desk = Desk::with(&[found(7)]);
    desk.interpreter.stops = vec![true];
    let said = desk.raddle(&["check", "--keep-going", "shop.py"]);
    assert_eq!(said.code, 130);
    assert!(said.out.starts_with("lost-update: "), "{}", said.out);

    let mut desk = Desk::with(&[found(7)]);
    desk.interpreter.stops = vec![true, true];
    desk.write("fresh.sh", b"exec cat fifo\n");
    std::process::Command::new("mkfifo").arg(desk.home().join("fifo")).status().expect("a pipe nobody writes to");
    let said = desk.raddle(&["check", "--keep-going", "shop.py"]);
    assert_eq!((said.code, desk.kept().len()), (130, 1));
    let id = &desk.kept()[0];
    assert!(said.out.replace("\n    ", " ").contains(&format!("`raddle replay {id}` does that")), "{}", said.out);
}

#[test]
fn json_is_one_object_and_nothing_else() {
    let mut desk = Desk::with(&[found(7)]);
    let said = desk.raddle(&["check", "--format", "json", "shop.py"]);
    let page: serde_json::Value = serde_json::from_str(&said.out).expect("JSON");
    let finding = &page["findings"][0];
    let id = &desk.kept()[0];
    assert_eq!(page["verdict"], "finding");
    assert_eq!(finding["kind"], "lost-update");
    assert_eq!(finding["replay"], format!("raddle replay {id}"));
    assert_eq!(finding["text"], text(&found(7).finding, Some(&format!("raddle replay {id}"))));
    assert_eq!(finding["output"], "open\nclosed\n");
    assert_eq!(finding["schedule"]["choices"][0]["task"], "0.1");
}

#[test]
fn a_verdict_without_findings_has_its_exit_code() {
    for (verdict, code) in [(Verdict::CleanSoFar, 0), (Verdict::Failed, 3), (Verdict::Inconclusive, 4)] {
        let mut desk = Desk::new();
        desk.interpreter.outcome = outcome(verdict);
        assert_eq!(desk.raddle(&["check", "shop.py"]).code, code);
    }
}

#[test]
fn an_empty_program_is_a_program() {
    let mut desk = Desk::new();
    desk.write("empty.py", b"");
    assert_eq!(desk.raddle(&["check", "empty.py"]).code, 0);
}

#[test]
fn what_is_no_program_is_refused() {
    let mut desk = Desk::new();
    desk.write("shops/__main__.py", b"");
    desk.write("plain/readme", b"");
    desk.write("image.py", b"\x89PNG\xff\xfe");
    desk.write("latin.py", b"# -*- coding: latin-1 -*-\nname = '\xe9'\n");
    let mut refused = String::new();
    for words in [&["shap.py"][..], &["shop"], &["shops"], &["plain"], &["image.py"], &["-m", "shap"], &["/dev/null"]] {
        let said = desk.raddle(&[&["check"], words].concat());
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        refused.push_str(&said.err);
    }
    expect![[r"
        error: there is no file shap.py
        error: there is no file shop
        help: is it shop.py?
        error: shops is a directory, not a program
        help: its program is shops/__main__.py
        error: plain is a directory, not a program
        help: name a file of Python, or a module with -m
        error: image.py is not a file of Python: not UTF-8, and no other encoding named
        help: name its encoding in the first line: # -*- coding: latin-1 -*-
        error: there is no module shap
        error: /dev/null is no ordinary file; it could not be read again for each execution
    "]]
    .assert_eq(&refused);
    assert_eq!(desk.raddle(&["check", "latin.py"]).code, 0);
    assert_eq!(desk.raddle(&["check", "-m", "shop"]).code, 0);
}

#[test]
fn a_path_below_the_directory_is_saved_relative_to_it() {
    let mut desk = Desk::with(&[found(7)]);
    let full = desk.home().join("shop.py");
    desk.raddle(&["check", full.to_str().expect("UTF-8")]);
    let (program, ..) = desk.interpreter.checked.clone().expect("it was checked");
    assert_eq!(program.target, raddle_cli::Target::Script(PathBuf::from("shop.py")));
}

#[test]
fn an_option_behind_the_program_is_the_programs_and_that_is_said() {
    for late in ["--seed=3", "--include", "--step-bound=100", "-j"] {
        let mut desk = Desk::new();
        let said = desk.raddle(&["check", "shop.py", late]);
        let note = format!("note: `{late}` stands after the program and is handed to it");
        assert!(said.err.contains(&note), "{}", said.err);
    }
    let mut desk = Desk::new();
    let said = desk.raddle(&["check", "shop.py", "--fast"]);
    assert!(!said.err.contains("stands after"), "{}", said.err);
}
