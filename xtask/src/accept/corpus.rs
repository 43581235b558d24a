//! Every program of the corpus and its verdict.

use super::{Stage, all_well, ask, tried};
use crate::corpus::{Program, programs};
use crate::python::Python;
use crate::step::command;
use crate::tree::cargo;
use serde_json::Value;

/// What correct programs are given.
const CORRECT: [&str; 4] = ["--executions", "10000", "--time", "600"];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    let mut programs = programs()?;
    programs.retain(Program::is_python);
    let free = stage.free_threaded()?;
    for python in stage.ends().into_iter().chain(&free) {
        println!("Python {}", python.version);
        println!("{:<36} {:<26} {:>10} {:>9} {:>8}", "program", "verdict", "executions", "distinct", "seconds");
        for program in &programs {
            let said = look(python, program)?;
            println!("{}", said.line);
            shortfalls.extend(said.shortfall.map(|why| format!("{} ({}): {why}", program.name(), python.version)));
        }
    }
    command(cargo().args(["test", "--release", "-p", "raddle", "--test", "it", "corpus", "--", "--nocapture"]))?;
    all_well(&shortfalls)
}

struct Said {
    line: String,
    shortfall: Option<String>,
}

fn look(python: &Python, program: &Program) -> Result<Said, String> {
    let path = program.path.display().to_string();
    let mut words = vec!["check", "--format", "json"];
    words.extend(program.options.iter().map(String::as_str));
    if !program.is_buggy() {
        words.extend(CORRECT);
    }
    words.push(&path);
    let page = ask(python, words)?.page()?;
    let number = |key: &str| page[key].as_u64().unwrap_or(0);
    let kinds: Vec<&str> =
        page["findings"].as_array().into_iter().flatten().filter_map(|f| f["kind"].as_str()).collect();
    let verdict = page["verdict"].as_str().unwrap_or("none");
    let seconds = page["seconds"].as_f64().unwrap_or(0.0);
    let shown = if kinds.is_empty() { verdict.to_owned() } else { format!("{verdict} {}", kinds.join(" ")) };
    let line = format!(
        "{:<36} {shown:<26} {:>10} {:>9} {seconds:>8.2}",
        program.name(),
        number("executions"),
        number("distinct")
    );
    Ok(Said { line, shortfall: shortfall(program, verdict, &kinds, &page) })
}

fn shortfall(program: &Program, verdict: &str, kinds: &[&str], page: &Value) -> Option<String> {
    let (executions, distinct) = (tried(page), page["distinct"].as_u64().unwrap_or(0));
    if let Some(slug) = program.verdict.strip_prefix("finding ") {
        if kinds != [slug] {
            return Some(format!("{slug} is due, not {verdict} {}", kinds.join(" ")));
        }
        let slow = page["seconds"].as_f64().is_none_or(|seconds| seconds > 2.0);
        return (executions > program.within || slow).then(|| format!("took {executions} executions"));
    }
    if !verdict.starts_with("clean") {
        return Some(format!("is correct, but {verdict} {} {}", kinds.join(" "), page["reasons"]));
    }
    let wrong = program.classes.filter(|classes| *classes != distinct);
    wrong.map(|classes| format!("has {classes} classes, not {distinct}"))
}
