//! Raddle and its peers, measured in one run: one module per question.
//!
//! `cargo run --release -p raddle-bench` measures everything, `... -- mutex queue` the rows whose names contain one of these;
//! `--json` is for programs; `--instructions` counts what one thread does instead of timing it, and fails above a ceiling.
//! Figures are ratios of runs that were made in turn, because absolute ones move with the machine. In rows with threads `processors` is
//! the ratio of the processor time that we and the peer took: a peer may be fast because its threads never sleep.

mod condvar;
mod event;
mod executions;
mod instructions;
mod lock;
mod pairs;
mod patterns;
mod pool;
mod priority_queue;
mod queue;
mod reentrant;
mod row;
mod search;
mod table;

use row::Row;
use serde_json::json;
use std::process::ExitCode;
use table::Measured;

/// Every row.
fn rows() -> impl Iterator<Item = Row> {
    let modules: [&[Row]; 8] = [
        &lock::ROWS,
        &reentrant::ROWS,
        &condvar::ROWS,
        &event::ROWS,
        &queue::ROWS,
        &priority_queue::ROWS,
        &pool::ROWS,
        &executions::ROWS,
    ];
    modules.into_iter().flatten().copied()
}

fn main() -> ExitCode {
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.first().is_some_and(|word| word == "counted") {
        instructions::run(&rows().filter(|row| names.iter().any(|name| name == row.name)).collect::<Vec<_>>());
        return ExitCode::SUCCESS;
    }
    if names.first().is_some_and(|word| word == "search") {
        return if search::run(&names[1..]) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut flag = |flag| names.iter().position(|word| word == flag).map(|at| names.remove(at)).is_some();
    let (as_json, counting) = (flag("--json"), flag("--instructions"));
    let is_asked_for = |row: &Row| names.is_empty() || names.iter().any(|name| row.name.contains(name.as_str()));
    let chosen: Vec<Row> = rows().filter(is_asked_for).filter(|row| row.ceiling.is_some() || !counting).collect();
    if chosen.is_empty() {
        let known: Vec<&str> = rows().map(|row| row.name).collect();
        eprintln!("raddle-bench [--json | --instructions] [NAME]... measures: {}", known.join(", "));
        return ExitCode::from(2);
    }
    if counting {
        return count(&chosen);
    }
    if as_json {
        let measured: Vec<_> = chosen.into_iter().map(|row| Measured::take(row).json()).collect();
        println!("{}", json!({ "format": 1, "rows": measured }));
    } else {
        table::print_head();
        chosen.into_iter().for_each(|row| Measured::take(row).print());
    }
    ExitCode::SUCCESS
}

/// Counts, and fails if one of ours is over its ceiling.
fn count(rows: &[Row]) -> ExitCode {
    let counts = match instructions::count(rows) {
        Ok(counts) => counts,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    let mut code = ExitCode::SUCCESS;
    for (row, counts) in rows.iter().zip(counts) {
        let names = (row.rivals)().into_iter().map(|rival| rival.name);
        let said: Vec<String> = names.zip(&counts).map(|(name, count)| format!("{name} {count:.1}")).collect();
        let ceiling = row.ceiling.unwrap_or(f64::INFINITY);
        let is_over = counts.first().is_none_or(|ours| *ours > ceiling);
        println!("{:34}{}  ceiling {ceiling}{}", row.name, said.join("  "), if is_over { "  over" } else { "" });
        if is_over {
            code = ExitCode::FAILURE;
        }
    }
    code
}
