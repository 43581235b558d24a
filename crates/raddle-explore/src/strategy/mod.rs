//! Who chooses at points. One file per idea, with its source.

mod dfs;
mod natural;
mod pct;
mod random;

pub(crate) use dfs::Dfs;
pub(crate) use natural::Natural;
pub(crate) use pct::Pct;
pub(crate) use random::Random;

use fastrand::Rng;
use raddle_kernel::Op;

/// One thing that could happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The task, by its number in the execution.
    pub(crate) task: usize,
    /// What it would do.
    pub(crate) op: Op,
    /// To which object, by its number in the execution.
    pub(crate) object: usize,
    /// Its timer fires, instead of what it waits for.
    pub(crate) timer: bool,
}

/// A point at which there is a choice.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    /// At least two; the task that ran last comes first if it can go on, the others follow in the order in which they were started.
    pub(crate) candidates: &'a [Candidate],
    /// How many choices the execution has had before.
    pub(crate) depth: usize,
}

/// Chooses. Sees nothing but steps; randomness is handed in.
pub(crate) trait Strategy {
    /// Begins an execution; false when there is nothing left to try.
    fn begin(&mut self, rng: &mut Rng) -> bool;
    /// The index of the chosen candidate.
    fn choose(&mut self, step: &Step<'_>, rng: &mut Rng) -> usize;
    /// Ends an execution that had so many choices.
    fn end(&mut self, _choices: usize) {}
    /// Whether the same choices once led elsewhere, so that a tree of choices cannot be walked.
    fn strayed(&self) -> bool {
        false
    }
    /// More places have become points: what was tried so far does not count.
    fn restart(&mut self) {}
}
