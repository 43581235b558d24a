//! Every schedule, depth first: the plain search, without any reduction.

use super::{Step, Strategy};
use fastrand::Rng;

/// Walks the tree of choices.
#[derive(Debug, Default)]
pub(crate) struct Dfs {
    /// The choices of the execution before: which candidate, of how many.
    path: Vec<(usize, usize)>,
    started: bool,
}

impl Strategy for Dfs {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        if !self.started {
            self.started = true;
            return true;
        }
        while let Some((taken, count)) = self.path.pop() {
            if taken + 1 < count {
                self.path.push((taken + 1, count));
                return true;
            }
        }
        false
    }

    fn choose(&mut self, step: &Step<'_>, _rng: &mut Rng) -> usize {
        if let Some((taken, count)) = self.path.get_mut(step.depth) {
            // A program that is not deterministic may offer less than before.
            *count = step.candidates.len();
            return (*taken).min(step.candidates.len() - 1);
        }
        self.path.push((0, step.candidates.len()));
        0
    }

    fn end(&mut self, choices: usize) {
        self.path.truncate(choices);
    }

    fn restart(&mut self) {
        *self = Dfs::default();
    }
}
