//! Executions a second in Python, and in Rust beside its peer.

use super::{Stage, all_well, ask};
use crate::step::command;
use crate::tree::cargo;

/// What a whole unmodified Python program must reach.
const AT_LEAST: f64 = 10_000.0;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for python in &stage.pythons {
        let words = ["check", "--format", "json", "--strategy", "random", "--keep-going", "--executions", "20000"];
        let page =
            ask(python, words.into_iter().chain(["--time", "60", "corpus/python/models/model_a_3.py"]))?.page()?;
        let number = |key: &str| page[key].as_f64().unwrap_or(0.0);
        let rate = number("executions") / number("seconds");
        let points = number("points") / number("executions");
        println!(
            "Python {:<6} {rate:8.0} executions/s, {points:.1} points each, {} distinct",
            python.version, page["distinct"]
        );
        if rate < AT_LEAST {
            shortfalls.push(format!("{rate:.0} executions/s on {}", python.version));
        }
    }
    command(cargo().args(["run", "--release", "-p", "raddle-bench", "--", "execution"]))?;
    all_well(&shortfalls)
}
