//! What an execution knows: tasks and where they stand, objects and who holds them, what was chosen, what went wrong.

use crate::access::Locations;
use crate::coverage::Coverage;
use crate::dependence::{Class, FACETS, Facet};
use crate::diagnose::{Standstill, Stuck};
use crate::fiber::Ready;
use crate::front::Member;
use crate::order::Clock;
use crate::strategy::{Candidate, Strategy};
use crate::trace::{self, Trace};
use crate::visible::Visible;
use fastrand::Rng;
use raddle_kernel::{Deadline, Kind, ObjectId, Op, Site, TaskId};
use raddle_record::{Choice, Divergence, FindingKind, Frame, Mode};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::panic::Location;
use std::time::{Duration, Instant};

/// How an execution ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    /// All tasks ended.
    Done,
    /// Nobody can go on.
    Stuck,
    /// Tasks run without getting on.
    Livelock,
    /// Too many points.
    StepBound,
    /// A replayed choice was not on offer.
    Diverged,
    /// Whatever comes has been seen.
    Redundant,
}

/// A task.
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) parent: usize,
    pub(crate) ordinal: u32,
    pub(crate) children: u32,
    pub(crate) name: Option<String>,
    pub(crate) state: State,
    pub(crate) quiet: u32,
    /// At which point of the run it stood last for what it does at once, if it does.
    pub(crate) at_once: Option<u64>,
    pub(crate) timed_out: bool,
    /// In which of its ways the operation that it was chosen for is to be done.
    pub(crate) way: u32,
    /// Whether what it last stood at may end in vain, later than at once.
    pub(crate) timed: bool,
    /// Set behind the others until one of them has taken a step.
    pub(crate) deferred: bool,
    /// How many points it has had in a row without anybody getting on.
    pub(crate) idle: u32,
    /// How many it has had since another task took a step.
    pub(crate) run: u32,
    pub(crate) seen_progress: u64,
    /// How many steps it has taken, late ones not counted.
    pub(crate) taken: u32,
    /// Whether it stands where it would not have stood when the schedule was made that is followed.
    pub(crate) late: bool,
    /// The point at which it was last chosen.
    pub(crate) turn: u64,
    /// Since which point it could have been chosen.
    pub(crate) offered: Option<u64>,
    pub(crate) clock: Clock,
    /// A number for the task that is the same in every schedule.
    pub(crate) hash: u64,
    pub(crate) events: u64,
    /// Locks held: object and the log's length when taken.
    pub(crate) holding: Vec<(usize, usize)>,
    pub(crate) panicking: bool,
    pub(crate) frames: Vec<Frame>,
    /// Where its last point stands in the source.
    pub(crate) site: Site,
    /// What it stands at, and after how many steps it could go on, if steps are followed.
    pub(crate) stands: Option<trace::Place>,
    pub(crate) ready_since: u32,
    /// And after how many its time was up.
    pub(crate) due: u32,
    /// If that was before an access: the access's site.
    pub(crate) access: Option<u32>,
    /// And the location: its owner's address, and which part of it, 0 for all.
    pub(crate) place: (usize, u64),
    /// How many points it has passed in silence since it last stood at one.
    pub(crate) passed: u32,
    /// Its last place in the log.
    pub(crate) logged: usize,
    /// How many objects this task was the first to meet.
    pub(crate) met: u32,
    /// The object that it met last.
    pub(crate) last_met: usize,
    /// An access whose value is known only after it: place in the log, owner, member.
    pub(crate) unsettled: Option<(usize, usize, Member)>,
}

impl Task {
    pub(super) fn new(
        id: TaskId,
        name: Option<String>,
        (parent, ordinal): (usize, u32),
        clock: Clock,
        hash: u64,
    ) -> Self {
        Task {
            id,
            parent,
            ordinal,
            children: 0,
            name,
            state: State::Running,
            quiet: 0,
            at_once: None,
            timed_out: false,
            way: 0,
            timed: false,
            deferred: false,
            idle: 0,
            run: 0,
            seen_progress: 0,
            taken: 0,
            late: false,
            turn: 0,
            offered: None,
            clock,
            hash,
            events: 0,
            holding: Vec::new(),
            panicking: false,
            frames: Vec::new(),
            site: Location::caller(),
            stands: None,
            ready_since: 0,
            due: trace::NONE,
            access: None,
            place: (0, 0),
            passed: 0,
            logged: 0,
            met: 0,
            last_met: usize::MAX,
            unsettled: None,
        }
    }
}

/// Where a task is.
pub(crate) enum State {
    /// It runs, or will without choice until its next point.
    Running,
    /// It stands at a point.
    At(Pending),
    /// It stands in a condition's queue.
    Queued(Pending),
    /// It has ended.
    Ended,
}

/// The point a task stands at.
#[derive(Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) op: Op,
    pub(crate) object: usize,
    pub(crate) deadline: Deadline,
    pub(crate) ready: Ready,
    pub(crate) ways: u32,
}

impl Pending {
    pub(crate) fn ready(&self) -> bool {
        self.ready.ask()
    }

    pub(crate) fn timer(&self) -> Option<Instant> {
        match self.deadline {
            Deadline::At(at) => Some(at),
            Deadline::Never | Deadline::Now => None,
        }
    }
}

/// An object that the execution has met.
pub(crate) struct Object {
    pub(crate) id: ObjectId,
    /// Its state word when it was met.
    pub(crate) word: u32,
    pub(crate) kind: Kind,
    pub(crate) site: Site,
    /// Who met it first, and how many that task had met before.
    pub(crate) met_by: (usize, u32),
    pub(crate) owner: Option<usize>,
    pub(crate) sync: Clock,
    /// Items in a queue: number and what their put had seen.
    pub(crate) items: Vec<(u64, Clock)>,
    pub(crate) permits: Permits,
    pub(crate) facets: [Facet; FACETS],
    /// In order of arrival, with their lanes.
    pub(crate) waiters: VecDeque<(usize, u8)>,
    /// Who cleared an event that was set, or woke some of those who wait and left others asleep, last, and its place in the log.
    pub(crate) spent: Option<(usize, usize)>,
    /// Notifies that found nobody: task, place in the log, and the accesses made until then.
    pub(crate) missed: Vec<(usize, usize, u64)>,
    /// For a thread's object: the task; for a future, the one that began what it is of.
    pub(crate) task: Option<usize>,
    /// For a future: the pool that it was handed to.
    pub(crate) pool: Option<usize>,
    /// For a pool: the tasks that take work from it.
    pub(crate) workers: Vec<usize>,
}

impl Object {
    /// A number for what it is and where it was made, the same in every execution of this process.
    pub(crate) fn sort(&self) -> u64 {
        std::ptr::from_ref(self.site).addr() as u64 ^ (self.kind as u64) << 56
    }
}

/// What happened before what on a semaphore: the permit that is taken as the n-th after the initial ones is the n-th that was given.
///
/// An earlier release that the taker did not need does not come before it: in another interleaving the two swap.
#[derive(Debug, Default)]
pub(crate) struct Permits {
    pub(crate) initial: Option<u64>,
    pub(crate) taken: u64,
    /// What the giver of each permit had seen.
    pub(crate) given: Vec<Clock>,
}

impl Permits {
    /// Takes a permit: one of the first, as many as there were, or what somebody has given. Whether that was news to the taker.
    pub(crate) fn take(&mut self, initial: u64, clock: &mut Clock) -> bool {
        let initial = *self.initial.get_or_insert(initial);
        let giver = self.taken.checked_sub(initial).and_then(|n| self.given.get(n as usize));
        self.taken += 1;
        giver.is_some_and(|giver| clock.join(giver))
    }
}

/// One step as it is kept for a report.
#[derive(Clone)]
pub(crate) struct Logged {
    pub(crate) task: usize,
    pub(crate) op: Option<Op>,
    pub(crate) object: Option<usize>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) value: Option<String>,
    pub(crate) holding: Vec<usize>,
    /// How many operations had been done before it.
    pub(crate) done: usize,
    /// Whether its task unwinds or handles an exception.
    pub(crate) failing: bool,
}

/// A bug as the engine sees it, before it is told to people.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) kind: FindingKind,
    pub(crate) what: RawDetail,
    /// A pattern without evidence: it leads only where something fails later.
    pub(crate) suspect: bool,
    /// How many points the execution had had when it was complete.
    pub(crate) at: u64,
}

impl Raw {
    pub(crate) fn new(kind: FindingKind, what: RawDetail) -> Self {
        Raw { kind, what, suspect: false, at: 0 }
    }

    /// What failed, if that is the bug.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match &self.what {
            RawDetail::Failure { failure, .. } => Some(failure),
            _ => None,
        }
    }
}

/// An access as a bug consists of it: task, how, site, place in the log.
pub(crate) type Accessed = (usize, Mode, Option<u32>, usize);

/// A read as it is kept for a report.
#[derive(Clone)]
pub(crate) struct Read {
    pub(crate) task: usize,
    pub(crate) site: u32,
    /// Its place in the log.
    pub(crate) log: usize,
    /// The last write of each other task, in order.
    pub(crate) writes: Vec<Accessed>,
}

/// What a bug consists of.
#[derive(Clone, Debug)]
pub(crate) enum RawDetail {
    /// Nobody can go on.
    Stuck(Standstill),
    /// These tasks spin.
    Spinning(Vec<Stuck>),
    /// Accesses to one location.
    Accesses { location: Place, accesses: Vec<Accessed> },
    /// A failure in a task, and what was known when it happened.
    Failure { task: usize, failure: Failure, known: Known },
}

/// What a recording knows when a task fails.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Places in the log of what each other task had done last, the newest first.
    pub(crate) before: Vec<usize>,
    /// How long the log was.
    pub(crate) logged: usize,
}

/// A location as the engine knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// What the user wrote.
    Text(String),
    /// An object of the Rust door.
    Object(usize),
}

/// An exception or panic that left a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// Its class; `panic` in Rust.
    pub class: String,
    /// Its message.
    pub message: String,
    /// Where it was raised, innermost frame of the user's code first.
    pub stack: Vec<Frame>,
    /// Whether it is a failed assertion.
    pub assertion: bool,
}

/// All that changes while an execution runs.
pub(crate) struct Inner {
    pub(crate) tasks: Vec<Task>,
    pub(crate) current: usize,
    /// The task that took the last step: others may have passed on to their next point since.
    pub(crate) last: usize,
    /// How often another task was chosen although the last one could go on.
    pub(crate) preemptions: u64,
    /// How many choices there were up to the last one that is not what comes by itself: that the last task goes on, or the first.
    pub(crate) led: usize,
    /// How many candidates were passed over in all, counted from the one that goes on by itself.
    pub(crate) delays: u64,
    /// The most preemptions and the most delays.
    pub(crate) bounds: (Option<u64>, Option<u64>),
    pub(crate) passing: VecDeque<usize>,
    /// Tasks at a join that they need not wait for, if steps are followed.
    pub(crate) joining: VecDeque<usize>,
    pub(crate) live: usize,
    pub(crate) steps: u64,
    /// The virtual time,
    pub(crate) elapsed: Duration,
    /// and up to which point what the points took is counted in it, or was too little to count.
    pub(crate) counted: u64,
    /// Whether what points took was ever counted: that depends on the order in which things are done.
    pub(crate) points_took_time: bool,
    pub(crate) objects: Vec<Object>,
    pub(crate) numbers: FxHashMap<ObjectId, usize>,
    /// The state words that objects had when the execution before met them, in the order of their ids.
    pub(crate) words_before: Vec<(ObjectId, u32)>,
    /// Objects that the execution before left in another state than it found them in.
    pub(crate) left_changed: Vec<(Kind, Site)>,
    pub(crate) locations: Locations,
    pub(crate) strategy: Box<dyn Strategy>,
    /// Whether the strategy wants to hear of each step.
    pub(crate) listens: bool,
    /// For a strategy that learns.
    pub(crate) coverage: Option<Box<Coverage>>,
    pub(crate) rng: Rng,
    pub(crate) candidates: Vec<Candidate>,
    /// For a strategy that follows.
    pub(crate) trace: Option<Trace>,
    pub(crate) choices: Vec<Candidate>,
    pub(crate) class: Class,
    pub(crate) progress: u64,
    pub(crate) progress_step: u64,
    /// The point at which a clock was last read.
    pub(crate) told_time: u64,
    /// The point at which a task last looked at what others may change.
    pub(crate) looked: u64,
    /// Where tasks have stood while nobody got on, and the point at which that was last a place where none had stood.
    pub(crate) standings: FxHashSet<u64>,
    pub(crate) moved: u64,
    /// Where tasks were, late in the execution.
    pub(crate) samples: Vec<(usize, Frame)>,
    pub(crate) visible: Visible,
    /// In the order in which they were seen.
    pub(crate) raws: Vec<Raw>,
    pub(crate) races: Vec<(u32, u32)>,
    pub(crate) log: Vec<Logged>,
    /// Only in a recording: places in the log of operations that were done, in the order in which they were.
    pub(crate) done: Vec<usize>,
    /// Only in a recording: accesses that nothing orders, the last of each pair of sites.
    pub(crate) unordered: Vec<(Place, Vec<Accessed>)>,
    /// Only in a recording: reads.
    pub(crate) reads: Vec<Read>,
    pub(crate) end: Option<End>,
    pub(crate) uncontrolled: Vec<(String, Option<Frame>)>,
    /// Whether fairness kept a task from going on where it could have.
    pub(crate) pruned: bool,
    /// Whether chance chooses, because nobody has got on for long: what only some order keeps going is no livelock.
    pub(crate) by_chance: bool,
    /// Whether a sleep or a wait would have ended earlier, had the others been slow enough.
    pub(crate) timers: bool,
    /// Whether a timer fired before its time, while somebody else could go on.
    pub(crate) early_timer: bool,
    /// Only in a recording: where the tasks stood whose timers did.
    pub(crate) early: Vec<Frame>,
    pub(crate) replay: Option<Replaying>,
    pub(crate) failed_alone: bool,
}

/// The choices to make again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replaying {
    pub(crate) choices: Vec<Choice>,
    pub(crate) diverged: Option<Divergence>,
}

/// What an execution leaves to the next one: what objects looked like, and memory, so that none need be asked for.
#[derive(Default)]
pub(crate) struct Legacy {
    words: Vec<(ObjectId, u32)>,
    tasks: Vec<Task>,
    objects: Vec<Object>,
    numbers: FxHashMap<ObjectId, usize>,
    locations: Locations,
    candidates: Vec<Candidate>,
    choices: Vec<Candidate>,
    passing: VecDeque<usize>,
    joining: VecDeque<usize>,
    trace: Trace,
}

impl Inner {
    /// The state before anything has happened.
    pub(super) fn new(
        strategy: Box<dyn Strategy>,
        rng: Rng,
        visible: Visible,
        legacy: Legacy,
        replay: Option<Replaying>,
    ) -> Self {
        let Legacy { words, tasks, objects, numbers, locations, candidates, choices, passing, joining, trace } = legacy;
        let trace = (strategy.follows() && replay.is_none()).then_some(trace);
        Inner {
            tasks,
            current: 0,
            last: 0,
            preemptions: 0,
            led: 0,
            delays: 0,
            bounds: (None, None),
            passing,
            joining,
            live: 0,
            steps: 0,
            elapsed: Duration::ZERO,
            counted: 0,
            points_took_time: false,
            objects,
            numbers,
            words_before: words,
            left_changed: Vec::new(),
            locations,
            listens: strategy.listens() && replay.is_none(),
            coverage: None,
            strategy,
            rng,
            candidates,
            trace,
            choices,
            class: Class::default(),
            progress: 0,
            progress_step: 0,
            told_time: 0,
            looked: 0,
            standings: FxHashSet::default(),
            samples: Vec::new(),
            moved: 0,
            visible,
            raws: Vec::new(),
            races: Vec::new(),
            log: Vec::new(),
            done: Vec::new(),
            unordered: Vec::new(),
            reads: Vec::new(),
            end: None,
            uncontrolled: Vec::new(),
            pruned: false,
            by_chance: false,
            timers: false,
            early_timer: false,
            early: Vec::new(),
            replay,
            failed_alone: false,
        }
    }

    /// What it leaves to the next one, once nobody asks about it any more.
    pub(crate) fn leave(&mut self) -> Legacy {
        fn emptied<T>(list: &mut Vec<T>) -> Vec<T> {
            list.clear();
            std::mem::take(list)
        }
        let mut words = emptied(&mut self.words_before);
        words.extend(self.objects.iter().map(|object| (object.id, object.word)));
        words.sort_unstable_by_key(|(id, _)| *id);
        self.numbers.clear();
        self.passing.clear();
        self.joining.clear();
        self.locations.clear();
        let mut trace = self.trace.take().unwrap_or_default();
        trace.clear();
        Legacy {
            words,
            tasks: emptied(&mut self.tasks),
            objects: emptied(&mut self.objects),
            numbers: std::mem::take(&mut self.numbers),
            locations: std::mem::take(&mut self.locations),
            candidates: emptied(&mut self.candidates),
            choices: emptied(&mut self.choices),
            passing: std::mem::take(&mut self.passing),
            joining: std::mem::take(&mut self.joining),
            trace,
        }
    }

    /// Takes note of a bug.
    pub(crate) fn saw(&mut self, raw: Raw) {
        self.raws.push(Raw { at: self.steps, ..raw });
    }

    /// A candidate by its stable names.
    pub(crate) fn choice(&self, candidate: &Candidate) -> Choice {
        let timer = if candidate.timer { " timer" } else { "" };
        let way = match candidate.ways {
            1 => String::new(),
            ways => format!(" {}/{ways}", candidate.way + 1),
        };
        Choice {
            task: self.path(candidate.task),
            op: format!("{}{timer}{way}", candidate.op.slug()),
            object: self.objects.get(candidate.object).map_or_else(String::new, |object| self.stable_name(object)),
        }
    }

    /// A task's path: `0.2` is the second that the main task started.
    pub(crate) fn path(&self, task: usize) -> String {
        if task == 0 {
            return "0".to_owned();
        }
        let this = &self.tasks[task];
        format!("{}.{}", self.path(this.parent), this.ordinal)
    }

    /// An object's name in schedules: kind, the task that met it first, and how many that one had met before.
    pub(crate) fn stable_name(&self, object: &Object) -> String {
        format!("{} {}/{}", object.kind.word(), self.path(object.met_by.0), object.met_by.1)
    }
}
