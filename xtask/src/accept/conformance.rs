//! CPython's own suites, on every interpreter: the conformance table.

use super::{Stage, all_well};
use crate::step::command;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for python in stage.pythons.iter().chain(&stage.free_threaded()?) {
        if command(&mut python.command(["python/tests/conformance/table.py"])).is_err() {
            shortfalls.push(format!("suites on {}", python.version));
        }
        println!();
    }
    all_well(&shortfalls)
}
