//! # What it is
//! Tasks: `std::thread` with the same names, and [`JoinHandle::join_until`].
//! Python's `threading.Thread` stays CPython's; this is its `start` and `join`.
//!
//! # States
//! | word | meaning | promise |
//! |---|---|---|
//! | `RUNNING` | the task has not ended | whoever joins it waits |
//! | `DONE` | it has ended and its result is there | whoever waited has been woken |
//!
//! # Waiting
//! Joiners wait for the task to end, which wakes them all.
//!
//! # Ordering
//! Everything before a spawn happens before the task; everything the task did happens before everything after its join:
//! the task stores `DONE` with Release after its result, and a joiner loads it with Acquire.
//!
//! # Sources
//! The standard library's `thread`, also for the scope's rules.

use crate::latch::Latch;
use raddle_kernel::{Deadline, Effect, Kind, Object, Op, Over, Site, Stopped, Target, TaskId};
use raddle_kernel::{did, failed, point, point_at, wait, wake};
use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

pub use raddle_kernel::panicking;
pub use std::thread::{Result, available_parallelism};

/// Starts a task that runs `f`.
///
/// ```
/// let task = raddle_sync::thread::spawn(|| 6 * 7);
/// assert_eq!(task.join().unwrap(), 42);
/// ```
///
/// # Panics
/// If the operating system gives no thread; see [`Builder::spawn`].
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("failed to spawn thread")
}

/// Lets other tasks run. A loop that waits for another task's doing must call this, or wait by other means.
#[track_caller]
pub fn yield_now() {
    raddle_kernel::yield_now();
}

/// Sleeps for `duration`; nothing really sleeps in a controlled run.
#[track_caller]
pub fn sleep(duration: Duration) {
    sleep_until(Deadline::after(duration));
}

/// Sleeps until `deadline`.
#[track_caller]
pub fn sleep_until(deadline: Deadline) {
    // A signal does not end this wait.
    while raddle_kernel::sleep_until(deadline).is_err() {}
}

/// What the payload of a panic says.
pub fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("Box<dyn Any>")
}

/// The running task.
pub fn current() -> Thread {
    let task = raddle_kernel::current();
    let known = TASKS.with_borrow(|tasks| tasks.iter().find(|(id, _)| *id == task).map(|(_, thread)| thread.clone()));
    known.unwrap_or_else(|| Thread::foreign(task))
}

/// How a task is to be started.
///
/// ```
/// use raddle_sync::thread;
///
/// let task = thread::Builder::new().name("worker".into()).spawn(|| thread::current().name().map(str::to_owned)).unwrap();
/// assert_eq!(task.join().unwrap().as_deref(), Some("worker"));
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
}

impl Builder {
    /// A task without a name, on a stack of the usual size.
    pub fn new() -> Self {
        Builder::default()
    }

    /// Names the task.
    #[must_use]
    pub fn name(self, name: String) -> Self {
        Builder { name: Some(name), ..self }
    }

    /// Sets the size of the stack in bytes; a controlled run has stacks of its own.
    #[must_use]
    pub fn stack_size(self, size: usize) -> Self {
        Builder { stack_size: Some(size), ..self }
    }

    /// Starts a task that runs `f`.
    ///
    /// # Errors
    /// The operating system's, when it gives no thread.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        // SAFETY: nothing that `f` or its result borrows ever ends.
        unsafe { self.start(f) }.map(JoinHandle)
    }

    /// Starts a task that runs `f` and ends before `scope` does.
    ///
    /// # Errors
    /// The operating system's, when it gives no thread.
    #[track_caller]
    pub fn spawn_scoped<'scope, F, T>(
        self,
        scope: &'scope Scope<'scope, '_>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        // SAFETY: the task is noted below, and `scope` neither returns nor unwinds before every noted task has ended, or will
        // never run again, and its work and its result are gone.
        let task = unsafe { self.start(f) }?;
        let noted: Arc<dyn Task + 'scope> = Arc::clone(&task.packet) as _;
        // SAFETY: only the lifetime changes; the scope empties the packet before 'scope ends, and what is left holds nothing of it.
        scope.tasks.lock().push(unsafe { std::mem::transmute::<Arc<dyn Task + 'scope>, Arc<dyn Task>>(noted) });
        Ok(ScopedJoinHandle { task, scope: PhantomData })
    }

    /// # Safety
    /// - What `f` and `T` borrow must live until the packet's word is `DONE` or the task will never run again, and until the
    ///   packet's work and result have been taken out.
    #[track_caller]
    unsafe fn start<'a, F, T>(self, f: F) -> io::Result<Started<T>>
    where
        F: FnOnce() -> T + Send + 'a,
        T: Send + 'a,
    {
        let thread = Thread::new(self.name.clone());
        let work: Box<dyn FnOnce() -> T + Send + 'a> = Box::new(f);
        // SAFETY: only the lifetime changes; the caller sees to it that what is borrowed outlives the work.
        let work = unsafe { std::mem::transmute::<Box<dyn FnOnce() -> T + Send + 'a>, Work<T>>(work) };
        let packet =
            Arc::new(Packet { object: Object::new(RUNNING), work: Latch::new(Some(work)), result: Latch::new(None) });
        let (ending, theirs) = (Ending(Arc::clone(&packet)), thread.clone());
        let body: Box<dyn FnOnce() + Send + 'a> = Box::new(move || ending.run(theirs));
        // SAFETY: only the lifetime changes; the body holds nothing that is borrowed but by way of the packet.
        let body = unsafe { std::mem::transmute::<Box<dyn FnOnce() + Send + 'a>, Box<dyn FnOnce() + Send>>(body) };
        let child = raddle_kernel::spawn(packet.target(), self.name, self.stack_size, body)?;
        Ok(Started { packet, thread, native: child.thread })
    }
}

/// A started task, to be joined; dropped, it lets the task go its way.
pub struct JoinHandle<T>(Started<T>);

impl<T> JoinHandle<T> {
    /// Waits until the task has ended; what it returned, or the payload of its panic.
    ///
    /// # Errors
    /// The payload, if the task panicked.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.0.join()
    }

    /// As [`join`](JoinHandle::join), until `deadline`.
    ///
    /// # Errors
    /// The handle, when the deadline passed first.
    #[track_caller]
    pub fn join_until(self, deadline: Deadline) -> std::result::Result<Result<T>, Self> {
        match self.0.packet.joined(deadline, Location::caller()) {
            Ok(()) => Ok(self.0.packet.take()),
            Err(_) => Err(self),
        }
    }

    /// Waits until the task has ended or `deadline` has passed, and leaves its result for a join: any number of tasks may wait.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[track_caller]
    pub fn wait_until(&self, deadline: Deadline) -> std::result::Result<(), Stopped> {
        self.wait_until_at(deadline, Location::caller())
    }

    /// As [`wait_until`](JoinHandle::wait_until), for a wait that belongs to the line `site`.
    ///
    /// # Errors
    /// As [`wait_until`](JoinHandle::wait_until).
    pub fn wait_until_at(&self, deadline: Deadline, site: Site) -> std::result::Result<(), Stopped> {
        self.0.packet.joined(deadline, site)
    }

    /// Whether the task has ended; what it did has happened then.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.0.packet.is_finished()
    }

    /// The task.
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }
}

/// A task started in a [`scope`], to be joined there.
pub struct ScopedJoinHandle<'scope, T> {
    task: Started<T>,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// As [`JoinHandle::join`].
    ///
    /// # Errors
    /// The payload, if the task panicked.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.task.join()
    }

    /// As [`JoinHandle::is_finished`].
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.task.packet.is_finished()
    }

    /// The task.
    pub fn thread(&self) -> &Thread {
        &self.task.thread
    }
}

/// Where tasks can be started that borrow from outside it; see [`scope`].
pub struct Scope<'scope, 'env: 'scope> {
    tasks: Latch<Vec<Arc<dyn Task>>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope> Scope<'scope, '_> {
    /// Starts a task in the scope.
    ///
    /// # Panics
    /// If the operating system gives no thread; see [`Builder::spawn_scoped`].
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Builder::new().spawn_scoped(self, f).expect("failed to spawn thread")
    }

    /// Joins all tasks that were not, and forgets their results; whether one of those was a panic.
    fn finish(&self, site: Site) -> bool {
        let mut panicked = false;
        loop {
            let Some(task) = self.tasks.lock().pop() else { return panicked };
            if !task.was_joined() {
                // An unwinding in here could only be the end of a controlled run, which ends tasks youngest first: all of
                // this scope's have ended by then, or will never run again.
                let _ = catch_unwind(AssertUnwindSafe(|| while task.joined(Deadline::Never, site).is_err() {}));
            }
            // What is dropped here may panic, too, and must not keep the other tasks from being waited for.
            panicked |= catch_unwind(AssertUnwindSafe(|| task.forget())).unwrap_or(true);
        }
    }
}

/// Runs `f`, in which tasks can be started that borrow from outside it; returns when all of them have ended.
///
/// ```
/// use raddle_sync::thread;
///
/// let words = vec!["a", "b"];
/// let count = thread::scope(|scope| scope.spawn(|| words.len()).join().unwrap());
/// assert_eq!(count, words.len());
/// ```
///
/// # Panics
/// If a task panicked that was not joined.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let scope = Scope { tasks: Latch::new(Vec::new()), scope: PhantomData, env: PhantomData };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    let panicked = scope.finish(Location::caller());
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if panicked => panic!("a scoped thread panicked"),
        Ok(result) => result,
    }
}

/// A task's name and number.
#[derive(Clone)]
pub struct Thread(Arc<Identity>);

struct Identity {
    id: ThreadId,
    name: Option<String>,
}

/// A task's number: unique in the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(u64);

impl Thread {
    fn new(name: Option<String>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1 << 32);
        // Relaxed: only uniqueness matters.
        Thread(Arc::new(Identity { id: ThreadId(NEXT.fetch_add(1, Relaxed)), name }))
    }

    /// A task that was not started here; its number is the kernel's, which is below those of `new`.
    fn foreign(task: TaskId) -> Self {
        let name = std::thread::current().name().map(str::to_owned);
        Thread(Arc::new(Identity { id: ThreadId(u64::from(task)), name }))
    }

    /// The task's number.
    pub fn id(&self) -> ThreadId {
        self.0.id
    }

    /// The task's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("id", &self.id()).field("name", &self.name()).finish()
    }
}

thread_local! {
    /// The tasks that run on this thread: one natively, many in a controlled run.
    static TASKS: RefCell<Vec<(TaskId, Thread)>> = const { RefCell::new(Vec::new()) };
}

/// Makes `thread` the running task's for as long as it lives.
struct Named(TaskId);

impl Named {
    fn new(thread: Thread) -> Self {
        let task = raddle_kernel::current();
        TASKS.with_borrow_mut(|tasks| tasks.push((task, thread)));
        Named(task)
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        TASKS.with_borrow_mut(|tasks| tasks.retain(|(id, _)| *id != self.0));
    }
}

/// The task has not ended.
const RUNNING: u32 = 0;
/// It has, and its result is there.
const DONE: u32 = 1;
/// Its end was waited for by a handle.
const JOINED: u32 = 2;

struct Started<T> {
    packet: Arc<Packet<T>>,
    thread: Thread,
    native: Option<std::thread::JoinHandle<()>>,
}

impl<T> Started<T> {
    #[track_caller]
    fn join(self) -> Result<T> {
        // A signal does not end this wait.
        while self.packet.joined(Deadline::Never, Location::caller()).is_err() {}
        if let Some(native) = self.native {
            // What is left of the thread are the destructors of its thread-locals; their panics are nobody's.
            let _ = native.join();
        }
        self.packet.take()
    }
}

/// What a task runs.
type Work<T> = Box<dyn FnOnce() -> T + Send>;

/// What a task is given and leaves behind.
struct Packet<T> {
    object: Object,
    /// Taken out by the task when it begins. A task that never begins, since its controlled run is over, may be dropped later
    /// than what its work borrows, so the work is not its own.
    work: Latch<Option<Work<T>>>,
    /// Taken out by the one who joins; none, too, if the task ended with its controlled run.
    result: Latch<Option<Result<T>>>,
}

impl<T> Packet<T> {
    const fn target(&self) -> Target<'_> {
        self.object.of(Kind::Thread)
    }

    fn done(&self) -> bool {
        // Acquire: pairs with the Release in `Ending::drop`.
        self.object.word().load(Acquire) & DONE != 0
    }

    fn joined(&self, deadline: Deadline, site: Site) -> std::result::Result<(), Stopped> {
        let target = self.target();
        point_at(Op::Join, target, deadline, || self.done(), site);
        if !self.done() {
            wait(Op::Join, target, deadline, |_| self.done().then_some(()))?;
        }
        // Release: passes on what `done` has seen to who reads this instead of the task's own `DONE`; nothing else is written here.
        self.object.word().store(DONE | JOINED, Release);
        did(target, Effect::Joined);
        Ok(())
    }

    #[track_caller]
    fn is_finished(&self) -> bool {
        let target = self.target();
        point(Op::Look, target, Deadline::Now, || true);
        let done = self.done();
        did(target, if done { Effect::Saw } else { Effect::Looked });
        done
    }

    fn take(&self) -> Result<T> {
        let result = self.result.lock().take();
        result.unwrap_or_else(|| resume_unwind(Box::new(Over)))
    }
}

/// A packet, whatever is in it.
trait Task: Send + Sync {
    fn joined(&self, deadline: Deadline, site: Site) -> std::result::Result<(), Stopped>;
    fn was_joined(&self) -> bool;
    /// Forgets the work that was not begun and the result that nobody took; whether that was a panic.
    fn forget(&self) -> bool;
}

impl<T: Send> Task for Packet<T> {
    fn joined(&self, deadline: Deadline, site: Site) -> std::result::Result<(), Stopped> {
        Packet::joined(self, deadline, site)
    }

    fn was_joined(&self) -> bool {
        // Relaxed: written by the same task, in `joined`; read in the scope's end.
        self.object.word().load(Relaxed) & JOINED != 0
    }

    fn forget(&self) -> bool {
        let (work, result) = (self.work.lock().take(), self.result.lock().take());
        drop(work);
        matches!(result, Some(Err(_)))
    }
}

/// Says, when it is dropped, that the task has ended.
struct Ending<T>(Arc<Packet<T>>);

impl<T> Ending<T> {
    /// Does the task's work.
    fn run(self, thread: Thread) {
        let work = self.0.work.lock().take();
        let Some(work) = work else { return };
        let _named = Named::new(thread);
        match catch_unwind(AssertUnwindSafe(work)) {
            Err(payload) if payload.is::<Over>() => {
                drop(self);
                resume_unwind(payload);
            }
            result => {
                if let Err(payload) = &result {
                    failed(|| panic_message(&**payload).to_owned());
                }
                *self.0.result.lock() = Some(result);
            }
        }
    }
}

impl<T> Drop for Ending<T> {
    fn drop(&mut self) {
        let target = self.0.target();
        // Release: pairs with the Acquire in `Packet::done`; publishes the result and all that the task did.
        self.0.object.word().store(DONE, Release);
        did(target, Effect::Exited);
        wake(target, usize::MAX);
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("thread", self.thread()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").field("thread", self.thread()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("task_count", &self.tasks.lock().len()).finish_non_exhaustive()
    }
}
