//! Two tasks take two locks in opposite order.
//! After deadlock01 of SCTBench.

use raddle::{Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(1)));
    let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
    let up = thread::spawn(move || {
        let _a = a.lock().unwrap();
        *b.lock().unwrap() += 1;
    });
    let down = thread::spawn(move || {
        let mut b = b2.lock().unwrap();
        let _a = a2.lock().unwrap();
        *b -= 1;
    });
    drop((up.join(), down.join()));
}
