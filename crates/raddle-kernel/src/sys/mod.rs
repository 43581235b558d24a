//! How a thread sleeps: all that depends on the platform.

pub(crate) mod atoms;
#[cfg(target_os = "linux")]
mod futex;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod outsiders;
mod parker;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

#[cfg(target_os = "linux")]
pub(crate) use futex::Futex as Native;
pub(crate) use parker::{Parked, Parker, Unparker};
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
