//! Memory and threads of one process over 100,000 executions, and memory of an exhaustive search that has 36 times as many.

use super::{Stage, all_well, raddle};
use crate::python::Python;
use crate::tree::root;
use std::fs::read_to_string;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

/// A search of a program in which it finds nothing.
const LONG: [&str; 4] = ["--strategy", "random", "--executions", "100000"];
/// One that tries all there is of a program that it finds a bug in.
const EXHAUSTIVE: [&str; 6] = ["--strategy", "dpor", "--keep-going", "--no-shrink", "--executions", "1000000"];
/// What the second half of the search may add, in KiB.
const SLACK: u64 = 4 << 10;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for python in stage.ends() {
        for program in ["models/model_b_1.py", "data_store/fixed.py"] {
            let samples = watch(python, &LONG, &root().join("corpus/python").join(program), 0)?;
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
    // The model with one more task has 14,400 and 518,400 classes, and as many executions.
    let python = stage.first();
    let model = read_to_string(root().join("corpus/python/models/model_a_3.py")).map_err(|e| e.to_string())?;
    let mut peaks = Vec::new();
    for tasks in [5, 6] {
        let path = stage.target.join(format!("model_a_{tasks}.py"));
        std::fs::write(&path, model.replace("range(3)", &format!("range({tasks})"))).map_err(|e| e.to_string())?;
        let samples = watch(python, &EXHAUSTIVE, &path, 1)?;
        let peak = samples.iter().map(|(memory, _)| *memory).max().ok_or("the search was too short to be watched")?;
        println!("Python {:<6} all of model A with {tasks} tasks: {peak} KiB at most", python.version);
        peaks.push(peak);
    }
    if peaks[1] > peaks[0] + SLACK {
        shortfalls.push("an exhaustive search grows with its executions".to_owned());
    }
    all_well(&shortfalls)
}

/// Resident KiB and threads, from time to time while the search runs that is to end with `code`.
fn watch(python: &Python, options: &[&str], program: &Path, code: i32) -> Result<Vec<(u64, u64)>, String> {
    let mut command = raddle(python, ["check", "--time", "600"]);
    command.args(options).arg(program).current_dir(program.parent().expect("it lies in a folder"));
    let mut child = command.stdout(Stdio::null()).spawn().map_err(|e| format!("cannot start raddle: {e}"))?;
    let mut samples = Vec::new();
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            let name = program.display();
            return if status.code() == Some(code) { Ok(samples) } else { Err(format!("{name} ended with {status}")) };
        }
        let status = read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
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
