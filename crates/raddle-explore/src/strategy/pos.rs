//! Partial order sampling (Yuan, Yang, Gu: CAV 2018).
//!
//! Each operation that could come next has a random priority, and the highest goes on; it takes the priorities of those with it
//! that would have conflicted, which draw new ones. So an order of conflicting operations does not depend on how many others there
//! are, and every class is sampled with a probability that no random walk guarantees. Deviations: none; whether two operations
//! conflict is seen from what they announce, before their effects are known.

use super::{Candidate, Step, Strategy};
use crate::coverage::Coverage;
use fastrand::Rng;

/// Priorities of operations.
#[derive(Debug, Default)]
pub(crate) struct Pos {
    /// By task: the operation that it was last seen at, and that one's priority.
    pending: Vec<Option<(Candidate, u64)>>,
}

impl Strategy for Pos {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        self.pending.clear();
        true
    }

    fn choose(&mut self, step: &Step<'_>, rng: &mut Rng) -> usize {
        let (mut leader, mut highest) = (0, 0);
        for (index, candidate) in step.candidates.iter().enumerate() {
            if self.pending.len() <= candidate.task {
                self.pending.resize(candidate.task + 1, None);
            }
            let slot = &mut self.pending[candidate.task];
            let priority = match slot {
                Some((known, priority)) if known == candidate => *priority,
                _ => rng.u64(1..),
            };
            *slot = Some((*candidate, priority));
            if priority > highest {
                (leader, highest) = (index, priority);
            }
        }
        leader
    }

    fn listens(&self) -> bool {
        true
    }

    fn took(&mut self, step: &Candidate, _coverage: Option<&Coverage>) {
        for slot in &mut self.pending {
            if slot.is_some_and(|(pending, _)| pending.task == step.task || pending.may_conflict(step)) {
                *slot = None;
            }
        }
    }
}
