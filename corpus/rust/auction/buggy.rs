// Two bids are compared with the same best bid, and the lower one is written last.
//
// verdict: finding lost-update
// shows: error
// source: Goetz et al., Java Concurrency in Practice, check-then-act
// within: 1000

use raddle::{atomic::AtomicU32, thread};
use std::sync::atomic::Ordering::SeqCst;

fn bid(best: &AtomicU32, amount: u32) {
    if amount > best.load(SeqCst) {
        best.store(amount, SeqCst);
    }
}

pub(crate) fn program() {
    let best = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| bid(&best, 50));
        bid(&best, 80);
    });
    assert_eq!(best.into_inner(), 80, "sold too cheap");
}
