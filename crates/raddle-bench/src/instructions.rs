//! How many instructions a workload takes, counted by valgrind: repeatable, unlike time.

use std::process::Command;

/// Instructions of one turn of a workload that this program knows as `workload`; none where valgrind is missing.
///
/// Counted as the difference between two runs, so that what a process does besides falls out.
pub(crate) fn of(workload: &str) -> Option<f64> {
    const FEW: u64 = 1_000;
    const MANY: u64 = 11_000;
    let few = counted(workload, FEW)?;
    let many = counted(workload, MANY)?;
    Some((many - few) as f64 / (MANY - FEW) as f64)
}

fn counted(workload: &str, times: u64) -> Option<u64> {
    let myself = std::env::current_exe().ok()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(myself)
        .args(["repeat", workload, &times.to_string()])
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
}
