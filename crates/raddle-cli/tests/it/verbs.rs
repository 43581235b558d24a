//! The command as a whole.

use crate::pretended::Desk;
use expect_test::expect;

#[test]
fn a_program_runs_with_its_own_exit_code() {
    let mut desk = Desk::new();
    let said = desk.raddle(&["run", "shop.py", "--seed", "3"]);
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (42, "", ""));
    let ran = desk.interpreter.ran.as_ref().expect("it ran");
    assert_eq!(ran.args, ["--seed", "3"]);
    assert_eq!(desk.raddle(&["run", "shap.py"]).code, 2);
}

#[test]
fn how_a_program_ended_can_be_had_as_json() {
    let mut desk = Desk::new();
    let said = desk.raddle(&["run", "--format", "json", "shop.py", "--format", "text"]);
    assert_eq!((said.code, said.out.as_str()), (42, ""));
    let page: serde_json::Value = serde_json::from_str(&said.err).expect("JSON");
    assert_eq!((&page["format"], &page["exit"]), (&1.into(), &42.into()));
    assert!(page["seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0), "{page}");
    assert_eq!(desk.interpreter.ran.as_ref().expect("it ran").args, ["--format", "text"]);
}

#[test]
fn the_interpreter_measures() {
    let mut desk = Desk::new();
    assert_eq!(desk.raddle(&["bench", "--format", "json", "--only", "Lock", "--only", "Event"]).code, 0);
    assert_eq!(desk.interpreter.benched, ["--only", "Lock", "--only", "Event", "--format=json"]);
    assert_eq!(desk.raddle(&["bench", "--list"]).code, 0);
    assert_eq!(desk.interpreter.benched, ["--list"]);
}

#[test]
fn the_version_is_said() {
    let said = Desk::new().raddle(&["--version"]);
    assert_eq!((said.code, said.out), (0, format!("raddle {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn help_lists_the_verbs_that_there_are() {
    let said = Desk::new().raddle(&["--help"]);
    assert_eq!(said.code, 0);
    expect![[r#"
        Find, explain and replay concurrency bugs in unmodified programs

        Usage: raddle <COMMAND>

        Commands:
          check   Search a program's interleavings for bugs
          merge   Join the parts of a search that was made by several machines
          replay  Show a finding again, exactly
          run     Run a program as Python would, on Raddle's locks, queues and pools
          bench   Measure Raddle's primitives beside the standard library's
          help    Print this message or the help of the given subcommand(s)

        Options:
          -h, --help     Print help
          -V, --version  Print version
    "#]]
    .assert_eq(&said.out);
}

#[test]
fn help_for_check() {
    let said = Desk::new().raddle(&["check", "--help"]);
    assert_eq!(said.code, 0);
    expect![[r#"
        Search a program's interleavings for bugs

        Usage: raddle check [OPTIONS] PROGRAM [ARGS]...
               raddle check [OPTIONS] -m MODULE [ARGS]...

        Arguments:
          <PROGRAM>...  A file of Python (with -m, a module); what follows it is handed to it

        Options:
          -m, --module  PROGRAM is a module, as in `python -m`
          -h, --help    Print help

        Search:
              --strategy <NAME>    Who chooses at each point which task goes on: mixed, natural, random,
                                   pct, pos, surw, rff, dfs or dpor [default: mixed]
              --executions <N>     End after N executions, those of all processes and parts together
                                   [default: 10000, or no limit if only --time is given]
              --time <SECONDS>     End after this many seconds [default: 10, or no limit if only
                                   --executions is given]
              --seed <N>           The seed of all random choices: the same seed, the same search [default:
                                   0]
              --preemptions <N>    No execution has more than N preemptions: wherever a task can go on after
                                   so many, it does
              --delays <N>         No execution passes over more than N tasks, in order, before the one that
                                   goes on
              --step-bound <N>     Cut an execution off after N points; a search with one cut off is never
                                   clean [default: 100000]
              --keep-going         Do not stop at the first finding
              --races              Count every unordered pair of accesses as a finding, not only lost
                                   updates and stale checks
              --timing             Let timers and timeouts fire at any time, however slow the others are
              --no-shrink          Tell a finding by the schedule that was found, not by the smallest that
                                   shows it
          -j, --jobs <N>           Search in N processes at a time, which divide the executions among them;
                                   auto: one for each core [default: 1]
              --include <PACKAGE>  Watch the accesses in PACKAGE too, not only in the program's own modules
                                   (may be repeated)
              --format <FORM>      The form of the answer: text for people, json for programs [default:
                                   text]

        Many cores and machines:
              --shard <K/N>  Search only part K of N, as on one of N machines, with one Nth of --executions,
                             but all of --time; `raddle merge` joins what they came to
              --into <FILE>  Keep the part in FILE [default: raddle-K-of-N.json]
              --with <FILE>  Begin with what a part knew that was searched before, as `raddle merge` may ask
                             for (may be repeated)

        The program is run again and again, unchanged, each time with its threads taking turns in another
        order, until a bug is found, every order that matters was tried, or the budget ends.

        Strategies:
          mixed    the natural run first, then all others in turn, by what they bring
          natural  one execution: each task runs until it blocks
          random   any task that can go on, with equal chances
          pct      random priorities with a few changes: good at bugs that need few of them
          pos      random priorities, drawn anew where operations conflict
          surw     all orders of the operations on one thing at a time, with equal chances
          rff      goes for reads that get what they never got: good at bugs among many tasks
          dpor     one schedule of each kind: proves small programs right after the fewest
          dfs      every schedule, depth first

        Examples:
          raddle check shop.py                   the defaults: 10,000 executions or 10 seconds
          raddle check --time 60 shop.py --fast  look for a minute; --fast is handed to shop.py
          raddle check --strategy dpor -m shop   every interleaving of the module shop
          raddle check --jobs auto shop.py       the same search by a process for each core

        Options come before PROGRAM. They can also stand in [tool.raddle] of pyproject.toml; there
        --no-shrink is `shrink = false`.
        Exit codes: 0 no bug, 1 a bug, 2 wrong use, 3 fails on its own, 4 no answer, 130 stopped.
    "#]]
    .assert_eq(&said.out);
}

#[test]
fn wrong_words_are_refused() {
    for words in [&[][..], &["chek"], &["check"], &["replay"], &["step", "x"]] {
        let said = Desk::new().raddle(words);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{words:?}");
        assert!(said.err.contains("Usage: raddle"), "{}", said.err);
    }
}
