// Scoped tasks borrow a mutex from the stack.
//
// verdict: clean
// classes: 2

use raddle::{Mutex, thread};

pub(crate) fn program() {
    let total = Mutex::new(0);
    thread::scope(|scope| {
        for part in 1..=2 {
            let total = &total;
            scope.spawn(move || *total.lock().unwrap() += part);
        }
    });
    assert_eq!(total.into_inner().unwrap(), 3);
}
