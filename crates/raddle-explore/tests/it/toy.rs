//! The smallest primitives that can be explored: a lock, a cell, a condition, tasks.

use raddle_explore::{Closure, Options, StrategyKind, explore};
use raddle_kernel::{
    Deadline, Effect, Kind, Object, Op, Target, Try, did, point, point_of_ways, silently, spawn, wait, wait_after, wake,
};
use raddle_record::Outcome;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

/// An operation that never waits.
#[track_caller]
fn at_once<R>(op: Op, target: Target<'_>, effect: Effect, act: impl FnOnce() -> R) -> R {
    point(op, target, Deadline::Now, || true);
    let result = act();
    did(target, effect);
    result
}

/// An operation that can be done in so many ways; says in which it was.
#[track_caller]
pub(crate) fn pick(ways: u32) -> u32 {
    let object = Object::new(0);
    let way = point_of_ways(Op::Result, object.of(Kind::Future), Deadline::Now, || true, || ways);
    did(object.of(Kind::Future), Effect::Saw);
    way
}

/// A cell whose accesses are checked.
#[derive(Clone)]
pub(crate) struct Cell(Arc<Object>, Kind);

impl Cell {
    #[track_caller]
    pub(crate) fn new(kind: Kind) -> Self {
        Cell(Arc::new(Object::new(0)), kind)
    }

    #[track_caller]
    pub(crate) fn get(&self) -> u32 {
        at_once(Op::Read, self.0.of(self.1), Effect::Read, || self.0.word().load(SeqCst))
    }

    #[track_caller]
    pub(crate) fn set(&self, value: u32) {
        at_once(Op::Write, self.0.of(self.1), Effect::Wrote, || self.0.word().store(value, SeqCst));
    }
}

/// A lock.
#[derive(Clone)]
pub(crate) struct Lock(Arc<Object>);

impl Lock {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Lock(Arc::new(Object::new(0)))
    }

    fn take(&self) -> Option<()> {
        self.0.word().compare_exchange(0, 1, SeqCst, SeqCst).ok().map(drop)
    }

    #[track_caller]
    pub(crate) fn acquire(&self, deadline: Deadline) -> bool {
        let target = self.0.of(Kind::Lock);
        point(Op::Acquire, target, deadline, || self.0.word().load(SeqCst) == 0);
        if self.take().is_none() && wait(Op::Acquire, target, deadline, |_: Try| self.take()).is_err() {
            return false;
        }
        did(target, Effect::Acquired);
        true
    }

    #[track_caller]
    pub(crate) fn release(&self) {
        at_once(Op::Release, self.0.of(Kind::Lock), Effect::Released, || self.0.word().store(0, SeqCst));
    }

    #[track_caller]
    pub(crate) fn with(&self, f: impl FnOnce()) {
        self.acquire(Deadline::Never);
        f();
        self.release();
    }
}

/// A condition.
#[derive(Clone)]
pub(crate) struct Condition(Arc<Object>);

impl Condition {
    #[track_caller]
    pub(crate) fn new() -> Self {
        Condition(Arc::new(Object::new(0)))
    }

    #[track_caller]
    pub(crate) fn wait(&self, lock: &Lock, deadline: Deadline) -> bool {
        let target = self.0.of(Kind::Condvar);
        point(Op::Wait, target, deadline, || true);
        let release = || {
            did(target, Effect::Enqueued);
            silently(|| lock.release());
        };
        let woken = wait_after(Op::Wait, target, deadline, None, release, |t| (t == Try::Woken).then_some(()));
        lock.acquire(Deadline::Never);
        woken.is_ok()
    }

    #[track_caller]
    pub(crate) fn notify(&self) {
        let target = self.0.of(Kind::Condvar);
        point(Op::Notify, target, Deadline::Now, || true);
        let woken = wake(target, 1) as u32;
        did(target, Effect::Notified { woken });
    }
}

/// A started task.
pub(crate) struct Child(Arc<Object>);

impl Child {
    #[track_caller]
    pub(crate) fn start(body: impl FnOnce() + Send + 'static) -> Self {
        let object = Arc::new(Object::new(0));
        let end = Arc::clone(&object);
        let body = move || {
            body();
            end.word().store(1, SeqCst);
            did(end.of(Kind::Thread), Effect::Exited);
        };
        spawn(object.of(Kind::Thread), None, None, Box::new(body)).unwrap();
        Child(object)
    }

    #[track_caller]
    pub(crate) fn join(&self) {
        let target = self.0.of(Kind::Thread);
        point(Op::Join, target, Deadline::Never, || self.0.word().load(SeqCst) == 1);
        did(target, Effect::Joined);
    }
}

/// Starts the bodies and joins them.
#[track_caller]
pub(crate) fn together(bodies: Vec<Box<dyn FnOnce() + Send>>) {
    let children: Vec<Child> = bodies.into_iter().map(Child::start).collect();
    children.iter().for_each(Child::join);
}

/// Tasks that store to one location, or read it, or leave it alone, as they please.
pub(crate) fn as_they_please(tasks: u32, times: u32) -> impl Fn() + Clone {
    move || {
        let cell = Cell::new(Kind::Atomic);
        let body = |cell: Cell| -> Box<dyn FnOnce() + Send> {
            Box::new(move || {
                for _ in 0..times {
                    match pick(3) {
                        0 => {}
                        1 => cell.set(1),
                        _ => drop(cell.get()),
                    }
                }
            })
        };
        together((0..tasks).map(|_| body(cell.clone())).collect());
    }
}

/// What a search comes to whose caller hears of progress, and says whether it is to go on.
pub(crate) fn search_heard(
    options: &Options,
    program: impl Fn() + 'static,
    progress: &mut dyn FnMut() -> bool,
) -> Outcome {
    let front: Rc<dyn raddle_explore::Front> = Rc::new(Closure::new(program, |_| panic!("a test stands still")));
    explore(&front, options, &mut |_| progress())
}

pub(crate) fn search(strategy: StrategyKind, program: impl Fn() + 'static) -> Outcome {
    search_with(&Options { strategy, time: None, keep_going: true, ..Options::default() }, program)
}

pub(crate) fn search_with(options: &Options, program: impl Fn() + 'static) -> Outcome {
    search_heard(options, program, &mut || true)
}
