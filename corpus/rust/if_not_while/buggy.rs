// Two guests wait for bread, both are woken, and the second one does not look again whether some is left.
//
// verdict: finding uncaught-exception
// shows: error
// source: Bloch, Effective Java, item 81
// within: 1000

use raddle::{Condvar, Mutex, thread};

pub(crate) fn program() {
    let loaves = Mutex::new(Vec::new());
    let changed = Condvar::new();
    let buy = || {
        let mut loaves = loaves.lock().unwrap();
        if loaves.is_empty() {
            loaves = changed.wait(loaves).unwrap();
        }
        loaves.pop().expect("bread is there")
    };
    thread::scope(|scope| {
        scope.spawn(buy);
        scope.spawn(buy);
        for loaf in ["rye", "oat"] {
            loaves.lock().unwrap().push(loaf);
            changed.notify_all();
        }
    });
}
