//! Options and `[tool.raddle]`.

use crate::pretended::Desk;
use expect_test::expect;
use raddle::engine::explore::{Options, StrategyKind};
use std::time::Duration;

/// What a search is told by these words and this pyproject.toml.
#[track_caller]
fn told(words: &[&str], file: &str) -> (Options, Vec<String>) {
    let mut desk = Desk::new();
    desk.write("pyproject.toml", file.as_bytes());
    let said = desk.raddle(&[&["check"], words, &["shop.py"]].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let (_, options, include) = desk.interpreter.checked.expect("it was checked");
    (options, include)
}

#[test]
fn nothing_said_means_the_defaults() {
    assert_eq!(told(&[], ""), (Options::default(), vec![]));
    assert_eq!(told(&[], "[project]\nname = 'shop'\n"), (Options::default(), vec![]));
}

#[test]
fn each_option_is_heard() {
    let words = "--strategy dfs --executions 7 --time 1.5 --seed 9 --step-bound 50 --keep-going --races --timing --preemptions 0 --delays 2 --no-shrink --include b \
                 --include a.c --include b";
    let words: Vec<&str> = words.split_whitespace().collect();
    let expected = Options {
        strategy: StrategyKind::Dfs,
        executions: 7,
        time: Some(Duration::from_millis(1500)),
        seed: 9,
        keep_going: true,
        races: true,
        timing: true,
        step_bound: 50,
        preemptions: Some(0),
        delays: Some(2),
        shrink: false,
        ..Options::default()
    };
    let include = vec!["a.c".to_owned(), "b".to_owned()];
    assert_eq!(told(&words, ""), (expected.clone(), include.clone()));
    let file = "[tool.raddle]\nstrategy = 'dfs'\nexecutions = 7\ntime = 1.5\nseed = 9\nstep-bound = 50\nkeep-going = true\n\
                races = true\ntiming = true\npreemptions = 0\ndelays = 2\nshrink = false\ninclude = ['b', 'a.c']\n";
    assert_eq!(told(&[], file), (expected, include));
}

#[test]
fn the_command_line_wins() {
    let file = "[tool.raddle]\nstrategy = 'dfs'\nseed = 4\nraces = true\ninclude = ['a']\n";
    let (options, include) = told(&["--strategy", "pct", "--no-races", "--include", "b"], file);
    assert_eq!((options.strategy, options.seed, options.races), (StrategyKind::Pct, 4, false));
    assert_eq!(include, ["a", "b"]);
}

#[test]
fn one_budget_alone_is_the_only_one() {
    assert_eq!(told(&["--executions", "5"], "").0.time, None);
    assert_eq!(told(&["--time", "5"], "").0.executions, u64::MAX);
    let (options, _) = told(&["--time", "5"], "[tool.raddle]\nexecutions = 3\n");
    assert_eq!((options.executions, options.time), (3, Some(Duration::from_secs(5))));
}

#[test]
fn the_nearest_file_counts() {
    let mut desk = Desk::new();
    desk.write("pyproject.toml", b"[tool.raddle]\nseed = 1\n");
    desk.write("inner/pyproject.toml", b"[tool.raddle]\nseed = 2\n");
    desk.raddle(&["check", "shop.py"]);
    assert_eq!(desk.interpreter.checked.as_ref().map(|(_, options, _)| options.seed), Some(1));
}

#[test]
fn what_is_not_understood_is_named() {
    let mut refused = String::new();
    for line in [
        "sed = 3",
        "keep_going = true",
        "no-shrink = true",
        "seed = -1",
        "seed = 'x'",
        "executions = 0",
        "time = 0",
        "time = 'long'",
        "strategy = 'depth'",
        "races = 1",
        "include = 'a'",
        "include = ['a b']",
        "seed = ",
    ] {
        let mut desk = Desk::new();
        desk.write("pyproject.toml", format!("[tool.raddle]\n{line}\n").as_bytes());
        let said = desk.raddle(&["check", "shop.py"]);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{line}");
        refused.push_str(&said.err);
    }
    let mut desk = Desk::new();
    desk.write("pyproject.toml", b"[tool]\nraddle = 3\n");
    refused.push_str(&desk.raddle(&["check", "shop.py"]).err);
    expect![[r#"
        error: pyproject.toml: unknown key `sed` in [tool.raddle]
        help: the keys are strategy, executions, time, seed, preemptions, delays, step-bound, keep-going, races, timing, shrink, jobs, include
        error: pyproject.toml: unknown key `keep_going` in [tool.raddle]
        help: it is called `keep-going`
        error: pyproject.toml: unknown key `no-shrink` in [tool.raddle]
        help: write `shrink = false`
        error: pyproject.toml: `seed` in [tool.raddle] has to be a whole number, 0 or more
        error: pyproject.toml: `seed` in [tool.raddle] has to be a whole number, 0 or more
        error: pyproject.toml: `executions` in [tool.raddle] has to be a whole number, 1 or more
        error: pyproject.toml: `time` in [tool.raddle] has to be a number of seconds, more than 0
        error: pyproject.toml: `time` in [tool.raddle] has to be a number of seconds, more than 0
        error: pyproject.toml: `strategy` in [tool.raddle] has to be mixed, natural, random, pct, pos, surw, rff, dfs or dpor
        error: pyproject.toml: `races` in [tool.raddle] has to be true or false
        error: pyproject.toml: `include` in [tool.raddle] has to be a list of names of packages
        error: pyproject.toml: `include` in [tool.raddle] has to be a list of names of packages
        error: pyproject.toml is not TOML: string values must be quoted, expected literal string
        error: pyproject.toml: tool.raddle has to be a table
    "#]]
    .assert_eq(&refused);
}

#[test]
fn words_that_are_not_understood_are_refused() {
    let mut refused = String::new();
    for words in [
        &["--strategy", "depth"][..],
        &["--executions", "0"],
        &["--executions", "many"],
        &["--time", "0"],
        &["--time", "nan"],
        &["--seed", "-1"],
        &["--jobs", "-1"],
        &["-j", "-1"],
        &["--time", "-0.5"],
        &["--shard", "3/2"],
        &["--include", "a b"],
        &["--format", "xml"],
        &["--race"],
    ] {
        let said = Desk::new().raddle(&[&["check"], words, &["shop.py"]].concat());
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{words:?}");
        refused.push_str(said.err.lines().next().unwrap_or_default());
        refused.push('\n');
    }
    expect![[r#"
        error: invalid value 'depth' for '--strategy <NAME>'
        error: invalid value '0' for '--executions <N>': has to be a whole number, 1 or more
        error: invalid value 'many' for '--executions <N>': has to be a whole number, 1 or more
        error: invalid value '0' for '--time <SECONDS>': has to be more than 0
        error: invalid value 'nan' for '--time <SECONDS>': has to be more than 0
        error: invalid value '-1' for '--seed <N>': has to be a whole number, 0 or more
        error: invalid value '-1' for '--jobs <N>': has to be a whole number, 1 to 1024, or auto
        error: invalid value '-1' for '--jobs <N>': has to be a whole number, 1 to 1024, or auto
        error: invalid value '-0.5' for '--time <SECONDS>': has to be more than 0
        error: invalid value '3/2' for '--shard <K/N>': has to be K/N with K from 1 to N: 2/3 is the second of three parts
        error: invalid value 'a b' for '--include <PACKAGE>': not the name of a package
        error: invalid value 'xml' for '--format <FORM>'
        error: unexpected argument '--race' found
    "#]]
    .assert_eq(&refused);
}
