//! Every schedule, depth first: the plain search, without any reduction.

use super::{Division, Step, Strategy};
use crate::deal::Deal;
use crate::dependence::mix;
use fastrand::Rng;
use std::rc::Rc;

/// So many beginnings for each part of a search make parts of about the same size.
const BEGINNINGS: usize = 32;

/// Walks the tree of choices.
#[derive(Debug, Default)]
pub(crate) struct Dfs {
    /// The choices of the execution before.
    path: Vec<Fork>,
    started: bool,
    strayed: bool,
    /// If it is to walk a part of the tree.
    part: Option<Part>,
}

/// What is below some of the beginnings: the first choices of an execution.
#[derive(Clone, Debug)]
struct Part {
    deal: Rc<Deal>,
    /// How many choices a beginning has; known after the first execution.
    length: usize,
    /// Which one this is, counted from 0,
    place: u64,
    /// and whether what is below it belongs to this part.
    mine: bool,
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

impl Dfs {
    /// One that walks a part of the tree.
    pub(crate) fn of(deal: Option<&Rc<Deal>>) -> Self {
        let part = deal.map(|deal| Part { deal: Rc::clone(deal), length: 0, place: 0, mine: true });
        Dfs { part, ..Dfs::default() }
    }
}

impl Strategy for Dfs {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        if !self.started {
            self.started = true;
            if let Some(part) = &mut self.part {
                part.mine = part.deal.takes("beginning", 0);
            }
            return true;
        }
        if let Some(part) = self.part.as_ref().filter(|part| !part.mine) {
            // What is below the beginning is another part's.
            self.path.truncate(part.length);
        }
        while let Some(fork) = self.path.pop() {
            if fork.taken + 1 < fork.count {
                if let Some(part) = self.part.as_mut().filter(|part| self.path.len() < part.length) {
                    part.place += 1;
                    part.mine = part.deal.takes("beginning", part.place);
                }
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
        if let Some(part) = self.part.as_mut().filter(|part| part.length == 0) {
            let enough = BEGINNINGS.saturating_mul(part.deal.parts());
            let mut beginnings = 1_usize;
            let is_long_enough = |fork: &Fork| {
                beginnings = beginnings.saturating_mul(fork.count);
                beginnings >= enough
            };
            part.length = self.path.iter().position(is_long_enough).map_or(self.path.len(), |last| last + 1);
        }
    }

    fn scouts(&self) -> bool {
        self.part.as_ref().is_some_and(|part| !part.mine)
    }

    fn division(&self) -> Division {
        self.part.as_ref().map_or(Division::default(), |part| Division {
            branch: if part.deal.is_open() { part.place + 1 } else { 0 },
            print: mix(part.place ^ mix(part.length as u64)),
        })
    }

    fn strayed(&self) -> bool {
        self.strayed
    }

    fn restart(&mut self) {
        *self = Dfs { strayed: self.strayed, ..Dfs::of(self.part.as_ref().map(|part| &part.deal)) };
    }
}
