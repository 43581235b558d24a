//! One controlled run: who stands where, who goes next, what happened.
//!
//! The tasks are fibers of one thread, so exactly one of them runs, and the state here needs no lock; but a `RefCell` borrow must
//! never be held across a switch, nor while the front or a task's `ready` could call back in.

use crate::access::Locations;
use crate::access::{How, Touch, number_of, position_of};
use crate::dependence::{Class, Facet, footprint, mix};
use crate::fiber::{Fibers, HUB, Ready, Stacks};
use crate::front::{Front, Member};
use crate::options::Options;
use crate::order::Clock;
use crate::strategy::{Candidate, Random, Step, Strategy};
use crate::visible::Visible;
use crate::watchdog::Pulse;
use fastrand::Rng;
use raddle_kernel::{
    Carrier, Controller, Deadline, Effect, Kind, ObjectId, Op, Over, Point, Site, Start, Stopped, Target, TaskId, Woken,
};
use raddle_record::{Choice, Divergence, FindingKind, Frame, Mode};
use rustc_hash::FxHashMap;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// What a point costs in virtual time, so that endless loops make time pass.
const POINT_COST: Duration = Duration::from_micros(100);
/// A task with so many points in a row, without anybody getting on, is set behind the others.
const IDLE_POINTS: u32 = 100;
/// After so many points without anybody getting on, the next timer fires.
const STALLED_POINTS: u64 = 500;
/// After so many, when there is no timer and nobody looks at a clock, it is a livelock.
const LIVELOCK_POINTS: u64 = 2_000;

/// A task that swallows the end of its run so often is given up.
const REFUSALS: u32 = 200;

/// Numbers for objects, over all sessions: an object keeps its number for its life.
static NEXT_OBJECT: AtomicU32 = AtomicU32::new(1);

thread_local! {
    static CURRENT: RefCell<Option<Rc<Execution>>> = const { RefCell::new(None) };
}

/// Calls `f` with the execution that this thread is in.
pub(crate) fn with_current<R>(f: impl FnOnce(&Execution) -> R) -> Option<R> {
    let execution = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()?;
    Some(f(&execution))
}

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
}

/// A task.
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) parent: usize,
    pub(crate) ordinal: u32,
    children: u32,
    pub(crate) name: Option<String>,
    pub(crate) state: State,
    quiet: u32,
    timed_out: bool,
    /// Set behind the others until one of them has taken a step.
    deferred: bool,
    idle: u32,
    seen_progress: u64,
    pub(crate) clock: Clock,
    /// A number for the task that is the same in every schedule.
    hash: u64,
    events: u64,
    /// Locks held: object and the log's length when taken.
    pub(crate) holding: Vec<(usize, usize)>,
    panicking: bool,
    pub(crate) frames: Vec<Frame>,
    /// Where its last point stands in the source.
    site: Site,
    /// Its last place in the log.
    logged: usize,
    /// How many objects this task was the first to meet.
    met: u32,
    /// An access whose value is known only after it: place in the log, owner, member.
    unsettled: Option<(usize, usize, Member)>,
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
    deadline: Deadline,
    ready: Ready,
}

impl Pending {
    fn ready(&self) -> bool {
        self.ready.ask()
    }

    fn timer(&self) -> Option<Instant> {
        match self.deadline {
            Deadline::At(at) => Some(at),
            Deadline::Never | Deadline::Now => None,
        }
    }
}

/// An object that the execution has met.
pub(crate) struct Object {
    pub(crate) id: ObjectId,
    pub(crate) kind: Kind,
    pub(crate) site: Site,
    /// Who met it first, and how many that task had met before.
    met_by: (usize, u32),
    pub(crate) owner: Option<usize>,
    sync: Clock,
    /// Items in a queue: number and what their put had seen.
    items: Vec<(u64, Clock)>,
    facets: [Facet; 2],
    /// In order of arrival, with their lanes.
    waiters: VecDeque<(usize, u8)>,
    /// Notifies that found nobody: task and place in the log.
    pub(crate) missed: Vec<(usize, usize)>,
    /// For a thread's object: the task.
    pub(crate) task: Option<usize>,
    /// For a future: the pool that it was handed to.
    pub(crate) pool: Option<usize>,
    /// For a pool: the tasks that take work from it.
    pub(crate) workers: Vec<usize>,
}

/// One step as it is kept for a report.
pub(crate) struct Logged {
    pub(crate) task: usize,
    pub(crate) op: Option<Op>,
    pub(crate) object: Option<usize>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) value: Option<String>,
    pub(crate) holding: Vec<usize>,
}

/// A bug as the engine sees it, before it is told to people.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) kind: FindingKind,
    pub(crate) what: RawDetail,
}

/// What a bug consists of.
#[derive(Clone, Debug)]
pub(crate) enum RawDetail {
    /// Nobody can go on; the state of the execution says the rest.
    Stuck,
    /// Tasks spin.
    Spinning,
    /// Accesses: task, how, site, place in the log.
    Accesses { location: Place, accesses: Vec<(usize, Mode, Option<u32>, usize)> },
    /// A failure in a task.
    Failure { task: usize, failure: Failure },
}

/// A location as the engine knows it.
#[derive(Clone, Debug)]
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
    passing: VecDeque<usize>,
    live: usize,
    pub(crate) steps: u64,
    elapsed: Duration,
    pub(crate) objects: Vec<Object>,
    numbers: FxHashMap<ObjectId, usize>,
    /// The state words that objects had when they were met, here and in the execution before.
    pub(crate) words: FxHashMap<ObjectId, u32>,
    words_before: FxHashMap<ObjectId, u32>,
    /// Objects that the execution before left in another state than it found them in.
    pub(crate) left_changed: Vec<(Kind, Site)>,
    pub(crate) locations: Locations,
    strategy: Box<dyn Strategy>,
    rng: Rng,
    candidates: Vec<Candidate>,
    pub(crate) choices: Vec<Candidate>,
    pub(crate) class: Class,
    progress: u64,
    progress_step: u64,
    /// The point at which a clock was last read.
    told_time: u64,
    pub(crate) visible: Visible,
    pub(crate) raws: Vec<Raw>,
    pub(crate) races: Vec<(u32, u32)>,
    pub(crate) log: Vec<Logged>,
    pub(crate) end: Option<End>,
    pub(crate) uncontrolled: Vec<(String, Option<Frame>)>,
    /// Whether fairness kept a task from going on where it could have.
    pub(crate) pruned: bool,
    /// Whether a timer fired before its time, while somebody else could go on.
    pub(crate) early_timer: bool,
    pub(crate) replay: Option<Replaying>,
    pub(crate) failed_alone: bool,
}

/// The choices to make again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replaying {
    pub(crate) choices: Vec<Choice>,
    pub(crate) diverged: Option<Divergence>,
}

/// One controlled run.
pub(crate) struct Execution {
    pub(crate) inner: RefCell<Inner>,
    fibers: Fibers,
    pub(crate) front: Rc<dyn Front>,
    this: Weak<Execution>,
    base: Instant,
    pub(crate) recording: bool,
    timing: bool,
    step_bound: u64,
    /// Counts points, for the watchdog.
    pulse: Arc<Pulse>,
    unwinding: Cell<bool>,
    /// How often the task that unwinds has been told so.
    refusals: Cell<u32>,
}

/// What an execution is made of.
pub(crate) struct Setup<'a> {
    pub(crate) front: Rc<dyn Front>,
    pub(crate) stacks: Rc<Stacks>,
    pub(crate) options: &'a Options,
    pub(crate) strategy: Box<dyn Strategy>,
    pub(crate) rng: Rng,
    pub(crate) visible: Visible,
    /// What [`Inner::words`] was at the end of the execution before.
    pub(crate) words_before: FxHashMap<ObjectId, u32>,
    pub(crate) recording: bool,
    pub(crate) replay: Option<Replaying>,
    pub(crate) pulse: Arc<Pulse>,
}

impl Execution {
    pub(crate) fn new(setup: Setup<'_>) -> Rc<Self> {
        Rc::new_cyclic(|this| Execution {
            this: Weak::clone(this),
            inner: RefCell::new(Inner {
                tasks: Vec::new(),
                current: 0,
                passing: VecDeque::new(),
                live: 0,
                steps: 0,
                elapsed: Duration::ZERO,
                objects: Vec::new(),
                numbers: FxHashMap::default(),
                words: FxHashMap::default(),
                words_before: setup.words_before,
                left_changed: Vec::new(),
                locations: Locations::default(),
                strategy: setup.strategy,
                rng: setup.rng,
                candidates: Vec::new(),
                choices: Vec::new(),
                class: Class::default(),
                progress: 0,
                progress_step: 0,
                told_time: 0,
                visible: setup.visible,
                raws: Vec::new(),
                races: Vec::new(),
                log: Vec::new(),
                end: None,
                uncontrolled: Vec::new(),
                pruned: false,
                early_timer: false,
                replay: setup.replay,
                failed_alone: false,
            }),
            fibers: Fibers::new(Rc::clone(&setup.front), setup.stacks),
            front: setup.front,
            base: Instant::now(),
            recording: setup.recording,
            timing: setup.options.timing,
            step_bound: setup.options.step_bound,
            pulse: setup.pulse,
            unwinding: Cell::new(false),
            refusals: Cell::new(0),
        })
    }

    /// Runs the program once. `diagnose` is called when it is over, while the tasks that have not ended still stand where they were.
    pub(crate) fn run(self: &Rc<Self>, diagnose: impl FnOnce(&Execution)) {
        struct Restore(Option<Rc<Execution>>, TaskId);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.replace(self.0.take());
                raddle_kernel::enter_task(self.1);
            }
        }
        let _restore = Restore(CURRENT.replace(Some(Rc::clone(self))), raddle_kernel::current());
        raddle_kernel::control(self.as_ref(), || {
            let front = Rc::clone(&self.front);
            self.begin(None, Box::new(move || front.main()));
            self.inner.borrow_mut().passing.clear();
            raddle_kernel::enter_task(self.inner.borrow().tasks[0].id);
            self.fibers.run(0);
            self.inner.borrow_mut().end.get_or_insert(End::Done);
            diagnose(self);
            self.unwind();
        });
    }

    fn unwind(&self) {
        self.unwinding.set(true);
        let count = self.inner.borrow().tasks.len();
        // The youngest first, and twice: a destructor may need a lock that another task gives back when it unwinds.
        for task in (0..count).rev().chain((0..count).rev()) {
            if matches!(self.inner.borrow().tasks[task].state, State::Ended) {
                continue;
            }
            self.become_current(task);
            self.refusals.set(0);
            self.fibers.unwind(task);
        }
        self.unwinding.set(false);
    }

    fn become_current(&self, task: usize) {
        let mut inner = self.inner.borrow_mut();
        inner.current = task;
        raddle_kernel::enter_task(inner.tasks[task].id);
    }

    /// Makes a task; it runs up to its first point before anybody chooses again.
    fn begin(&self, name: Option<String>, body: Box<dyn FnOnce()>) -> TaskId {
        let mut inner = self.inner.borrow_mut();
        let number = inner.tasks.len();
        let id = raddle_kernel::fresh_id();
        let parent = inner.current;
        let (ordinal, clock, hash) = match inner.tasks.get_mut(parent) {
            Some(parent) => {
                parent.children += 1;
                let clock = parent.clock.clone();
                (parent.children, clock, mix(parent.hash ^ u64::from(parent.children)))
            }
            None => (0, Clock::default(), 1),
        };
        let mut task = Task {
            id,
            parent,
            ordinal,
            children: 0,
            name,
            state: State::Running,
            quiet: 0,
            timed_out: false,
            deferred: false,
            idle: 0,
            seen_progress: 0,
            clock,
            hash,
            events: 0,
            holding: Vec::new(),
            panicking: false,
            frames: Vec::new(),
            site: Location::caller(),
            logged: 0,
            met: 0,
            unsettled: None,
        };
        task.clock.tick(number);
        if let Some(this) = inner.tasks.get_mut(parent) {
            this.clock.tick(parent);
        }
        inner.tasks.push(task);
        inner.live += 1;
        inner.passing.push_back(number);
        drop(inner);
        let this = Weak::clone(&self.this);
        self.fibers.start(
            number,
            Box::new(move || {
                let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
                if let Some(this) = this.upgrade() {
                    this.ended(number, ended.err());
                }
            }),
        );
        id
    }

    fn ended(&self, number: usize, panic: Option<Box<dyn Any + Send>>) {
        if let Some(payload) = panic.filter(|payload| !payload.is::<Over>()) {
            self.report(crate::panics::failure(payload.as_ref()));
        }
        let daemons = number == 0 && self.front.daemons();
        let mut inner = self.inner.borrow_mut();
        inner.tasks[number].state = State::Ended;
        inner.live -= 1;
        if self.unwinding.get() {
            return;
        }
        if daemons || inner.live == 0 {
            inner.end.get_or_insert(End::Done);
        }
        let next = self.choose(inner);
        self.fibers.name_successor(next);
    }

    /// Who goes next, from the state as it is.
    fn choose(&self, mut inner: std::cell::RefMut<'_, Inner>) -> usize {
        let next = loop {
            match inner.choose(self.timing, self.base) {
                Next::Task(task) => break task,
                Next::Hub => break HUB,
                Next::Stuck => {
                    if !self.wait_for_strangers(&mut inner) {
                        inner.end = Some(End::Stuck);
                        break HUB;
                    }
                }
            }
        };
        if next != HUB {
            let id = inner.tasks[next].id;
            raddle_kernel::enter_task(id);
        }
        next
    }

    /// Waits, in real time, for a thread outside the run that has touched an object that tasks wait for. False: there is none, or it does nothing.
    fn wait_for_strangers(&self, inner: &mut Inner) -> bool {
        self.note_strangers(inner);
        if inner.uncontrolled.is_empty() {
            return false;
        }
        let patience = Instant::now() + Duration::from_millis(500);
        while Instant::now() < patience {
            let ready = |task: &Task| matches!(&task.state, State::At(pending) if pending.ready());
            if inner.tasks.iter().any(ready) {
                return true;
            }
            std::thread::yield_now();
        }
        false
    }

    /// Notes the threads outside the run that touched its objects.
    pub(crate) fn note_strangers(&self, inner: &mut Inner) {
        for stranger in raddle_kernel::strangers(|id| inner.numbers.contains_key(&id)) {
            let what = "an object of the program, touched by a thread that Raddle did not start";
            let at = self.site_frame(stranger.at);
            inner.uncontrolled.push((what.to_owned(), Some(at)));
        }
    }

    /// The source position of an operation in Rust.
    pub(crate) fn site_frame(&self, site: Site) -> Frame {
        Frame {
            file: site.file().to_owned(),
            line: site.line(),
            function: String::new(),
            text: self.front.source_line(site.file(), site.line()),
        }
    }

    /// The running task's place: the front's frames, or the source position.
    fn frames(&self, site: Site) -> Vec<Frame> {
        let frames = self.front.stack();
        if frames.is_empty() && !self.front.has_frames() { vec![self.site_frame(site)] } else { frames }
    }

    /// Unwinds the running task, which is told that the run is over; returns if it unwinds already.
    pub(crate) fn refuse(&self) {
        if !std::thread::panicking() {
            self.refusals.set(self.refusals.get() + 1);
            if self.refusals.get() > REFUSALS {
                self.fibers.abandon();
            }
            std::panic::resume_unwind(Box::new(Over));
        }
    }

    /// Hands control to whoever is next, and returns when this task is.
    fn pass_control(&self, me: usize) {
        let next = self.choose(self.inner.borrow_mut());
        if next != me {
            let panicking = std::thread::panicking();
            self.inner.borrow_mut().tasks[me].panicking = panicking;
            self.fibers.switch(next);
            self.inner.borrow_mut().tasks[me].panicking = false;
        }
        if self.unwinding.get() {
            self.refuse();
        }
    }

    /// An exception or panic left the running task.
    pub(crate) fn report(&self, failure: Failure) {
        if self.unwinding.get() {
            return;
        }
        let mut inner = self.inner.borrow_mut();
        let kind = if failure.assertion { FindingKind::Assertion } else { FindingKind::UncaughtException };
        let task = inner.current;
        inner.failed_alone = inner.tasks.len() == 1;
        inner.raws.push(Raw { kind, what: RawDetail::Failure { task, failure } });
    }

    pub(crate) fn uncontrolled(&self, what: &str, at: Option<Frame>) {
        let mut inner = self.inner.borrow_mut();
        if !inner.uncontrolled.iter().any(|(known, _)| known == what) {
            inner.uncontrolled.push((what.to_owned(), at));
        }
    }

    /// The virtual time since the execution began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.inner.borrow().elapsed
    }

    /// A point before an access, if accesses at `site` are points; then the access may be recorded.
    pub(crate) fn access_point(&self, op: Op) {
        let mut inner = self.inner.borrow_mut();
        let me = inner.current;
        if inner.end.is_some() && self.unwinding.get() {
            drop(inner);
            return self.refuse();
        }
        if inner.tasks[me].quiet > 0 || inner.live == 1 {
            return;
        }
        let pending = Pending { op, object: usize::MAX, deadline: Deadline::Now, ready: Ready::new(&|| true) };
        inner.tasks[me].state = State::At(pending);
        inner.count_point(self.step_bound);
        drop(inner);
        self.pulse.beat(Location::caller());
        self.pass_control(me);
    }

    /// Whether the run is over and its tasks only unwind.
    pub(crate) fn is_unwinding(&self) -> bool {
        self.unwinding.get()
    }

    /// The stable name of an access site.
    pub(crate) fn site_label(&self, site: u32) -> String {
        position_of(site).map_or_else(|| self.front.site_label(site), position_label)
    }

    /// Keeps an access for a report; returns its place in the log. Its value is fetched when it has taken effect.
    pub(crate) fn log_access(&self, op: Op, touch: &Touch<'_>) -> usize {
        let frame = self.front.site_frame(touch.site);
        let log = self.log(Some(op), None, vec![frame]);
        let value = (touch.how == How::Read).then(|| self.front.value(touch.owner, touch.member)).flatten();
        let mut inner = self.inner.borrow_mut();
        inner.log[log].value = value;
        if touch.how == How::Write {
            let me = inner.current;
            inner.tasks[me].unsettled = Some((log, touch.owner, touch.member));
        }
        log
    }

    /// Fetches the value that the running task's last write left.
    pub(crate) fn settle_value(&self) {
        let unsettled = {
            let mut inner = self.inner.borrow_mut();
            let me = inner.current;
            inner.tasks[me].unsettled.take()
        };
        if let Some((log, owner, member)) = unsettled {
            let value = self.front.value(owner, member);
            self.inner.borrow_mut().log[log].value = value;
        }
    }

    /// Keeps what the running task just did, for a report; returns its place in the log.
    pub(crate) fn log(&self, op: Option<Op>, object: Option<usize>, frames: Vec<Frame>) -> usize {
        let mut inner = self.inner.borrow_mut();
        let task = inner.current;
        let holding = inner.tasks[task].holding.iter().map(|(object, _)| *object).collect();
        inner.tasks[task].frames.clone_from(&frames);
        inner.log.push(Logged { task, op, object, frames, value: None, holding });
        inner.tasks[task].logged = inner.log.len() - 1;
        inner.log.len() - 1
    }
}

/// The stable name of a source position.
fn position_label(site: Site) -> String {
    format!("{}:{}:{}", site.file(), site.line(), site.column())
}

enum Next {
    Task(usize),
    Hub,
    Stuck,
}

impl Inner {
    /// Takes the strategy out, told that the execution has ended.
    pub(crate) fn take_strategy(&mut self) -> Box<dyn Strategy> {
        self.strategy.end(self.choices.len());
        std::mem::replace(&mut self.strategy, Box::new(Random))
    }

    fn count_point(&mut self, bound: u64) {
        self.steps += 1;
        self.elapsed += POINT_COST;
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
        task.deferred |= task.idle > IDLE_POINTS;
    }

    fn now(&self, base: Instant) -> Instant {
        base + self.elapsed
    }

    fn choose(&mut self, timing: bool, base: Instant) -> Next {
        if self.end.is_some() {
            return Next::Hub;
        }
        if let Some(task) = self.passing.pop_front() {
            self.current = task;
            return Next::Task(task);
        }
        self.list_candidates(timing, base);
        let chosen = match self.candidates.len() {
            0 => return Next::Stuck,
            1 => self.candidates[0],
            _ => match self.pick() {
                Some(chosen) => chosen,
                None => return Next::Hub,
            },
        };
        self.go(chosen, base);
        Next::Task(chosen.task)
    }

    /// Fills `candidates`: who could go on, the task that ran last first; if nobody, whose timer fires first.
    fn list_candidates(&mut self, timing: bool, base: Instant) {
        let now = self.now(base);
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.clear();
        let (mut deferred, mut due) = (0, 0);
        let mut earliest: Option<Instant> = None;
        let count = self.tasks.len();
        for place in 0..count {
            // The task that ran last comes first, the others in order.
            let number = match place {
                0 => self.current,
                place if place <= self.current => place - 1,
                place => place,
            };
            let task = &self.tasks[number];
            let (pending, ready) = match &task.state {
                State::At(pending) => (pending, pending.deadline == Deadline::Now || pending.ready()),
                State::Queued(pending) => (pending, false),
                State::Running | State::Ended => continue,
            };
            let candidate = Candidate { task: number, op: pending.op, object: pending.object, timer: false };
            if ready {
                deferred += usize::from(task.deferred);
                candidates.push(candidate);
            } else if let Some(at) = pending.timer() {
                earliest = Some(earliest.map_or(at, |e: Instant| e.min(at)));
                if at <= now {
                    due += 1;
                    candidates.push(Candidate { timer: true, ..candidate });
                }
            }
        }
        let ready = candidates.len() - due;
        if deferred > 0 && deferred < candidates.len() {
            let tasks = &self.tasks;
            candidates.retain(|c| c.timer || !tasks[c.task].deferred);
            self.pruned |= self.tasks.iter().any(|t| t.deferred && t.idle > IDLE_POINTS);
        }
        let stalled = self.steps - self.progress_step;
        let nobody = due == 0 && (ready == deferred || stalled > STALLED_POINTS);
        if let Some(earliest) = earliest
            && (nobody || timing)
        {
            for (number, task) in self.tasks.iter().enumerate() {
                if let State::At(pending) | State::Queued(pending) = &task.state
                    && pending.timer() == Some(earliest)
                    && !candidates.iter().any(|c| c.task == number)
                {
                    if nobody && candidates.iter().all(|c| !c.timer) {
                        candidates.clear();
                    }
                    candidates.push(Candidate { task: number, op: pending.op, object: pending.object, timer: true });
                }
            }
        } else if earliest.is_none() && stalled.min(self.steps - self.told_time) > LIVELOCK_POINTS {
            self.end = Some(End::Livelock);
        }
        self.candidates = candidates;
    }

    /// Lets the strategy, or the schedule that is replayed, choose. None: the schedule does not fit.
    fn pick(&mut self) -> Option<Candidate> {
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
            None => {
                let step = Step { candidates: &self.candidates, depth };
                self.strategy.choose(&step, &mut self.rng)
            }
        };
        let chosen = self.candidates[index];
        self.choices.push(chosen);
        Some(chosen)
    }

    fn diverge(&mut self, at: usize, expected: &Choice) {
        let say = |c: &Choice| format!("task {} at {} of {}", c.task, c.op, c.object);
        let got: Vec<String> = self.candidates.iter().map(|c| say(&self.choice(c))).collect();
        let divergence = Divergence { at, expected: say(expected), got: got.join(", or ") };
        if let Some(replay) = &mut self.replay {
            replay.diverged = Some(divergence);
        }
        self.end = Some(End::Diverged);
    }

    /// A candidate by its stable names.
    pub(crate) fn choice(&self, candidate: &Candidate) -> Choice {
        let timer = if candidate.timer { " timer" } else { "" };
        Choice {
            task: self.path(candidate.task),
            op: format!("{}{timer}", candidate.op.slug()),
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

    fn go(&mut self, chosen: Candidate, base: Instant) {
        for (number, task) in self.tasks.iter_mut().enumerate() {
            if number != chosen.task {
                task.deferred = false;
            }
        }
        self.current = chosen.task;
        let state = std::mem::replace(&mut self.tasks[chosen.task].state, State::Running);
        if chosen.timer {
            let (State::At(pending) | State::Queued(pending)) = &state else { return };
            if let Some(at) = pending.timer() {
                let due = at.saturating_duration_since(base);
                self.early_timer |= due > self.elapsed && self.candidates.iter().any(|c| !c.timer);
                self.elapsed = self.elapsed.max(due);
            }
            if let State::Queued(pending) = &state {
                self.objects[pending.object].waiters.retain(|(waiter, _)| *waiter != chosen.task);
            }
            self.got_on();
        }
        self.tasks[chosen.task].timed_out = chosen.timer;
    }

    /// Somebody got on.
    pub(crate) fn got_on(&mut self) {
        self.progress += 1;
        self.progress_step = self.steps;
    }

    /// The number of an object here, which is given when it is first met.
    fn meet(&mut self, target: Target<'_>) -> usize {
        let mut id = target.object.id();
        if id == 0 {
            // Relaxed: only uniqueness matters.
            id = NEXT_OBJECT.fetch_add(1, Ordering::Relaxed);
            target.object.number(id);
        } else if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        // Relaxed: the tasks of a run share a thread.
        let word = target.object.word().load(Ordering::Relaxed);
        if self.words_before.get(&id).is_some_and(|before| *before != word) {
            self.left_changed.push((target.kind, target.object.site()));
        }
        self.words.insert(id, word);
        let number = self.objects.len();
        let task = &mut self.tasks[self.current];
        let met_by = (self.current, task.met);
        task.met += 1;
        self.objects.push(Object {
            id,
            kind: target.kind,
            site: target.object.site(),
            met_by,
            owner: None,
            sync: Clock::default(),
            items: Vec::new(),
            facets: [Facet::default(); 2],
            waiters: VecDeque::new(),
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
    fn apply(&mut self, number: usize, effect: Effect, log: usize) {
        let touched = footprint(effect);
        let event = self.event();
        let me = self.current;
        let (task, object) = (&mut self.tasks[me], &mut self.objects[number]);
        for (facet, how) in object.facets.iter_mut().zip(touched) {
            self.class.add(event, facet, how);
        }
        let mut got_on = true;
        match effect {
            Effect::Acquired => {
                task.clock.join(&object.sync);
                task.holding.push((number, log));
                object.owner = Some(me);
                got_on = false;
            }
            Effect::Released => {
                object.sync.copy(&task.clock);
                task.clock.tick(me);
                let owner = object.owner.take().unwrap_or(me);
                self.tasks[owner].holding.retain(|(held, _)| *held != number);
                got_on = false;
            }
            Effect::Took { .. } => task.clock.join(&object.sync),
            Effect::Gave { .. } | Effect::Set { .. } | Effect::Closed | Effect::Finished { .. } | Effect::Exited => {
                object.sync.join(&task.clock);
                task.clock.tick(me);
            }
            Effect::Put { seq, .. } => {
                object.items.push((seq, task.clock.clone()));
                task.clock.tick(me);
            }
            Effect::Got { seq, .. } => {
                if let Some(at) = object.items.iter().position(|(item, _)| *item == seq) {
                    task.clock.join(&object.items.swap_remove(at).1);
                }
            }
            Effect::Saw | Effect::Passed | Effect::Joined => {
                task.clock.join(&object.sync);
                got_on = effect != Effect::Saw;
            }
            Effect::Arrived { .. } => {
                object.sync.join(&task.clock);
                task.clock.tick(me);
            }
            Effect::Notified { woken } => {
                if woken == 0 {
                    object.missed.push((me, log));
                }
                got_on = woken > 0;
            }
            Effect::Read if object.kind == Kind::Atomic => {
                task.clock.join(&object.sync);
                got_on = false;
            }
            Effect::Wrote if object.kind == Kind::Atomic => {
                object.sync.copy(&task.clock);
                task.clock.tick(me);
            }
            Effect::Updated if object.kind == Kind::Atomic => {
                task.clock.join(&object.sync);
                object.sync.copy(&task.clock);
                task.clock.tick(me);
            }
            Effect::Submitted { pool } => {
                let pool = self.numbers.get(&pool).copied();
                self.objects[number].pool = pool;
            }
            Effect::Spawned(id) => {
                let child = self.tasks.iter().position(|t| t.id == id);
                self.objects[number].task = child;
            }
            Effect::Yielded => {
                task.deferred = true;
                got_on = false;
            }
            Effect::TimedOut => {}
            Effect::ToldTime => {
                self.told_time = self.steps;
                got_on = false;
            }
            Effect::Cleared { changed } => got_on = changed,
            Effect::Slept | Effect::Enqueued | Effect::Broke | Effect::Wrote | Effect::Updated => {}
            _ => got_on = false,
        }
        if got_on {
            self.got_on();
        }
    }
}

impl Controller for Execution {
    fn point(&self, at: &Point<'_>) {
        if self.unwinding.get() {
            return self.refuse();
        }
        self.pulse.beat(at.site);
        let frames = self.recording.then(|| {
            self.settle_value();
            self.frames(at.site)
        });
        let mut inner = self.inner.borrow_mut();
        let me = inner.current;
        let object = inner.meet(at.target);
        if at.op == Op::Get && at.target.kind == Kind::Pool && !inner.objects[object].workers.contains(&me) {
            inner.objects[object].workers.push(me);
        }
        inner.tasks[me].timed_out = false;
        if let Some(frames) = frames {
            drop(inner);
            self.log(Some(at.op), Some(object), frames);
            inner = self.inner.borrow_mut();
        }
        inner.count_point(self.step_bound);
        let can_go = at.deadline == Deadline::Now || (at.ready)();
        if at.op == Op::Look || (at.op == Op::Acquire && at.deadline != Deadline::Never) {
            // Who only asks sees whether the object is held.
            inner.visible.add_kind(at.target.kind);
        }
        inner.tasks[me].site = at.site;
        let shows = match at.target.kind {
            Kind::Shared => inner.visible.site(number_of(at.site), || position_label(at.site)),
            kind => inner.visible.shows(at.op, kind),
        };
        let silent = inner.tasks[me].quiet > 0 || !shows;
        let panicking = std::thread::panicking();
        if can_go && (silent || panicking) && inner.end.is_none() {
            return;
        }
        let pending = Pending { op: at.op, object, deadline: at.deadline, ready: Ready::new(at.ready) };
        inner.tasks[me].state = State::At(pending);
        drop(inner);
        self.pass_control(me);
    }

    fn did(&self, target: Target<'_>, effect: Effect) {
        if self.unwinding.get() {
            return;
        }
        let mut inner = self.inner.borrow_mut();
        let object = inner.meet(target);
        let me = inner.current;
        let log = inner.tasks[me].logged;
        inner.apply(object, effect, log);
        if matches!(target.kind, Kind::Shared | Kind::Atomic)
            && matches!(effect, Effect::Read | Effect::Wrote | Effect::Updated)
        {
            let site = inner.tasks[me].site;
            inner.shared_access(object, effect, site, log);
        }
    }

    fn block(&self, at: &Point<'_>, enqueued: &mut dyn FnMut()) -> Result<(), Stopped> {
        if self.unwinding.get() {
            self.fibers.abandon();
        }
        let me = {
            let mut inner = self.inner.borrow_mut();
            let me = inner.current;
            let object = inner.meet(at.target);
            inner.objects[object].waiters.push_back((me, at.target.lane));
            inner.tasks[me].timed_out = false;
            let ready = Ready::new(at.ready);
            inner.tasks[me].state = State::Queued(Pending { op: at.op, object, deadline: at.deadline, ready });
            me
        };
        enqueued();
        if let State::Queued(_) = self.inner.borrow().tasks[me].state {
            // Still queued: `enqueued` may have let others run, one of whom woke this task already.
        } else {
            return Ok(());
        }
        self.pass_control(me);
        if self.inner.borrow().tasks[me].timed_out { Err(Stopped::TimedOut) } else { Ok(()) }
    }

    fn wake(&self, target: Target<'_>, n: usize) -> Woken {
        if self.unwinding.get() {
            return Woken::default();
        }
        let mut inner = self.inner.borrow_mut();
        let object = inner.meet(target);
        let waker = inner.current;
        let mut woken = Woken::default();
        while woken.count < n {
            let waiters = &mut inner.objects[object].waiters;
            let Some(place) = waiters.iter().position(|(_, lane)| *lane == target.lane) else { break };
            let Some((task, _)) = waiters.remove(place) else { break };
            let seen = inner.tasks[waker].clock.clone();
            let this = &mut inner.tasks[task];
            this.clock.join(&seen);
            this.state = State::Running;
            this.timed_out = false;
            inner.passing.push_back(task);
            woken.count += 1;
        }
        if woken.count > 0 {
            inner.tasks[waker].clock.tick(waker);
        }
        woken.more = inner.objects[object].waiters.iter().any(|(_, lane)| *lane == target.lane);
        woken
    }

    fn timed_out(&self) -> bool {
        if self.unwinding.get() {
            // A destructor that would have to wait, in a run that is over: nobody will ever let it go on.
            self.fibers.abandon();
        }
        let inner = self.inner.borrow();
        inner.tasks[inner.current].timed_out
    }

    fn spawn(&self, start: Start, _at: Site) -> TaskId {
        if self.unwinding.get() {
            self.refuse();
            return 0;
        }
        self.begin(start.name, start.body)
    }

    fn now(&self) -> Instant {
        self.inner.borrow().now(self.base)
    }

    fn outside(&self, what: &str, at: Option<Site>) {
        let frame = at.map_or_else(|| self.front.stack(), |at| self.frames(at)).into_iter().next();
        self.uncontrolled(what, frame);
    }

    fn silence(&self, on: bool) {
        let mut inner = self.inner.borrow_mut();
        let me = inner.current;
        let quiet = &mut inner.tasks[me].quiet;
        *quiet = if on { *quiet + 1 } else { quiet.saturating_sub(1) };
    }

    fn panicking(&self) -> bool {
        // Tasks share the thread's panic count: one that stands at a point while it unwinds is not this one.
        !self.unwinding.get() && !self.inner.borrow().tasks.iter().any(|task| task.panicking)
    }

    fn failed(&self, message: String) {
        self.report(crate::panics::from_message(message));
    }

    fn over(&self) -> bool {
        self.unwinding.get()
    }
}
