//! How many executions each strategy needs to the first bug, and the page that says so.

use super::Stage;
use crate::tree::{cargo, output, root};
use std::fs;

/// Where the figures are written down.
const PAGE: &str = "docs/reference/search.md";

pub(super) fn run(_stage: &Stage) -> Result<(), String> {
    let page = output(cargo().args(["run", "--release", "--locked", "-p", "raddle-bench", "--", "search"]))?;
    fs::write(root().join(PAGE), page).map_err(|e| format!("cannot write {PAGE}: {e}"))?;
    println!("wrote {PAGE}");
    Ok(())
}
