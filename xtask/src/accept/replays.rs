//! Each finding, replayed 100 times in fresh processes.

use super::{Stage, all_well, answer, ask};
use crate::corpus::programs;
use crate::step::command;
use crate::tree::{cargo, output, root};
use std::process::Command;

const TIMES: usize = 100;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    let python = stage.first();
    for program in programs()?.iter().filter(|program| program.is_python() && program.is_buggy()) {
        let path = program.path.display().to_string();
        let mut words = vec!["check", "--format", "json"];
        words.extend(program.options.iter().map(String::as_str));
        words.push(&path);
        let page = ask(python, words)?.page()?;
        let replay = page["findings"][0]["replay"].as_str().unwrap_or_default().to_owned();
        let words: Vec<&str> = replay.split_whitespace().skip(1).collect();
        let mut texts = Vec::new();
        for _ in 0..TIMES {
            texts.push(ask(python, &words)?.text);
        }
        let same = texts.iter().filter(|text| **text == texts[0] && text.contains(&replay)).count();
        println!("{:<36} {same} of {TIMES} identical", program.name());
        if same != TIMES {
            shortfalls.push(program.name());
        }
    }
    rust(&mut shortfalls)?;
    all_well(&shortfalls)
}

fn rust(shortfalls: &mut Vec<String>) -> Result<(), String> {
    command(cargo().args(["build", "--release", "-p", "raddle", "--example", "corpus"]))?;
    let binary = crate::tree::workspace()?.target_directory.join("release/examples/corpus");
    let listed = output(Command::new(&binary).current_dir(root()))?;
    for name in listed.lines().filter_map(|line| line.split_once(": finding")).map(|(name, _)| name) {
        let found = answer(Command::new(&binary).arg(name).current_dir(root()))?.text;
        let id = found.lines().find_map(|line| line.strip_prefix("replay: RADDLE_REPLAY=")?.split(' ').next());
        let id = id.ok_or_else(|| format!("{name} was not found"))?;
        let report = |text: &str| text.split("\nfinding: ").next().unwrap_or_default().to_owned();
        let mut same = 0;
        for _ in 0..TIMES {
            let again = answer(Command::new(&binary).arg(name).env("RADDLE_REPLAY", id).current_dir(root()))?;
            same += usize::from(report(&again.text) == report(&found));
        }
        println!("{name:<36} {same} of {TIMES} identical");
        if same != TIMES {
            shortfalls.push(name.to_owned());
        }
    }
    Ok(())
}
