//! Optimal dynamic partial-order reduction: one execution of each equivalence class, by source sets and wake-up trees
//! (Abdulla, Aronis, Jonsson, Sagonas: POPL 2014; JACM 2017).
//!
//! After an execution, each pair of steps of which the late one could have come first, a *race*, is reversed: the steps before the
//! early one that are left, then those that do not depend on it, then the late one. That sequence goes into the wake-up tree of
//! the node at which the early step was taken, unless something equivalent to it has been tried there or is about to be. What has
//! been tried at a node *sleeps* below the node's other branches until a step is taken that depends on it.
//!
//! Deviations: an operation that waits is one step, taken when it can be done, so a race may be with a step that is not the last
//! that it depends on (a lock's acquisition, not its release), and a task that waits in vain when the execution ends races, too.
//! What an operation would come to if it came sooner is worked out from the effects of the others: a try that failed may succeed.
//! Where it then comes to something else, who was to be woken by it and sleeps on may not keep a reversal out of the tree that does
//! not begin with his step: a sequence was tried as a new one that was none, so its tree is not all there would have been.

mod history;
mod split;
mod tree;

use super::{Candidate, Division, Step, Strategy};
use crate::deal::Deal;
use crate::dependence::mix;
use crate::trace::{NONE, Trace};
use fastrand::Rng;
use history::{History, Race, Space};
use raddle_kernel::Op;
use split::Split;
use std::rc::Rc;
use tree::{Move, Tree};

/// Why it may be lost, beside what the trace doubts.
const ELSEWHERE: &str = "the same choices led elsewhere";
const UNORDERED: &str = "what a task does between two points depends on others";

/// Where there was a choice, or might have been.
#[derive(Debug, Default)]
struct Node {
    /// Whose step is taken,
    chosen: u64,
    /// out of whose,
    offered: u64,
    /// and in which of its ways, out of how many: the others are tried after that.
    way: u32,
    ways: u32,
    /// What has been tried, and has not been woken.
    sleep: Vec<Move>,
    /// So many of them, which come first, were tried where nobody can rely on what was found below them: at the top of a tree that
    /// is divided, or beside a step that was expected to wake them, and then did not, as it was something else than was foreseen, or they were.
    elsewhere: usize,
    /// What the step was expected to be, if it was to be tried.
    foreseen: Option<Move>,
    /// What is to be tried after that.
    tree: Tree,
    /// What is to be tried below it.
    below: Tree,
}

/// Walks one execution of each class.
#[derive(Debug, Default)]
pub(crate) struct Dpor {
    nodes: Vec<Node>,
    /// Those that are done with, for their memory.
    spare: Vec<Node>,
    started: bool,
    /// How many nodes the execution has passed,
    passed: usize,
    /// and the number of the node of each step; none where a task only goes on that waited for another to end.
    numbers: Vec<u32>,
    /// The first node that it did not have in common with the execution before.
    fresh: usize,
    lost: Option<&'static str>,
    strayed: bool,
    history: History,
    races: Vec<Race>,
    space: Space,
    /// Of a part of a search: how the tree is divided.
    split: Option<Split>,
    /// So many nodes lead to the branch that is searched; what else could be done there, other parts and other branches do.
    stem: usize,
}

impl Dpor {
    /// One that searches a part of the tree.
    pub(crate) fn of(deal: Option<&Rc<Deal>>) -> Self {
        Dpor { split: deal.cloned().map(Split::new), ..Dpor::default() }
    }

    /// It cannot go on; the first reason counts.
    fn lose(&mut self, why: &'static str) {
        self.lost.get_or_insert(why);
    }

    /// The place of the candidate whose step it is at this node.
    fn place(&mut self, step: &Step<'_>) -> usize {
        let node = &mut self.nodes[self.passed];
        let is_it = |candidate: &Candidate| candidate.name == node.chosen && candidate.way == node.way;
        let place = step.candidates.iter().position(is_it);
        match place {
            Some(place) => node.ways = step.candidates[place].ways,
            None => self.lose(ELSEWHERE),
        }
        self.numbers.push(self.passed as u32);
        self.passed += 1;
        place.unwrap_or(0)
    }

    /// Begins a node; none if all that could be done has been tried.
    fn begin_node(&mut self, step: &Step<'_>, trace: &Trace) -> Option<()> {
        let mut node = self.spare.pop().unwrap_or_default();
        node.sleep.clear();
        node.elsewhere = 0;
        node.tree = Tree::default();
        if let Some(parent) = self.nodes.last_mut() {
            let number = self.passed as u32 - 1;
            let first = self.numbers.iter().rposition(|known| *known == number).expect("it was passed");
            let sleeps = |mover: &Move| (first..trace.taken).all(|at| mover.ignores_step(trace, at));
            let was_to_wake = |mover: &Move| mover.was_to_wake(trace, first..trace.taken, parent.foreseen.as_ref());
            for (place, mover) in parent.sleep.iter().enumerate().filter(|(_, mover)| sleeps(mover)) {
                if place < parent.elsewhere || was_to_wake(mover) {
                    node.sleep.insert(node.elsewhere, mover.clone());
                    node.elsewhere += 1;
                } else {
                    node.sleep.push(mover.clone());
                }
            }
            node.tree = std::mem::take(&mut parent.below);
        }
        node.offered = offered(step);
        (node.foreseen, node.below) = match node.tree.take_first() {
            Some((first, below)) => (Some(first), below),
            None => (None, Tree::default()),
        };
        (node.chosen, node.way) = match &node.foreseen {
            Some(first) => (first.name, 0),
            None => {
                let moves = step.candidates.iter().map(|candidate| (candidate.name, candidate.way));
                let asleep = |name: u64| node.sleep.iter().any(|mover: &Move| mover.name == name);
                let mut awake = moves.filter(|(name, _)| !asleep(*name));
                if let Some(split) = self.split.as_mut().filter(|split| split.is_probing()) {
                    let awake: Vec<(u64, u32)> = awake.clone().collect();
                    if awake.len() != 1 {
                        split.came_to(&self.nodes, node.sleep, awake, node.offered);
                        return None;
                    }
                }
                awake.next()?
            }
        };
        self.nodes.push(node);
        Some(())
    }

    /// Begins with a branch of this part, or with a probe; false if there are no more.
    fn begin_branch(&mut self) -> bool {
        let Some(nodes) = self.split.as_mut().and_then(Split::next) else { return false };
        // A probe ends before anything is reversed.
        (self.stem, self.fresh) = (nodes.len(), nodes.len());
        self.nodes = nodes;
        true
    }

    /// Reverses the races of the steps that the execution did not have in common with the one before.
    fn reverse(&mut self, trace: &Trace) {
        self.history.read(trace);
        if self.history.unforced {
            self.lose(UNORDERED);
        }
        let fresh = self.numbers.iter().position(|number| *number != NONE && *number as usize >= self.fresh);
        let fresh = fresh.unwrap_or(trace.taken);
        let mut races = std::mem::take(&mut self.races);
        for late in 0..trace.steps.len() {
            // The others have been seen to, unless what is new makes a difference to them.
            let is_new = late >= fresh;
            if !is_new && !self.history.is_touched(trace, late, fresh) {
                continue;
            }
            races.clear();
            self.history.races(trace, late, &mut races);
            for race in &races {
                if !is_new && !self.history.meets(trace, race, fresh) {
                    continue;
                }
                let number = self.numbers[race.early];
                if number == NONE {
                    self.lose(UNORDERED);
                    continue;
                }
                if (number as usize) < self.stem {
                    continue;
                }
                let numbers = &self.numbers;
                let silent = |at: usize| at < trace.taken && numbers[at] == NONE;
                let mut reversal = self.history.reversal(trace, race, silent, &mut self.space);
                let (node, known) = (&mut self.nodes[number as usize], &trace.steps[race.early].known);
                // What commutes with all of it is tried after it, too, but only by those who find the races of what was tried first.
                let is_seen =
                    |place: usize, mover: &Move| place >= node.elsewhere || reversal.first_of(mover.name).is_some();
                let mut sleep = node.sleep.iter().enumerate();
                if !sleep.any(|(place, mover)| is_seen(place, mover) && reversal.weakly_begins_with(mover)) {
                    reversal.insert(&mut node.tree, known);
                }
            }
        }
        self.races = races;
    }
}

/// A number for what could be done.
fn offered(step: &Step<'_>) -> u64 {
    let word = |candidate: &Candidate| candidate.name ^ mix(candidate.op as u64 ^ candidate.part);
    step.candidates.iter().fold(0, |sum, candidate| sum.wrapping_add(mix(word(candidate))))
}

impl Strategy for Dpor {
    fn follows(&self) -> bool {
        true
    }

    fn begin(&mut self, _rng: &mut Rng) -> bool {
        self.passed = 0;
        self.numbers.clear();
        if !std::mem::replace(&mut self.started, true) {
            self.fresh = 0;
            return self.split.is_none() || self.begin_branch();
        }
        while let Some(node) = self.nodes[self.stem..].last_mut() {
            // Who sleeps does so in all ways, so they come before others.
            if node.way + 1 < node.ways {
                node.way += 1;
                (node.foreseen, node.below) = (None, Tree::default());
                self.fresh = self.nodes.len() - 1;
                return true;
            }
            if let Some((next, below)) = node.tree.take_first() {
                (node.chosen, node.way) = (next.name, 0);
                node.foreseen = Some(next);
                node.below = below;
                self.fresh = self.nodes.len() - 1;
                return true;
            }
            self.spare.extend(self.nodes.pop());
        }
        self.begin_branch()
    }

    fn choose(&mut self, _step: &Step<'_>, _rng: &mut Rng) -> usize {
        0
    }

    fn follow(&mut self, step: &Step<'_>, trace: &Trace) -> Option<usize> {
        if let Some(why) = self.lost.or(trace.doubt) {
            self.lose(why);
            return Some(0);
        }
        // Joins, which depend on nothing that anybody else could do, are taken without a choice.
        self.numbers.resize(trace.taken, NONE);
        let joins = |candidate: &Candidate| candidate.op == Op::Join && !candidate.timer;
        if let Some(place) = step.candidates.iter().position(joins) {
            return Some(place);
        }
        match self.nodes.get(self.passed) {
            Some(node) => self.strayed |= node.offered != offered(step),
            None => self.begin_node(step, trace)?,
        }
        Some(self.place(step))
    }

    fn followed(&mut self, trace: &Trace) {
        self.numbers.resize(trace.taken, NONE);
        let strayed = (self.passed < self.nodes.len()).then_some(ELSEWHERE);
        if let Some(why) = self.lost.or(trace.doubt).or(strayed) {
            self.lose(why);
            return;
        }
        if let Some(split) = self.split.as_mut().filter(|split| split.is_probing()) {
            let numbers = &self.numbers;
            let first = |node: usize| numbers.iter().position(|number| *number as usize == node);
            split.probed(&self.nodes, |node| Move::of(trace, first(node).expect("it was passed")));
            return;
        }
        self.reverse(trace);
        let mine = |number: u32| number != NONE && number as usize >= self.stem;
        for (at, number) in self.numbers.iter().enumerate().filter(|(_, number)| mine(**number)) {
            let node = &mut self.nodes[*number as usize];
            match node.sleep.iter_mut().find(|mover| mover.name == node.chosen) {
                Some(mover) if node.ways > 1 => mover.join(&Move::of(trace, at)),
                Some(_) => {}
                None => node.sleep.push(Move::of(trace, at).instead_of(node.foreseen.as_ref())),
            }
        }
    }

    fn strayed(&self) -> bool {
        self.strayed
    }

    fn lost(&self) -> Option<&'static str> {
        self.lost
    }

    fn scouts(&self) -> bool {
        self.split.as_ref().is_some_and(Split::is_scouting)
    }

    fn division(&self) -> Division {
        self.split
            .as_ref()
            .map_or(Division::default(), |split| Division { branch: split.branch(), print: split.print() })
    }

    fn restart(&mut self) {
        *self = Dpor { strayed: self.strayed, ..Dpor::of(self.split.as_ref().map(|split| &split.deal)) };
    }
}
