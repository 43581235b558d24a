//! What an operation did: who holds what, what happened before what, which class the execution is in, whether anybody got on.

use super::state::{Inner, Known, Logged, Object, Permits};
use crate::dependence::{FACETS, Facet, Touching, footprint, mix};
use crate::order::Clock;
use crate::trace::Place;
use raddle_kernel::{Effect, Kind, Op, Target};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};

/// Numbers for objects, over all sessions: an object keeps its number for its life.
static NEXT_OBJECT: AtomicU32 = AtomicU32::new(1);

impl Inner {
    /// Somebody got on.
    pub(crate) fn got_on(&mut self) {
        self.progress += 1;
        self.progress_step = self.steps;
    }

    /// Takes note that the running task has done what it last announced, if that is what the effect says.
    pub(super) fn note_done(&mut self, object: usize, effect: Effect) {
        let me = &self.tasks[self.current];
        let announced = self.log.get(me.logged).filter(|logged| logged.task == self.current && me.quiet == 0);
        let Some(op) = announced.filter(|logged| logged.object == Some(object)).and_then(|logged| logged.op) else {
            return;
        };
        let vain = match effect {
            Effect::Refused | Effect::TimedOut | Effect::Enqueued | Effect::GaveUp | Effect::Begun => true,
            // Its holder took or gave back nothing that others could have.
            Effect::Reentered | Effect::Unwound => true,
            // A barrier that is broken, a pool that is shut down, a future that can not be cancelled any more.
            Effect::Saw => matches!(op, Op::Arrive | Op::Pass | Op::Get | Op::Put | Op::Submit | Op::Cancel),
            Effect::Read => op != Op::Read,
            _ => false,
        };
        if !vain && self.done.last() != Some(&me.logged) {
            self.done.push(me.logged);
        }
    }

    /// What the running task's failure is told with: what was known when it began to unwind, which may have taken it some operations.
    pub(super) fn known(&self) -> Known {
        let mine = self.log.iter().enumerate().rev().filter(|(_, logged)| logged.task == self.current);
        let unwound = mine.take_while(|(_, logged)| logged.failing).last();
        let (logged, done) = unwound.map_or((self.log.len(), self.done.len()), |(log, logged)| (log, logged.done));
        let mut before: Vec<usize> = Vec::new();
        for log in self.done[..done].iter().rev() {
            let Logged { task, op, object, ref frames, .. } = self.log[*log];
            // What happens at no place of the user's is no news to him, but that a task ended; nor is that the failing one was started.
            let of_thread = |object: usize| matches!(self.objects[object].kind, Kind::Thread | Kind::Threads);
            let ended = op == Some(Op::Release) && object.is_some_and(of_thread);
            let started_me =
                op == Some(Op::Spawn) && object.is_some_and(|object| self.objects[object].task == Some(self.current));
            if (ended || !frames.is_empty())
                && !started_me
                && task != self.current
                && before.iter().all(|known| self.log[*known].task != task)
            {
                before.push(*log);
            }
        }
        Known { before, logged }
    }

    /// The number of an object here, which is given when it is first met.
    pub(super) fn meet(&mut self, target: Target<'_>) -> usize {
        let mut id = target.object.id();
        if id == 0 {
            // Relaxed: only uniqueness matters.
            id = NEXT_OBJECT.fetch_add(1, Ordering::Relaxed);
            target.object.number(id);
        } else {
            // What a task does something to is mostly what it has just stood at.
            let last = self.tasks[self.current].last_met;
            if self.objects.get(last).is_some_and(|object| object.id == id) {
                return last;
            }
            if let Some(number) = self.numbers.get(&id) {
                self.tasks[self.current].last_met = *number;
                return *number;
            }
        }
        // Relaxed: the tasks of a run share a thread.
        let word = target.object.word().load(Ordering::Relaxed);
        let before = self.words_before.binary_search_by_key(&id, |(id, _)| *id).map(|at| self.words_before[at].1);
        if before.is_ok_and(|before| before != word) {
            self.left_changed.push((target.kind, target.object.site()));
        }
        let number = self.objects.len();
        let task = &mut self.tasks[self.current];
        let met_by = (self.current, task.met);
        task.met += 1;
        task.last_met = number;
        self.objects.push(Object {
            id,
            word,
            kind: target.kind,
            site: target.object.site(),
            met_by,
            owner: None,
            sync: Clock::default(),
            items: Vec::new(),
            permits: Permits::default(),
            facets: [Facet::default(); FACETS],
            waiters: VecDeque::new(),
            spent: None,
            missed: Vec::new(),
            task: None,
            pool: None,
            workers: Vec::new(),
        });
        self.numbers.insert(id, number);
        number
    }

    /// The running task's next event, as a number that is the same in every schedule.
    pub(crate) fn event(&mut self) -> u64 {
        let task = &mut self.tasks[self.current];
        task.events += 1;
        mix(task.hash ^ task.events.rotate_left(32))
    }

    /// Takes note of an effect: order, ownership, class, progress.
    pub(super) fn apply(&mut self, number: usize, effect: Effect, log: usize) {
        let me = self.current;
        let event = self.event();
        // Nobody means anything by the order of what is done in silent code.
        if self.objects[number].kind != Kind::Inner {
            if let Some(trace) = &mut self.trace {
                trace.did(Place::Object(number as u32), self.objects[number].kind, effect);
                // In silent code only text depends on it.
                if effect == Effect::ToldTime && self.tasks[me].quiet == 0 {
                    trace.doubt("the program reads a clock");
                }
            }
            for (facet, how) in self.objects[number].facets.iter_mut().zip(footprint(effect)) {
                if how != Touching::Not {
                    self.class.add(event, facet, how);
                }
            }
        }
        let (task, object) = (&mut self.tasks[me], &mut self.objects[number]);
        let mut got_on = true;
        // Whether what the task got was another's doing, which might have come later.
        let mut given = false;
        if matches!(
            effect,
            Effect::Looked
                | Effect::Saw
                | Effect::Refused
                | Effect::TimedOut
                | Effect::GaveUp
                | Effect::Read
                | Effect::Updated
                | Effect::Started
        ) {
            self.looked = self.steps;
        }
        if let Effect::Put { hires: Some(_), .. } = effect {
            self.visible.add_kind(object.kind);
        }
        match effect {
            Effect::Acquired => {
                given = task.clock.join(&object.sync);
                task.holding.push((number, log));
                object.owner = Some(me);
                got_on = false;
            }
            Effect::Released => {
                object.sync.clone_from(&task.clock);
                task.clock.tick(me);
                let owner = object.owner.take().unwrap_or(me);
                self.tasks[owner].holding.retain(|(held, _)| *held != number);
                got_on = false;
            }
            Effect::Took { left } => {
                given = object.permits.take(u64::from(left) + 1, &mut task.clock);
            }
            Effect::Gave { before, .. } => {
                object.permits.initial.get_or_insert(u64::from(before));
                object.permits.given.push(task.clock.clone());
                task.clock.tick(me);
            }
            Effect::Set { .. } | Effect::Closed { .. } | Effect::Finished { .. } | Effect::Exited | Effect::Broke => {
                object.sync.join(&task.clock);
                task.clock.tick(me);
            }
            Effect::Put { seq, capacity, .. } => {
                given = capacity.is_some_and(|capacity| seq >= capacity as u64);
                if let (Some(capacity), Kind::Queue) = (capacity, object.kind) {
                    // Room is what a semaphore has permits for.
                    object.permits.take(capacity as u64, &mut task.clock);
                }
                object.items.push((seq, task.clock.clone()));
                task.clock.tick(me);
            }
            Effect::Got { seq, .. } => {
                if let Some(at) = object.items.iter().position(|(item, _)| *item == seq) {
                    given = task.clock.join(&object.items.swap_remove(at).1);
                }
                if object.permits.initial.is_some() {
                    object.permits.given.push(task.clock.clone());
                    task.clock.tick(me);
                }
            }
            Effect::Saw | Effect::Passed | Effect::Joined => {
                given = task.clock.join(&object.sync);
                got_on = !matches!(effect, Effect::Saw);
            }
            Effect::Arrived { left } => {
                if left == 0 {
                    // Whoever is the last runs the action, which sees what all have done.
                    task.clock.join(&object.sync);
                }
                object.sync.join(&task.clock);
                task.clock.tick(me);
            }
            Effect::Notified { woken } => {
                if woken == 0 {
                    object.missed.push((me, log, self.locations.made()));
                }
                object.spent = (woken > 0 && !object.waiters.is_empty()).then_some((me, log));
                got_on = woken > 0;
            }
            Effect::Read if object.kind == Kind::Atomic => {
                task.clock.join(&object.sync);
                got_on = false;
            }
            Effect::Wrote if object.kind == Kind::Atomic => {
                object.sync.clone_from(&task.clock);
                task.clock.tick(me);
            }
            Effect::Updated if object.kind == Kind::Atomic => {
                task.clock.join(&object.sync);
                object.sync.clone_from(&task.clock);
                task.clock.tick(me);
            }
            Effect::Submitted { pool } => {
                let pool = self.numbers.get(&pool).copied();
                self.objects[number].pool = pool;
            }
            Effect::Started => object.task = Some(me),
            Effect::Spawned(id) => {
                let child = self.tasks.iter().position(|t| t.id == id);
                self.objects[number].task = child;
            }
            Effect::Yielded => {
                // Who got on since its last point, itself or another, may just as well be the next to go on.
                task.deferred |= task.idle > 1;
                got_on = false;
            }
            Effect::ToldTime => {
                self.time_passes();
                self.told_time = self.steps;
                got_on = false;
            }
            Effect::Cleared { changed } => {
                if changed {
                    object.spent = Some((me, log));
                }
                got_on = changed;
            }
            Effect::TimedOut | Effect::GaveUp | Effect::Slept | Effect::Enqueued | Effect::Wrote | Effect::Updated => {}
            _ => got_on = false,
        }
        self.timers |= given && self.tasks[me].timed;
        if got_on {
            self.got_on();
        }
    }
}
