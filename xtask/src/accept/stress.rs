//! Random programs and eight threads on one object, in Rust and in Python, for as many minutes as `RADDLE_MINUTES` says.

use super::Stage;
use crate::python::Python;
use crate::step::command;
use crate::tree::cargo;
use std::time::{Duration, Instant};

const MINUTES: u64 = 5;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let minutes = match std::env::var("RADDLE_MINUTES") {
        Ok(text) => text.parse().map_err(|e| format!("RADDLE_MINUTES is `{text}`: {e}"))?,
        Err(_) => MINUTES,
    };
    let (started, mut rounds) = (Instant::now(), 0u64);
    while rounds == 0 || started.elapsed() < Duration::from_secs(60 * minutes) {
        let words = ["test", "--release", "-p", "raddle", "--test", "it", "--", "stress", "histories"];
        command(cargo().args(words).env("RADDLE_STRESS", "10").env("PROPTEST_CASES", "2000"))?;
        for python in &stage.pythons {
            histories(python, rounds)?;
        }
        rounds += 1;
    }
    println!("{rounds} rounds in {:.1} minutes", started.elapsed().as_secs_f64() / 60.0);
    Ok(())
}

/// Programs with seeds that no round before had.
fn histories(python: &Python, round: u64) -> Result<(), String> {
    const HISTORIES: u64 = 500;
    let mut tests = python.command(["-m", "pytest", "-q", "python/tests/properties"]);
    tests.env("RADDLE_HISTORIES", HISTORIES.to_string()).env("RADDLE_SEED", (round * HISTORIES).to_string());
    command(&mut tests)
}
