// A lock that is taken for the value of a `match` is held to the end of it, and one of its arms takes it again.
//
// verdict: finding deadlock
// shows: hang
// source: Qin et al., PLDI 2020, double lock in a match
// within: 1000

use raddle::{Mutex, thread};

fn visit(guests: &Mutex<Option<u32>>) {
    match *guests.lock().unwrap() {
        Some(count) => assert!(count > 0),
        None => *guests.lock().unwrap() = Some(1),
    }
}

pub(crate) fn program() {
    let guests = Mutex::new(None);
    thread::scope(|scope| {
        scope.spawn(|| *guests.lock().unwrap() = Some(2));
        visit(&guests);
    });
}
