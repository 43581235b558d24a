//! Faults put in on purpose: the corpus must notice each.
//!
//! Each fault is a change of one line in a clone of its own; the clone is built and its corpus tests run, and they must fail.

use super::{Stage, all_well, cargo_in, fresh_clone};
use crate::python::{environment, install, install_wheel};
use crate::step::command;
use std::fs;
use std::path::Path;

pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) file: &'static str,
    /// Must stand there exactly once.
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// The programs that notice; all if it is empty.
    pub(super) seen_by: &'static str,
}

const FAULTS: [Fault; 5] = [
    Fault {
        name: "a happens-before edge is dropped: what a join has seen",
        file: "crates/raddle-explore/src/execution/effect.rs",
        from: "Effect::Saw | Effect::Passed | Effect::Joined => {",
        to: "Effect::Joined => {} Effect::Saw | Effect::Passed => {",
        seen_by: "start_join",
    },
    Fault {
        name: "notify wakes two",
        file: "crates/raddle-sync/src/condvar.rs",
        from: "{ wake(target, n) }",
        to: "{ wake(target, n + 1) }",
        seen_by: "notify_one",
    },
    Fault {
        name: "`in` is not counted as a read",
        file: "crates/raddle-py/src/control/hooks.rs",
        from: "announce: announced_contains,",
        to: "announce: |args, _| contains(args),",
        seen_by: "check_then_act",
    },
    Fault {
        name: "a re-entrant lock lets two in",
        file: "crates/raddle-sync/src/reentrant.rs",
        from: "self.lock.held_by(current())",
        to: "self.lock.owner().is_some()",
        seen_by: "reentrant_lock",
    },
    Fault {
        name: "a timer never fires",
        file: "crates/raddle-explore/src/execution/state.rs",
        from: "Deadline::At(at) => Some(at),",
        to: "Deadline::At(_) => None,",
        seen_by: "timer",
    },
];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let clone = stage.target.join("faults");
    fresh_clone(&clone)?;
    let python = environment(&stage.target.join("venv-faults"), stage.first())?;
    install(&python, &["maturin>=1.9,<2", "pytest>=8.3,<10"])?;
    if corpus(&clone, &python, "").is_err() {
        return Err("the corpus fails without any fault".to_owned());
    }
    try_all(&clone, &FAULTS, |fault| corpus(&clone, &python, fault.seen_by))
}

/// Puts one fault after the other into the clone; each must make `test` fail.
pub(super) fn try_all(
    clone: &Path,
    faults: &[Fault],
    test: impl Fn(&Fault) -> Result<(), String>,
) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for fault in faults {
        println!("\n{}", fault.name);
        let path = clone.join(fault.file);
        let sound = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", fault.file))?;
        if sound.matches(fault.from).count() != 1 {
            return Err(format!("{}: `{}` must stand there exactly once", fault.file, fault.from));
        }
        fs::write(&path, sound.replacen(fault.from, fault.to, 1)).map_err(|e| e.to_string())?;
        let caught = test(fault).is_err();
        fs::write(&path, sound).map_err(|e| e.to_string())?;
        println!("{}: {}", fault.name, if caught { "caught" } else { "NOT caught" });
        if !caught {
            shortfalls.push(fault.name.to_owned());
        }
    }
    all_well(&shortfalls)
}

/// Builds the clone and runs its corpus tests whose names contain `only`.
fn corpus(clone: &Path, python: &crate::python::Python, only: &str) -> Result<(), String> {
    let wheels = clone.join("target/wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels).map_err(|e| e.to_string())?;
    }
    // A fault that does not build is no fault that is caught.
    let mut build = python.command(["-m", "maturin", "build", "--release", "--out"]);
    build.arg(&wheels).arg("--interpreter").arg(&python.path).current_dir(clone).env_remove("CARGO_TARGET_DIR");
    let built = command(&mut build);
    if let Err(why) = built {
        println!("{why}");
        return Ok(());
    }
    command(cargo_in(clone).args(["build", "-p", "raddle", "--tests"]))?;
    let wheel = fs::read_dir(&wheels).map_err(|e| e.to_string())?.flatten().map(|entry| entry.path()).next();
    install_wheel(python, &wheel.ok_or("maturin made no wheel")?)?;
    let mut tests = python.command(["-m", "pytest", "-q", "--no-header", "python/tests/corpus"]);
    if !only.is_empty() {
        tests.args(["-k", only]);
    }
    command(tests.current_dir(clone))
}
