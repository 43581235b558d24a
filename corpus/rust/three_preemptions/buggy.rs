// Two tasks hand a token back and forth through two atomics; it takes three switches at the right places to break the assertion.
//
// verdict: finding assertion
// shows: error
// source: Burckhardt et al., ASPLOS 2010, bugs of depth d
// within: 1000

use raddle::{atomic::AtomicU32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let (step, seen) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (step2, seen2) = (Arc::clone(&step), Arc::clone(&seen));
    let follower = thread::spawn(move || {
        for turn in [1, 3] {
            if step2.load(SeqCst) == turn {
                seen2.fetch_add(1, SeqCst);
            }
        }
    });
    for turn in 1..=4 {
        step.store(turn, SeqCst);
    }
    assert_ne!(seen.load(SeqCst), 2, "the follower saw both odd steps");
    follower.join().unwrap();
}
