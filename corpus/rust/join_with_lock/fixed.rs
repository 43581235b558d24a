// The main task gives the lock back before it joins.
//
// verdict: clean

use raddle::{Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let log2 = Arc::clone(&log);
    let writer = thread::spawn(move || log2.lock().unwrap().push("child"));
    log.lock().unwrap().push("main");
    writer.join().unwrap();
    assert_eq!(log.lock().unwrap().len(), 2);
}
