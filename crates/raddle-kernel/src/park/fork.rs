//! What a fork leaves of the park table.
//!
//! The child has a copy of the table, but none of the threads that wait in it: their nodes are on stacks that will be used again.
//! So a fork waits until nobody is busy with the table, and the child begins with an empty one.

use super::TABLE;
use super::table::Line;
use crate::sys;
use std::cell::RefCell;
use std::sync::{MutexGuard, Once};

thread_local! {
    /// All buckets, while this thread forks.
    static STOPPED: RefCell<Vec<MutexGuard<'static, Line<sys::Native>>>> = const { RefCell::new(Vec::new()) };
}

/// Prepares for forks; called before anybody waits.
pub(super) fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| sys::at_fork(stop, go_on, begin_anew));
}

extern "C" fn stop() {
    // Nobody else holds more than one bucket, so that the order matters only between forks.
    STOPPED.set(TABLE.buckets.iter().map(|bucket| bucket.lock().unwrap_or_else(|e| e.into_inner())).collect());
}

extern "C" fn go_on() {
    STOPPED.take();
}

extern "C" fn begin_anew() {
    for mut line in STOPPED.take() {
        *line = Line::new();
    }
    crate::wait::forget_kept();
}
