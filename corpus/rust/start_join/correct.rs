// Tasks that are started and joined one after another share a cell without any lock.
//
// verdict: clean
// classes: 1

use raddle::{Shared, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let value = Arc::new(Shared::new(0));
    for step in 1..=3 {
        let value = Arc::clone(&value);
        thread::spawn(move || value.set(value.get() + step)).join().unwrap();
    }
    assert_eq!(value.get(), 6);
}
