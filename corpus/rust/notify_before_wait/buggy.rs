// The waiter does not look whether what it waits for has happened already: a notify that comes first is lost.
//
// verdict: finding lost-wakeup
// shows: hang
// source: Farchi, Nir and Ur, IPDPS 2003, losing a notify
// within: 1000

use raddle::{Condvar, Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let ready = Arc::new((Mutex::new(()), Condvar::new()));
    let door = Arc::clone(&ready);
    let guest = thread::spawn(move || {
        let guard = door.0.lock().unwrap();
        drop(door.1.wait(guard).unwrap());
    });
    let guard = ready.0.lock().unwrap();
    ready.1.notify_one();
    drop(guard);
    guest.join().unwrap();
}
