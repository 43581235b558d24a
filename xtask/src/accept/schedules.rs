//! The executions that each strategy needs for each bug of the corpus, and the page that says so.

use super::{Stage, raddle};
use crate::corpus::{Program, programs};
use crate::python::Python;
use crate::tree::root;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

/// Where the figures are written down.
const PAGE: &str = "corpus/SCHEDULES.md";
/// How often each strategy looks for each bug, with another seed each time.
const SEEDS: u64 = 5;
/// How long a search goes on; what it finds is counted, not told.
const LIMITS: [&str; 5] = ["--executions", "10000", "--time", "60", "--no-shrink"];

/// The executions of the searches that found the bug.
type Found = Vec<u64>;

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let python = stage.first();
    let strategies = strategies(python)?;
    let mut programs = programs()?;
    programs.retain(|program| program.is_python() && program.is_buggy());
    let rows = measure(stage, &programs, &strategies)?;
    fs::write(root().join(PAGE), page(&python.version, &strategies, &programs, &rows))
        .map_err(|e| format!("cannot write {PAGE}: {e}"))?;
    println!("wrote {PAGE}");
    Ok(())
}

/// The strategies that `raddle check` knows, as it lists them when it is given another.
fn strategies(python: &Python) -> Result<Vec<String>, String> {
    let refused = raddle(python, ["check", "--strategy", "?", "?"]).output().map_err(|e| e.to_string())?;
    let said = String::from_utf8_lossy(&refused.stderr);
    let listed = said.split("[possible values: ").nth(1).and_then(|rest| rest.split(']').next());
    let listed = listed.ok_or_else(|| format!("it lists no strategies: {said}"))?;
    Ok(listed.split(", ").map(str::to_owned).collect())
}

/// One row for each program, one cell for each strategy; as many programs at a time as there are processors.
fn measure(stage: &Stage, programs: &[Program], strategies: &[String]) -> Result<Vec<Vec<Found>>, String> {
    let next = Mutex::new(programs.iter().enumerate());
    let rows = Mutex::new(vec![Ok(Vec::new()); programs.len()]);
    let processors = std::thread::available_parallelism().map_err(|e| e.to_string())?.get();
    std::thread::scope(|scope| {
        for worker in 0..processors {
            let place = stage.target.join(format!("schedules-{worker}"));
            let (next, rows) = (&next, &rows);
            scope.spawn(move || {
                while let Some((number, program)) = next.lock().ok().and_then(|mut next| next.next()) {
                    let cells = strategies.iter().map(|name| search(stage.first(), program, name, &place));
                    let cells: Result<Vec<Found>, String> = cells.collect();
                    if let Ok(cells) = &cells {
                        let means: Vec<String> = cells.iter().map(mean).collect();
                        println!("{:<36} {}", program.name(), means.join("  "));
                    }
                    if let Ok(mut rows) = rows.lock() {
                        rows[number] = cells;
                    }
                }
            });
        }
    });
    rows.into_inner().map_err(|e| e.to_string())?.into_iter().collect()
}

/// Looks for the bug of `program` with each seed. What a search leaves behind is kept in `place`.
fn search(python: &Python, program: &Program, strategy: &str, place: &Path) -> Result<Found, String> {
    fs::create_dir_all(place).map_err(|e| format!("cannot make {}: {e}", place.display()))?;
    let path = root().join(&program.path);
    let mut found = Vec::new();
    for seed in 0..SEEDS {
        let seed = seed.to_string();
        let mut command = raddle(python, ["check", "--format", "json", "--strategy", strategy, "--seed", &seed]);
        command.args(LIMITS).args(&program.options).arg(&path).current_dir(place);
        let page = super::answer(&mut command)?.page()?;
        if page["verdict"] == "finding" {
            found.push(super::tried(&page));
        } else if page["verdict"] == "clean" {
            return Err(format!("{strategy} calls {} clean", program.name()));
        }
    }
    Ok(found)
}

/// The mean; with the searches that found the bug where some did not.
fn mean(found: &Found) -> String {
    if found.is_empty() {
        return "–".to_owned();
    }
    let all = found.iter().sum::<u64>();
    let count = found.len() as u64;
    // Rounded up to the next whole or tenth: no bug is found in 0 executions.
    let tenths = (10 * all).div_ceil(count);
    let mean = if tenths >= 100 || tenths % 10 == 0 {
        tenths.div_ceil(10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    if count == SEEDS { mean } else { format!("{mean} ({count}/{SEEDS})") }
}

fn page(python: &str, strategies: &[String], programs: &[Program], rows: &[Vec<Found>]) -> String {
    let mut page = format!(
        "# Schedules to the bug

How many executions each strategy of `raddle check` needs to find the bug of each Python program: the mean over {SEEDS} seeds.
This page is written by `cargo xtask accept schedules`, never by hand.

`3.5 (4/{SEEDS})` means that 4 of the {SEEDS} searches found the bug, in 3.5 executions on average; `–` means that none did.
A search ends after 10,000 executions or 60 seconds.
It counts its executions, not its time, so the figures are the same on every machine; these are Python {python}'s.
Those that an exhaustive strategy did again, since they showed more places where tasks race, are among them.

| program | kind |"
    );
    for strategy in strategies {
        let _fits = write!(page, " {strategy} |");
    }
    page += "\n|---|---|";
    page += &"---:|".repeat(strategies.len());
    for (program, cells) in programs.iter().zip(rows) {
        let kind = program.verdict.trim_start_matches("finding ");
        let name = program.name();
        let _fits = write!(page, "\n| [{}](python/{name}) | {kind} |", name.trim_end_matches("/buggy.py"));
        for found in cells {
            let _fits = write!(page, " {} |", mean(found));
        }
    }
    let _fits = write!(page, "\n| **found by every search**, of {} | |", programs.len());
    for column in 0..strategies.len() {
        let sure = rows.iter().filter(|cells| cells[column].len() as u64 == SEEDS).count();
        let _fits = write!(page, " {sure} |");
    }
    page + "\n"
}
