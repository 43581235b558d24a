//! How many instructions a row takes, counted by valgrind: repeatable, unlike time.

use crate::row::{Rival, Row};
use std::fs;
use std::process::Command;

const TURNS: u64 = 1_000;
/// What the counted process calls before and after each rival's work; valgrind writes what it has counted so far, and begins anew.
const MARK: &str = "getppid";

/// Instructions of one turn of each rival of each row, the loop around it included.
///
/// # Errors
/// When valgrind is missing or fails.
pub(crate) fn count(rows: &[Row]) -> Result<Vec<Vec<f64>>, String> {
    let out = std::env::temp_dir().join(format!("raddle-bench-{}", std::process::id()));
    let _absent = fs::remove_dir_all(&out);
    fs::create_dir(&out).map_err(|e| e.to_string())?;
    let myself = std::env::current_exe().map_err(|e| e.to_string())?;
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--dump-before={MARK}")])
        .arg(format!("--callgrind-out-file={}", out.join("counts").display()))
        .arg(myself)
        .arg("counted")
        .args(rows.iter().map(|row| row.name))
        .output()
        .map_err(|e| format!("cannot start valgrind: {e}"))?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    // Between a rival's two marks is every second dump.
    let mut dumps = (1u32..).map(|rival| out.join(format!("counts.{}", 2 * rival)));
    let mut counts = Vec::new();
    for row in rows {
        let dumps = dumps.by_ref().take((row.rivals)().len());
        counts.push(dumps.map(|dump| total(&dump).map(|total| total / TURNS as f64)).collect::<Result<_, _>>()?);
    }
    fs::remove_dir_all(&out).map_err(|e| e.to_string())?;
    Ok(counts)
}

fn total(dump: &std::path::Path) -> Result<f64, String> {
    let text = fs::read_to_string(dump).map_err(|e| format!("{}: {e}", dump.display()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")?.trim().parse().ok());
    total.ok_or_else(|| format!("{} has no total", dump.display()))
}

/// What is counted.
pub(crate) fn run(rows: &[Row]) {
    for Rival { mut work, .. } in rows.iter().flat_map(|row| (row.rivals)()) {
        work(TURNS);
        let _mark = std::os::unix::process::parent_id();
        work(TURNS);
        let _mark = std::os::unix::process::parent_id();
    }
}
