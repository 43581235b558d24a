//! Memory: of a million objects, of 10,000 threads that wait for one, of ten million items in one queue.

use super::Stage;
use crate::step::command;
use crate::tree::cargo;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    command(cargo().args(["run", "--release", "--example", "capacity", "-p", "raddle"]))?;
    for python in stage.ends() {
        command(&mut python.command(["python/tests/properties/capacity.py"]))?;
    }
    Ok(())
}
