//! The verbs before and after a visible operation.

use crate::control::{controller, note_stranger};
use crate::object::{Split, Target};
use crate::words::{Deadline, Effect, Op, Site};
use std::fmt;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The moment before an operation.
pub struct Point<'a> {
    /// What the task is about to do.
    pub op: Op,
    /// To what.
    pub target: Target<'a>,
    /// How long it may wait for it.
    pub deadline: Deadline,
    /// Whether it could be done; a pure read of the object's state.
    pub ready: &'a dyn Fn() -> bool,
    /// In how many ways it could be done then, of which none is better than another.
    pub ways: u32,
    /// Where in the source.
    pub site: Site,
}

impl fmt::Debug for Point<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Point").field("op", &self.op).field("target", &self.target).finish_non_exhaustive()
    }
}

/// Where a thread stood last, for another to read: noted at each point of a controlled run, so without a lock.
#[derive(Debug, Default)]
pub struct LastSite(AtomicPtr<Location<'static>>);

impl LastSite {
    /// Notes it.
    #[inline]
    pub fn set(&self, at: Site) {
        // Relaxed: what the pointer leads to is part of the program, and was never written.
        self.0.store(ptr::from_ref(at).cast_mut(), Ordering::Relaxed);
    }

    /// What was noted last.
    pub fn get(&self) -> Option<Site> {
        // Relaxed: as in `set`.
        let at = self.0.load(Ordering::Relaxed);
        // SAFETY: only `set` writes it, from a reference that lives for ever and is never written through; before that it is null.
        unsafe { at.as_ref() }
    }
}

/// Announces `op` on `target`, before it is tried.
///
/// Natively one relaxed load and a branch not taken.
/// In a controlled run the task stands here until it is chosen; it is not chosen while `ready` is false, unless it may
/// not wait (`Deadline::Now`) or its timer fires. `ready` must only read, and must keep its answer until the object changes.
#[inline(always)]
#[track_caller]
pub fn point(op: Op, target: Target<'_>, deadline: Deadline, ready: impl Fn() -> bool) {
    point_at(op, target, deadline, ready, Location::caller());
}

/// As [`point`], of an operation that has no line of its own: `site` is the line it belongs to (for a guard's release, where the guard was made).
#[inline(always)]
pub fn point_at(op: Op, target: Target<'_>, deadline: Deadline, ready: impl Fn() -> bool, site: Site) {
    if crate::watched() {
        watched_point(op, target.split(), deadline, ready, 1, site);
    }
}

/// As [`point`], of an operation that can be done in several ways; says in which, counted from 0.
///
/// Natively in the first. In a controlled run that is one more choice.
#[inline(always)]
#[track_caller]
pub fn point_of_ways(
    op: Op,
    target: Target<'_>,
    deadline: Deadline,
    ready: impl Fn() -> bool,
    ways: impl FnOnce() -> u32,
) -> u32 {
    if !crate::watched() {
        return 0;
    }
    watched_point(op, target.split(), deadline, ready, ways(), Location::caller());
    controller().map_or(0, |controller| controller.way())
}

#[cold]
#[inline(never)]
fn watched_point(op: Op, target: Split<'_>, deadline: Deadline, ready: impl Fn() -> bool, ways: u32, site: Site) {
    let at = Point { op, target: Target::joined(target), deadline, ready: &ready, ways, site };
    match controller() {
        Some(controller) => controller.point(&at),
        None => note_stranger(at.target, at.op, at.site),
    }
}

/// Reports what the operation on `target` turned out to be.
///
/// Natively one relaxed load and a branch not taken.
#[inline(always)]
pub fn did(target: Target<'_>, effect: Effect) {
    if crate::watched() {
        watched_did(target.split(), effect);
    }
}

#[cold]
#[inline(never)]
fn watched_did(target: Split<'_>, effect: Effect) {
    if let Some(controller) = controller() {
        controller.did(Target::joined(target), effect);
    }
}

/// Reports that the body of the running task ended in a panic that says `message`; the effect [`Effect::Exited`] follows.
///
/// Natively nothing: the panic is the result of the join.
#[inline]
pub fn failed(message: impl FnOnce() -> String) {
    if crate::watched()
        && let Some(controller) = controller()
    {
        controller.failed(message());
    }
}

/// Announces a wait that nobody here can decide: for a child process, a pipe, a socket.
///
/// The caller then waits by its own means. In a controlled run the verdict says so.
#[inline]
#[track_caller]
pub fn outside(what: &str) {
    if crate::watched()
        && let Some(controller) = controller()
    {
        controller.outside(what, Some(Location::caller()));
    }
}

/// Runs `f` with this task's points silent: no other task is chosen in between, unless the task has to wait.
///
/// For the inner operations of what is one operation to its user.
#[inline(always)]
pub fn silently<R>(f: impl FnOnce() -> R) -> R {
    if crate::watched() { watched_silently(f) } else { f() }
}

#[cold]
#[inline(never)]
fn watched_silently<R>(f: impl FnOnce() -> R) -> R {
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            if let Some(controller) = controller() {
                controller.silence(false);
            }
        }
    }
    let _end = controller().map(|controller| {
        controller.silence(true);
        End
    });
    f()
}

/// Whether the running task unwinds from a panic.
///
/// As [`std::thread::panicking`], but right for tasks that share a thread, and false for a task that only unwinds because its run is over.
#[inline]
pub fn panicking() -> bool {
    std::thread::panicking() && watched_panicking()
}

#[cold]
#[inline(never)]
fn watched_panicking() -> bool {
    controller().is_none_or(|controller| controller.panicking())
}
