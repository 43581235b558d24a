//! Memory and threads of one process over 100,000 executions.

use super::{Stage, all_well, raddle};
use crate::python::Python;
use std::process::Stdio;
use std::time::Duration;

const EXECUTIONS: &str = "100000";
/// What the second half of the search may add, in KiB.
const SLACK: u64 = 4 << 10;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for python in stage.ends() {
        for program in ["models/model_b_1.py", "data_store/fixed.py"] {
            let samples = watch(python, program)?;
            let (Some(middle), Some(end)) = (samples.get(samples.len() / 2), samples.last()) else {
                return Err("the search was too short to be watched".to_owned());
            };
            println!(
                "Python {:<6} {program:<24} {} KiB and {} threads half way, {} KiB and {} threads at the end",
                python.version, middle.0, middle.1, end.0, end.1
            );
            if end.0 > middle.0 + SLACK || end.1 > middle.1 {
                shortfalls.push(format!("{program} grows on {}", python.version));
            }
        }
    }
    all_well(&shortfalls)
}

/// Resident KiB and threads, from time to time while the search runs.
fn watch(python: &Python, program: &str) -> Result<Vec<(u64, u64)>, String> {
    let path = format!("corpus/python/{program}");
    let words = ["check", "--strategy", "random", "--executions", EXECUTIONS, "--time", "600", &path];
    let mut child =
        raddle(python, words).stdout(Stdio::null()).spawn().map_err(|e| format!("cannot start raddle: {e}"))?;
    let mut samples = Vec::new();
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return if status.success() { Ok(samples) } else { Err(format!("{program} ended with {status}")) };
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok())
        };
        if let (Some(memory), Some(threads)) = (number("VmRSS:"), number("Threads:")) {
            samples.push((memory, threads));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
