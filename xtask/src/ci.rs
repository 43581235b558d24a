//! `cargo xtask ci`: every test, on everything that this machine has.

use crate::python::{Python, environment, install, install_wheel, interpreters, wheel};
use crate::step::{Steps, command};
use crate::tree::{cargo, root, workspace};
use crate::{showcase, tidy};
use std::path::Path;
use std::process::Command;

/// What the tests and linters of the Python side need.
const PACKAGES: [&str; 5] = [MATURIN, "mypy>=1.15,<3", PYTEST, SIDE_BY_SIDE, "ruff>=0.12,<1"];
const MATURIN: &str = "maturin>=1.9,<2";
const PYTEST: &str = "pytest>=8.3,<10";
/// Runs tests on all processors: many wait for a process of their own.
const SIDE_BY_SIDE: &str = "pytest-xdist>=3.6,<4";

/// The extension module has no tests of its own: they would have to be linked to one Python. pytest tests it.
const RUST: [&str; 3] = ["--workspace", "--exclude", "raddle-py"];

/// Runs every step.
///
/// # Errors
/// When a step failed.
pub(crate) fn run() -> Result<(), String> {
    let mut steps = Steps::default();
    steps.run("tidy", tidy::run);
    steps.run("format", || command(cargo().args(["fmt", "--all", "--check"])));
    steps.run("clippy", || {
        command(cargo().args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    });
    let runner =
        if has(&["nextest", "--version"]) { ["nextest", "run"].as_slice() } else { &["test", "--all-targets"] };
    steps.run("rust tests", || command(cargo().args(runner).args(RUST).arg("--locked")));
    steps.run("doc tests", || command(cargo().args(["test", "--doc", "--locked"]).args(RUST)));
    steps.run("docs", || {
        command(cargo().args(["doc", "--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    if has(&["deny", "--version"]) {
        steps.run("licences and advisories", || command(cargo().args(["deny", "check"])));
    } else {
        steps.skip("licences and advisories", "cargo-deny is not installed; tidy has checked the licences");
    }
    if std::env::consts::ARCH == "x86_64" {
        let words = ["run", "--release", "--locked", "-p", "raddle-bench", "--", "--instructions"];
        instructions(&mut steps, "Rust", cargo().args(words));
    } else {
        steps.skip("instructions of Rust", "the ceilings were counted on another architecture");
    }
    python(&mut steps);
    steps.finish()
}

/// Whether Cargo has this command.
fn has(words: &[&str]) -> bool {
    cargo().args(words).output().is_ok_and(|done| done.status.success())
}

/// What one thread does alone must not take more instructions than it is allowed.
fn instructions(steps: &mut Steps, of: &str, count: &mut Command) {
    let step = format!("instructions of {of}");
    if Command::new("valgrind").arg("--version").output().is_ok_and(|done| done.status.success()) {
        steps.run(&step, || command(count));
    } else {
        steps.skip(&step, "valgrind is not installed, so that nothing keeps the uncontended paths short");
    }
}

/// The Python side: one wheel, tested with each interpreter, and one more for each free-threaded one.
fn python(steps: &mut Steps) {
    let Some(found) = steps.run("interpreters", || {
        let found = interpreters()?;
        let versions: Vec<&str> = found.iter().map(|python| python.version.as_str()).collect();
        println!("found Python {}", versions.join(", "));
        Ok(found)
    }) else {
        return;
    };
    let (fitting, free): (Vec<Python>, Vec<Python>) = found.into_iter().partition(Python::is_stable);
    let Some((first, rest)) = fitting.split_first() else { return };
    let made = steps.run("environment", || {
        let python = environment(&root().join(".venv"), first)?;
        install(&python, &PACKAGES)?;
        Ok((python, workspace()?.target_directory))
    });
    let Some((main, target)) = made else { return };
    steps.run("ruff", || command(&mut main.command(["-m", "ruff", "check", "."])));
    let Some(wheel) = steps.run("wheel", || wheel(&main, &target.join("wheels"))) else { return };
    steps.run(&format!("tests with Python {}", main.version), || {
        install_wheel(&main, &wheel)?;
        println!("installed {}", showcase::version()?.trim());
        pytest(&main)
    });
    python_instructions(steps, &main);
    steps.run("types", || {
        command(&mut main.command(["-m", "mypy"]))?;
        command(&mut main.command(["-m", "mypy.stubtest", "raddle._raddle"]))
    });
    for base in rest {
        let Some(python) = steps.run(&format!("tests with Python {}", base.version), || other(base, &target, &wheel))
        else {
            continue;
        };
        python_instructions(steps, &python);
    }
    for base in &free {
        steps.run(&format!("tests with Python {}", base.version), || free_threaded(base, &target));
    }
    if free.is_empty() {
        steps.skip("tests with a free-threaded Python", "there is none here: nothing shows that Raddle works on one");
    }
}

fn python_instructions(steps: &mut Steps, python: &Python) {
    let count = &mut python.command(["-m", "raddle.bench", "--instructions"]);
    instructions(steps, &format!("Python {}", python.version), count);
}

/// Tests with one more interpreter, in an environment of its own.
fn other(base: &Python, target: &Path, wheel: &Path) -> Result<Python, String> {
    let python = environment(&target.join(format!("venv-{}", base.version)), base)?;
    install(&python, &[PYTEST, SIDE_BY_SIDE])?;
    install_wheel(&python, wheel)?;
    pytest(&python)?;
    Ok(python)
}

/// Tests with a free-threaded interpreter, whose wheel fits no other.
fn free_threaded(base: &Python, target: &Path) -> Result<(), String> {
    let python = environment(&target.join(format!("venv-{}", base.version)), base)?;
    install(&python, &[MATURIN, PYTEST, SIDE_BY_SIDE])?;
    install_wheel(&python, &wheel(&python, &target.join(format!("wheels-{}", base.version)))?)?;
    pytest(&python)
}

/// The tests of the Python side, the corpus among them.
fn pytest(python: &Python) -> Result<(), String> {
    // A process in which something was checked has Raddle in the standard library's place from then on.
    let (checks, others) = ("python/tests/check", "--ignore=python/tests/check");
    for tests in [others, checks] {
        // A test that takes long may be one that nearly hung.
        command(&mut python.command([
            "-m",
            "pytest",
            "-q",
            "-n",
            "auto",
            "--durations=5",
            "--durations-min=10",
            tests,
        ]))?;
    }
    Ok(())
}
