//! Every schedule, depth first: the plain search, without any reduction.

use super::{Step, Strategy};
use crate::dependence::mix;
use fastrand::Rng;

/// Walks the tree of choices.
#[derive(Debug, Default)]
pub(crate) struct Dfs {
    /// The choices of the execution before.
    path: Vec<Fork>,
    started: bool,
    strayed: bool,
}

/// A point at which there was a choice.
#[derive(Clone, Copy, Debug)]
struct Fork {
    taken: usize,
    /// Out of how many,
    count: usize,
    /// and which.
    offered: u64,
}

impl Fork {
    fn new(step: &Step<'_>) -> Self {
        let offered = step.candidates.iter().fold(0, |hash, candidate| {
            let words =
                [candidate.task as u64, candidate.object as u64, candidate.op as u64, u64::from(candidate.timer)];
            words.into_iter().fold(hash, |hash, word| mix(hash ^ word))
        });
        Fork { taken: 0, count: step.candidates.len(), offered }
    }
}

impl Strategy for Dfs {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        if !self.started {
            self.started = true;
            return true;
        }
        while let Some(fork) = self.path.pop() {
            if fork.taken + 1 < fork.count {
                self.path.push(Fork { taken: fork.taken + 1, ..fork });
                return true;
            }
        }
        false
    }

    fn choose(&mut self, step: &Step<'_>, _rng: &mut Rng) -> usize {
        let new = Fork::new(step);
        if let Some(fork) = self.path.get_mut(step.depth) {
            self.strayed |= fork.offered != new.offered;
            // A program that is not deterministic may offer less than before.
            let taken = fork.taken.min(new.count - 1);
            *fork = Fork { taken, ..new };
            return taken;
        }
        self.path.push(new);
        0
    }

    fn end(&mut self, choices: usize) {
        // Shorter than the path only if the same choices led elsewhere.
        self.strayed |= choices < self.path.len();
        self.path.truncate(choices);
    }

    fn strayed(&self) -> bool {
        self.strayed
    }

    fn restart(&mut self) {
        *self = Dfs { strayed: self.strayed, ..Dfs::default() };
    }
}
