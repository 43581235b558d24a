//! The one place that blocks.

use crate::control::controller;
use crate::object::{Object, Split, Target};
use crate::park::{Kept, SPINS, Stay, TABLE, TRIES, YIELDS};
use crate::point::Point;
use crate::words::{Deadline, Effect, Op, Stopped};
use std::cell::Cell;
use std::panic::Location;
use std::sync::atomic::AtomicU32;

/// Why an attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    /// It may be tried again at once: leave no mark.
    Spin,
    /// The last try before the task sleeps, under the queue's lock: mark the word so that the other side calls [`wake`].
    Park,
    /// [`wake`] has taken this task out of the queue.
    Woken,
    /// The deadline has passed; the task stands in no queue any more.
    Last,
}

/// What a wake did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Woken {
    /// How many tasks were woken.
    pub count: usize,
    /// Whether others still wait.
    pub more: bool,
}

/// How a thread waits natively.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Whether it tries for a moment before it sleeps; in vain while it has what the others need.
    pub spins: bool,
    /// Called when a signal came to this thread, and before a sleep with `around` that tries came before; if it returns true the
    /// wait ends with [`Stopped::Interrupted`], or the next one in this manner, if this one has just got what it waited for.
    pub signal: Option<fn() -> bool>,
    /// Runs the sleep, and lets go meanwhile of what others need: an interpreter's lock.
    pub around: Option<fn(&mut dyn FnMut())>,
}

impl Manner {
    /// A thread that nothing but its wait concerns.
    pub const PLAIN: Manner = Manner { spins: true, signal: None, around: None };
}

thread_local! {
    static MANNER: Cell<Manner> = const { Cell::new(Manner::PLAIN) };
    /// Whether a signal has asked for the end of what this thread does in its manner, and no wait has ended by that so far.
    static RAISED: Cell<bool> = const { Cell::new(false) };
}

/// Runs `f`, in which this thread waits in this manner.
pub fn waiting<R>(manner: Manner, f: impl FnOnce() -> R) -> R {
    struct Restore(Manner, bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            MANNER.set(self.0);
            RAISED.set(self.1);
        }
    }
    let _restore = Restore(MANNER.replace(manner), RAISED.replace(false));
    f()
}

/// Runs `f`, in which no signal ends a wait.
pub fn uninterrupted<R>(f: impl FnOnce() -> R) -> R {
    waiting(Manner { signal: None, ..manner() }, f)
}

pub(crate) fn manner() -> Manner {
    MANNER.get()
}

/// In so many steps a [`pause`] grows, twice as long each time, before it gives the processor away.
pub(crate) const SPUN_STEPS: u32 = 7;

/// Lets a moment pass before the `step`th try of something that another task is about to make possible.
///
/// For what takes a few instructions: the first moments are as short, and later ones give the processor away.
#[inline]
pub fn pause(step: u32) {
    if step < SPUN_STEPS {
        (0..1 << step).for_each(|_| std::hint::spin_loop());
    } else {
        std::thread::yield_now();
    }
}

/// Asks `whether` for a moment, for somebody who would sleep otherwise; not at all if this thread's manner is not to spin.
///
/// For who has nothing else to do, and may have the processor of whom it waits for: later it is given away in between.
/// Nobody may rely on having been asked.
pub fn spin(mut whether: impl FnMut() -> bool) {
    if manner().spins {
        for round in 0..SPINS + YIELDS {
            if whether() {
                return;
            }
            if round < SPINS { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    }
}

/// Runs `attempt` until it yields a value, asleep in between; natively the slow half of an operation whose fast path failed.
///
/// `attempt` runs once more under the queue's lock before the task sleeps, so that no wake-up is lost.
/// A failed attempt may change nothing but the mark that says "somebody waits".
/// In a controlled run the point already saw to it that the attempt succeeds, or that the deadline ends it; a refusal and a
/// time-out are reported from here, for every primitive.
///
/// # Errors
/// [`Stopped`], when the deadline passed or the wait was interrupted; the task stands in no queue any more.
#[inline(always)]
#[track_caller]
pub fn wait<T>(
    op: Op,
    target: Target<'_>,
    deadline: Deadline,
    attempt: impl FnMut(Try) -> Option<T>,
) -> Result<T, Stopped> {
    wait_spinning(op, target.split(), deadline, (0, None), || (), attempt)
}

/// As [`wait`], for what others have for a moment, a lock: tries for a while before it sleeps.
///
/// Whoever waits for another task to get on should sleep at once: trying for a microsecond costs that task the microsecond, if
/// the two share a processor, and the sleep comes all the same.
///
/// # Errors
/// As [`wait`].
#[inline(always)]
#[track_caller]
pub fn wait_briefly<T>(
    op: Op,
    target: Target<'_>,
    deadline: Deadline,
    attempt: impl FnMut(Try) -> Option<T>,
) -> Result<T, Stopped> {
    wait_spinning(op, target.split(), deadline, (TRIES, None), || (), attempt)
}

/// As [`wait`], and calls `enqueued` once, when the task stands in the queue and before it sleeps: what a condition's wait releases its lock in.
///
/// `lock` is what the task cannot go on without when it is woken, if that has an object: see [`wake_holding`].
///
/// # Errors
/// As [`wait`].
#[inline(always)]
#[track_caller]
pub fn wait_after<T>(
    op: Op,
    target: Target<'_>,
    deadline: Deadline,
    lock: Option<&Object>,
    enqueued: impl FnOnce(),
    attempt: impl FnMut(Try) -> Option<T>,
) -> Result<T, Stopped> {
    wait_spinning(op, target.split(), deadline, (0, lock), enqueued, attempt)
}

#[cold]
#[inline(never)]
#[track_caller]
fn wait_spinning<T>(
    op: Op,
    target: Split<'_>,
    deadline: Deadline,
    (tries, lock): (u32, Option<&Object>),
    enqueued: impl FnOnce(),
    mut attempt: impl FnMut(Try) -> Option<T>,
) -> Result<T, Stopped> {
    let target = Target::joined(target);
    if crate::watched()
        && let Some(controller) = controller()
    {
        if let Some(value) = attempt(Try::Spin) {
            return Ok(value);
        }
        let stopped = if deadline == Deadline::Now {
            Some(Effect::Refused)
        } else if controller.timed_out() {
            Some(Effect::TimedOut)
        } else {
            None
        };
        if let Some(effect) = stopped {
            crate::did(target, effect);
            return Err(Stopped::TimedOut);
        }
        let at = Point { op, target, deadline, ready: &|| false, ways: 1, site: Location::caller() };
        let mut enqueued = Some(enqueued);
        loop {
            if attempt(Try::Park).is_none() {
                let enqueued = &mut || {
                    if let Some(enqueued) = enqueued.take() {
                        enqueued();
                    }
                };
                if let Err(stopped) = controller.block(&at, enqueued) {
                    return attempt(Try::Last).ok_or_else(|| {
                        crate::did(target, Effect::GaveUp);
                        stopped
                    });
                }
            }
            if let Some(value) = attempt(Try::Woken) {
                return Ok(value);
            }
        }
    }
    let stay = Stay { key: target.key(), deadline, tries, lock };
    RAISED.with(|raised| TABLE.wait(&stay, raised, enqueued, attempt))
}

/// Wakes up to `n` tasks that wait on the object, oldest first. To be called after the state change, never before.
///
/// No system call when nobody waits.
#[inline(always)]
pub fn wake(target: Target<'_>, n: usize) -> usize {
    wake_then(target, n, |_| ()).count
}

/// As [`wake`], and calls `then` under the queue's lock, where no task can begin to wait: the place to take back the mark that says "somebody waits".
#[inline(always)]
pub fn wake_then(target: Target<'_>, n: usize, then: impl FnOnce(Woken)) -> Woken {
    wake_split(target.split(), n, then)
}

#[cold]
#[inline(never)]
fn wake_split(target: Split<'_>, n: usize, then: impl FnOnce(Woken)) -> Woken {
    let target = Target::joined(target);
    if crate::watched()
        && let Some(controller) = controller()
    {
        let woken = controller.wake(target, n);
        then(woken);
        return woken;
    }
    TABLE.wake(target.key(), n, then)
}

thread_local! {
    /// Whom this thread has woken by [`wake_holding`] and left asleep.
    static KEPT: Cell<Kept> = const { Cell::new(Kept::new()) };
}

/// As [`wake`], but whoever would need a lock next that this task `holds`, as its word says, is left asleep until the task calls [`wake_kept`].
///
/// So nobody is woken only to find the lock taken. Whoever is left asleep counts as woken: its deadline ends nothing any more.
/// The task must call [`wake_kept`] when it has given that lock back, and no other task may give it back in its place.
#[cold]
#[inline(never)]
pub fn wake_holding(target: Target<'_>, n: usize, holds: impl Fn(&AtomicU32) -> bool) -> usize {
    if crate::watched()
        && let Some(controller) = controller()
    {
        return controller.wake(target, n).count;
    }
    let mut kept = KEPT.replace(Kept::new());
    let woken = TABLE.wake_holding(target.key(), n, &mut kept, holds);
    KEPT.set(kept);
    woken
}

/// Wakes all whom this task has left asleep.
pub fn wake_kept() {
    KEPT.replace(Kept::new()).rouse();
}

/// Forgets all whom this task has left asleep: for the child of a fork, in which they are not.
pub(crate) fn forget_kept() {
    KEPT.set(Kept::new());
}
