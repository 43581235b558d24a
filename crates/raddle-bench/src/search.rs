//! How many executions does each strategy need to the first bug, in the programs that the field measures itself on?
//!
//! `raddle-bench search [NAME]...` prints the page `docs/reference/search.md`, or of it the columns and the rows with these names.

use crate::patterns::{
    account, bluetooth_driver, bounded_buffer, circular_buffer, deadlock01, lazy01, queue, reorder, safe_stack, stack,
    stringbuffer, token_ring, twostage, work_steal_queue, wronglock,
};
use raddle::engine::explore::{Closure, Front, Options, StrategyKind, explore};
use std::fmt::Write as _;
use std::rc::Rc;

/// The seeds of a cell are 0 and the next ones.
const SEEDS: u64 = 20;
/// Executions after which a search gives up.
const CAP: u64 = 10_000;

/// The columns.
const STRATEGIES: [StrategyKind; 6] = [
    StrategyKind::Mixed,
    StrategyKind::Rff,
    StrategyKind::Surw,
    StrategyKind::Pos,
    StrategyKind::Pct,
    StrategyKind::Random,
];

/// A program, what the field's tools need on the original of it, and what runs ours.
struct Row {
    name: &'static str,
    published: Published,
    program: fn(),
}

/// Mean numbers of executions, in the order of [`TOOLS`]; infinite if not every trial found the bug, none if nothing is published.
type Published = [Option<f64>; 5];

/// The tools with published figures.
const TOOLS: [&str; 5] = ["SURW", "RFF", "PERIOD", "POS", "PCT"];

const NEVER: Option<f64> = Some(f64::INFINITY);

const fn row(name: &'static str, published: Published, program: fn()) -> Row {
    Row { name, published, program }
}

const ROWS: [Row; 24] = [
    row("reorder_3", [Some(7.3), Some(6.7), Some(6.0), Some(85.5), Some(185.2)], || reorder::with(2, 1)),
    row("reorder_5", [Some(10.4), Some(5.8), Some(12.0), Some(2169.1), Some(646.8)], reorder::program),
    row("reorder_10", [Some(17.2), Some(5.8), Some(27.0), NEVER, NEVER], || reorder::with(9, 1)),
    row("reorder_20", [Some(6.0), Some(5.8), Some(39.0), NEVER, Some(3005.1)], || reorder::with(10, 10)),
    row("reorder_100", [Some(194.2), Some(5.8), NEVER, NEVER, NEVER], || reorder::with(99, 1)),
    row("twostage", [Some(7.5), Some(8.2), Some(3.0), Some(15.1), Some(12.6)], twostage::program),
    row("twostage_20", [Some(5.7), Some(21.7), None, Some(156.0), Some(159.2)], || twostage::with(19)),
    row("twostage_50", [Some(20.5), Some(35.1), None, Some(1637.2), Some(1676.0)], || twostage::with(49)),
    row("twostage_100", [Some(453.9), Some(56.0), Some(690.0), NEVER, NEVER], || twostage::with(99)),
    row("account", [Some(5.8), Some(1.0), Some(2.0), Some(4.1), Some(4.3)], account::program),
    row("bluetooth_driver", [Some(70.2), Some(44.9), Some(9.0), Some(36.1), Some(112.5)], bluetooth_driver::program),
    row("circular_buffer", [Some(2.8), Some(1.6), Some(17.0), Some(2.1), Some(9.1)], circular_buffer::program),
    row("deadlock01", [Some(1.8), Some(4.7), Some(3.0), Some(3.5), Some(12.9)], deadlock01::program),
    row("lazy01", [Some(2.0), Some(6.4), Some(3.0), Some(4.7), Some(4.9)], lazy01::program),
    row("queue", [Some(2.1), Some(1.0), Some(25.0), Some(1.1), Some(3.3)], queue::program),
    row("stack", [Some(4.6), Some(1.6), Some(2.0), Some(1.7), Some(3.2)], stack::program),
    row("token_ring", [Some(8.2), Some(5.1), Some(4.0), Some(8.6), Some(8.2)], token_ring::program),
    row("wronglock", [Some(7.5), Some(1.0), Some(10.0), Some(10.2), Some(51.1)], wronglock::program),
    row("stringbuffer", [Some(8.5), Some(15.4), Some(12.0), Some(23.4), Some(280.7)], stringbuffer::program),
    row("WorkStealQueue", [Some(6.0), Some(10.1), Some(1661.0), Some(12.5), Some(48.1)], work_steal_queue::program),
    row("InterlockedWorkStealQueue", [Some(6.5), Some(1.0), Some(105.0), Some(14.1), Some(48.4)], || {
        work_steal_queue::with(true, false);
    }),
    row("StateWorkStealQueue", [Some(6.8), Some(1.0), Some(1628.0), Some(6.2), Some(842.5)], || {
        work_steal_queue::with(false, true);
    }),
    row("boundedBuffer", [Some(8.7), Some(8.3), Some(20.0), Some(5.3), Some(20.1)], bounded_buffer::program),
    row("SafeStack", [NEVER, NEVER, None, NEVER, NEVER], safe_stack::program),
];

/// What a strategy needed, over all seeds.
#[derive(Clone, Copy)]
struct Cell {
    found: u64,
    /// Over the seeds that found it.
    mean: f64,
}

impl Cell {
    fn measure(strategy: StrategyKind, program: fn()) -> Self {
        let found: Vec<u64> = (0..SEEDS).filter_map(|seed| first_bug(strategy, seed, program)).collect();
        let mean = found.iter().sum::<u64>() as f64 / found.len().max(1) as f64;
        Cell { found: found.len() as u64, mean }
    }

    /// To compare: infinite if one seed did not find it.
    fn all(self) -> f64 {
        if self.found == SEEDS { self.mean } else { f64::INFINITY }
    }

    fn text(self) -> String {
        match self.found {
            0 => "–".to_owned(),
            SEEDS => format!("{:.1}", self.mean),
            found => format!("{:.1} ({found} of {SEEDS})", self.mean),
        }
    }
}

/// The execution that shows the bug.
fn first_bug(strategy: StrategyKind, seed: u64, program: fn()) -> Option<u64> {
    let options = Options { strategy, seed, executions: CAP, time: None, shrink: false, ..Options::default() };
    let front: Rc<dyn Front> = Rc::new(Closure::new(program, |_| ()));
    let outcome = explore(&front, &options, &mut |_| true);
    (!outcome.findings.is_empty()).then_some(outcome.tried())
}

fn published(value: Option<f64>) -> String {
    match value {
        None => String::new(),
        NEVER => "–".to_owned(),
        Some(mean) => format!("{mean:.1}"),
    }
}

/// Measures, and prints the page, or the named rows; false if the default strategy missed a bug that others find.
pub(crate) fn run(names: &[String]) -> bool {
    let (slugs, names): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|name| StrategyKind::from_slug(name).is_some());
    let wanted = |strategy: StrategyKind| slugs.is_empty() || slugs.iter().any(|slug| *slug == strategy.slug());
    let asked = |row: &&Row| names.is_empty() || names.iter().any(|name| row.name == *name);
    let columns: Vec<StrategyKind> = STRATEGIES.into_iter().filter(|strategy| wanted(*strategy)).collect();
    let mut table = String::new();
    // How many rows have a published figure, and where ours holds: in all, and where that figure is 2 or more.
    let (mut compared, mut held) = ([0, 0], [0, 0]);
    let mut is_missed = false;
    for row in ROWS.iter().filter(asked) {
        let cells: Vec<Cell> = columns.iter().map(|strategy| Cell::measure(*strategy, row.program)).collect();
        let best = row.published.into_iter().flatten().fold(f64::INFINITY, f64::min);
        let ours = cells.first().map_or(f64::INFINITY, |cell| cell.all());
        let asks = [best.is_finite(), best.is_finite() && best >= 2.0];
        for (at, asked) in asks.into_iter().enumerate() {
            compared[at] += i32::from(asked);
            held[at] += i32::from(asked && ours <= best);
        }
        is_missed |= ours.is_infinite() && cells.iter().any(|cell| cell.all().is_finite());
        let texts = cells.into_iter().map(Cell::text);
        let line = [row.name.to_owned(), published(Some(best))].into_iter().chain(texts);
        let line = line.chain(row.published.map(published)).collect::<Vec<_>>().join(" | ");
        eprintln!("| {line} |");
        let _ = writeln!(table, "| {line} |");
    }
    let slugs = columns.into_iter().map(StrategyKind::slug);
    let head: Vec<&str> = ["program", "best published"].into_iter().chain(slugs).chain(TOOLS).collect();
    println!("{}\n\n| {} |", PAGE.trim_end(), head.join(" | "));
    println!("|---|{}\n{}\n", "---:|".repeat(head.len() - 1), table.trim_end());
    println!(
        "`mixed` is at or below the best published figure in {} of the {} rows that have one.",
        held[0], compared[0]
    );
    println!(
        "Where that figure is 2 or more, so that a search may begin with the natural run, it is in {} of {}.",
        held[1], compared[1]
    );
    !is_missed
}

const PAGE: &str = "\
# Search

How many executions each strategy needs to the first bug, in the programs that the field measures its searches on.
This page is written by `cargo xtask accept search`, never by hand.

## How

- A figure is the mean over 20 seeds (0 to 19) of the number of the execution that shows the bug, at most 10,000.
  `(n of 20)` says that only so many seeds found it, and the mean is over those; `–` that none did.
- `cargo run --release -p raddle-bench -- search` measures all rows, `... search mixed rff account` these columns of this row.
- `mixed` is the default. Its first execution is always the natural run, so that it needs at least two where that one shows no bug.
  The [tutorial](../tutorial.md#8-search-further) says which strategy to choose when.
- The programs are in `crates/raddle-bench/src/patterns`, written anew from what is said of their bugs.
  What the originals keep in plain variables is in atomics there: each access is a point, and no race alone is a finding.
  Where the originals' main thread ends without its threads, ours waits for them.
  `boundedBuffer` is another program than the one of that name in SCTBench, with a bug of the same sort; its published figures are told for what they are worth.
  No strategy knows of any program.
- The other columns are of the originals, as published.
  *SURW*, *POS* and *PCT* (with 3 as its depth): the raw data of the authors of SURW (Zhao, Wolff, Mathur, Roychoudhury: ASPLOS 2025).
  *RFF* and *PERIOD*: the raw data of the authors of RFF (Wolff, Shi, Duck, Mathur, Roychoudhury: ASPLOS 2024), who report PERIOD's figures from its paper.
  `–`: not every trial of theirs found the bug, within 10,000 executions (SafeStack: SURW found it in 19 of 20 trials within 1,000,000, after 368,921 on average). An empty cell: nothing is published.
  The best published figure is the lowest of these five.

## Executions to the first bug
";

#[cfg(test)]
mod tests {
    use super::{ROWS, first_bug};
    use raddle::engine::explore::StrategyKind;

    #[test]
    fn the_portfolio_finds_all_but_the_one_that_nobody_finds() {
        for row in ROWS.iter().filter(|row| row.name != "SafeStack") {
            assert!(first_bug(StrategyKind::Mixed, 0, row.program).is_some_and(|at| at <= 1_000), "{}", row.name);
        }
    }
}
