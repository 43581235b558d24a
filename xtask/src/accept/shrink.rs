//! The preemptions of the schedules that findings are told by, beside the fewest that an exhaustive search proves.

use super::{Stage, all_well, ask};
use crate::corpus::{Program, programs};
use crate::python::Python;
use crate::step::command;
use crate::tree::cargo;
use serde_json::Value;

/// Which strategies find the bugs that are made small.
const STRATEGIES: [&str; 2] = ["mixed", "random"];
/// So many preemptions are tried at most,
const MOST: u64 = 6;
/// with so many executions, in so many seconds.
const EXHAUSTIVE: [&str; 7] = ["--strategy", "dfs", "--executions", "200000", "--time", "60", "--no-shrink"];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    let python = stage.first();
    println!("{:<36} {:<18} {:>8}  {:>12}  {:>12}", "program", "finding", "fewest", STRATEGIES[0], STRATEGIES[1]);
    for program in programs()?.iter().filter(|program| program.is_buggy() && program.is_python()) {
        let kind = program.verdict.trim_start_matches("finding ");
        let fewest = fewest(python, program, kind)?;
        let mut line = format!("{:<36} {kind:<18} {:>8}", program.name(), told(fewest));
        for strategy in STRATEGIES {
            let page = check(python, program, &["--strategy", strategy])?;
            let schedule = &page["findings"][0]["schedule"];
            let (Some(preemptions), Some(before)) =
                (schedule["preemptions"].as_u64(), schedule["shrunk"]["preemptions_before"].as_u64())
            else {
                shortfalls.push(format!("{} was not found by {strategy}", program.name()));
                continue;
            };
            let proved = schedule["shrunk"]["fewest_preemptions"].as_bool() == Some(true);
            line.push_str(&format!("  {:>12}", format!("{before} to {preemptions}{}", if proved { "" } else { "?" })));
            let wrong = match fewest {
                Fewest::Are(fewest) => preemptions > fewest + 1 || (proved && preemptions != fewest),
                Fewest::MoreThan(tried) => proved && preemptions < tried,
            };
            if wrong {
                shortfalls.push(format!("{} by {strategy}: {preemptions}, not {}", program.name(), told(fewest)));
            }
        }
        println!("{line}");
    }
    println!("(\"3 to 1\": 3 when it was found; ?: not proved by the attempt to make it smaller)");
    let words = ["test", "--release", "-p", "raddle", "--test", "it", "smallest", "--", "--nocapture"];
    command(cargo().args(words))?;
    all_well(&shortfalls)
}

/// The fewest preemptions that show a bug.
#[derive(Clone, Copy)]
enum Fewest {
    Are(u64),
    /// All schedules with fewer than so many were tried; there are too many of those with as many.
    MoreThan(u64),
}

fn told(fewest: Fewest) -> String {
    match fewest {
        Fewest::Are(fewest) => fewest.to_string(),
        Fewest::MoreThan(tried) => format!("{tried} or more"),
    }
}

/// Tries all schedules without a preemption, then all with one, and so on, until the bug shows.
fn fewest(python: &Python, program: &Program, kind: &str) -> Result<Fewest, String> {
    for most in 0..=MOST {
        let most = most.to_string();
        let mut words = vec!["--preemptions", &most];
        words.extend(EXHAUSTIVE);
        let page = check(python, program, &words)?;
        let shown = page["findings"].as_array().into_iter().flatten().any(|found| found["kind"] == kind);
        // What was shown before all points were known is not within the bound; a bare race is told at the end all the same.
        if shown && (kind == "data-race" || page["exhausted"].as_bool() == Some(false)) {
            return Ok(Fewest::Are(most.parse().unwrap_or_default()));
        }
        if page["exhausted"].as_bool() != Some(true) {
            return Ok(Fewest::MoreThan(most.parse().unwrap_or_default()));
        }
    }
    Ok(Fewest::MoreThan(MOST + 1))
}

fn check(python: &Python, program: &Program, options: &[&str]) -> Result<Value, String> {
    let path = program.path.display().to_string();
    let mut words = vec!["check", "--format", "json"];
    words.extend(program.options.iter().map(String::as_str));
    words.extend(options);
    words.push(&path);
    ask(python, words)?.page()
}
