// A guest looks again each time it is woken.
//
// verdict: clean

use raddle::{Condvar, Mutex, thread};

pub(crate) fn program() {
    let loaves = Mutex::new(Vec::new());
    let changed = Condvar::new();
    let buy = || {
        let mut loaves = loaves.lock().unwrap();
        while loaves.is_empty() {
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
