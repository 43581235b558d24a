//! The algorithms of the primitives, searched with points inside: how many interleavings there were.

use super::Stage;
use crate::step::command;
use crate::tree::cargo;

/// Enough for most programs to be searched to the end.
const EXECUTIONS: &str = "400000";

pub(super) fn run(_: &Stage) -> Result<(), String> {
    println!("| program | interleavings | are all? | executions |\n|---|---|---|---|");
    let words = ["test", "--release", "-p", "raddle", "--test", "inside", "--", "--nocapture", "--test-threads", "2"];
    command(cargo().args(words).env("RADDLE_EXECUTIONS", EXECUTIONS))?;
    command(cargo().args(["test", "--release", "-p", "raddle-kernel", "park::model"]))
}
