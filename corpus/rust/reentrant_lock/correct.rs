// A method that holds a re-entrant lock calls another that takes it again.
//
// verdict: clean

use raddle::{ReentrantLock, thread};
use std::cell::Cell;
use std::sync::Arc;

fn add(total: &ReentrantLock<Cell<u32>>, amount: u32) {
    let total = total.lock();
    total.set(total.get() + amount);
}

fn add_twice(total: &ReentrantLock<Cell<u32>>, amount: u32) {
    let _both = total.lock();
    add(total, amount);
    add(total, amount);
}

pub(crate) fn program() {
    let total = Arc::new(ReentrantLock::new(Cell::new(0)));
    let total2 = Arc::clone(&total);
    let child = thread::spawn(move || add_twice(&total2, 1));
    add_twice(&total, 10);
    child.join().unwrap();
    assert_eq!(total.lock().get(), 22);
}
