//! Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte: ASPLOS 2010).
//!
//! Each task gets a random priority, and the highest that can go on does; at `d - 1` random places of the execution the running
//! task drops below all others. A bug of depth `d` in a program of `n` tasks and `k` choices is found with probability at least
//! `1 / (n * k^(d-1))`. Deviations: `k` is the largest number of choices seen so far; `d` is drawn anew for each execution, from 1
//! to the bound, because the depth of the bug is not known.

use super::{Step, Strategy};
use fastrand::Rng;

/// Priorities with a few changes.
#[derive(Debug)]
pub(crate) struct Pct {
    /// The largest depth drawn.
    depth: u32,
    /// The largest number of choices that an execution has had.
    longest: usize,
    /// By task; higher goes first. Those drawn at the start lie above `CHANGED`.
    priorities: Vec<u64>,
    /// The choices at which the leader drops, ascending.
    changes: Vec<usize>,
}

/// Priorities given at changes are below this, in descending order.
const CHANGED: u64 = 1 << 20;

impl Pct {
    pub(crate) fn new(depth: u32) -> Self {
        Pct { depth: depth.max(1), longest: 1, priorities: Vec::new(), changes: Vec::new() }
    }

    fn priority(&mut self, task: usize, rng: &mut Rng) -> u64 {
        while self.priorities.len() <= task {
            self.priorities.push(rng.u64(CHANGED + 1..));
        }
        self.priorities[task]
    }
}

impl Strategy for Pct {
    fn begin(&mut self, rng: &mut Rng) -> bool {
        self.priorities.clear();
        self.changes.clear();
        for _ in 1..rng.u32(1..=self.depth) {
            self.changes.push(rng.usize(..self.longest));
        }
        self.changes.sort_unstable();
        true
    }

    fn choose(&mut self, step: &Step<'_>, rng: &mut Rng) -> usize {
        let mut leader = 0;
        for index in 1..step.candidates.len() {
            let (other, best) = (step.candidates[index].task, step.candidates[leader].task);
            if self.priority(other, rng) > self.priority(best, rng) {
                leader = index;
            }
        }
        if self.changes.first().is_some_and(|at| *at <= step.depth) {
            self.changes.remove(0);
            let task = step.candidates[leader].task;
            let low = CHANGED - step.depth as u64 % CHANGED;
            self.priority(task, rng);
            self.priorities[task] = low;
            return self.choose(step, rng);
        }
        step.any_way(leader, rng)
    }

    fn end(&mut self, choices: usize) {
        self.longest = self.longest.max(choices);
    }
}
