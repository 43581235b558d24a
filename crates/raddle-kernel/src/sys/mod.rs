//! How a thread sleeps: all that depends on the platform.

#[cfg(target_os = "linux")]
mod futex;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod outsiders;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

use crate::words::Deadline;
use std::sync::atomic::AtomicU32;

#[cfg(target_os = "linux")]
pub(crate) use futex::Futex as Native;
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::Portable as Native;
#[cfg(test)]
pub(crate) use portable::Portable;

/// Sees to it that threads which a controlled task starts by other means are noticed, where that can be done.
pub(crate) fn notice_outsiders() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    outsiders::arm();
}

/// Has `before` called by each thread that forks the process, and then one of the others, in the parent and in the child.
pub(crate) fn at_fork(before: extern "C" fn(), in_parent: extern "C" fn(), in_child: extern "C" fn()) {
    #[cfg(unix)]
    // SAFETY: the functions live as long as the program, and do nothing in the child but write memory and unlock locks of this thread's.
    unsafe {
        libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
    }
    #[cfg(not(unix))]
    let _ = (before, in_parent, in_child);
}

/// Why a sleep ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parked {
    /// Look at the flag again: a wake, or nothing at all.
    Maybe,
    /// The deadline has passed.
    TimedOut,
    /// A signal may have been handled.
    Signal,
}

/// Puts the calling thread to sleep until a flag is set.
pub(crate) trait Parker: Sized {
    /// What wakes the thread.
    type Unparker: Unparker;
    /// A parker for the calling thread.
    fn new() -> Self;
    /// Sleeps while `flag` is 0. `signals`: return [`Parked::Signal`] after a signal, at the latest after a short while.
    fn park(&self, flag: &AtomicU32, deadline: Deadline, signals: bool) -> Parked;
    /// Taken before the flag is set: afterwards the parker may be gone.
    fn unparker(&self) -> Self::Unparker;
}

pub(crate) trait Unparker {
    /// Wakes the thread; the flag was set just before, and its memory may be gone.
    fn unpark(self, flag: *const AtomicU32);
}
