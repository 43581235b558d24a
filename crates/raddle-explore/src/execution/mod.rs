//! One controlled run: who stands where, who goes next, what happened.
//!
//! The tasks are fibers of one thread, so exactly one of them runs, and the state here needs no lock; but a `RefCell` borrow must
//! never be held across a switch, nor while the front or a task's `ready` could call back in.

mod choice;
mod controller;
mod effect;
mod state;

pub use state::Failure;
pub(crate) use state::{
    Accessed, End, Inner, Known, Legacy, Logged, Place, Raw, RawDetail, Read, Replaying, State, Task,
};

use crate::access::{How, Touch, position_of};
use crate::coverage::Coverage;
use crate::dependence::mix;
use crate::fiber::{Fibers, HUB, Ready, Runs, Stacks};
use crate::front::{Front, Member};
use crate::options::Options;
use crate::order::Clock;
use crate::strategy::Strategy;
use crate::visible::Visible;
use crate::watchdog::Pulse;
use choice::Next;
use fastrand::Rng;
use raddle_kernel::{AtomicU32, Carrier, Deadline, Op, Over, Site, TaskId};
use raddle_record::{FindingKind, Frame};
use state::Pending;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A task that swallows the end of its run so often is given up.
const REFUSALS: u32 = 200;

/// The word of what has none.
static NO_WORD: AtomicU32 = AtomicU32::new(0);

thread_local! {
    static CURRENT: RefCell<Option<Rc<Execution>>> = const { RefCell::new(None) };
}

/// Calls `f` with the execution that this thread is in.
pub(crate) fn with_current<R>(f: impl FnOnce(&Execution) -> R) -> Option<R> {
    let execution = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()?;
    Some(f(&execution))
}
/// One controlled run.
pub(crate) struct Execution {
    pub(crate) inner: RefCell<Inner>,
    fibers: Fibers,
    pub(crate) front: Rc<dyn Front>,
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
    pub(crate) coverage: Option<Box<Coverage>>,
    pub(crate) rng: Rng,
    pub(crate) visible: Visible,
    pub(crate) legacy: Legacy,
    pub(crate) recording: bool,
    pub(crate) replay: Option<Replaying>,
    pub(crate) pulse: Arc<Pulse>,
}

impl Execution {
    pub(crate) fn new(setup: Setup<'_>) -> Rc<Self> {
        Rc::new_cyclic(|this| Execution {
            inner: RefCell::new(Inner {
                coverage: setup.coverage,
                bounds: (setup.options.preemptions, setup.options.delays),
                ..Inner::new(setup.strategy, setup.rng, setup.visible, setup.legacy, setup.replay)
            }),
            fibers: Fibers::new(Rc::clone(&setup.front), setup.stacks, Self::runs(Weak::clone(this))),
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
            self.inner.borrow_mut().note_end();
            diagnose(self);
            self.unwind();
        });
    }

    fn unwind(&self) {
        let (live, count) = {
            let inner = self.inner.borrow();
            (inner.live, inner.tasks.len())
        };
        if live == 0 {
            return;
        }
        self.unwinding.set(true);
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
        let (ordinal, mut clock, hash) = match inner.tasks.get_mut(parent) {
            Some(parent) => {
                parent.children += 1;
                let clock = parent.clock.clone();
                (parent.children, clock, mix(parent.hash ^ u64::from(parent.children)))
            }
            None => (0, Clock::default(), 1),
        };
        clock.tick(number);
        if let Some(trace) = &mut inner.trace {
            trace.names.push(hash);
        }
        if let Some(this) = inner.tasks.get_mut(parent) {
            this.clock.tick(parent);
        }
        inner.tasks.push(Task::new(id, name, (parent, ordinal), clock, hash));
        if let Some(coverage) = &mut inner.coverage {
            coverage.began(hash, parent);
        }
        inner.live += 1;
        inner.passing.push_back(number);
        drop(inner);
        self.fibers.start(number, body);
        id
    }

    /// How the tasks of an execution run.
    fn runs(this: Weak<Execution>) -> Runs {
        Box::new(move |number, body| {
            // What a task that never began was given is dropped as it would be by one that did: in the run, and while unwinding.
            let over = this.upgrade().is_some_and(|this| this.unwinding.get());
            let run = || if over { std::panic::resume_unwind(Box::new(Over)) } else { body() };
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            if let Some(this) = this.upgrade() {
                this.ended(number, ended.err());
            }
        })
    }

    fn ended(&self, number: usize, panic: Option<Box<dyn Any + Send>>) {
        if let Some(payload) = panic.filter(|payload| !payload.is::<Over>()) {
            self.report(crate::panics::failure(payload.as_ref(), self.front.as_ref()));
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
                        inner.note_hopes();
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

    /// The place of an access.
    pub(crate) fn access_frame(&self, site: u32) -> Frame {
        position_of(site).map_or_else(|| self.front.site_frame(site), |at| self.site_frame(at))
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
        self.front.stands();
        let next = self.choose(self.inner.borrow_mut());
        if next != me {
            let panicking = std::thread::panicking();
            if panicking {
                self.inner.borrow_mut().tasks[me].panicking = true;
            }
            self.fibers.switch(next);
            if panicking {
                self.inner.borrow_mut().tasks[me].panicking = false;
            }
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
        let known = inner.known();
        inner.saw(Raw::new(kind, RawDetail::Failure { task, failure, known }));
    }

    pub(crate) fn uncontrolled(&self, what: &str, at: Option<Frame>) {
        let mut inner = self.inner.borrow_mut();
        if !inner.uncontrolled.iter().any(|(known, _)| known == what) {
            inner.uncontrolled.push((what.to_owned(), at));
        }
    }

    /// Lets nobody go on from the next point on.
    pub(crate) fn end(&self) {
        self.inner.borrow_mut().end.get_or_insert(End::Done);
    }

    /// The virtual time since the execution began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.inner.borrow().elapsed
    }

    /// Takes note of where the running task stands, once nobody has got on for a while or the execution may be cut off.
    fn note_standing(&self, site: Option<Site>) {
        let (stalled, sampled) = {
            let inner = self.inner.borrow();
            (inner.is_stalled(), inner.is_sampled(self.step_bound))
        };
        if sampled {
            let frame = site.map_or_else(|| self.front.stack(), |site| self.frames(site)).into_iter().next();
            self.inner.borrow_mut().sample(frame);
        }
        if stalled && let Some(standing) = self.front.standing() {
            self.inner.borrow_mut().stands(standing);
        }
    }

    /// A point before an access whose site is a point; then the access may be recorded.
    pub(crate) fn access_point(&self, op: Op, touch: &Touch<'_>) {
        self.note_standing(None);
        let mut inner = self.inner.borrow_mut();
        let me = inner.current;
        if inner.end.is_some() && self.unwinding.get() {
            drop(inner);
            return self.refuse();
        }
        // Who follows steps must see where an access would stand if others were left.
        if inner.tasks[me].quiet > 0 || (inner.live == 1 && inner.trace.is_none()) {
            return;
        }
        let ready = Ready::new(&|| true, &NO_WORD);
        let pending = Pending { op, object: usize::MAX, deadline: Deadline::Now, ready, ways: 1 };
        inner.tasks[me].late = inner.visible.is_late_site(touch.site);
        inner.tasks[me].state = State::At(pending);
        inner.tasks[me].access = Some(touch.site);
        // Whether it adds anything may depend on who goes first.
        let may_add = touch.may_add() && inner.visible.counts_order(touch.site);
        inner.tasks[me].place = (touch.owner, if may_add { Member::Whole } else { touch.member }.number());
        if let Some(place) = inner.trace.as_mut().map(|trace| trace.cell(touch.owner, touch.member)) {
            inner.stands_at(if may_add { place.as_new() } else { place });
        }
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
        site_label(self.front.as_ref(), site)
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
        // Tasks share the thread's panic count: where another unwinds, this one is told to, which only leaves more untold.
        let failing = std::thread::panicking() || self.front.handling();
        let mut inner = self.inner.borrow_mut();
        let (task, done) = (inner.current, inner.done.len());
        let holding = inner.tasks[task].holding.iter().map(|(object, _)| *object).collect();
        inner.tasks[task].frames.clone_from(&frames);
        inner.log.push(Logged { task, op, object, frames, value: None, holding, done, failing });
        inner.tasks[task].logged = inner.log.len() - 1;
        inner.log.len() - 1
    }
}

/// The stable name of an access site.
pub(crate) fn site_label(front: &dyn Front, site: u32) -> String {
    position_of(site).map_or_else(|| front.site_label(site), position_label)
}

/// The stable name of a source position.
fn position_label(site: Site) -> String {
    format!("{}:{}:{}", site.file(), site.line(), site.column())
}
