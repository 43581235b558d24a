//! What executions have shown: who read whose write, in which order locks were taken inside each other, how much each task does.
//!
//! Only strategies that learn pay for it. An operation is recognised in another execution by its *event*: what its task does, where,
//! to which sort of thing, what it did just before, and the how-manieth time; tasks that run the same code have the same events.

use crate::dependence::mix;
use crate::strategy::Candidate;
use raddle_kernel::Op;
use rustc_hash::{FxHashMap, FxHashSet};

/// What was there before anybody wrote.
pub(crate) const START: u64 = 0;
/// Rounds of a loop beyond this one are the same event.
const ROUNDS: u32 = 3;
/// Of an execution, so many steps are looked at.
const STEPS_KEPT: usize = 20_000;
/// The part that stands for the latest write to any part of an owner.
const ANY: u64 = u64::MAX;

/// A step that was taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    /// The task, by its name in all executions, and how many steps it had taken.
    pub(crate) by: (u64, u32),
    /// What it was.
    pub(crate) event: u64,
    /// The sort of thing it was about, and the thing in this execution.
    pub(crate) part: u64,
    pub(crate) thing: (usize, usize),
    pub(crate) reads: bool,
    pub(crate) writes: bool,
    /// The event that it reads from.
    pub(crate) from: u64,
}

/// A task of the running execution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Track {
    pub(crate) name: u64,
    pub(crate) parent: usize,
    steps: u32,
    before: u64,
}

/// A task as it was in the executions so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) name: u64,
    /// Its parent's place among the profiles.
    pub(crate) parent: Option<usize>,
    executions: u64,
    /// How many operations it has had on things that others used, too, by their sort, over all executions; and whether one of
    /// them may have changed it.
    counts: Vec<(u64, u64, bool)>,
}

impl Profile {
    /// How many operations it has on shared things of a sort, as far as can be told.
    pub(crate) fn count(&self, part: u64) -> u64 {
        let sum = self.counts.iter().find(|(known, ..)| *known == part).map_or(0, |(_, sum, _)| *sum);
        (sum + self.executions / 2) / self.executions.max(1)
    }

    /// The sorts of shared things that it works on, with how many operations it has on them and whether it may change them.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (u64, u64, bool)> + '_ {
        self.counts.iter().map(|(part, _, changes)| (*part, self.count(*part), *changes))
    }
}

/// What an execution brought that no execution had before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gain {
    /// Reads that got their value from where they never had.
    pub(crate) pairs: u64,
    /// Locks taken inside others as they never were.
    pub(crate) orders: u64,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    at: usize,
    event: u64,
}

/// What executions have shown.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    /// Of the running execution, by number.
    tasks: Vec<Track>,
    steps: Vec<Taken>,
    /// The last write of each thing.
    last: FxHashMap<(usize, usize, u64), Written>,
    /// How often a task did something.
    visits: FxHashMap<u64, u32>,
    /// Locks taken inside others in the running execution.
    nested: Vec<u64>,
    /// Reads and what they got, and locks inside others, in all executions.
    pairs: FxHashSet<(u64, u64)>,
    orders: FxHashSet<u64>,
    /// In the order in which the tasks were first seen, parents before children.
    profiles: Vec<Profile>,
    places: FxHashMap<u64, usize>,
}

impl Coverage {
    /// The tasks that the running execution has had so far, by number.
    pub(crate) fn tasks(&self) -> &[Track] {
        &self.tasks
    }

    /// What is known of tasks.
    pub(crate) fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// An execution begins.
    pub(crate) fn begin(&mut self) {
        self.tasks.clear();
        self.steps.clear();
        self.last.clear();
        self.visits.clear();
        self.nested.clear();
    }

    /// More places have become points: tasks do more than was known.
    pub(crate) fn restart(&mut self) {
        self.profiles.clear();
        self.places.clear();
    }

    /// A task begins.
    pub(crate) fn began(&mut self, name: u64, parent: usize) {
        self.tasks.push(Track { name, parent, steps: 0, before: 0 });
    }

    /// The event that a candidate would be, and its place among its task's steps.
    pub(crate) fn event(&self, candidate: &Candidate) -> (u64, u32) {
        let track = &self.tasks[candidate.task];
        let deed = mix(track.before.rotate_left(23) ^ Self::deed(candidate));
        let visit = mix(deed ^ candidate.task as u64);
        let round = self.visits.get(&visit).copied().unwrap_or(0);
        (mix(deed ^ u64::from(round.min(ROUNDS))), track.steps)
    }

    const fn deed(candidate: &Candidate) -> u64 {
        mix(candidate.site as u64 ^ (candidate.op as u64) << 56 ^ mix(candidate.part))
    }

    /// A step is taken, by a task that holds locks of these sorts.
    pub(crate) fn took(&mut self, step: &Candidate, held: impl Iterator<Item = u64>) {
        if self.steps.len() >= STEPS_KEPT {
            return;
        }
        let (event, ordinal) = self.event(step);
        let deed = Self::deed(step);
        let track = &mut self.tasks[step.task];
        let by = (track.name, ordinal);
        let visit = mix(mix(track.before.rotate_left(23) ^ deed) ^ step.task as u64);
        track.before = deed;
        track.steps += 1;
        *self.visits.entry(visit).or_insert(0) += 1;
        let (reads, writes) = match step.op {
            _ if !step.touches() => (false, false),
            Op::Read | Op::Look => (true, false),
            Op::Write | Op::Set | Op::Clear => (false, true),
            _ => (true, true),
        };
        let thing = (step.object, step.owner);
        let from = if reads { self.latest(step).map_or(START, |written| written.event) } else { START };
        if step.op == Op::Acquire {
            self.nested.extend(held.map(|outer| mix(outer.rotate_left(9) ^ event)));
        }
        let at = self.steps.len();
        self.steps.push(Taken { by, event, part: step.part, thing, reads, writes, from });
        if writes {
            self.last.insert((step.object, step.owner, step.part), Written { at, event });
            if step.owner != 0 {
                self.last.insert((step.object, step.owner, ANY), Written { at, event });
            }
        }
    }

    /// The last write that a read sees.
    fn latest(&self, step: &Candidate) -> Option<Written> {
        let of = |part| self.last.get(&(step.object, step.owner, part)).copied();
        match (step.owner, step.part) {
            (0, part) => of(part),
            (_, 0) => of(ANY),
            (_, part) => [of(part), of(0)].into_iter().flatten().max_by_key(|written| written.at),
        }
    }

    /// The execution has ended: what it brought.
    pub(crate) fn end(&mut self) -> Gain {
        let mut gain = Gain::default();
        for step in self.steps.iter().filter(|step| step.reads) {
            gain.pairs += u64::from(self.pairs.insert((step.from, step.event)));
        }
        for nested in &self.nested {
            gain.orders += u64::from(self.orders.insert(*nested));
        }
        self.learn();
        gain
    }

    fn learn(&mut self) {
        for number in 0..self.tasks.len() {
            let Track { name, parent, .. } = self.tasks[number];
            let place = *self.places.entry(name).or_insert_with(|| {
                self.profiles.push(Profile { name, ..Profile::default() });
                self.profiles.len() - 1
            });
            let above = self.tasks.get(parent).filter(|_| number != 0).and_then(|track| self.places.get(&track.name));
            self.profiles[place].parent = above.copied();
            self.profiles[place].executions += 1;
        }
        // By thing: who had it first, and whether anybody else had it, too.
        let mut users: FxHashMap<(usize, usize, u64), (u64, bool)> = FxHashMap::default();
        for step in &self.steps {
            let user = users.entry((step.thing.0, step.thing.1, step.part)).or_insert((step.by.0, false));
            user.1 |= user.0 != step.by.0;
        }
        let shared = |step: &&Taken| users[&(step.thing.0, step.thing.1, step.part)].1;
        for step in self.steps.iter().filter(|step| step.reads || step.writes).filter(shared) {
            let Some(place) = self.places.get(&step.by.0) else { continue };
            let counts = &mut self.profiles[*place].counts;
            match counts.iter_mut().find(|(part, ..)| *part == step.part) {
                Some((_, sum, changes)) => {
                    *sum += 1;
                    *changes |= step.writes;
                }
                None => counts.push((step.part, 1, step.writes)),
            }
        }
    }
}
