//! A fresh clone and the README's first command.

use super::{Stage, answer, cargo_in, fresh_clone};
use crate::step::command;
use std::process::Command;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let clone = stage.target.join("clone");
    fresh_clone(&clone)?;
    command(cargo_in(&clone).args(["xtask", "try"]))?;
    // Once more, without the build: what a new user waits for.
    let raddle = clone.join(".venv/bin/raddle");
    let checked = answer(Command::new(&raddle).args(["check", "examples/store.py"]).current_dir(&clone))?;
    let replay = checked.text.lines().last().and_then(|line| line.strip_prefix("replay: raddle ")).unwrap_or_default();
    let words: Vec<&str> = replay.split_whitespace().collect();
    let replayed = answer(Command::new(&raddle).args(&words).current_dir(&clone))?;
    let seconds = checked.took.as_secs_f64() + replayed.took.as_secs_f64();
    println!("found, explained and replayed in {seconds:.2} s after the build");
    if checked.text.starts_with("lost-update") && checked.text == replayed.text && seconds < 10.0 {
        return Ok(());
    }
    Err("the lost update of examples/store.py was not found, explained and replayed in 10 s".to_owned())
}
