// The waiter looks at a flag under the mutex and waits only while it is not set.
//
// verdict: clean

use raddle::{Condvar, Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let ready = Arc::new((Mutex::new(false), Condvar::new()));
    let door = Arc::clone(&ready);
    let guest = thread::spawn(move || {
        let guard = door.0.lock().unwrap();
        drop(door.1.wait_while(guard, |open| !*open).unwrap());
    });
    *ready.0.lock().unwrap() = true;
    ready.1.notify_one();
    guest.join().unwrap();
}
