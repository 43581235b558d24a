//! What the park table asks of a platform.

use super::atoms::AtomicU32;
use crate::words::Deadline;

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
