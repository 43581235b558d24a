//! Who chooses at points. One file per idea, with its source.

mod dfs;
mod dpor;
mod natural;
mod pct;
mod portfolio;
mod pos;
mod random;
mod rff;
mod surw;

use dpor::Dpor;
use pct::Pct;
use rff::Rff;
use surw::Surw;

pub(crate) use dfs::Dfs;
pub(crate) use natural::Natural;
pub(crate) use portfolio::Portfolio;
pub(crate) use pos::Pos;
pub(crate) use random::Random;

use crate::coverage::{Coverage, Thing};
use crate::dependence::mix;
use crate::trace::Trace;
use fastrand::Rng;
use raddle_kernel::Op;

/// One thing that could happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The task, by its number in the execution.
    pub(crate) task: usize,
    /// The task, by a number that is the same in every execution.
    pub(crate) name: u64,
    /// How many steps that has taken before, late ones not counted.
    pub(crate) taken: u32,
    /// It would not have stood there when the schedule was made that is followed.
    pub(crate) late: bool,
    /// What it would do.
    pub(crate) op: Op,
    /// To which object, by its number in the execution; the largest number for an access of a location.
    pub(crate) object: usize,
    /// Of an access: the address of the location's owner. 0 otherwise.
    pub(crate) owner: usize,
    /// Of an access: which part of the owner, 0 for all of it. Of an object: its sort, by kind and where it was made.
    /// The same in every execution, unlike what identifies the object or the owner.
    pub(crate) part: u64,
    /// The place in the source, by a number that is the same in every execution.
    pub(crate) site: usize,
    /// Its timer fires, instead of what it waits for.
    pub(crate) timer: bool,
    /// In which way it would do that, out of how many; the ways of an operation come one after the other.
    pub(crate) way: u32,
    pub(crate) ways: u32,
}

impl Candidate {
    /// Whether it is about something, unlike a pause or a look at the clock.
    pub(crate) const fn touches(&self) -> bool {
        !self.timer && !matches!(self.op, Op::Sleep | Op::Yield | Op::Clock | Op::Join | Op::Spawn)
    }

    /// The task and the way, by a number that is the same in every execution: the task's name in the first.
    pub(crate) const fn actor(&self) -> u64 {
        if self.way == 0 { self.name } else { mix(self.name ^ mix(self.way as u64)) }
    }

    /// What it is about.
    pub(crate) const fn thing(&self) -> Thing {
        (self.object, self.owner, self.part)
    }

    /// Whether it leaves what it is about as it is.
    pub(crate) const fn only_looks(&self) -> bool {
        matches!(self.op, Op::Read | Op::Look)
    }

    /// Whether both are about the same thing and one of them may change it: then their order may matter.
    pub(crate) const fn may_conflict(&self, other: &Self) -> bool {
        let same = self.object == other.object && self.owner == other.owner;
        let overlap = self.part == other.part || (self.owner != 0 && (self.part == 0 || other.part == 0));
        same && overlap && self.touches() && other.touches() && !(self.only_looks() && other.only_looks())
    }
}

/// A point at which there is a choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// At least two, unless a bound leaves no choice; without a bound the task that was chosen last comes first if it can go on, the
    /// others follow in the order in which they were started.
    pub(crate) candidates: &'a [Candidate],
    /// How many choices the execution has had before.
    pub(crate) depth: usize,
    /// For those who learn, and those who take turns with them.
    pub(crate) coverage: Option<&'a Coverage>,
    /// The task that took the last step, by its number.
    pub(crate) last: usize,
}

impl Step<'_> {
    /// The index of the task that took the last step, if it can go on: to choose another is a preemption.
    pub(crate) fn goes_on(&self) -> Option<usize> {
        goes_on(self.candidates, self.last)
    }

    /// The candidate of this index, in any of its ways, each as likely.
    pub(crate) fn any_way(&self, index: usize, rng: &mut Rng) -> usize {
        let Candidate { way, ways, .. } = self.candidates[index];
        if ways == 1 { index } else { index - way as usize + rng.usize(..ways as usize) }
    }
}

/// The index of the task that took the last step, if it can go on.
pub(crate) fn goes_on(candidates: &[Candidate], last: usize) -> Option<usize> {
    candidates.iter().position(|candidate| candidate.task == last && !candidate.timer)
}

/// Where a search is in a tree that is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Division {
    /// In which branch, counted from 1, where branches go to whoever asks first; 0 elsewhere.
    pub(crate) branch: u64,
    /// A number for how it is divided, the same in all parts of one search; 0 as long as that is not known.
    pub(crate) print: u64,
}

/// Chooses. Sees nothing but steps; randomness is handed in.
pub(crate) trait Strategy {
    /// Begins an execution; false when there is nothing left to try.
    fn begin(&mut self, rng: &mut Rng) -> bool;
    /// The index of the chosen candidate.
    fn choose(&mut self, step: &Step<'_>, rng: &mut Rng) -> usize;
    /// Whether it wants to hear of each step that is taken, even where there was no choice.
    fn listens(&self) -> bool {
        false
    }
    /// A step is taken; only for those who listen.
    fn took(&mut self, _step: &Candidate, _coverage: Option<&Coverage>) {}
    /// Whether it wants to know what executions have shown.
    fn learns(&self) -> bool {
        false
    }
    /// Thinks of the execution that begins; only if what executions have shown is known.
    fn plan(&mut self, _coverage: &mut Coverage, _rng: &mut Rng) {}
    /// Whether it is asked with [`follow`](Strategy::follow), and told by [`followed`](Strategy::followed).
    fn follows(&self) -> bool {
        false
    }
    /// As `choose`, at each step, whether there is a choice or not; none: whatever comes has been seen.
    fn follow(&mut self, _step: &Step<'_>, _trace: &Trace) -> Option<usize> {
        None
    }
    /// Ends an execution that it has followed.
    fn followed(&mut self, _trace: &Trace) {}
    /// Whether the execution that has ended only showed how a search is divided, or belongs to another part of it.
    fn scouts(&self) -> bool {
        false
    }
    /// Where it is in a tree that is divided.
    fn division(&self) -> Division {
        Division::default()
    }
    /// Why it cannot go on, since it cannot tell what follows from what it is shown.
    fn lost(&self) -> Option<&'static str> {
        None
    }
    /// Ends an execution that had so many choices.
    fn end(&mut self, _choices: usize) {}
    /// Whether the same choices once led elsewhere, so that a tree of choices cannot be walked.
    fn strayed(&self) -> bool {
        false
    }
    /// More places have become points: what was tried so far does not count.
    fn restart(&mut self) {}
}
