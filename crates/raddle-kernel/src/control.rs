//! Who decides in a controlled run: the controller's trait, the carrier's trait, and which thread is under whom.

use crate::gate;
use crate::object::Target;
use crate::point::Point;
use crate::sys;
use crate::words::{Effect, ObjectId, Op, Site, Stopped, TaskId};
use std::cell::Cell;
use std::fmt;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::thread::LocalKey;
use std::time::Instant;

/// Decides, in a controlled run, what each task does next.
///
/// All methods are called by the task that runs, on the thread that [`control`] was called on.
/// A method that suspends the task may unwind with [`Over`] when the run ends before the task does.
pub trait Controller {
    /// The task stands at a point; returns once it is chosen: `ready` holds, the deadline is [`Deadline::Now`](crate::Deadline::Now), or its timer fired.
    fn point(&self, at: &Point<'_>);
    /// What the operation announced last turned out to be.
    fn did(&self, target: Target<'_>, effect: Effect);
    /// Queues the task on the object, calls `enqueued`, and returns once [`wake`](Controller::wake) reached it or its timer fired.
    ///
    /// # Errors
    /// [`Stopped::TimedOut`] when the timer fired first.
    fn block(&self, at: &Point<'_>, enqueued: &mut dyn FnMut()) -> Result<(), Stopped>;
    /// Wakes up to `n` tasks queued on the object by [`block`](Controller::block), oldest first; says how many and whether any are left.
    fn wake(&self, target: Target<'_>, n: usize) -> crate::Woken;
    /// Whether the step that the task takes was begun by its timer.
    fn timed_out(&self) -> bool;
    /// In which of its ways the operation announced last is to be done, counted from 0.
    fn way(&self) -> u32;
    /// Starts a task; returns its number.
    fn spawn(&self, start: Start, at: Site) -> TaskId;
    /// The virtual time.
    fn now(&self) -> Instant;
    /// The task is about to do something that cannot be controlled.
    fn outside(&self, what: &str, at: Option<Site>);
    /// Begins (`true`) or ends a stretch in which the task's points offer no choice.
    fn silence(&self, on: bool);
    /// Whether the running task unwinds from a panic of its own.
    fn panicking(&self) -> bool;
    /// The body of the running task ended in a panic that says `message`; its [`Effect::Exited`] follows.
    fn failed(&self, message: String);
    /// Whether the run has ended and only unwinds what is left: nothing may block any more.
    fn over(&self) -> bool;
}

/// Carries tasks: makes one, switches to it, ends it.
pub trait Carrier {
    /// Prepares a task that will run `body` when it is first switched to.
    fn start(&self, task: usize, body: Box<dyn FnOnce()>);
    /// Suspends the running task in favour of `to`.
    fn switch(&self, to: usize);
    /// Resumes a suspended task so that it unwinds, or lets one begin that finds its run over; returns false if it refused and was abandoned.
    fn unwind(&self, task: usize) -> bool;
    /// Whether the task has ended.
    fn ended(&self, task: usize) -> bool;
}

/// What a new task needs.
pub struct Start {
    /// A name for people, if it has one.
    pub name: Option<String>,
    /// What it runs.
    pub body: Box<dyn FnOnce()>,
}

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The payload with which a task unwinds when its run ends before it does; no bug, and shown to nobody.
#[derive(Debug)]
pub struct Over;

thread_local! {
    static CONTROLLER: Cell<Option<NonNull<dyn Controller>>> = const { Cell::new(None) };
}

/// Runs `f` with this thread under `controller`.
///
/// Inside, every point of this thread asks the controller. Runs do not nest on one thread: the inner one takes over until it returns.
pub fn control<R>(controller: &dyn Controller, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<NonNull<dyn Controller>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CONTROLLER.set(self.0);
        }
    }
    sys::notice_outsiders();
    let _gate = gate::open();
    let short: NonNull<dyn Controller + '_> = NonNull::from(controller);
    // SAFETY: only the lifetime changes; the pointer is read while `f` runs, and `Restore` takes it away before `controller` can end.
    let long: NonNull<dyn Controller + 'static> = unsafe { std::mem::transmute(short) };
    let _restore = Restore(CONTROLLER.replace(Some(long)));
    f()
}

/// The controller of this thread, if it is in a controlled run.
pub(crate) fn controller<'a>() -> Option<&'a dyn Controller> {
    // A thread-local that is gone belongs to a thread that is ending, which is in no run.
    let pointer = LocalKey::try_with(&CONTROLLER, Cell::get).ok().flatten()?;
    // SAFETY: `control` keeps the controller borrowed for as long as the pointer stands here; the references made
    // from it live within one call of a verb, which the run outlives.
    Some(unsafe { pointer.as_ref() })
}

/// Whether a controlled run carries this thread; for bindings, which must not let go of their interpreter there.
///
/// Ask [`watched`](crate::watched) first: it is all that a fast path can afford.
#[cold]
pub fn controlled() -> bool {
    controller().is_some()
}

/// Whether this thread's run has ended and the task only unwinds: what it does no longer matters, and nothing may block.
#[cold]
pub fn over() -> bool {
    controller().is_some_and(Controller::over)
}

/// A thread outside every controlled run that touched an object of one.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// The object.
    pub object: ObjectId,
    /// What it did to it.
    pub op: Op,
    /// Where.
    pub at: Site,
    /// The thread's name, if it has one.
    pub thread: Option<String>,
}

/// At most this many are kept; one is enough to spoil a verdict.
const STRANGERS_KEPT: usize = 256;
static STRANGERS: Mutex<Vec<Stranger>> = Mutex::new(Vec::new());

/// Notes that this thread, which no run controls, touches `target`.
pub(crate) fn note_stranger(target: Target<'_>, op: Op, at: Site) {
    let object = target.object.id();
    if object == 0 {
        return;
    }
    let thread = std::thread::current().name().map(str::to_owned);
    let mut strangers = STRANGERS.lock().unwrap_or_else(|e| e.into_inner());
    if strangers.len() == STRANGERS_KEPT {
        strangers.remove(0);
    }
    strangers.push(Stranger { object, op, at, thread });
}

/// Takes out the strangers that touched an object for which `mine` holds.
pub fn strangers(mine: impl Fn(ObjectId) -> bool) -> Vec<Stranger> {
    let mut strangers = STRANGERS.lock().unwrap_or_else(|e| e.into_inner());
    strangers.extract_if(.., |s| mine(s.object)).collect()
}
