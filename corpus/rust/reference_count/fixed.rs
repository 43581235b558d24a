// Leaving tells who was the last.
//
// verdict: clean

use raddle::{atomic::AtomicU32, thread};
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let (people, switched) = (AtomicU32::new(2), AtomicU32::new(0));
    let leave = || {
        if people.fetch_sub(1, SeqCst) == 1 {
            switched.fetch_add(1, SeqCst);
        }
    };
    thread::scope(|scope| {
        scope.spawn(leave);
        leave();
    });
    assert_eq!(switched.into_inner(), 1, "the light was switched off twice");
}
