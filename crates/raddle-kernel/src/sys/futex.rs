//! Sleeping on Linux: `futex(2)`.

use super::{Parked, Parker, Unparker};
use crate::words::Deadline;
use std::ptr;
use std::sync::atomic::AtomicU32;
use std::time::Instant;

/// Sleeps on the flag itself.
pub(crate) struct Futex;

impl Parker for Futex {
    type Unparker = Futex;

    fn new() -> Self {
        Futex
    }

    fn park(&self, flag: &AtomicU32, deadline: Deadline, _signals: bool) -> Parked {
        let timeout = match deadline {
            Deadline::Never => None,
            Deadline::Now => return Parked::TimedOut,
            Deadline::At(at) => {
                let left = at.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Parked::TimedOut;
                }
                // Longer than a time_t can say is for ever.
                libc::time_t::try_from(left.as_secs())
                    .ok()
                    .map(|tv_sec| libc::timespec { tv_sec, tv_nsec: libc::c_long::from(left.subsec_nanos() as i32) })
            }
        };
        let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
        // SAFETY: FUTEX_WAIT reads the flag and the timeout, which live for the call; a relative timeout is measured by CLOCK_MONOTONIC, as Instant.
        let result = unsafe {
            libc::syscall(libc::SYS_futex, flag.as_ptr(), libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG, 0u32, timeout)
        };
        if result == 0 {
            return Parked::Maybe;
        }
        match std::io::Error::last_os_error().raw_os_error() {
            Some(libc::EINTR) => Parked::Signal,
            // The loop around looks at the clock again, so that only time itself ends a wait.
            _ => Parked::Maybe,
        }
    }

    fn unparker(&self) -> Futex {
        Futex
    }
}

impl Unparker for Futex {
    fn unpark(self, flag: *const AtomicU32) {
        // SAFETY: FUTEX_WAKE uses the address as a name and reads nothing there; whoever sleeps there by then, on memory used
        // again, sees a wake without reason, which every futex user allows for.
        unsafe { libc::syscall(libc::SYS_futex, flag, libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1) };
    }
}
