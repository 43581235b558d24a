// Two people find the bathroom free, and both hang out the sign and go in.
//
// verdict: finding lost-update
// shows: error
// source: Dijkstra, Cooperating sequential processes, first attempts
// within: 1000

use raddle::{
    atomic::{AtomicBool, AtomicU32},
    thread,
};
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let (taken, inside) = (AtomicBool::new(false), AtomicU32::new(0));
    let visit = || {
        if taken.load(SeqCst) {
            return;
        }
        taken.store(true, SeqCst);
        assert_eq!(inside.fetch_add(1, SeqCst), 0, "two are in");
        inside.fetch_sub(1, SeqCst);
        taken.store(false, SeqCst);
    };
    thread::scope(|scope| {
        scope.spawn(visit);
        visit();
    });
}
