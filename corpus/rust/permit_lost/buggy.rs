// A rower who does not know the way yet goes home with the boat, and the next who wants it waits for ever.
//
// verdict: finding deadlock
// shows: hang
// source: CPython documentation, threading.Semaphore
// within: 1000

use raddle::{Semaphore, Shared, thread};

pub(crate) fn program() {
    let (boats, somebody_is_back) = (Semaphore::new(1), Shared::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            boats.acquire();
            if !somebody_is_back.get() {
                return;
            }
            boats.release().expect("the semaphore is not bounded");
        });
        boats.acquire();
        somebody_is_back.set(true);
        boats.release().expect("the semaphore is not bounded");
    });
}
