//! Controlled runs: every interleaving that matters of a program, on fibers of one thread.
//!
//! [`explore`] searches, [`replay`] runs one schedule again; a [`Front`] is the language above.
//! This crate promises nothing to the outside: use the crate `raddle`.

mod access;
mod additions;
mod classes;
mod closure;
mod coverage;
mod deal;
mod dependence;
mod diagnose;
mod execution;
mod fiber;
mod front;
mod merge;
mod options;
mod order;
mod panics;
mod session;
mod shrink;
mod strategy;
mod trace;
mod visible;
mod watchdog;

pub use access::{How, Touch};
pub use additions::Order;
pub use closure::Closure;
pub use execution::Failure;
pub use front::{Evidence, Front, Member, StackBounds};
pub use merge::{merge, unlike};
pub use options::{Options, Progress, StrategyKind};
pub use session::{explore, replay};
pub use watchdog::Alarm;

use execution::with_current;
use raddle_kernel::TaskId;
use raddle_record::Frame;
use std::time::Duration;

/// Announces an access of the running task, just before it is made; nothing outside a controlled run.
///
/// Unwinds with [`Over`](raddle_kernel::Over) if the run has ended.
pub fn touch(touch: &Touch<'_>) {
    with_current(|execution| execution.touch(touch));
}

/// What is done at once has had no point yet.
const NO_POINT: u64 = u64::MAX;

/// For as long as this lives, what the running task accesses is accessed at once: of several points there is only the first, and
/// another after each point that it stands at meanwhile for something else.
#[derive(Debug)]
#[must_use]
pub struct AtOnce(Option<u64>);

/// Begins a number of accesses that are made at once, with no other task in between; those that are nested in it stand for themselves.
pub fn at_once() -> AtOnce {
    AtOnce(with_current(|execution| execution.set_at_once(Some(NO_POINT))).flatten())
}

impl Drop for AtOnce {
    fn drop(&mut self) {
        with_current(|execution| execution.set_at_once(self.0));
    }
}

/// A number for the moment: as long as it stays, a read at `site` that was announced need not be announced again, because nobody
/// else has run and nothing was written. There is none where accesses at `site` are points, each of them anew.
pub fn moment(site: u32) -> Option<u64> {
    with_current(|execution| execution.moment(site)).flatten()
}

/// Makes accesses at `site` points from the next execution on, whether they race or not: what decides them cannot be seen.
pub fn insist(site: u32) {
    with_current(|execution| execution.inner.borrow_mut().visible.add_site(site));
}

/// Says that the effects of this run do not tell who could have gone first, and why.
pub fn doubt(why: &'static str) {
    with_current(|execution| {
        if let Some(trace) = &mut execution.inner.borrow_mut().trace {
            trace.doubt(why);
        }
    });
}

/// Says that the owner at this address has just changed, though no access tells so: whoever accesses or uses it, and is not ordered
/// with that, may see the one or the other, and nothing is proved.
pub fn changed(owner: usize) {
    with_current(|execution| execution.unseen(owner, false));
}

/// Says that something at this address is used, that it may change, and that no access tells so: as [`changed`], and nothing is proved
/// either where another task uses it, and nothing orders the two uses.
pub fn used(owner: usize) {
    with_current(|execution| execution.unseen(owner, true));
}

/// Says that the owner at this address is no more: what is accessed there from now on is something else.
pub fn forget(owner: usize) {
    with_current(|execution| {
        let mut inner = execution.inner.borrow_mut();
        inner.locations.forget(owner);
        if let Some(trace) = &mut inner.trace {
            trace.forget(owner);
        }
    });
}

/// Reports an exception that left the running task.
pub fn failed(failure: Failure) {
    with_current(|execution| execution.report(failure));
}

/// Reports that something runs which cannot be controlled.
pub fn uncontrolled(what: &str, at: Option<Frame>) {
    with_current(|execution| execution.uncontrolled(what, at));
}

/// Ends this thread's run at the next point, whoever comes to it: its tasks only unwind from then on.
pub fn end() {
    with_current(execution::Execution::end);
}

/// Whether this thread is in a controlled run.
pub fn in_execution() -> bool {
    with_current(|_| ()).is_some()
}

/// Whether this thread is in a controlled run that is recorded for a report.
pub fn recording() -> bool {
    with_current(|execution| execution.recording).unwrap_or(false)
}

/// Whether this thread is in no controlled run, or in one that has had no second task: nothing it accesses is shared yet.
#[inline]
pub fn is_alone() -> bool {
    with_current(|execution| execution.inner.borrow().tasks.len() == 1).unwrap_or(true)
}

/// Whether another task of this thread's run has not ended.
pub fn others_live() -> bool {
    with_current(|execution| execution.inner.borrow().live > 1).unwrap_or(false)
}

/// The path of a task of this thread's run: `0` is the main task, `0.2` the second that it started.
pub fn task_path(task: TaskId) -> Option<String> {
    with_current(|execution| {
        let inner = execution.inner.borrow();
        inner.tasks.iter().position(|t| t.id == task).map(|number| inner.path(number))
    })
    .flatten()
}

/// The virtual time since this thread's run began.
pub fn elapsed() -> Option<Duration> {
    with_current(execution::Execution::elapsed)
}
