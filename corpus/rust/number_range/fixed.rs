// Checking and setting both bounds is under one lock.
//
// verdict: clean

use raddle::{Mutex, thread};

pub(crate) fn program() {
    let bounds = Mutex::new((15, 25));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut bounds = bounds.lock().unwrap();
            if bounds.1 >= 22 {
                bounds.0 = 22;
            }
        });
        let mut bounds = bounds.lock().unwrap();
        if bounds.0 <= 18 {
            bounds.1 = 18;
        }
    });
    let bounds = bounds.into_inner().unwrap();
    assert!(bounds.0 <= bounds.1, "it heats and cools at once");
}
