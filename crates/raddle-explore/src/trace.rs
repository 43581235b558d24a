//! What an execution did, step by step, as far as it matters for who could have gone first.
//!
//! A step is what happens between two choices, whether there was anything to choose or not: the operation of the chosen task, and
//! what it and those whom it woke or started do until each stands at a point again. Things have numbers in the order in which they
//! were met: executions with a prefix in common number alike what was met in it.

use crate::dependence::{Footprint, State, footprint};
use crate::front::Member;
use raddle_kernel::{Effect, Kind, Op};
use rustc_hash::FxHashMap;

/// The end of a chain of deeds.
pub(crate) const NONE: u32 = u32::MAX;
/// All cells of an owner.
const WHOLE: u32 = u32::MAX;
/// The step of what was done before there was a choice.
pub(crate) const PRELUDE: u32 = u32::MAX;

/// What an operation is done to: an object, or a cell of an owner whose accesses are points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// By its number.
    Object(u32),
    /// By the numbers of both.
    Cell(u32, u32),
    /// A cell that is added to the others, in an order that counts.
    New(u32, u32),
}

impl Place {
    /// Whether they have something in common.
    pub(crate) fn meets(self, other: Place) -> bool {
        match (self, other) {
            (Place::New(owner, _), Place::New(of, _)) => owner == of,
            (Place::Cell(owner, one) | Place::New(owner, one), Place::Cell(of, other) | Place::New(of, other)) => {
                owner == of && (one == other || one == WHOLE || other == WHOLE)
            }
            (one, other) => one == other,
        }
    }

    /// Whether all of `other` is part of it.
    pub(crate) fn covers(self, other: Place) -> bool {
        match (self, other) {
            (Place::Cell(owner, WHOLE), Place::Cell(of, _) | Place::New(of, _)) => owner == of,
            _ => self.stands_for(other),
        }
    }

    /// Whether `other` is it, or it with nothing added.
    pub(crate) fn stands_for(self, other: Place) -> bool {
        self == other
            || matches!((self, other), (Place::New(owner, one), Place::Cell(of, other)) if (owner, one) == (of, other))
    }

    /// The same, as one that is added.
    pub(crate) fn as_new(self) -> Place {
        match self {
            Place::Cell(owner, cell) if cell != WHOLE => Place::New(owner, cell),
            place => place,
        }
    }
}

/// How many things of each sort have a number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    objects: u32,
    owners: u32,
    cells: u32,
}

impl Known {
    pub(crate) fn has(self, place: Place) -> bool {
        match place {
            Place::Object(number) => number < self.objects,
            Place::Cell(owner, cell) | Place::New(owner, cell) => {
                owner < self.owners && (cell < self.cells || cell == WHOLE)
            }
        }
    }

    /// Whether a place that has no number may have something in common with another one, which may have one.
    pub(crate) fn may_meet(self, unknown: Place, other: Place) -> bool {
        match (unknown, other) {
            (Place::Object(_), Place::Object(_)) => !self.has(other),
            (Place::Cell(owner, _) | Place::New(owner, _), Place::Cell(of, cell) | Place::New(of, cell)) => {
                let may_be =
                    cell == WHOLE || !self.has(other) || matches!((unknown, other), (Place::New(..), Place::New(..)));
                may_be && if owner < self.owners { owner == of } else { of >= self.owners }
            }
            _ => false,
        }
    }
}

/// Something that was done to a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deed {
    pub(crate) step: u32,
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    pub(crate) effect: Effect,
    /// Whether nothing was at the place before.
    pub(crate) fresh: bool,
    /// The deed before it to the same object or owner.
    pub(crate) older: u32,
    /// How the object stood before it, and after it.
    pub(crate) before: State,
    pub(crate) after: State,
}

impl Deed {
    pub(crate) fn footprint(&self) -> Footprint {
        footprint(self.effect)
    }

    pub(crate) fn touch(&self) -> Touch {
        Touch { place: self.place, kind: self.kind, how: self.footprint() }
    }
}

/// How a deed touches its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Touch {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    pub(crate) how: Footprint,
}

/// A step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// Who was chosen, by his number here.
    pub(crate) task: u32,
    /// His name in every execution.
    pub(crate) name: u64,
    pub(crate) op: Op,
    /// What he stood at, and what that is.
    pub(crate) place: Option<Place>,
    pub(crate) kind: Kind,
    /// Whether there were several ways to do that.
    pub(crate) decides: bool,
    /// Whether it might have had to wait,
    pub(crate) waits: bool,
    /// and how many steps had been taken when its time was up, so that it would not have had to any more; [`NONE`]: it never was.
    pub(crate) due: u32,
    /// How many steps had been taken when it could be taken, and could ever since.
    pub(crate) since: u32,
    /// Where its deeds begin, and those of others who went on with it.
    pub(crate) deeds: u32,
    pub(crate) woken: u32,
    /// What had a number before it.
    pub(crate) known: Known,
}

impl Step {
    /// Whether it might have had to wait if so many steps had been taken before.
    pub(crate) fn waits_at(&self, taken: usize) -> bool {
        self.waits && (taken as u32) < self.due
    }
}

/// An execution so far.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    /// The first `taken` were taken; the others stand for what tasks wait for in vain, and what they might have done instead of
    /// being woken.
    pub(crate) steps: Vec<Step>,
    pub(crate) taken: usize,
    /// Of the latter, each `since` the step in which they were woken, as long as steps are taken.
    instead: Vec<Step>,
    /// How many had been taken each time that nobody could go on, and time passed.
    pub(crate) ticks: Vec<u32>,
    pub(crate) deeds: Vec<Deed>,
    /// Others who ran in a step, as they were woken or started.
    woken: Vec<u32>,
    /// The names of tasks, in every execution.
    pub(crate) names: Vec<u64>,
    /// The last deed to each object, and to each owner.
    objects: Vec<u32>,
    owners: Vec<u32>,
    numbers: FxHashMap<usize, u32>,
    cells: FxHashMap<(u32, u64), u32>,
    /// Why who could have gone first cannot be told from this.
    pub(crate) doubt: Option<&'static str>,
}

impl Trace {
    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        let Trace { steps, taken, instead, ticks, deeds, woken, names, objects, owners, numbers, cells, doubt } = self;
        steps.clear();
        *taken = 0;
        instead.clear();
        ticks.clear();
        deeds.clear();
        woken.clear();
        names.clear();
        objects.clear();
        owners.clear();
        numbers.clear();
        cells.clear();
        *doubt = None;
    }

    /// Why nobody can tell from this who could have gone first: the first reason counts.
    pub(crate) fn doubt(&mut self, why: &'static str) {
        self.doubt.get_or_insert(why);
    }

    /// The cell at which a task stands, or which it accesses.
    pub(crate) fn cell(&mut self, owner: usize, member: Member) -> Place {
        let next = self.numbers.len() as u32;
        let owner = *self.numbers.entry(owner).or_insert(next);
        if owner == next {
            self.owners.push(NONE);
        }
        match member {
            Member::Whole => Place::Cell(owner, WHOLE),
            Member::Key(key) => {
                let next = self.cells.len() as u32;
                Place::Cell(owner, *self.cells.entry((owner, key)).or_insert(next))
            }
        }
    }

    /// The owner at this address is no more.
    pub(crate) fn forget(&mut self, owner: usize) {
        // Its number is not given again.
        if let Some(number) = self.numbers.remove(&owner) {
            self.numbers.insert(usize::MAX - number as usize, number);
        }
    }

    /// Nobody can go on, so time passes.
    pub(crate) fn tick(&mut self) {
        self.ticks.push(self.taken as u32);
    }

    /// Begins a step.
    pub(crate) fn take(&mut self, step: Step) {
        self.steps.push(step);
        self.taken += 1;
    }

    /// What is to be said of a step that a task is about to take, or waits for in vain.
    pub(crate) fn step(
        &self,
        task: usize,
        op: Op,
        (place, kind, waits, due, since): (Option<Place>, Kind, bool, u32, u32),
        objects: usize,
    ) -> Step {
        Step {
            task: task as u32,
            name: self.names[task],
            op,
            place,
            kind,
            decides: false,
            waits,
            due,
            since,
            deeds: self.deeds.len() as u32,
            woken: self.woken.len() as u32,
            known: Known { objects: objects as u32, owners: self.owners.len() as u32, cells: self.cells.len() as u32 },
        }
    }

    /// In this step `task` goes on, too.
    pub(crate) fn wakes(&mut self, task: usize) {
        if !self.steps.is_empty() {
            self.woken.push(task as u32);
        }
    }

    /// Somebody is woken whose time is up: he might have given up before.
    pub(crate) fn might_have(&mut self, step: Step) {
        if let Some(woken_in) = self.taken.checked_sub(1) {
            self.instead.push(Step { since: woken_in as u32, ..step });
        }
    }

    /// No step is taken any more.
    pub(crate) fn end(&mut self) {
        let (deeds, woken) = (self.deeds.len() as u32, self.woken.len() as u32);
        self.steps.extend(self.instead.drain(..).map(|step| Step { deeds, woken, ..step }));
    }

    /// Whether a step stands for what a task might have done instead of being woken.
    pub(crate) fn is_instead(&self, at: usize) -> bool {
        at >= self.taken && self.steps[at].kind == Kind::Condvar
    }

    /// Takes note of what the running task did to a place.
    pub(crate) fn did(&mut self, place: Place, kind: Kind, effect: Effect) {
        let number = self.deeds.len() as u32;
        let last = self.last_mut(place);
        let older = std::mem::replace(last, number);
        let before = match self.deeds.get(older as usize) {
            Some(deed) => deed.after,
            None => State::first(kind),
        };
        let before = before.corrected(effect);
        let step = self.taken.checked_sub(1).map_or(PRELUDE, |step| step as u32);
        self.deeds.push(Deed { step, place, kind, effect, fresh: false, older, before, after: before.after(effect) });
    }

    /// Nothing was where the running task has just done something.
    pub(crate) fn was_fresh(&mut self) {
        self.deeds.last_mut().expect("it was done").fresh = true;
    }

    fn last_mut(&mut self, place: Place) -> &mut u32 {
        let (list, number) = match place {
            Place::Object(number) => (&mut self.objects, number as usize),
            Place::Cell(owner, _) | Place::New(owner, _) => (&mut self.owners, owner as usize),
        };
        if list.len() <= number {
            list.resize(number + 1, NONE);
        }
        &mut list[number]
    }

    /// The last deed to what the place belongs to.
    pub(crate) fn last(&self, place: Place) -> u32 {
        let last = match place {
            Place::Object(number) => self.objects.get(number as usize),
            Place::Cell(owner, _) | Place::New(owner, _) => self.owners.get(owner as usize),
        };
        last.copied().unwrap_or(NONE)
    }

    /// What was done in a step.
    pub(crate) fn deeds_of(&self, at: usize) -> &[Deed] {
        let to = self.steps.get(at + 1).map_or(self.deeds.len(), |next| next.deeds as usize);
        &self.deeds[self.steps[at].deeds as usize..to]
    }

    /// Who else ran in a step.
    pub(crate) fn woken_in(&self, at: usize) -> &[u32] {
        let to = self.steps.get(at + 1).map_or(self.woken.len(), |next| next.woken as usize);
        &self.woken[self.steps[at].woken as usize..to]
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, WHOLE};

    #[test]
    fn cells_that_are_added_meet_in_their_order() {
        let (one, other, whole) = (Place::Cell(0, 1), Place::Cell(0, 2), Place::Cell(0, WHOLE));
        assert!(!one.meets(other) && one.meets(whole) && !one.as_new().meets(other) && !other.meets(one.as_new()));
        assert!(one.as_new().meets(other.as_new()) && one.as_new().meets(one) && whole.meets(one.as_new()));
        assert!(!one.as_new().meets(Place::New(1, 1)) && whole.as_new() == whole);
        assert!(whole.covers(one.as_new()) && one.as_new().covers(one) && !one.covers(one.as_new()));
        assert!(!one.as_new().covers(other.as_new()));
    }
}
