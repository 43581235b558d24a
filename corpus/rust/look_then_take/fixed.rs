// The sign is hung out and its old side looked at in one step.
//
// verdict: clean

use raddle::{
    atomic::{AtomicBool, AtomicU32},
    thread,
};
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let (taken, inside) = (AtomicBool::new(false), AtomicU32::new(0));
    let visit = || {
        if taken.swap(true, SeqCst) {
            return;
        }
        assert_eq!(inside.fetch_add(1, SeqCst), 0, "two are in");
        inside.fetch_sub(1, SeqCst);
        taken.store(false, SeqCst);
    };
    thread::scope(|scope| {
        scope.spawn(visit);
        visit();
    });
}
