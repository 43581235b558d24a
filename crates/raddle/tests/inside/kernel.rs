//! The kernel that the primitives stand on in here: the one alias for their atomics, and a model of its queues.
//!
//! It has the names of `raddle-kernel`. A word is an atomic of `raddle`, whose accesses are points; a queue of waiters is a list
//! under a mutex of `raddle`, and a task sleeps on a semaphore of `raddle`. The gate is shut: what a primitive announces goes nowhere.
//!
//! Two things are one step in here that are more outside, so that more of what matters can be searched. `fetch_update` is: it
//! goes on from the value that it changed last, whatever it read before. And so is what happens under a queue's lock: nobody can
//! see a queue without it, and of the word a last try and a mark taken back make one access each. The last try before these, which
//! spins, is left out: one that fails changes nothing, and one that does not could have come later.

#![expect(missing_docs, reason = "the kernel says what these are")]

use raddle::engine::kernel as real;
use raddle::{Mutex, Semaphore};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::ops::Deref;
use std::panic::Location;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

pub use real::{
    Deadline, Effect, Kind, OWNER, ObjectId, Op, Over, Site, Stopped, TaskId, Try, Woken, current, now, panicking,
    sleep_until, yield_now,
};

/// An atomic of `raddle`.
#[derive(Debug)]
pub struct AtomicU32(raddle::atomic::AtomicU32);

impl AtomicU32 {
    #[track_caller]
    pub const fn new(value: u32) -> Self {
        AtomicU32(raddle::atomic::AtomicU32::new(value))
    }

    #[track_caller]
    pub fn fetch_update(
        &self,
        success: Ordering,
        failure: Ordering,
        next: impl FnMut(u32) -> Option<u32>,
    ) -> Result<u32, u32> {
        let mut next = next;
        let before = self.0.load(failure);
        match next(before) {
            Some(after) => real::silently(|| self.0.compare_exchange(before, after, success, failure)),
            None => Err(before),
        }
    }
}

impl Deref for AtomicU32 {
    type Target = raddle::atomic::AtomicU32;

    fn deref(&self) -> &raddle::atomic::AtomicU32 {
        &self.0
    }
}

/// As the kernel's, with the queue of its waiters.
pub struct Object {
    site: Site,
    /// Made when it is first used: a waiter may share it with whoever wakes.
    word: OnceLock<Arc<AtomicU32>>,
    first: u32,
    waiters: Mutex<VecDeque<Arc<Waiter>>>,
}

/// A task in a queue.
struct Waiter {
    lane: u8,
    /// The word of the lock that the task needs next.
    lock: Option<Arc<AtomicU32>>,
    bed: Semaphore,
}

impl Object {
    #[track_caller]
    pub const fn new(word: u32) -> Self {
        Object { site: Location::caller(), word: OnceLock::new(), first: word, waiters: Mutex::new(VecDeque::new()) }
    }

    pub fn word(&self) -> &AtomicU32 {
        self.shared()
    }

    fn shared(&self) -> &Arc<AtomicU32> {
        self.word.get_or_init(|| Arc::new(AtomicU32::new(self.first)))
    }

    pub const fn site(&self) -> Site {
        self.site
    }

    pub const fn id(&self) -> ObjectId {
        0
    }

    pub const fn of(&self, kind: Kind) -> Target<'_> {
        Target { kind, object: self, lane: 0 }
    }

    /// One step under the queue's lock.
    fn locked<R>(&self, step: impl FnOnce(&mut VecDeque<Arc<Waiter>>) -> R) -> R {
        let mut waiters = self.waiters.lock().unwrap();
        real::silently(|| {
            let result = step(&mut waiters);
            drop(waiters);
            result
        })
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "created at {}", self.site)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub kind: Kind,
    pub object: &'a Object,
    pub lane: u8,
}

impl Target<'_> {
    #[must_use]
    pub const fn lane(self, lane: u8) -> Self {
        Target { lane, ..self }
    }
}

pub fn point(_op: Op, _target: Target<'_>, _deadline: Deadline, _ready: impl Fn() -> bool) {}

pub fn point_of_ways(
    _op: Op,
    _target: Target<'_>,
    _deadline: Deadline,
    _ready: impl Fn() -> bool,
    _ways: impl FnOnce() -> u32,
) -> u32 {
    0
}

pub fn point_at(_op: Op, _target: Target<'_>, _deadline: Deadline, _ready: impl Fn() -> bool, _site: Site) {}

pub fn did(_target: Target<'_>, _effect: Effect) {}

pub fn failed(_message: impl FnOnce() -> String) {}

pub use raddle::atomic::AtomicUsize;

/// Whoever waits for another to end what it has begun gives way.
pub fn pause(_step: u32) {
    yield_now();
}

pub fn watched() -> bool {
    false
}

pub fn silently<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// Left out: see above.
pub fn spin(_whether: impl FnMut() -> bool) {}

thread_local! {
    /// The tasks whose next time-out stands for a signal.
    static SIGNALLED: RefCell<Vec<TaskId>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f`, in which a deadline that passes stands for a signal: one may come at any moment, as the other may.
pub fn signalled<R>(f: impl FnOnce() -> R) -> R {
    waiting(true, f)
}

pub fn uninterrupted<R>(f: impl FnOnce() -> R) -> R {
    waiting(false, f)
}

fn waiting<R>(signalled: bool, f: impl FnOnce() -> R) -> R {
    struct Restore(TaskId, bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            set(self.0, self.1);
        }
    }
    let me = current();
    let _restore = Restore(me, set(me, signalled));
    f()
}

/// Says whether a time-out of this task stands for a signal; whether one did before.
fn set(task: TaskId, signalled: bool) -> bool {
    SIGNALLED.with_borrow_mut(|tasks| {
        let known = tasks.len();
        tasks.retain(|other| *other != task);
        let before = tasks.len() < known;
        tasks.extend(signalled.then_some(task));
        before
    })
}

fn stopped() -> Stopped {
    let signalled = SIGNALLED.with_borrow(|tasks| tasks.contains(&current()));
    if signalled { Stopped::Interrupted } else { Stopped::TimedOut }
}

pub fn wait<T>(
    op: Op,
    target: Target<'_>,
    deadline: Deadline,
    attempt: impl FnMut(Try) -> Option<T>,
) -> Result<T, Stopped> {
    wait_after(op, target, deadline, None, || (), attempt)
}

pub use wait as wait_briefly;

pub fn wait_after<T>(
    _op: Op,
    target: Target<'_>,
    deadline: Deadline,
    lock: Option<&Object>,
    enqueued: impl FnOnce(),
    mut attempt: impl FnMut(Try) -> Option<T>,
) -> Result<T, Stopped> {
    if deadline == Deadline::Now {
        return attempt(Try::Last).ok_or(Stopped::TimedOut);
    }
    let mut enqueued = Some(enqueued);
    let mut overtaken = false;
    loop {
        let lock = lock.map(|lock| Arc::clone(lock.shared()));
        let waiter = Arc::new(Waiter { lane: target.lane, lock, bed: Semaphore::new(0) });
        let done = target.object.locked(|waiters| {
            let done = attempt(Try::Park);
            if done.is_none() {
                waiters.push_back(Arc::clone(&waiter));
            }
            done
        });
        if let Some(value) = done {
            return Ok(value);
        }
        if let Some(enqueued) = enqueued.take() {
            enqueued();
        }
        // Whoever is in the queue no more was woken, and that must not be lost with him.
        if overtaken || waiter.bed.acquire_until(deadline).is_err() {
            if target.object.locked(|waiters| remove(waiters, &waiter)) {
                return attempt(Try::Last).ok_or_else(stopped);
            }
            overtaken = true;
            waiter.bed.acquire_until(Deadline::Never).unwrap();
        }
        if let Some(value) = attempt(Try::Woken) {
            return Ok(value);
        }
    }
}

/// Takes a waiter out; whether it was there.
fn remove(waiters: &mut VecDeque<Arc<Waiter>>, waiter: &Arc<Waiter>) -> bool {
    let at = waiters.iter().position(|other| Arc::ptr_eq(other, waiter));
    at.and_then(|at| waiters.remove(at)).is_some()
}

pub fn wake(target: Target<'_>, n: usize) -> usize {
    wake_then(target, n, |_| ()).count
}

pub fn wake_then(target: Target<'_>, n: usize, then: impl FnOnce(Woken)) -> Woken {
    target.object.locked(|waiters| {
        let mut count = 0;
        while count < n
            && let Some(at) = waiters.iter().position(|waiter| waiter.lane == target.lane)
            && let Some(waiter) = waiters.remove(at)
        {
            waiter.bed.release().unwrap();
            count += 1;
        }
        let woken = Woken { count, more: waiters.iter().any(|waiter| waiter.lane == target.lane) };
        then(woken);
        woken
    })
}

thread_local! {
    /// Whom each task has woken and left asleep.
    static KEPT: RefCell<Vec<(TaskId, Arc<Waiter>)>> = const { RefCell::new(Vec::new()) };
}

pub fn wake_holding(target: Target<'_>, n: usize, holds: impl Fn(&AtomicU32) -> bool) -> usize {
    let mut waiters = target.object.waiters.lock().unwrap();
    let count = waiters.len().min(n);
    for waiter in waiters.drain(..count) {
        if waiter.lock.as_deref().is_some_and(&holds) {
            KEPT.with_borrow_mut(|kept| kept.push((current(), waiter)));
        } else {
            waiter.bed.release().unwrap();
        }
    }
    count
}

pub fn wake_kept() {
    let mine = KEPT.with_borrow_mut(|kept| kept.extract_if(.., |(task, _)| *task == current()).collect::<Vec<_>>());
    for (_, waiter) in mine {
        waiter.bed.release().unwrap();
    }
}

#[derive(Debug)]
pub struct Child {
    pub thread: Option<std::thread::JoinHandle<()>>,
}

/// Starts a task of `raddle`.
pub fn spawn(
    _thread: Target<'_>,
    name: Option<String>,
    _stack: Option<usize>,
    body: Box<dyn FnOnce() + Send>,
) -> io::Result<Child> {
    let builder = raddle::thread::Builder::new().name(name.unwrap_or_default());
    builder.spawn(body).map(|_| Child { thread: None })
}
