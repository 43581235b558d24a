//! The execution as the kernel sees it.

use super::state::{Pending, State};
use super::{Execution, position_label};
use crate::access::number_of;
use crate::fiber::Ready;
use crate::trace::{NONE, Place};
use raddle_kernel::{Controller, Deadline, Effect, Kind, Op, Point, Site, Start, Stopped, Target, TaskId, Woken};
use std::time::Instant;

impl Controller for Execution {
    fn point(&self, at: &Point<'_>) {
        if self.unwinding.get() {
            return self.refuse();
        }
        self.pulse.beat(at.site);
        let hidden =
            matches!(at.op, Op::Begin | Op::Release) && !self.inner.borrow().visible.shows(at.op, at.target.kind);
        if hidden && (at.op == Op::Begin || at.target.kind == Kind::Threads) {
            return;
        }
        if !hidden {
            self.note_standing(Some(at.site));
        }
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
        let timed = matches!(at.deadline, Deadline::At(end) if end > inner.now(self.base));
        let task = &mut inner.tasks[me];
        (task.timed_out, task.timed, task.way) = (false, timed, 0);
        if let Some(frames) = frames {
            drop(inner);
            self.log(Some(at.op), Some(object), frames);
            inner = self.inner.borrow_mut();
        }
        if hidden {
            // Nobody can see it: the object has its number, and a report tells of it, but it is no point.
            return;
        }
        inner.count_point(self.step_bound);
        let can_go = at.deadline == Deadline::Now || (at.ready)();
        if shows_state(at) {
            inner.visible.add_kind(at.target.kind);
        }
        let task = &mut inner.tasks[me];
        (task.site, task.access) = (at.site, None);
        let quiet = task.quiet > 0;
        let shows = match at.target.kind {
            Kind::Shared => inner.visible.site(number_of(at.site), || position_label(at.site)),
            kind => inner.visible.shows(at.op, kind),
        };
        let silent = quiet || (!shows && inner.passes(me));
        let panicking = std::thread::panicking();
        let joins = at.op == Op::Join && inner.trace.is_some() && !panicking;
        if can_go && inner.end.is_none() && (panicking || silent) {
            if !joins {
                return;
            }
            inner.joining.push_back(me);
        }
        let pending = Pending { op: at.op, object, deadline: at.deadline, ready: ready(at), ways: at.ways };
        let late = match at.target.kind {
            Kind::Shared => inner.visible.is_late_site(number_of(at.site)),
            kind => inner.visible.is_late(at.op, kind),
        };
        let task = &mut inner.tasks[me];
        task.late = late;
        task.state = State::At(pending);
        inner.stands_at(Place::Object(object as u32));
        drop(inner);
        self.pass_control(me);
    }

    fn did(&self, target: Target<'_>, effect: Effect) {
        if self.unwinding.get() {
            return;
        }
        let mut inner = self.inner.borrow_mut();
        // What others could see at a point only, where there is none.
        let is_seen_at_points = matches!((effect, target.kind), (Effect::Begun, _) | (Effect::Wrote, Kind::Threads));
        if is_seen_at_points && !inner.visible.shows(Op::Begin, target.kind) {
            return;
        }
        let object = inner.meet(target);
        let me = inner.current;
        if matches!((effect, target.kind), (Effect::Begun, Kind::Pool)) {
            inner.begins(object);
        }
        let log = inner.tasks[me].logged;
        inner.apply(object, effect, log);
        if self.recording {
            inner.note_done(object, effect);
        }
        if matches!(target.kind, Kind::Shared | Kind::Atomic)
            && matches!(effect, Effect::Read | Effect::Wrote | Effect::Updated)
        {
            let site = inner.tasks[me].site;
            inner.shared_access(object, effect, site, (log, self.recording));
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
            let ready = ready(at);
            inner.tasks[me].late = false;
            inner.stands_at(Place::Object(object as u32));
            inner.tasks[me].state =
                State::Queued(Pending { op: at.op, object, deadline: at.deadline, ready, ways: at.ways });
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
            if inner.tasks[task].due != NONE
                && let Some(step) = inner.step(task)
                && let Some(trace) = &mut inner.trace
            {
                trace.might_have(step);
            }
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

    fn way(&self) -> u32 {
        let inner = self.inner.borrow();
        inner.tasks[inner.current].way
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
        self.report(crate::panics::from_message(message, self.front.as_ref()));
    }

    fn over(&self) -> bool {
        self.unwinding.get()
    }
}

/// What a task that stands at this point waits for.
fn ready(at: &Point<'_>) -> Ready {
    Ready::new(at.ready, at.target.object.word())
}

/// Whether somebody learns by this operation what the object's state was: then it matters when that state came about.
fn shows_state(at: &Point<'_>) -> bool {
    match (at.op, at.target.kind) {
        // A look at an event tells nothing about who waits for it; that it is cleared makes two of those who do and who will.
        (Op::Look, kind) => kind != Kind::Event,
        (Op::Clear, _) => true,
        // Who only tries sees whether the object is held.
        (Op::Acquire, _) => at.deadline != Deadline::Never,
        _ => false,
    }
}
