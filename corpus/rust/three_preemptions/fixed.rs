// The follower only counts; nothing is claimed about what it sees.
//
// verdict: clean

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
    follower.join().unwrap();
    assert!(seen.load(SeqCst) <= 2);
}
