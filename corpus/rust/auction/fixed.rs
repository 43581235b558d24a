// Comparing and writing are one step.
//
// verdict: clean

use raddle::{atomic::AtomicU32, thread};
use std::sync::atomic::Ordering::SeqCst;

fn bid(best: &AtomicU32, amount: u32) {
    best.fetch_max(amount, SeqCst);
}

pub(crate) fn program() {
    let best = AtomicU32::new(0);
    thread::scope(|scope| {
        scope.spawn(|| bid(&best, 50));
        bid(&best, 80);
    });
    assert_eq!(best.into_inner(), 80, "sold too cheap");
}
