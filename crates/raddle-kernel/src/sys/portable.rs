//! Sleeping anywhere: `std::thread::park`.

use super::{Parked, Parker, Unparker};
use crate::words::Deadline;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// A signal does not end `std::thread::park`; with a hook installed it is looked for this often.
const SIGNAL_SLICE: Duration = Duration::from_millis(20);

/// Sleeps by the standard library's thread parking.
pub(crate) struct Portable(Thread);

impl Parker for Portable {
    type Unparker = Thread;

    fn new() -> Self {
        Portable(thread::current())
    }

    fn park(&self, flag: &AtomicU32, deadline: Deadline, signals: bool) -> Parked {
        // Acquire: pairs with the Release store of whoever wakes.
        if flag.load(Ordering::Acquire) != 0 {
            return Parked::Maybe;
        }
        let left = match deadline {
            Deadline::Never => None,
            Deadline::Now => return Parked::TimedOut,
            Deadline::At(at) => Some(at.saturating_duration_since(Instant::now())),
        };
        if left.is_some_and(|left| left.is_zero()) {
            return Parked::TimedOut;
        }
        match (left, signals) {
            (None, false) => thread::park(),
            (Some(left), false) => thread::park_timeout(left),
            (left, true) => {
                thread::park_timeout(left.map_or(SIGNAL_SLICE, |left| left.min(SIGNAL_SLICE)));
                return Parked::Signal;
            }
        }
        Parked::Maybe
    }

    fn unparker(&self) -> Thread {
        self.0.clone()
    }
}

impl Unparker for Thread {
    fn unpark(self, _flag: *const AtomicU32) {
        Thread::unpark(&self);
    }
}
