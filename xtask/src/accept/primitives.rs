//! Every primitive beside its peers, in Python and in Rust, and the page that says so.

use super::{Stage, answer};
use crate::tree::{cargo, output, root};
use serde::Deserialize;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

/// Where the figures are written down.
const PAGE: &str = "docs/reference/speed.md";

/// What a benchmark says.
#[derive(Deserialize)]
struct Measured {
    /// The interpreter, where there is one.
    python: Option<String>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    ns: f64,
    peers: Vec<Peer>,
}

#[derive(Deserialize)]
struct Peer {
    name: String,
    ns: f64,
    ratio: f64,
    goal: f64,
    met: bool,
}

impl Measured {
    fn pairs(&self) -> impl Iterator<Item = (&Row, &Peer)> {
        self.rows.iter().flat_map(|row| row.peers.iter().map(move |peer| (row, peer)))
    }
}

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let mut sections = Vec::new();
    for python in stage.pythons.iter().chain(&stage.free_threaded()?) {
        let measured = measure(&mut python.command(["-m", "raddle.bench", "--format", "json"]))?;
        sections.push((format!("Python {}", measured.python.as_deref().unwrap_or("of unknown version")), measured));
    }
    let mut measured = measure(cargo().args(["run", "--release", "--locked", "-p", "raddle-bench", "--", "--json"]))?;
    // There are many peers; the one that leaves us the least room speaks for all.
    for row in &mut measured.rows {
        row.peers.sort_by(|a, b| b.ratio.total_cmp(&a.ratio));
        row.peers.truncate(1);
    }
    sections.push(("Rust".to_owned(), measured));
    let page = page(&sections, &machine()?);
    fs::write(root().join(PAGE), page).map_err(|e| format!("cannot write {PAGE}: {e}"))?;
    println!("wrote {PAGE}");
    let mut missed = 0;
    for (what, measured) in &sections {
        for (row, peer) in measured.pairs().filter(|(_, peer)| !peer.met) {
            println!("{what}: {} is {:.3} of {}, not {:.3}", row.name, peer.ratio, peer.name, peer.goal);
            missed += 1;
        }
    }
    if missed == 0 { Ok(()) } else { Err(format!("{missed} goals are missed; the page says which")) }
}

fn measure(command: &mut Command) -> Result<Measured, String> {
    command.stderr(std::process::Stdio::inherit());
    let text = answer(command)?.text;
    serde_json::from_str(&text).map_err(|e| format!("not the figures of a benchmark ({e}): {text}"))
}

/// The machine and the month, in general words.
fn machine() -> Result<String, String> {
    let processors = std::thread::available_parallelism().map_err(|e| e.to_string())?;
    let month = output(Command::new("date").arg("+%B %Y"))?;
    let rustc = output(Command::new("rustc").arg("--version"))?;
    let rustc = rustc.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    Ok(format!(
        "{processors} {} processors, {}, {rustc}, {}",
        std::env::consts::ARCH,
        std::env::consts::OS,
        month.trim()
    ))
}

fn page(sections: &[(String, Measured)], machine: &str) -> String {
    let mut page = format!(
        "# Speed

Every primitive beside its peers.
This page is written by `cargo xtask accept primitives`, never by hand.
That command fails when a goal is missed; the page is written all the same, and says so.

Measured on {machine}.
Times move from machine to machine, and with what else a machine does; the ratios much less.

## How

- Ours and the peer's are measured in one process and one run, in small blocks (2 to 10 ms) that take turns, the order turning, too.
  The ratio is the middle one of the ratios of neighbouring blocks, so that a disturbance meets both or is outvoted.
  A ratio below 1 means that ours is faster; a goal is the highest ratio that is allowed.
- Python: `python -m raddle.bench`. The peer is the standard library of the same interpreter.
  The loop is part of the figure, and is the same on both sides; each side has code of its own, as the interpreter adapts code to what it meets.
- A *futex round trip* is two plain threads, without an interpreter, that put each other to sleep and wake each other up: `park` and `unpark` of Rust's standard library.
  A *stdlib Lock round trip* is two threads of Python's that release a lock of the standard library's, written in C, for each other:
  what can be had [between Python threads](../why/hand-offs-between-python-threads.md).
  *Our Event ping-pong* is that row of this table.
- Rows in which threads pass a turn to and fro (Python's with one of these peers; Rust's round trips and `submit and wait`) run on one processor, on all sides: where the scheduler spreads the threads of one side and not of the other, it alone decides the ratio.
- Rows with threads are per item, round trip, task or pass. `1p1c` is one putting and one getting thread.
  Pools have two workers. `Thread start+join` is CPython's thread with Raddle's primitives in `threading`, beside the same without.
- A type that is the standard library's own (`local`) meets its goal whatever is measured.
- Rust: `cargo run --release -p raddle-bench`. The peers are std, parking_lot, crossbeam-channel, flume, kanal, rusty_pool, threadpool, rayon and shuttle, where they have the like; the table shows the fastest against us.
  In rows with threads each block starts and ends them, which is about one part in a hundred.
  [Where a peer is faster](../why/where-a-peer-is-faster.md) says what it gives up for that.
- What one thread does alone is counted in instructions, too: `python -m raddle.bench --instructions` and `cargo run --release -p raddle-bench -- --instructions`, with a ceiling for each that CI holds.
"
    );
    for (what, measured) in sections {
        let met = measured.pairs().filter(|(_, peer)| peer.met).count();
        let _fits = write!(page, "\n## {what}\n\n{met} of {} goals are met.\n\n", measured.pairs().count());
        page += "| row | ours | peer | its time | ratio | goal | met |\n|---|---:|---|---:|---:|---:|---|\n";
        for (row, peer) in measured.pairs() {
            let _fits = writeln!(
                page,
                "| {} | {} | {} | {} | {:.3} | {:.3} | {} |",
                row.name,
                time(row.ns),
                peer.name,
                time(peer.ns),
                peer.ratio,
                peer.goal,
                if peer.met { "yes" } else { "**no**" }
            );
        }
    }
    page
}

fn time(ns: f64) -> String {
    if ns < 1_000.0 { format!("{ns:.1} ns") } else { format!("{:.2} µs", ns / 1_000.0) }
}

#[cfg(test)]
mod tests {
    use super::{Measured, page, time};

    #[test]
    fn a_missed_goal_is_told() {
        let text = r#"{"rows": [{"name": "Lock", "ns": 38.0, "peers": [
            {"name": "stdlib", "ns": 70.0, "ratio": 0.54, "goal": 1.0, "met": true},
            {"name": "other", "ns": 19.0, "ratio": 2.0, "goal": 1.0, "met": false}]}]}"#;
        let measured: Measured = serde_json::from_str(text).expect("that is what a benchmark says");
        let page = page(&[("Python 3.11".to_owned(), measured)], "a machine");
        assert!(page.contains("1 of 2 goals are met."), "{page}");
        assert!(page.contains("| Lock | 38.0 ns | stdlib | 70.0 ns | 0.540 | 1.000 | yes |"), "{page}");
        assert!(page.contains("| Lock | 38.0 ns | other | 19.0 ns | 2.000 | 1.000 | **no** |"), "{page}");
    }

    #[test]
    fn long_times_are_microseconds() {
        assert_eq!(time(999.94), "999.9 ns");
        assert_eq!(time(12_345.0), "12.35 µs");
    }
}
