//! Libraries that no one here wrote: their own tests, without us and under `raddle run`.

use super::{Stage, all_well};
use crate::step::command;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    let free_threaded = stage.free_threaded()?;
    for python in stage.ends().into_iter().chain(&free_threaded) {
        if command(&mut python.command(["python/tests/conformance/libraries.py"])).is_err() {
            shortfalls.push(format!("libraries on {}", python.version));
        }
        println!();
    }
    all_well(&shortfalls)
}
