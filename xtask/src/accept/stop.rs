//! Ctrl-C during a search.

use super::{Stage, all_well, raddle};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut shortfalls = Vec::new();
    for python in stage.ends() {
        let words = ["check", "--strategy", "random", "--time", "60", "--executions", "100000000"];
        let mut command = raddle(python, words.into_iter().chain(["corpus/python/data_store/fixed.py"]));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.map_err(|e| format!("cannot start raddle: {e}"))?;
        std::thread::sleep(Duration::from_secs(2));
        let asked = Instant::now();
        crate::step::command(Command::new("kill").args(["-INT", &child.id().to_string()]))?;
        let done = child.wait_with_output().map_err(|e| e.to_string())?;
        let took = asked.elapsed();
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        println!("Python {:<6} ended after {:.3} s with {}", python.version, took.as_secs_f64(), done.status);
        println!("{}", said.trim_end());
        if took > Duration::from_millis(500) || done.status.code() != Some(130) || !said.contains("executions") {
            shortfalls.push(format!("Ctrl-C on {}", python.version));
        }
    }
    all_well(&shortfalls)
}
