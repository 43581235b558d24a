//! What executions have shown: who read whose write, in which order locks were taken inside each other, how much each task does.
//!
//! An execution that got values from where none had is kept as a *seed*, from which a strategy may go on.
//! Only strategies that learn pay for it. An operation is recognised in another execution by its *event*: what its task does, where,
//! to which sort of thing, what it did just before, and the how-manieth time; tasks that run the same code have the same events.

use crate::dependence::mix;
use crate::strategy::Candidate;
use raddle_kernel::Op;
use raddle_record::Covered;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

/// What was there before anybody wrote.
pub(crate) const START: u64 = 0;
/// Rounds of a loop beyond this one are the same event.
const ROUNDS: u32 = 3;
/// Of an execution, so many steps are looked at.
const STEPS_KEPT: usize = 20_000;
/// So many seeds are kept, of so many steps together.
const SEEDS_KEPT: usize = 64;
const SEED_STEPS_KEPT: usize = 200_000;
/// So many pairs that have not been seen are kept in mind.
const UNSEEN_KEPT: usize = 1_024;
/// A step is compared with so many before it on the same owner or object.
const LOOKED_BACK: usize = 64;
/// So many pairs that conflict are counted.
const CONFLICTS_KEPT: usize = 1 << 18;
/// The part that stands for the latest write to any part of an owner.
const ANY: u64 = u64::MAX;

/// A thing in an execution: an object, or an owner and a part of it.
pub(crate) type Thing = (usize, usize, u64);

/// A step that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    task: usize,
    /// The task, by its name in all executions, and how many steps it had taken.
    pub(crate) by: (u64, u32),
    /// What it was.
    pub(crate) event: u64,
    /// The sort of thing it was about,
    pub(crate) part: u64,
    /// and the thing in its execution.
    pub(crate) thing: Thing,
    pub(crate) reads: bool,
    pub(crate) writes: bool,
    /// The event that it reads from.
    pub(crate) from: u64,
    /// The locks that its task held.
    held: SmallVec<[usize; 2]>,
}

/// A task of the running execution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Track {
    pub(crate) name: u64,
    pub(crate) parent: usize,
    /// How many steps its parent had taken when it began.
    since: u32,
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

/// An execution that brought something new.
#[derive(Debug, Default)]
pub(crate) struct Seed {
    /// Given once.
    pub(crate) number: u64,
    pub(crate) steps: Vec<Taken>,
    events: FxHashSet<u64>,
    /// How often a strategy has gone on from it.
    pub(crate) picked: u32,
}

/// A read that might get what a write leaves, but never has.
#[derive(Clone, Debug)]
pub(crate) struct Unseen {
    /// [`START`] for what was there before all writes.
    pub(crate) write: u64,
    pub(crate) read: u64,
    /// The numbers of the seeds from which a strategy has tried it.
    pub(crate) tried: SmallVec<[u64; 6]>,
}

/// An event as it came on a thing in an execution.
#[derive(Clone, Copy, Debug)]
struct Came {
    /// The place of the first step that was it.
    first: usize,
    /// Whether more than one task had it.
    by_many: bool,
}

impl Came {
    /// Whether the two may come in either order, as far as this execution shows.
    fn is_free_of(&self, other: &Self, steps: &[Taken]) -> bool {
        let (mine, theirs) = (&steps[self.first], &steps[other.first]);
        let apart = mine.by.0 != theirs.by.0 || self.by_many || other.by_many;
        // Where a lock is held for both, it is the lock's order that matters.
        apart && !mine.is_guarded_with(theirs)
    }
}

/// What an execution's end is worked out in; kept for the next one's, so that none is asked for.
#[derive(Debug, Default)]
struct Scratch {
    /// Of each thing the place of the first step on it, and whether several tasks had it.
    things: FxHashMap<Thing, (usize, bool)>,
    /// The steps on things that several tasks had, each after the first one on the same thing, thing by thing.
    shared: Vec<(usize, usize)>,
    /// Of each object or owner the last step on it, and of each step the one before it there.
    newest: FxHashMap<(usize, usize), usize>,
    older: Vec<Option<usize>>,
    /// The events on a thing, and their places among them.
    came: Vec<Came>,
    places: FxHashMap<u64, usize>,
}

impl Scratch {
    /// Finds the steps on things that several tasks had.
    fn share(&mut self, steps: &[Taken]) {
        let Scratch { things, shared, .. } = self;
        things.clear();
        shared.clear();
        let touching = || steps.iter().enumerate().filter(|(_, step)| step.reads || step.writes);
        for (at, step) in touching() {
            let (first, by_many) = things.entry(step.thing).or_insert((at, false));
            *by_many |= steps[*first].by.0 != step.by.0;
        }
        let place = |step: &Taken| things.get(&step.thing).filter(|(_, by_many)| *by_many);
        shared.extend(touching().filter_map(|(at, step)| place(step).map(|(first, _)| (*first, at))));
        shared.sort_unstable();
    }

    /// Whether several tasks had what a step is about.
    fn is_shared(&self, step: &Taken) -> bool {
        self.things.get(&step.thing).is_some_and(|(_, by_many)| *by_many)
    }
}

impl Taken {
    /// Whether one lock was held for both.
    pub(crate) fn is_guarded_with(&self, other: &Self) -> bool {
        self.held.iter().any(|lock| other.held.contains(lock))
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
    /// Sums of pairs: what all reads of an execution got.
    wholes: FxHashSet<u64>,
    pub(crate) seeds: Vec<Seed>,
    /// How many seeds there have been.
    kept: u64,
    pub(crate) unseen: Vec<Unseen>,
    /// By read: the writes that came on the same thing in some execution.
    writes: FxHashMap<u64, Vec<u64>>,
    /// Sums of the events that came on one thing.
    groups: FxHashSet<u64>,
    /// What tasks have done to things that others used, too; and of that what conflicts, in the orders in which it came.
    operations: FxHashSet<u64>,
    conflicts: FxHashSet<(u64, u64)>,
    /// In the order in which the tasks were first seen, parents before children.
    profiles: Vec<Profile>,
    places: FxHashMap<u64, usize>,
    scratch: Scratch,
}

impl Coverage {
    /// The tasks that the running execution has had so far, by number.
    pub(crate) fn tasks(&self) -> &[Track] {
        &self.tasks
    }

    /// The steps of the running execution.
    pub(crate) fn steps(&self) -> &[Taken] {
        &self.steps
    }

    /// Whether a read has ever got what `write` left.
    pub(crate) fn has_seen(&self, write: u64, read: u64) -> bool {
        self.pairs.contains(&(write, read))
    }

    /// Whether the running execution is too long to be looked at.
    pub(crate) fn is_full(&self) -> bool {
        self.steps.len() >= STEPS_KEPT
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
        self.seeds.clear();
        self.unseen.clear();
        self.writes.clear();
        self.groups.clear();
        self.wholes.clear();
        self.operations.clear();
        self.conflicts.clear();
    }

    /// What was covered, in a few numbers.
    pub(crate) fn covered(&self) -> Covered {
        // One that came in both orders is there twice.
        let both = self.conflicts.iter().filter(|(one, other)| self.conflicts.contains(&(*other, *one)));
        let both_orders = both.count() as u64 / 2;
        let pairs = self.conflicts.len() as u64 - both_orders;
        Covered { operations: self.operations.len() as u64, pairs, both_orders }
    }

    /// A task begins.
    pub(crate) fn began(&mut self, name: u64, parent: usize) {
        let since = self.tasks.get(parent).map_or(0, |parent| parent.steps);
        self.tasks.push(Track { name, parent, since, steps: 0, before: 0 });
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

    /// A step is taken, by a task that holds these locks, each with its sort.
    pub(crate) fn took(&mut self, step: &Candidate, held: impl Iterator<Item = (usize, u64)>) {
        if self.is_full() {
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
        let thing = (step.object, step.owner, step.part);
        let from = if reads { self.latest(step).map_or(START, |written| written.event) } else { START };
        let nested = &mut self.nested;
        let held = held.map(|(lock, sort)| {
            if step.op == Op::Acquire {
                nested.push(mix(sort.rotate_left(9) ^ event));
            }
            lock
        });
        let held = held.collect();
        let at = self.steps.len();
        self.steps.push(Taken { task: step.task, by, event, part: step.part, thing, reads, writes, from, held });
        if writes {
            self.last.insert(thing, Written { at, event });
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
        let mut whole = 0u64;
        for step in self.steps.iter().filter(|step| step.reads) {
            gain.pairs += u64::from(self.pairs.insert((step.from, step.event)));
            whole = whole.wrapping_add(mix(step.from ^ mix(step.by.0 ^ u64::from(step.by.1).rotate_left(40))));
        }
        for nested in &self.nested {
            gain.orders += u64::from(self.orders.insert(*nested));
        }
        let mut steps = std::mem::take(&mut self.steps);
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.share(&steps);
        self.profile(&steps, &scratch);
        self.order(&steps, &mut scratch);
        let Scratch { shared, came, places, .. } = &mut scratch;
        // In the order of the steps, not of the hashes.
        for mine in shared.chunk_by(|one, other| one.0 == other.0) {
            self.meet(&steps, mine, came, places);
        }
        self.scratch = scratch;
        if self.wholes.insert(whole) && steps.len() < STEPS_KEPT {
            self.keep(&mut steps);
        }
        self.steps = steps;
        gain
    }

    /// Takes note of the steps that conflict with one before them.
    fn order(&mut self, steps: &[Taken], Scratch { newest, older, .. }: &mut Scratch) {
        newest.clear();
        older.clear();
        let operation = |step: &Taken| mix(step.by.0 ^ step.event);
        for (at, late) in steps.iter().enumerate() {
            let (object, owner, part) = late.thing;
            let touches = late.reads || late.writes;
            let before = if touches { newest.insert((object, owner), at) } else { None };
            older.push(before);
            for early in std::iter::successors(before, |at| older[*at]).take(LOOKED_BACK).map(|at| &steps[at]) {
                if early.part != part && (owner == 0 || (early.part != 0 && part != 0)) {
                    continue;
                }
                if early.by.0 != late.by.0 && (early.writes || late.writes) && self.conflicts.len() < CONFLICTS_KEPT {
                    self.operations.extend([operation(early), operation(late)]);
                    self.conflicts.insert((operation(early), operation(late)));
                }
                // What came before that came before this, too.
                if early.writes && (early.part == part || early.part == 0) {
                    break;
                }
            }
        }
    }

    /// Takes note of the events on one shared thing: of what each of them might read.
    fn meet(
        &mut self,
        steps: &[Taken],
        mine: &[(usize, usize)],
        came: &mut Vec<Came>,
        places: &mut FxHashMap<u64, usize>,
    ) {
        came.clear();
        places.clear();
        for at in mine.iter().map(|(_, at)| *at) {
            let step = &steps[at];
            match places.get(&step.event) {
                Some(place) => came[*place].by_many |= steps[came[*place].first].by.0 != step.by.0,
                None => {
                    places.insert(step.event, came.len());
                    came.push(Came { first: at, by_many: false });
                }
            }
        }
        let group = came.iter().fold(0, |sum: u64, event| sum.wrapping_add(mix(steps[event.first].event)));
        if !self.groups.insert(group) {
            return;
        }
        for read in came.iter().filter(|read| steps[read.first].reads) {
            let event = steps[read.first].event;
            let mut known = self.writes.remove(&event).unwrap_or_default();
            let is_new = known.is_empty();
            let mut might = Vec::new();
            for write in came.iter().filter(|write| steps[write.first].writes) {
                let written = steps[write.first].event;
                if !known.contains(&written) {
                    known.push(written);
                    if write.is_free_of(read, steps) && self.may_see(Some(write), read, came, steps) {
                        might.push(written);
                    }
                }
            }
            let is_free = came.iter().any(|write| steps[write.first].writes && write.is_free_of(read, steps));
            if is_new && is_free && self.may_see(None, read, came, steps) {
                might.push(START);
            }
            self.writes.insert(event, known);
            might.retain(|write| !self.has_seen(*write, event));
            might.truncate(UNSEEN_KEPT.saturating_sub(self.unseen.len()));
            self.unseen.extend(might.into_iter().map(|write| Unseen { write, read: event, tried: SmallVec::new() }));
        }
    }

    /// Whether a read might get what `write` leaves, by who started whom: it does not come before it, and no other write between.
    fn may_see(&self, write: Option<&Came>, read: &Came, came: &[Came], steps: &[Taken]) -> bool {
        let comes_first = |one: &Came, other: &Came| {
            !one.by_many && !other.by_many && self.must_precede(&steps[one.first], &steps[other.first])
        };
        let is_between = |other: &Came| {
            let after = write.is_none_or(|write| comes_first(write, other));
            steps[other.first].writes && after && comes_first(other, read)
        };
        !write.is_some_and(|write| comes_first(read, write)) && !came.iter().any(is_between)
    }

    /// Whether one step comes before another because its task does both, or started who does the other after it.
    fn must_precede(&self, one: &Taken, other: &Taken) -> bool {
        let (mut task, mut ordinal) = (other.task, other.by.1);
        while task != one.task {
            if task == 0 {
                return false;
            }
            (task, ordinal) = (self.tasks[task].parent, self.tasks[task].since);
        }
        one.by.1 < ordinal
    }

    /// The writes that came on the same thing as a read.
    pub(crate) fn writes(&self, read: u64) -> &[u64] {
        self.writes.get(&read).map_or(&[], |writes| writes)
    }

    /// Keeps the execution as a seed; the oldest but the first make room.
    fn keep(&mut self, steps: &mut Vec<Taken>) {
        self.kept += 1;
        let count = |seeds: &[Seed]| seeds.iter().map(|seed| seed.steps.len()).sum::<usize>() + steps.len();
        let mut seed = Seed::default();
        while self.seeds.len() > 1 && (self.seeds.len() >= SEEDS_KEPT || count(&self.seeds) > SEED_STEPS_KEPT) {
            seed = self.seeds.remove(1);
        }
        seed.events.clear();
        seed.events.extend(steps.iter().map(|step| step.event));
        std::mem::swap(&mut seed.steps, steps);
        self.seeds.push(Seed { number: self.kept, picked: 0, ..seed });
    }

    fn profile(&mut self, steps: &[Taken], scratch: &Scratch) {
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
        for step in steps.iter().filter(|step| scratch.is_shared(step)) {
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

impl Seed {
    /// Whether the event came in it.
    pub(crate) fn has(&self, event: u64) -> bool {
        event == START || self.events.contains(&event)
    }
}
