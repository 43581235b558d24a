// Two people leave a room, each looks afterwards whether it is empty, and both switch the light off.
//
// verdict: finding assertion
// shows: error
// source: Lu et al., ASPLOS 2008, reference counting (Mozilla)
// within: 1000

use raddle::{atomic::AtomicU32, thread};
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let (people, switched) = (AtomicU32::new(2), AtomicU32::new(0));
    let leave = || {
        people.fetch_sub(1, SeqCst);
        if people.load(SeqCst) == 0 {
            switched.fetch_add(1, SeqCst);
        }
    };
    thread::scope(|scope| {
        scope.spawn(leave);
        leave();
    });
    assert_eq!(switched.into_inner(), 1, "the light was switched off twice");
}
