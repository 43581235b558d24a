//! Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury: ASPLOS 2025).
//!
//! Each execution picks one sort of thing that tasks share, the likelier the more they use it. The interleavings of the operations
//! on that one are sampled uniformly: the task that takes the next of them is drawn with the number that each has left as its
//! weight, and the others wait before theirs until it has. All other operations go by random priorities.
//! With one shared thing this is the uniform random walk. Deviations: the numbers are not those of one run before, but the means
//! over all executions so far; a task that has not begun counts with the one that will start it, as in the authors' program; locks
//! and their like are things, too, not only memory.

use super::{Candidate, Step, Strategy};
use crate::coverage::Coverage;
use fastrand::Rng;
use rustc_hash::FxHashMap;

/// Counts down what tasks have left.
#[derive(Debug, Default)]
pub(crate) struct Surw {
    /// The sort of thing whose operations are sampled uniformly.
    part: Option<u64>,
    /// By a task's name: how many of them it and its descendants will have.
    expected: FxHashMap<u64, u64>,
    /// By task: how many it has left, with those of tasks that it will start.
    left: Vec<u64>,
    /// Who takes the next of them.
    intended: Option<usize>,
    /// By task: the priority of what it stands at.
    priorities: Vec<Option<u64>>,
}

impl Surw {
    fn counts(&self, candidate: &Candidate) -> bool {
        self.part == Some(candidate.part) && candidate.touches()
    }

    /// Gives tasks that have begun what was counted with their parents.
    fn meet(&mut self, coverage: &Coverage) {
        for track in &coverage.tasks()[self.left.len()..] {
            let expected = self.expected.get(&track.name).copied().unwrap_or(0);
            if let Some(parent) = self.left.get_mut(track.parent) {
                *parent = parent.saturating_sub(expected);
            }
            self.left.push(expected);
        }
    }

    /// Draws who takes the next operation that counts. Somebody stands at one.
    fn draw(&self, candidates: &[Candidate], rng: &mut Rng) -> usize {
        let weight = |candidate: &Candidate| {
            let left = self.left.get(candidate.task).copied().unwrap_or(0);
            left.max(u64::from(self.counts(candidate)))
        };
        let mut at = rng.u64(..candidates.iter().map(weight).sum::<u64>().max(1));
        for candidate in candidates {
            let weight = weight(candidate);
            if at < weight {
                return candidate.task;
            }
            at -= weight;
        }
        candidates[0].task
    }

    /// The highest priority among those who need not wait for the intended task.
    fn leader(&mut self, candidates: &[Candidate], rng: &mut Rng) -> Option<usize> {
        let mut leader = None;
        for (index, candidate) in candidates.iter().enumerate() {
            if self.priorities.len() <= candidate.task {
                self.priorities.resize(candidate.task + 1, None);
            }
            let priority = *self.priorities[candidate.task].get_or_insert_with(|| rng.u64(..));
            let waits = self.counts(candidate) && self.intended.is_some_and(|intended| intended != candidate.task);
            if !waits && leader.is_none_or(|(_, highest)| priority > highest) {
                leader = Some((index, priority));
            }
        }
        leader.map(|(index, _)| index)
    }
}

impl Strategy for Surw {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        true
    }

    fn learns(&self) -> bool {
        true
    }

    fn plan(&mut self, coverage: &mut Coverage, rng: &mut Rng) {
        (self.part, self.intended) = (None, None);
        self.left.clear();
        self.priorities.clear();
        self.expected.clear();
        // Sorts of things, with their operations, tasks, and whether they change.
        let mut shared: Vec<(u64, u64, u32, bool)> = Vec::new();
        for (part, count, changes) in coverage.profiles().iter().flat_map(|profile| profile.parts()) {
            match shared.iter_mut().find(|(known, ..)| *known == part) {
                Some(known) => *known = (part, known.1 + count, known.2 + 1, known.3 || changes),
                None => shared.push((part, count, 1, changes)),
            }
        }
        shared.retain(|(_, _, tasks, changes)| *tasks > 1 && *changes);
        let mut at = rng.u64(..shared.iter().map(|(_, count, ..)| count).sum::<u64>().max(1));
        for (part, count, ..) in shared {
            if at < count {
                self.part = Some(part);
                break;
            }
            at -= count;
        }
        let Some(part) = self.part else { return };
        let profiles = coverage.profiles();
        let mut expected: Vec<u64> = profiles.iter().map(|profile| profile.count(part)).collect();
        for (place, profile) in profiles.iter().enumerate().rev() {
            if let Some(parent) = profile.parent {
                expected[parent] += expected[place];
            }
            self.expected.insert(profile.name, expected[place]);
        }
    }

    fn choose(&mut self, step: &Step<'_>, rng: &mut Rng) -> usize {
        if let Some(coverage) = step.coverage {
            self.meet(coverage);
        }
        loop {
            let Some(leader) = self.leader(step.candidates, rng) else {
                // All stand at what counts, and whoever was to be next cannot go on.
                self.intended = None;
                continue;
            };
            let candidate = &step.candidates[leader];
            if !self.counts(candidate) || self.intended == Some(candidate.task) {
                return step.any_way(leader, rng);
            }
            self.intended = Some(self.draw(step.candidates, rng));
        }
    }

    fn listens(&self) -> bool {
        true
    }

    fn took(&mut self, step: &Candidate, coverage: Option<&Coverage>) {
        if let Some(coverage) = coverage {
            self.meet(coverage);
        }
        if let Some(priority) = self.priorities.get_mut(step.task) {
            *priority = None;
        }
        if self.counts(step) {
            if let Some(left) = self.left.get_mut(step.task) {
                *left = left.saturating_sub(1);
            }
            if self.intended == Some(step.task) {
                self.intended = None;
            }
        }
    }
}
