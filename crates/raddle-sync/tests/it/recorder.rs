//! A controller of one task that writes down what it is told.

use raddle_kernel::{
    Controller, Deadline, Effect, Kind, ObjectId, Op, Point, Site, Start, Stopped, Target, TaskId, Woken, control,
    enter_task, fresh_id,
};
use std::cell::{Cell, RefCell};
use std::time::Instant;

/// What a controller was told.
#[derive(Debug, PartialEq)]
pub(crate) enum Told {
    Point(Op, Kind),
    Did(Kind, Effect),
}

/// Lets its task go on at every point; a task that could not is taken to have run out of time.
struct Recorder {
    told: RefCell<Vec<Told>>,
    silent: Cell<u32>,
    timed_out: Cell<bool>,
    numbered: Cell<ObjectId>,
    start: Instant,
}

/// What `f` announces. Tasks that it starts run at once, to their end.
#[track_caller]
pub(crate) fn record(f: impl FnOnce()) -> Vec<Told> {
    let recorder = Recorder {
        told: RefCell::default(),
        silent: Cell::new(0),
        timed_out: Cell::new(false),
        numbered: Cell::new(0),
        start: Instant::now(),
    };
    control(&recorder, f);
    recorder.told.into_inner()
}

impl Controller for Recorder {
    #[track_caller]
    fn point(&self, at: &Point<'_>) {
        if at.target.object.id() == 0 {
            self.numbered.set(self.numbered.get() + 1);
            at.target.object.number(self.numbered.get());
        }
        assert!(at.site.file().ends_with("announced.rs"), "{:?} is announced at {}", at.op, at.site);
        let ready = (at.ready)();
        assert_eq!(ready, (at.ready)(), "`ready` of {:?} keeps its answer", at.op);
        assert!(ready || at.deadline != Deadline::Never, "{:?} would wait for ever", at.op);
        self.timed_out.set(!ready && at.deadline != Deadline::Now);
        if self.silent.get() == 0 {
            self.told.borrow_mut().push(Told::Point(at.op, at.target.kind));
        }
    }

    fn did(&self, target: Target<'_>, effect: Effect) {
        if self.silent.get() == 0 {
            self.told.borrow_mut().push(Told::Did(target.kind, effect));
        }
    }

    fn block(&self, at: &Point<'_>, enqueued: &mut dyn FnMut()) -> Result<(), Stopped> {
        assert_ne!(at.deadline, Deadline::Never, "{:?} would wait for ever", at.op);
        enqueued();
        Err(Stopped::TimedOut)
    }

    fn wake(&self, _target: Target<'_>, _n: usize) -> Woken {
        Woken::default()
    }

    fn timed_out(&self) -> bool {
        self.timed_out.get()
    }

    fn way(&self) -> u32 {
        0
    }

    fn spawn(&self, start: Start, _at: Site) -> TaskId {
        let id = fresh_id();
        let before = enter_task(id);
        (start.body)();
        enter_task(before);
        id
    }

    fn now(&self) -> Instant {
        self.start
    }

    fn outside(&self, what: &str, _at: Option<Site>) {
        panic!("nothing here waits for {what}");
    }

    fn silence(&self, on: bool) {
        self.silent.update(|depth| if on { depth + 1 } else { depth - 1 });
    }

    fn panicking(&self) -> bool {
        true
    }

    fn failed(&self, _message: String) {}

    fn over(&self) -> bool {
        false
    }
}
