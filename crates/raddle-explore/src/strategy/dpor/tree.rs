//! Wake-up trees: what must still be tried at a node, in order.

use super::history::Reversal;
use crate::dependence::{NOTHING, conflict};
use crate::trace::{Deed, Known, Place, Step, Touch, Trace};
use smallvec::SmallVec;
use std::ops::Range;

/// A task's next step at a node.
#[derive(Clone, Debug)]
pub(super) struct Move {
    /// The task's name.
    pub(super) name: u64,
    /// What it touches that has a number in every execution that passes the node,
    touches: SmallVec<[Touch; 3]>,
    /// and what has none there: it may be anything that gets one later.
    unknown: SmallVec<[Touch; 2]>,
    /// What has one there.
    known: Known,
    /// What it was foreseen to be, if that is something else.
    foreseen: Option<Box<Move>>,
    /// Whether there are several ways to take it.
    decides: bool,
}

impl Move {
    fn new(step: &Step, touched: impl Iterator<Item = Touch>, known: &Known) -> Self {
        let Step { name, decides, .. } = *step;
        let (touches, unknown) = (SmallVec::new(), SmallVec::new());
        let mut new = Move { name, touches, unknown, known: *known, foreseen: None, decides };
        for touch in touched.filter(|touch| touch.how != NOTHING) {
            if known.has(touch.place) {
                new.touches.push(touch);
            } else {
                new.unknown.push(touch);
            }
        }
        new
    }

    /// Step `at`, which was taken at its node.
    pub(super) fn of(trace: &Trace, at: usize) -> Self {
        let step = &trace.steps[at];
        let mut taken = Move::new(step, trace.deeds_of(at).iter().map(Deed::touch), &step.known);
        // An object that is new is the task's own: others can do nothing to it before the step is taken. What is accessed there beside
        // something else has been there before.
        taken.unknown.retain(|touch| !matches!(touch.place, Place::Object(_)));
        taken
    }

    /// The same, which was foreseen to be something else, perhaps.
    pub(super) fn instead_of(self, foreseen: Option<&Move>) -> Self {
        // What depends on a part of it depends on it.
        let is_part =
            |other: &Move| other.unknown.is_empty() && other.touches.iter().all(|touch| self.touches.contains(touch));
        let foreseen = foreseen.filter(|other| !is_part(other)).cloned().map(Box::new);
        Move { foreseen, ..self }
    }

    /// The same step was taken in another way: it may be this, too.
    pub(super) fn join(&mut self, other: &Move) {
        let new = other.touches.iter().filter(|touch| !self.touches.contains(touch));
        let new: SmallVec<[Touch; 3]> = new.copied().collect();
        self.touches.extend(new);
        self.unknown.extend(other.unknown.iter().copied());
    }

    /// Whether it depends on nothing of this.
    fn ignores(&self, mut touches: impl Iterator<Item = Touch>) -> bool {
        !touches.any(|touch| {
            let meets = |mine: &Touch| mine.place.meets(touch.place) && conflict(mine.how, touch.how);
            let may_meet = |mine: &Touch| {
                mine.kind == touch.kind && conflict(mine.how, touch.how) && self.known.may_meet(mine.place, touch.place)
            };
            self.touches.iter().any(meets) || self.unknown.iter().any(may_meet)
        })
    }

    /// Whether another move has nothing to do with it.
    fn ignores_move(&self, other: &Move) -> bool {
        self.ignores(other.touches.iter().chain(&other.unknown).copied())
    }

    /// Whether these steps depend on it, if it or they, or one of them, are what was foreseen.
    pub(super) fn was_to_wake(&self, trace: &Trace, steps: Range<usize>, foreseen: Option<&Move>) -> bool {
        let meets = |mover: &Move| foreseen.is_some_and(|step| !mover.ignores_move(step));
        let was = |mover: &Move| meets(mover) || !steps.clone().all(|at| mover.ignores_step(trace, at));
        meets(self) || self.foreseen.as_deref().is_some_and(was)
    }

    /// Whether step `at` has nothing to do with it.
    pub(super) fn ignores_step(&self, trace: &Trace, at: usize) -> bool {
        let step = &trace.steps[at];
        step.name != self.name && self.ignores(trace.deeds_of(at).iter().map(Deed::touch))
    }
}

/// A wake-up tree.
#[derive(Debug, Default)]
pub(super) struct Tree(Vec<(Move, Tree)>);

impl Tree {
    /// Takes out the first branch: a step, and what is to be tried below it.
    pub(super) fn take_first(&mut self) -> Option<(Move, Tree)> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }
}

impl Reversal<'_> {
    /// Whether an execution that begins with these steps is equivalent to one that begins with `mover`.
    pub(super) fn weakly_begins_with(&self, mover: &Move) -> bool {
        match self.first_of(mover.name) {
            Some(place) => self.may_begin_with(place),
            None => self.steps.iter().all(|at| mover.ignores(self.touches(*at))),
        }
    }

    /// Sees to it that something equivalent to these steps is tried.
    pub(super) fn insert(&mut self, mut tree: &mut Tree, known: &Known) {
        while let Some(at) = tree.0.iter().position(|(mover, _)| self.weakly_begins_with(mover)) {
            let (mover, below) = &mut tree.0[at];
            if let Some(place) = self.first_of(mover.name) {
                self.steps.remove(place);
            }
            // Below a leaf everything is tried; and so it is below a step of several ways, in each of them.
            if below.0.is_empty() || self.steps.is_empty() {
                return;
            }
            tree = below;
        }
        for at in self.steps.iter() {
            let mover = Move::new(&self.trace.steps[*at], self.touches(*at), known);
            let decides = mover.decides;
            tree.0.push((mover, Tree::default()));
            if decides {
                return;
            }
            tree = &mut tree.0.last_mut().expect("it was pushed").1;
        }
    }
}
