//! Reads-from guided fuzzing (Wolff, Shi, Duck, Mathur, Roychoudhury: ASPLOS 2024).
//!
//! What an execution does follows from what its reads get. So each execution has a *goal*: that a read gets what a certain write
//! leaves, or what was there before all writes. Until that write has come, the read is kept back; after it, other writes are, until
//! the read has come; a goal that leaves nobody to go on is given up. Executions in which reads got new values are kept, and the
//! next goals start from them.
//! Deviations: locks and their like are read and written, too, by whoever takes them; goals that no execution has reached come
//! first, then goals that differ from what the execution they start from did in one read; those run in the order of that execution
//! but for the goal, so that what is reached is added to what had been. When nothing is left of either, goals are random and the
//! rest goes by random priorities, as in the paper.

use super::{Candidate, Step, Strategy};
use crate::coverage::{Coverage, START, Seed, Taken, Thing, Unseen};
use crate::dependence::mix;
use fastrand::Rng;
use rustc_hash::{FxHashMap, FxHashSet};

/// A goal that no execution has reached is tried so often.
const TRIES: usize = 6;
/// So often a goal is drawn from a seed before it is taken that nothing is left of it.
const DRAWS: u32 = 16;

/// Steps that a goal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    /// What was there before all writes.
    Start,
    /// All that are this event.
    Event(u64),
    /// The one that this task has as its how-manieth.
    Of((u64, u32)),
}

impl Which {
    fn is(self, event: u64, by: (u64, u32)) -> bool {
        match self {
            Which::Start => false,
            Which::Event(wanted) => wanted == event,
            Which::Of(wanted) => wanted == by,
        }
    }
}

/// A seed from which a goal may be reached and was not tried: one of those with its read and its write, or else with its read.
fn start(goal: &Unseen, seeds: &[Seed], rng: &mut Rng) -> Option<usize> {
    let fit = |write: u64| {
        let fits = move |seed: &Seed| seed.has(goal.read) && seed.has(write) && !goal.tried.contains(&seed.number);
        (0..seeds.len()).filter(move |at| fits(&seeds[*at]))
    };
    let both = fit(goal.write);
    let mut starts = if both.clone().next().is_none() { fit(START) } else { both };
    starts.clone().next()?;
    // The oldest has the fewest switches, the newest knows the most.
    match rng.u32(..3) {
        0 => starts.next(),
        1 => starts.next_back(),
        _ => any(starts, rng),
    }
}

/// One of these, if there are any, each as likely.
fn any<T>(mut among: impl Iterator<Item = T> + Clone, rng: &mut Rng) -> Option<T> {
    let count = among.clone().count();
    if count == 0 { None } else { among.nth(rng.usize(..count)) }
}

#[derive(Clone, Copy, Debug)]
struct Goal {
    write: Which,
    read: Which,
    /// What the read's task does there last before the read: the write has to come after that, too.
    after: Option<(u64, u32)>,
    /// What it is about, once that is known.
    thing: Option<Thing>,
    /// The write is the last one: the read may come.
    written: bool,
}

/// Goes for what reads have not got yet.
#[derive(Debug, Default)]
pub(crate) struct Rff {
    goal: Option<Goal>,
    /// Writes that come on the same thing as the goal's read.
    rivals: FxHashSet<u64>,
    /// The places and events of the steps in the execution that this one starts from; without one it is the natural run.
    order: FxHashMap<(u64, u32), (usize, u64)>,
    /// By task: the place of what it did last.
    reached: Vec<usize>,
    /// Nothing to start from, on purpose: priorities decide.
    is_random: bool,
    /// By task, then.
    priorities: Vec<Option<u64>>,
    /// Goals that were tried, each with the execution that it started from.
    tried: FxHashSet<u64>,
}

impl Rff {
    /// Draws a goal that no execution has reached, and where to start from, which was not tried together before.
    fn unseen(&mut self, coverage: &mut Coverage, rng: &mut Rng) -> bool {
        let mut unseen = std::mem::take(&mut coverage.unseen);
        unseen.retain(|goal| goal.tried.len() < TRIES && !coverage.has_seen(goal.write, goal.read));
        let weight = |goal: &Unseen| 1u64 << (TRIES - goal.tried.len());
        let total: u64 = unseen.iter().map(weight).sum();
        for _ in 0..if unseen.is_empty() { 0 } else { DRAWS } {
            let mut at = rng.u64(..total);
            let is_drawn = |goal: &&mut Unseen| {
                let (is_it, weight) = (at < weight(goal), weight(goal));
                at = at.saturating_sub(weight);
                is_it
            };
            let Some(goal) = unseen.iter_mut().find(is_drawn) else { break };
            let Some(place) = start(goal, &coverage.seeds, rng) else { continue };
            goal.tried.push(coverage.seeds[place].number);
            let write = if goal.write == START { Which::Start } else { Which::Event(goal.write) };
            self.aim(coverage, (write, Which::Event(goal.read)), goal.read);
            self.start_from(coverage, place);
            break;
        }
        coverage.unseen = unseen;
        self.goal.is_some()
    }

    /// Draws a goal that differs from a seed in one read.
    fn variation(&mut self, coverage: &mut Coverage, rng: &mut Rng) -> bool {
        let Some(least) = coverage.seeds.iter().map(|seed| seed.picked).min() else { return false };
        let places = (0..coverage.seeds.len()).filter(|at| coverage.seeds[*at].picked == least);
        let Some(place) = any(places, rng) else { return false };
        coverage.seeds[place].picked += 1;
        let seed = &coverage.seeds[place];
        let steps = &seed.steps;
        for _ in 0..DRAWS {
            let Some(at) = any((0..steps.len()).filter(|at| steps[*at].reads), rng) else { break };
            let read = &steps[at];
            let writes = |step: &&Taken| step.writes && step.thing == read.thing;
            let is_mine = |step: &&Taken| step.by.0 == read.by.0;
            let mut free = steps.iter().filter(writes).filter(|step| !is_mine(step) && !step.is_guarded_with(read));
            let count = free.clone().count();
            if count == 0 {
                continue;
            }
            let (write, event) = match free.nth(rng.usize(..=count)) {
                Some(step) => (Which::Of(step.by), step.event),
                None => (Which::Start, START),
            };
            let key = mix(read.by.0 ^ mix(u64::from(read.by.1) ^ mix(event ^ seed.number.rotate_left(32))));
            let is_hopeless =
                event == read.from || (event == START && steps[..at].iter().filter(writes).any(|step| is_mine(&step)));
            if is_hopeless || !self.tried.insert(key) {
                continue;
            }
            self.aim(coverage, (write, Which::Of(read.by)), read.event);
            self.start_from(coverage, place);
            return true;
        }
        false
    }

    /// Draws any goal.
    fn random(&mut self, coverage: &Coverage, rng: &mut Rng) {
        if coverage.seeds.is_empty() {
            return;
        }
        let steps = &coverage.seeds[rng.usize(..coverage.seeds.len())].steps;
        let reads = steps.iter().filter(|step| step.reads).map(|step| step.event);
        let Some(read) = any(reads, rng) else { return };
        self.is_random = true;
        let writes = coverage.writes(read);
        let write = writes.get(rng.usize(..=writes.len())).map_or(Which::Start, |event| Which::Event(*event));
        self.aim(coverage, (write, Which::Event(read)), read);
    }

    fn aim(&mut self, coverage: &Coverage, (write, read): (Which, Which), event: u64) {
        self.goal = Some(Goal { write, read, after: None, thing: None, written: write == Which::Start });
        self.rivals.extend(coverage.writes(event));
    }

    fn start_from(&mut self, coverage: &Coverage, place: usize) {
        let steps = &coverage.seeds[place].steps;
        self.order.extend(steps.iter().enumerate().map(|(at, step)| (step.by, (at + 1, step.event))));
        let Some(goal) = &mut self.goal else { return };
        if let Some(at) = steps.iter().position(|step| goal.read.is(step.event, step.by)) {
            let own = |step: &&Taken| step.by.0 == steps[at].by.0 && step.thing == steps[at].thing;
            goal.after = steps[..at].iter().rev().find(own).map(|step| step.by);
        }
    }

    /// Whether the goal needs that this waits.
    fn keeps_back(&self, candidate: &Candidate, (event, ordinal): (u64, u32)) -> bool {
        let Some(goal) = self.goal else { return false };
        let by = (candidate.name, ordinal);
        if goal.read.is(event, by) {
            return !goal.written && !goal.write.is(event, by);
        }
        if goal.after.is_some() && goal.write.is(event, by) {
            return true;
        }
        let is_rival = match goal.thing {
            Some(thing) => thing == candidate.thing() && candidate.touches() && !candidate.only_looks(),
            None => self.rivals.contains(&event),
        };
        goal.written && is_rival
    }

    /// Who goes first, the lowest.
    fn rank(&mut self, candidate: &Candidate, (event, ordinal): (u64, u32), rng: &mut Rng) -> u64 {
        if self.priorities.len() <= candidate.task {
            self.priorities.resize(candidate.task + 1, None);
            self.reached.resize(candidate.task + 1, 0);
        }
        if self.is_random {
            return *self.priorities[candidate.task].get_or_insert_with(|| rng.u64(..));
        }
        match self.order.get(&(candidate.name, ordinal)) {
            Some((place, same)) if *same == event => *place as u64,
            // What is new comes right after what the task did before.
            _ => self.reached[candidate.task] as u64,
        }
    }
}

impl Strategy for Rff {
    fn begin(&mut self, _rng: &mut Rng) -> bool {
        true
    }

    fn learns(&self) -> bool {
        true
    }

    fn plan(&mut self, coverage: &mut Coverage, rng: &mut Rng) {
        self.goal = None;
        self.rivals.clear();
        self.order.clear();
        self.reached.clear();
        self.priorities.clear();
        self.is_random = false;
        if !self.unseen(coverage, rng) && !self.variation(coverage, rng) {
            self.random(coverage, rng);
        }
    }

    fn choose(&mut self, step: &Step<'_>, rng: &mut Rng) -> usize {
        let Some(coverage) = step.coverage else { return 0 };
        let mut best: Option<(bool, u64, usize)> = None;
        for (index, candidate) in step.candidates.iter().enumerate() {
            let event = coverage.event(candidate);
            let rank = (self.keeps_back(candidate, event), self.rank(candidate, event, rng), index);
            if best.is_none_or(|best| rank < best) {
                best = Some(rank);
            }
        }
        let Some((kept_back, _, index)) = best else { return 0 };
        if kept_back {
            self.goal = None;
        }
        step.any_way(index, rng)
    }

    fn listens(&self) -> bool {
        true
    }

    fn took(&mut self, step: &Candidate, coverage: Option<&Coverage>) {
        let taken = coverage.filter(|coverage| !coverage.is_full()).and_then(|coverage| coverage.steps().last());
        let Some(taken) = taken else {
            self.goal = None;
            return;
        };
        if let Some(priority) = self.priorities.get_mut(step.task) {
            *priority = None;
        }
        let known = self.order.get(&taken.by).filter(|(_, same)| *same == taken.event);
        if let (Some(reached), Some((place, _))) = (self.reached.get_mut(step.task), known) {
            *reached = *place;
        }
        let Some(goal) = &mut self.goal else { return };
        let (is_read, is_write) = (goal.read.is(taken.event, taken.by), goal.write.is(taken.event, taken.by));
        let is_rival = goal.thing.map_or_else(|| self.rivals.contains(&taken.event), |thing| thing == taken.thing);
        let is_spoilt = taken.writes && is_rival;
        goal.after = goal.after.filter(|after| *after != taken.by);
        match goal.written {
            false if is_write => (goal.written, goal.thing) = (true, Some(taken.thing)),
            false if is_read => self.goal = None,
            false => {}
            true if is_read || (is_spoilt && goal.write == Which::Start) => self.goal = None,
            true => goal.written = is_write || !is_spoilt,
        }
    }
}
