//! `raddle merge`: joins what the parts of a search came to.
//!
//! Exits as `raddle check` would that had made the whole search.

use crate::console::Console;
use crate::format::Format;
use crate::part::Kept;
use crate::store::{self, Store};
use crate::{Exit, Problem, Saved, verdict};
use raddle::engine::explore;
use raddle::engine::record::{Outcome, Share, Verdict};
use std::path::PathBuf;

/// Join the parts of a search that was made by several machines
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Each part is a file that `raddle check --shard K/N` has written. The whole is clean only if no part
is missing, each has tried all that it was to try, and all were divided alike.

Example:
  raddle check --shard 1/2 --strategy dpor shop.py    on one machine
  raddle check --shard 2/2 --strategy dpor shop.py    on another
  raddle merge raddle-1-of-2.json raddle-2-of-2.json  on any that has both files

Exit codes: 0 no bug, 1 a bug, 2 wrong use, 3 fails on its own, 4 no answer, 130 stopped.")]
pub(crate) struct Merge {
    /// The parts
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    format: Format,
}

impl Merge {
    /// Does it.
    ///
    /// # Errors
    /// When a file holds no part, or the parts are not those of one search.
    pub(crate) fn run(&self, console: &mut Console<'_>) -> Result<Exit, Problem> {
        let parts: Vec<Kept> =
            self.files.iter().map(|file| Kept::read(file, &console.directory)).collect::<Result<_, _>>()?;
        for (at, part) in parts.iter().enumerate() {
            let named = |at: usize| self.files[at].display();
            if let Some((what, here, there)) = part.differs(&parts[0]) {
                let problem = format!(
                    "{} and {} are not parts of one search: the {what} is {there} in one, {here} in the other",
                    named(0),
                    named(at)
                );
                return Err(Problem::new(problem).help("search all parts of the same program with the same options"));
            }
            let share = |kept: &Kept| kept.part().map(|part| part.share);
            let Some(share_here) = share(part) else { continue };
            if let Some(other) = parts[..at].iter().position(|other| share(other) == Some(share_here)) {
                return Err(Problem::new(format!("{} and {} are both part {share_here}", named(other), named(at))));
            }
        }
        let next = next(&parts);
        let (outcomes, saved): (Vec<Outcome>, Vec<Vec<Saved>>) =
            parts.into_iter().map(|kept| (kept.outcome, kept.saved)).unzip();
        let (outcome, saved) = joined(&outcomes, &saved);
        if !saved.is_empty() {
            let store = Store::open(&console.directory)?;
            for one in &saved {
                store.save(&store::id(one), one)?;
            }
        }
        let next = next.filter(|_| matches!(outcome.verdict, Verdict::CleanSoFar | Verdict::Inconclusive));
        verdict::tell(&outcome, &saved, next.as_deref(), self.format, console)?;
        Ok(Exit::of(&outcome))
    }
}

/// How to come by the first part that is missing, if one is.
fn next(parts: &[Kept]) -> Option<String> {
    let shares: Vec<Share> = parts.iter().filter_map(|kept| Some(kept.part()?.share)).collect();
    let of = shares.first()?.of;
    let mut missing = (1..=of).map(|number| Share { number, of }).filter(|share| !shares.contains(share));
    let command = parts[0].command(missing.next()?);
    let more = if missing.next().is_some() { " and so on" } else { "" };
    Some(format!("search what is missing, with the same budget: `{command}`{more}"))
}

/// The whole of parts, and its findings as they were saved.
pub(crate) fn joined(outcomes: &[Outcome], saved: &[Vec<Saved>]) -> (Outcome, Vec<Saved>) {
    let whole = explore::merge(outcomes);
    let known = || outcomes.iter().flat_map(|outcome| &outcome.findings).zip(saved.iter().flatten());
    let kept = whole.findings.iter().filter_map(|found| known().find(|(known, _)| *known == found));
    let kept = kept.map(|(_, saved)| saved.clone()).collect();
    (whole, kept)
}
