// Three tasks meet at a barrier: after it, each sees what all did before it.
//
// verdict: clean

use raddle::{Barrier, Shared, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let barrier = Arc::new(Barrier::new(2));
    let parts = Arc::new([Shared::new(0), Shared::new(0)]);
    let (barrier2, parts2) = (Arc::clone(&barrier), Arc::clone(&parts));
    let child = thread::spawn(move || {
        parts2[1].set(2);
        barrier2.wait();
        parts2[0].get() + parts2[1].get()
    });
    parts[0].set(1);
    barrier.wait();
    assert_eq!(parts[0].get() + parts[1].get(), 3);
    assert_eq!(child.join().unwrap(), 3);
}
