//! `cargo xtask try`: from a fresh clone to a bug that is found, explained and replayed.

use crate::python::{environment, install, install_wheel, interpreters, wheel};
use crate::tree::{output, root, workspace};
use std::process::{Command, Stdio};

/// The program with the bug.
const EXAMPLE: &str = "examples/store.py";

/// Builds, installs, checks, replays.
///
/// # Errors
/// When something is missing, or the bug is not found, or not shown again.
pub(crate) fn run() -> Result<(), String> {
    let base = interpreters()?.swap_remove(0);
    let python = environment(&root().join(".venv"), &base)?;
    install(&python, &["maturin>=1.9,<2"])?;
    let wheel = wheel(&python, &workspace()?.target_directory.join("wheels"))?;
    install_wheel(&python, &wheel)?;

    println!("\n$ .venv/bin/raddle check {EXAMPLE}");
    let checked = raddle(&["check", EXAMPLE])?;
    let Some(replay) = checked.lines().last().and_then(|line| line.strip_prefix("replay: ")) else {
        return Err(format!("raddle found no bug in {EXAMPLE}"));
    };
    println!("\n$ .venv/bin/{replay}");
    let words: Vec<&str> = replay.split_whitespace().skip(1).collect();
    if raddle(&words)? != checked {
        return Err("the replay told something else".to_owned());
    }
    println!("\nThe replay says the same, byte for byte. Now try your own: .venv/bin/raddle check program.py");
    Ok(())
}

/// What the installed command writes to standard output; shown, too.
fn raddle(words: &[&str]) -> Result<String, String> {
    let mut command = Command::new(root().join(".venv/bin/raddle"));
    let done = command.args(words).current_dir(root()).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let done = done.map_err(|e| format!("cannot start .venv/bin/raddle: {e}"))?;
    let said = String::from_utf8(done.stdout).map_err(|_| "raddle wrote what is not UTF-8".to_owned())?;
    print!("{said}");
    match done.status.code() {
        Some(0 | 1) => Ok(said),
        _ => Err(format!("raddle {} ended with {}", words.join(" "), done.status)),
    }
}

/// The installed command's version, to see that it is there.
///
/// # Errors
/// When it is not.
pub(crate) fn version() -> Result<String, String> {
    output(Command::new(root().join(".venv/bin/raddle")).arg("--version"))
}
