// The main task joins a child while it holds the lock that the child needs.
//
// verdict: finding deadlock
// shows: hang
// source: GoBench GoKer blocking/cockroach/1055
// within: 1000

use raddle::{Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let log2 = Arc::clone(&log);
    let writer = thread::spawn(move || log2.lock().unwrap().push("child"));
    let mut entries = log.lock().unwrap();
    entries.push("main");
    writer.join().unwrap();
}
