// A thermostat checks each bound against the other before it sets it: together they pass each other.
//
// verdict: finding assertion
// shows: error
// source: Goetz et al., Java Concurrency in Practice, NumberRange
// within: 1000

use raddle::{atomic::AtomicU32, thread};
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let (low, high) = (AtomicU32::new(15), AtomicU32::new(25));
    thread::scope(|scope| {
        scope.spawn(|| {
            if high.load(SeqCst) >= 22 {
                low.store(22, SeqCst);
            }
        });
        if low.load(SeqCst) <= 18 {
            high.store(18, SeqCst);
        }
    });
    assert!(low.into_inner() <= high.into_inner(), "it heats and cools at once");
}
