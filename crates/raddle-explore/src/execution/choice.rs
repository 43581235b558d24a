//! Who goes next: the candidates, fairness, timers, and the choice itself.

use super::state::{End, Inner, Object, Pending, State, Task};
use crate::dependence::mix;
use crate::strategy::{Candidate, Random, Step, Strategy, goes_on};
use crate::trace;
use raddle_kernel::{Deadline, Kind, Op};
use raddle_record::{Choice, Divergence, Frame};
use std::cmp::Ordering;
use std::time::{Duration, Instant};

/// What a point takes in virtual time, so that endless loops make time pass,
const POINT_TIME: Duration = Duration::from_micros(100);
/// once there have been so many since time last passed: tasks are quick, and a few steps more or less let no timer fire.
const TIMELESS_POINTS: u64 = 1_000;
/// A task with so many points in a row, without anybody getting on, is set behind the others.
const IDLE_POINTS: u32 = 100;
/// So is one with so many in a row while others could go on, whatever it does; and who could have gone on for so many goes first.
const LONG_POINTS: u32 = 10_000;
/// A task passes at most so many points in a row at which nobody else may be chosen,
const PASSED_POINTS: u32 = 1_000;
/// and fewer once it has done so without anybody getting on: then it goes round in a loop.
const PASSED_POINTS_IDLE: u32 = 50;
/// and hardly any once nobody has got on for as long as [`STALLED_POINTS`]: how it ends is near.
const PASSED_POINTS_STALLED: u32 = 2;
/// After so many points without anybody getting on, the next timer fires.
const STALLED_POINTS: u64 = 500;
/// After so many, when there is no timer and nobody looks at a clock, it is a livelock,
const LIVELOCK_POINTS: u64 = 20_000;
/// if chance, which chooses after so many, has found no way out either,
const CHANCE_POINTS: u64 = 10_000;
/// and if for so many tasks have looked at what others may change, and come back to where they had been with nothing changed.
const ROUND_POINTS: u64 = 500;
/// After so many points without anybody getting on, it is noted where tasks stand.
const NOTED_POINTS: u64 = 15_000;
/// Every so many points it is noted where a task is that may be cut off; no loop of a usual length is in step with it.
const SAMPLED_POINTS: u64 = 97;

/// What the choice came to.
pub(super) enum Next {
    Task(usize),
    Hub,
    Stuck,
}

impl Task {
    /// Whether it goes round in a loop that may never end unless others go on.
    fn is_endless(&self) -> bool {
        self.idle > IDLE_POINTS || self.run > LONG_POINTS
    }
}

/// What a task would do that stands at a point, in the first of its ways, or whose timer fires.
fn candidate(number: usize, task: &Task, pending: &Pending, timer: bool, objects: &[Object]) -> Candidate {
    let (owner, part, site) = match (objects.get(pending.object), task.access) {
        (Some(object), _) => (0, object.sort(), std::ptr::from_ref(task.site).addr()),
        (None, Some(site)) => (task.place.0, task.place.1, site as usize),
        (None, None) => (0, 0, 0),
    };
    Candidate {
        task: number,
        name: task.hash,
        taken: task.taken,
        late: task.late,
        op: pending.op,
        object: pending.object,
        owner,
        part,
        site,
        timer,
        way: 0,
        ways: if timer { 1 } else { pending.ways },
    }
}

impl Inner {
    /// Whether a task has had many points in a row without anybody getting on since.
    fn is_idle(&self, task: &Task) -> bool {
        task.idle > IDLE_POINTS && task.seen_progress == self.progress
    }

    /// Whether a task is among those that run without getting on, in a livelock: it can go on now, or has of late.
    pub(crate) fn spins(&self, task: &Task) -> bool {
        let ready = match &task.state {
            State::At(pending) => pending.deadline == Deadline::Now || pending.ready(),
            State::Running | State::Queued(_) | State::Ended => false,
        };
        ready || (!matches!(task.state, State::Ended) && self.steps - task.turn < LIVELOCK_POINTS / 2)
    }

    /// The execution is over, but for the tasks that have not ended.
    pub(super) fn note_end(&mut self) {
        let end = self.end.get_or_insert(End::Done);
        // What they were about to do could have been done before the end.
        if self.live > 0
            && !matches!(end, End::Stuck | End::Redundant)
            && let Some(trace) = &mut self.trace
        {
            let is_cut_off = matches!(end, End::StepBound);
            trace.doubt(if is_cut_off { "an execution is cut off" } else { "the program ends before its threads do" });
        }
    }

    /// Takes the strategy out, told that the execution has ended.
    pub(crate) fn take_strategy(&mut self) -> Box<dyn Strategy> {
        self.strategy.end(self.choices.len());
        if let Some(trace) = &mut self.trace {
            trace.end();
            self.strategy.followed(trace);
        }
        std::mem::replace(&mut self.strategy, Box::new(Random))
    }

    /// Takes note of what tasks wait for in vain, now that the execution ends here.
    pub(super) fn note_hopes(&mut self) {
        for number in 0..self.tasks.len() {
            if matches!(self.tasks[number].state, State::At(_))
                && self.candidates.iter().all(|candidate| candidate.task != number)
                && let Some(step) = self.step(number)
                && let Some(trace) = &mut self.trace
            {
                trace.steps.push(step);
            }
        }
    }

    /// The step that a task at a point is about to take, if steps are followed.
    pub(super) fn step(&self, number: usize) -> Option<trace::Step> {
        let task = &self.tasks[number];
        let trace = self.trace.as_ref()?;
        let (State::At(pending) | State::Queued(pending)) = &task.state else { return None };
        let kind = self.objects.get(pending.object).map_or(Kind::Shared, |object| object.kind);
        let waits = pending.deadline != Deadline::Now;
        let stands = (task.stands, kind, waits, task.due, task.ready_since);
        Some(trace.step(number, pending.op, stands, self.objects.len()))
    }

    pub(super) fn count_point(&mut self, bound: u64) {
        self.steps += 1;
        if self.steps - self.counted > TIMELESS_POINTS {
            self.time_passes();
        }
        if self.steps > bound {
            self.end.get_or_insert(End::StepBound);
        }
        let progress = self.progress;
        let task = &mut self.tasks[self.current];
        if task.seen_progress != progress {
            task.seen_progress = progress;
            task.idle = 0;
        }
        task.idle += 1;
        task.run += 1;
        task.deferred |= task.is_endless();
    }

    /// What points took since time last passed is counted.
    pub(super) fn time_passes(&mut self) {
        // No execution has so many points.
        self.elapsed += POINT_TIME.saturating_mul((self.steps - self.counted) as u32);
        self.counted = self.steps;
        self.points_took_time = true;
    }

    /// Whether nobody has got on for so long that it matters where tasks stand.
    pub(super) fn is_stalled(&self) -> bool {
        self.steps - self.progress_step > NOTED_POINTS
    }

    /// Whether it is time to look where the running task is, for the case that the execution is cut off: now and then, late in it.
    pub(super) fn is_sampled(&self, bound: u64) -> bool {
        self.steps > bound / 2 && self.steps.is_multiple_of(SAMPLED_POINTS)
    }

    /// Takes note of what the running task stands at.
    pub(super) fn stands_at(&mut self, place: trace::Place) {
        let Some(trace) = &mut self.trace else { return };
        let task = &mut self.tasks[self.current];
        task.stands = Some(place);
        task.ready_since = trace.taken as u32;
        task.due = trace::NONE;
    }

    /// The running task begins to wait for a job. That is a step of its own even where it was no point, since the pool is full: it
    /// was not when the last worker was started, before which it might have come.
    pub(super) fn begins(&mut self, object: usize) {
        let (me, objects) = (self.current, self.objects.len());
        let Some(trace) = &mut self.trace else { return };
        let stood = trace.steps.last().is_some_and(|step| step.task == me as u32 && step.op == Op::Begin);
        if !stood && trace.taken > 0 {
            let stands =
                (Some(trace::Place::Object(object as u32)), Kind::Pool, false, trace::NONE, trace.taken as u32);
            let step = trace.step(me, Op::Begin, stands, objects);
            trace.take(step);
        }
    }

    /// Takes note of where the running task is in the source.
    pub(super) fn sample(&mut self, frame: Option<Frame>) {
        let seen = frame.map(|frame| (self.current, frame));
        if let Some(seen) = seen.filter(|seen| !self.samples.contains(seen)) {
            self.samples.push(seen);
        }
    }

    /// Takes note of where the running task stands.
    pub(super) fn stands(&mut self, standing: u64) {
        if self.standings.insert(mix(self.tasks[self.current].hash ^ standing)) {
            self.moved = self.steps;
        }
    }

    /// Whether a task passes a point that offers no choice; after many in a row it stands there all the same, since it may
    /// wait in a loop for what another task will write.
    pub(crate) fn passes(&mut self, task: usize) -> bool {
        let stalled = self.steps - self.progress_step > STALLED_POINTS;
        let task = &mut self.tasks[task];
        let idle = task.idle > 1 && task.seen_progress == self.progress;
        task.passed += 1;
        let passes = match () {
            () if stalled => task.passed <= PASSED_POINTS_STALLED,
            () if idle => task.passed <= PASSED_POINTS_IDLE,
            () => task.passed <= PASSED_POINTS,
        };
        if !passes {
            task.passed = 0;
        }
        passes
    }

    pub(super) fn now(&self, base: Instant) -> Instant {
        base + self.elapsed
    }

    pub(super) fn choose(&mut self, timing: bool, base: Instant) -> Next {
        if self.end.is_some() {
            return Next::Hub;
        }
        if let Some(task) = self.passing.pop_front() {
            self.current = task;
            if let Some(trace) = &mut self.trace {
                trace.wakes(task);
            }
            return Next::Task(task);
        }
        // It depends on nothing that anybody could do before, but is a step of its own: not all of the one before comes after it.
        if let Some(number) = self.joining.pop_front() {
            let step = self.step(number);
            if let (Some(trace), Some(step)) = (&mut self.trace, step) {
                trace.take(step);
            }
            self.tasks[number].state = State::Running;
            self.tasks[number].timed_out = false;
            self.current = number;
            return Next::Task(number);
        }
        self.list_candidates(timing, base);
        let index = match self.candidates.len() {
            0 => return Next::Stuck,
            1 if self.trace.is_none() => 0,
            _ => match self.pick() {
                Some(index) => index,
                None => return Next::Hub,
            },
        };
        Next::Task(self.go(index, base))
    }

    /// Fills `candidates`: who could go on, the task that was chosen last first; if nobody, whose timer fires first.
    fn list_candidates(&mut self, timing: bool, base: Instant) {
        let (steps, elapsed) = (self.steps, self.elapsed);
        if steps - self.progress_step > CHANCE_POINTS {
            // For good: a tree of choices knows its forks by how many came before.
            self.by_chance = true;
            self.pruned = true;
        }
        // What an operation is about is told to those who want to know, since it costs.
        let told = if self.listens || self.coverage.is_some() { self.objects.len() } else { 0 };
        let taken = self.trace.as_ref().map_or(0, |trace| trace.taken as u32);
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        let (mut deferred, mut idle, mut due) = (0, 0, 0);
        let mut earliest: Option<Instant> = None;
        let count = self.tasks.len();
        for place in 0..count {
            // The task that was chosen last comes first, the others in order.
            let number = match place {
                0 => self.last,
                place if place <= self.last => place - 1,
                place => place,
            };
            let task = &mut self.tasks[number];
            let (pending, ready) = match &task.state {
                State::At(pending) => (pending, pending.deadline == Deadline::Now || pending.ready()),
                State::Queued(pending) => (pending, false),
                State::Running | State::Ended => {
                    task.offered = None;
                    continue;
                }
            };
            let timer = pending.timer();
            let is_due = timer.is_some_and(|at| at <= base + elapsed);
            let ways = if ready { pending.ways as usize } else { 1 };
            if ready || is_due {
                let first = candidate(number, task, pending, !ready, &self.objects[..told]);
                candidates.extend((0..first.ways).map(|way| Candidate { way, ..first }));
                task.offered = task.offered.or(Some(steps));
            } else {
                task.offered = None;
            }
            if ready {
                deferred += usize::from(task.deferred) * ways;
                idle += usize::from(task.deferred && task.idle > IDLE_POINTS) * ways;
            } else {
                due += usize::from(is_due);
                earliest = [earliest, timer].into_iter().flatten().min();
                task.ready_since = taken + 1;
            }
            if is_due {
                task.due = task.due.min(taken);
            }
        }
        self.timers |= self.live > 1 && earliest.is_some_and(|at| at > base + elapsed);
        let ready = candidates.len() - due;
        if deferred > 0 && deferred < candidates.len() && !self.by_chance {
            let tasks = &self.tasks;
            candidates.retain(|c| c.timer || !tasks[c.task].deferred);
            self.pruned = true;
        }
        // Before that nobody can be idle, or starve.
        if (steps - self.progress_step >= u64::from(IDLE_POINTS) || steps > u64::from(LONG_POINTS)) && !self.by_chance {
            self.wait_their_turn(&mut candidates);
        }
        let stalled = self.steps - self.progress_step;
        let mut early = false;
        let nobody = due == 0 && (ready == idle || stalled > STALLED_POINTS);
        if let Some(earliest) = earliest
            && (nobody || timing)
        {
            // As long as somebody can go on, it depends on the order in which things are done whether a timer fires first.
            early = ready > 0 || due > 0;
            for (number, task) in self.tasks.iter_mut().enumerate() {
                if let State::At(pending) | State::Queued(pending) = &task.state
                    && pending.timer() == Some(earliest)
                    && !candidates.iter().any(|c| c.task == number)
                {
                    if nobody && candidates.iter().all(|c| !c.timer) {
                        candidates.clear();
                    }
                    candidates.push(candidate(number, task, pending, true, &self.objects[..told]));
                    task.due = taken;
                }
            }
        } else if earliest.is_none()
            && stalled.min(self.steps - self.told_time) > LIVELOCK_POINTS
            && self.steps - self.moved > ROUND_POINTS
            && self.steps - self.looked <= ROUND_POINTS
        {
            self.end = Some(End::Livelock);
        }
        // A timer that fires again and again is a loop, too.
        let tasks = &self.tasks;
        let goes_round = |c: &Candidate| c.timer && tasks[c.task].run > LONG_POINTS;
        if earliest.is_some() && candidates.iter().any(goes_round) && !candidates.iter().all(goes_round) {
            candidates.retain(|c| !goes_round(c));
            self.pruned = true;
        }
        if let Some(trace) = &mut self.trace {
            if self.pruned {
                trace.doubt("tasks that run on and on are set behind the others");
            }
            let tasks = &self.tasks;
            let joins_in_time = |c: &Candidate| c.op == Op::Join && tasks[c.task].due != trace::NONE;
            if early
                || (self.points_took_time && earliest.is_some())
                || (candidates.len() > 1 && candidates.iter().any(joins_in_time))
            {
                trace.doubt("time decides who can go on");
            }
        }
        self.candidates = candidates;
    }

    /// Strikes out candidates that must let others go first.
    ///
    /// Who idles goes on only when each of the others has had a step since (after Musuvathi and Qadeer's fair scheduler, 2008):
    /// two that idle must not keep a third from what they wait for.
    fn wait_their_turn(&mut self, candidates: &mut Vec<Candidate>) {
        let count = candidates.len();
        let oldest = candidates.iter().filter_map(|c| self.tasks[c.task].offered).min().unwrap_or(self.steps);
        let had_its_turn = |c: &Candidate| self.tasks[c.task].turn >= oldest && self.is_idle(&self.tasks[c.task]);
        if !candidates.iter().all(had_its_turn) {
            candidates.retain(|c| !had_its_turn(c));
        }
        let starves = |c: &Candidate| {
            let offered = self.tasks[c.task].offered;
            offered.is_some_and(|since| self.steps - since > u64::from(LONG_POINTS))
        };
        if candidates.iter().any(starves) {
            candidates.retain(starves);
        }
        self.pruned |= candidates.len() < count;
    }

    /// The index of the task that took the last step, if it can go on.
    fn goes_on(&self) -> Option<usize> {
        goes_on(&self.candidates, self.last)
    }

    /// How many candidates are passed over if this one is chosen, counted from the one that goes on by itself. The ways of an
    /// operation are one.
    fn delay(&self, index: usize) -> u64 {
        let place = |index: usize| self.candidates[1..=index].iter().filter(|c| c.way == 0).count() as u64;
        let (place, by_itself) = (place(index), place(self.goes_on().unwrap_or(0)));
        match place.cmp(&by_itself) {
            Ordering::Less => place + 1,
            Ordering::Equal => 0,
            Ordering::Greater => place,
        }
    }

    /// The indices of the candidates that the bounds leave, the one that goes on by itself first; none if there are no bounds.
    fn within_bounds(&self) -> Option<Vec<usize>> {
        let (preemptions, delays) = self.bounds;
        if (preemptions, delays) == (None, None) {
            return None;
        }
        let spent = self.goes_on().is_some() && preemptions.is_some_and(|most| self.preemptions >= most);
        let left = if spent { 0 } else { delays.map_or(u64::MAX, |most| most - self.delays) };
        let (by_itself, others): (Vec<_>, Vec<_>) = (0..self.candidates.len())
            .filter(|index| self.delay(*index) <= left)
            .partition(|index| self.delay(*index) == 0);
        Some(by_itself.into_iter().chain(others).collect())
    }

    /// Lets the strategy, or the schedule that is replayed, choose: the candidate's index. None: the schedule does not fit.
    fn pick(&mut self) -> Option<usize> {
        let depth = self.choices.len();
        let index = match &self.replay {
            Some(replay) if depth < replay.choices.len() => {
                let expected = replay.choices[depth].clone();
                let fits = |candidate: &Candidate| self.choice(candidate) == expected;
                match self.candidates.iter().position(fits) {
                    Some(index) => index,
                    None => {
                        self.diverge(depth, &expected);
                        return None;
                    }
                }
            }
            Some(_) => 0,
            None if self.by_chance => self.rng.usize(..self.candidates.len()),
            None => {
                let coverage = self.coverage.as_deref();
                let step = Step { candidates: &self.candidates, depth, last: self.last, coverage };
                match (&self.trace, self.within_bounds()) {
                    (Some(trace), _) => match self.strategy.follow(&step, trace) {
                        Some(index) => index,
                        None => {
                            self.end = Some(End::Redundant);
                            self.note_hopes();
                            return None;
                        }
                    },
                    (None, Some(indices)) => {
                        let offered: Vec<Candidate> = indices.iter().map(|index| self.candidates[*index]).collect();
                        let step = Step { candidates: &offered, ..step };
                        indices[self.strategy.choose(&step, &mut self.rng)]
                    }
                    (None, None) => self.strategy.choose(&step, &mut self.rng),
                }
            }
        };
        if self.candidates.len() == 1 {
            return Some(index);
        }
        self.choices.push(self.candidates[index]);
        // What chance does is no choice of the schedule's.
        if !self.by_chance {
            let goes_on = self.goes_on();
            if goes_on.unwrap_or(0) != index {
                let delay = self.delay(index);
                self.preemptions += u64::from(goes_on.is_some() && delay > 0);
                self.delays += delay;
                self.led = self.choices.len();
            }
        }
        Some(index)
    }

    fn diverge(&mut self, at: usize, expected: &Choice) {
        let say = |Choice { task, op, object }: &Choice| {
            let of = if object.is_empty() { String::new() } else { format!(" of {object}") };
            format!("task {task} at {op}{of}")
        };
        let got = self.candidates.iter().map(|candidate| {
            let place = self.tasks[candidate.task].frames.first();
            let place = place.map_or_else(String::new, |frame| format!(" ({}:{})", frame.file, frame.line));
            format!("{}{place}", say(&self.choice(candidate)))
        });
        let got: Vec<String> = got.collect();
        let divergence = Divergence { at, expected: say(expected), got: got.join(", or ") };
        if let Some(replay) = &mut self.replay {
            replay.diverged = Some(divergence);
        }
        self.end = Some(End::Diverged);
    }

    /// The virtual time at which a task's timer fires.
    fn fires(&self, task: usize, base: Instant) -> Duration {
        let (State::At(pending) | State::Queued(pending)) = &self.tasks[task].state else { return Duration::ZERO };
        pending.timer().map_or(Duration::ZERO, |at| at.saturating_duration_since(base))
    }

    /// The candidate with this index goes on; the number of its task.
    fn go(&mut self, index: usize, base: Instant) -> usize {
        let chosen = &self.candidates[index];
        let (number, timer, way) = (chosen.task, chosen.timer, chosen.way);
        let decided = (chosen.ways > 1).then_some(chosen.actor());
        for (other, task) in self.tasks.iter_mut().enumerate() {
            if other != number {
                task.deferred = false;
                task.run = 0;
            }
        }
        (self.current, self.last) = (number, number);
        if let Some(coverage) = &mut self.coverage {
            let held = self.tasks[number].holding.iter().map(|(object, _)| (*object, self.objects[*object].sort()));
            coverage.took(chosen, held);
        }
        if self.listens {
            self.strategy.took(chosen, self.coverage.as_deref());
        }
        let fires = if timer { self.fires(number, base) } else { Duration::ZERO };
        if let Some(step) = self.step(number)
            && let Some(trace) = &mut self.trace
        {
            if fires > self.elapsed {
                trace.tick();
            }
            if step.kind == Kind::Inner {
                trace.doubt("a library waits for a lock of its own");
            }
            trace.take(trace::Step { decides: decided.is_some(), ..step });
        }
        if let Some(actor) = decided {
            let event = self.event();
            self.class.add_edge(event, actor);
        }
        let task = &mut self.tasks[number];
        task.way = way;
        task.taken += u32::from(!task.late);
        task.passed = 0;
        task.turn = self.steps;
        task.offered = None;
        task.timed_out = timer;
        if timer {
            if fires > self.elapsed {
                if self.candidates.iter().any(|c| !c.timer) {
                    self.early_timer = true;
                    let at = self.tasks[number].frames.first();
                    self.early.extend(at.filter(|at| !self.early.contains(at)).cloned());
                }
                self.elapsed = fires;
                self.counted = self.steps;
            }
            if let State::Queued(pending) = &self.tasks[number].state {
                self.objects[pending.object].waiters.retain(|(waiter, _)| *waiter != number);
            }
            self.got_on();
        }
        self.tasks[number].state = State::Running;
        number
    }
}
