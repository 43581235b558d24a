//! The tests of what uses `unsafe`, under valgrind's memcheck.

use super::Stage;
use crate::step::command;
use crate::tree::cargo;
use std::process::{Command, Stdio};

const VALGRIND: &str = "valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite";

pub(super) fn run(_: &Stage) -> Result<(), String> {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("SKIPPED: valgrind is not installed");
        return Ok(());
    }
    // Loom's tasks change stacks in a way that valgrind cannot follow; they are checked by loom.
    for tests in
        [["raddle-kernel", "--lib", "park::tests"], ["raddle-sync", "--test", "it"], ["raddle-exec", "--test", "it"]]
    {
        let runner = format!("CARGO_TARGET_{}_RUNNER", host()?.to_uppercase().replace('-', "_"));
        command(cargo().args(["test", "-p"]).args(tests).args(["--", "--test-threads", "1"]).env(runner, VALGRIND))?;
    }
    Ok(())
}

/// The platform that is compiled for.
fn host() -> Result<String, String> {
    let told = Command::new("rustc").arg("-vV").output().map_err(|e| format!("cannot start rustc: {e}"))?;
    let text = String::from_utf8_lossy(&told.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc does not say what it compiles for".to_owned())
}
