// The value is copied out first, so that the lock is given back before the `match`.
//
// verdict: clean

use raddle::{Mutex, thread};

fn visit(guests: &Mutex<Option<u32>>) {
    let known = *guests.lock().unwrap();
    match known {
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
