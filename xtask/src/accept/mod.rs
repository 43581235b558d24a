//! `cargo xtask accept`: the long runs that show what Raddle promises, with their figures.
//!
//! `cargo xtask accept PART ...` runs only the named parts. They take minutes each, so CI does not run them.

mod capacity;
mod classes;
mod conformance;
mod corpus;
mod counts;
mod faults;
mod interleavings;
mod jobs;
mod libraries;
mod memcheck;
mod memory;
mod primitives;
mod replays;
mod road;
mod schedules;
mod search;
mod shrink;
mod speed;
mod stop;
mod stress;

use crate::python::{Python, environment, install, install_wheel, interpreters, wheel};
use crate::step::{Steps, command};
use crate::tree::{cargo, root, workspace};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A part: its name, what it shows, and what runs it.
type Part = (&'static str, &'static str, fn(&Stage) -> Result<(), String>);

const PARTS: [Part; 20] = [
    ("road", "a fresh clone: the first command finds, explains and replays the bug", road::run),
    ("corpus", "every program gets its verdict; correct ones in 10,000 executions", corpus::run),
    ("conformance", "CPython's own suites, passed by our types", conformance::run),
    ("libraries", "libraries from elsewhere pass their own tests under raddle run", libraries::run),
    ("counts", "the small models reach exactly their numbers of classes", counts::run),
    ("classes", "random programs: each class is met once, and faults in the relation are noticed", classes::run),
    ("replays", "every finding replays 100 times, in fresh processes", replays::run),
    ("schedules", "what each strategy needs for each bug of the corpus, and the page of it", schedules::run),
    ("shrink", "schedules of findings have the fewest preemptions that a search proves, or one more", shrink::run),
    ("search", "executions to the first bug, for each strategy, and the page of it", search::run),
    ("jobs", "two processes search as much as one, at least 1.8 times as fast", jobs::run),
    ("speed", "executions a second, beside the peers", speed::run),
    ("primitives", "every primitive beside its peers, and the page of it", primitives::run),
    ("memory", "100,000 executions in one process keep its memory", memory::run),
    ("stop", "Ctrl-C ends a search within half a second", stop::run),
    ("faults", "faults put in on purpose are caught by the corpus", faults::run),
    ("interleavings", "the primitives' own algorithms, with points inside", interleavings::run),
    ("stress", "random programs and eight threads on one object, for minutes", stress::run),
    ("memcheck", "the tests of unsafe code under valgrind", memcheck::run),
    ("capacity", "a million objects, 10,000 waiters, ten million items: memory of each", capacity::run),
];

/// What the parts play on: an environment with Raddle for each interpreter.
pub(crate) struct Stage {
    pythons: Vec<Python>,
    target: PathBuf,
}

/// Runs the parts named on the command line, or all.
///
/// # Errors
/// When a figure falls short.
pub(crate) fn run() -> Result<(), String> {
    let named: Vec<String> = std::env::args().skip(2).collect();
    if named.iter().any(|name| name == "--help") {
        PARTS.iter().for_each(|(name, what, _)| println!("{name:13} {what}"));
        return Ok(());
    }
    if let Some(unknown) = named.iter().find(|name| PARTS.iter().all(|(known, ..)| known != name)) {
        let known = PARTS.map(|(name, ..)| name).join(", ");
        return Err(format!("there is no part `{unknown}`; there are {known}"));
    }
    let stage = Stage::new()?;
    let mut steps = Steps::default();
    for (name, what, part) in PARTS {
        if named.is_empty() || named.iter().any(|n| n == name) {
            steps.run(&format!("{name}: {what}"), || part(&stage));
        }
    }
    steps.finish()
}

impl Stage {
    fn new() -> Result<Self, String> {
        let target = workspace()?.target_directory.join("accept");
        let bases: Vec<Python> = interpreters()?.into_iter().filter(Python::is_stable).collect();
        let mut pythons = Vec::new();
        for base in &bases {
            pythons.push(environment(&target.join(format!("venv-{}", base.version)), base)?);
        }
        let first = pythons.first().ok_or("no interpreter fits the wheel")?;
        install(first, &["maturin>=1.9,<2"])?;
        let wheel = wheel(first, &target.join("wheels"))?;
        for python in &pythons {
            install(python, &["pytest>=8.3,<10"])?;
            install_wheel(python, &wheel)?;
        }
        Ok(Stage { pythons, target })
    }

    /// The first interpreter, on which the longest parts run.
    fn first(&self) -> &Python {
        &self.pythons[0]
    }

    /// The free-threaded interpreters, with a wheel of their own; says so if there is none.
    fn free_threaded(&self) -> Result<Vec<Python>, String> {
        let mut pythons = Vec::new();
        for base in interpreters()?.iter().filter(|python| !python.is_stable()) {
            let python = environment(&self.target.join(format!("venv-{}", base.version)), base)?;
            install(&python, &["maturin>=1.9,<2"])?;
            install_wheel(&python, &wheel(&python, &self.target.join(format!("wheels-{}", base.version)))?)?;
            pythons.push(python);
        }
        if pythons.is_empty() {
            println!("SKIPPED  on a free-threaded Python: there is none here");
        }
        Ok(pythons)
    }

    /// The oldest and the newest interpreter.
    fn ends(&self) -> Vec<&Python> {
        let mut sorted: Vec<&Python> = self.pythons.iter().collect();
        sorted.sort_by_key(|python| python.version.trim_start_matches("3.").parse::<u32>().unwrap_or(0));
        let newest = sorted.len() - 1;
        if newest == 0 { sorted } else { vec![sorted[0], sorted[newest]] }
    }
}

/// What `raddle` answered.
struct Answer {
    text: String,
    took: Duration,
}

impl Answer {
    /// The page that `--format json` writes.
    fn page(&self) -> Result<Value, String> {
        serde_json::from_str(&self.text).map_err(|e| format!("not JSON ({e}): {}", self.text))
    }
}

/// The command `raddle` of an environment.
fn raddle<S: AsRef<OsStr>>(python: &Python, words: impl IntoIterator<Item = S>) -> Command {
    let mut command = python.command(["-m", "raddle"]);
    command.args(words).stdin(std::process::Stdio::null());
    command
}

/// Runs `raddle` and keeps what it writes to standard output.
fn ask<S: AsRef<OsStr>>(python: &Python, words: impl IntoIterator<Item = S>) -> Result<Answer, String> {
    answer(&mut raddle(python, words))
}

fn answer(command: &mut Command) -> Result<Answer, String> {
    let started = Instant::now();
    let done = command.output().map_err(|e| format!("cannot start raddle: {e}"))?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    Ok(Answer { text, took: started.elapsed() })
}

/// How many executions a search has run in all.
fn tried(page: &Value) -> u64 {
    ["executions", "preliminary", "redundant"].iter().filter_map(|count| page[*count].as_u64()).sum()
}

/// Fails if anything fell short.
fn all_well(shortfalls: &[String]) -> Result<(), String> {
    if shortfalls.is_empty() { Ok(()) } else { Err(shortfalls.join("; ")) }
}

/// A clone of what is committed, at `place`, whatever was there before.
fn fresh_clone(place: &Path) -> Result<(), String> {
    if place.exists() {
        std::fs::remove_dir_all(place).map_err(|e| format!("cannot remove {}: {e}", place.display()))?;
    }
    let words =
        [OsStr::new("clone"), OsStr::new("--quiet"), root().as_os_str(), place.as_os_str()].map(OsStr::to_owned);
    command(Command::new("git").args(words))
}

/// Cargo in another folder, with a target directory of its own.
fn cargo_in(place: &Path) -> Command {
    let mut cargo = cargo();
    cargo.current_dir(place).env_remove("CARGO_TARGET_DIR");
    cargo
}
