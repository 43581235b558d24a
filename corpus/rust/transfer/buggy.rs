// Two transfers in opposite directions take the accounts' locks in opposite order.
//
// verdict: finding deadlock
// shows: hang
// source: Goetz et al., Java Concurrency in Practice, DynamicOrderDeadlock
// within: 1000

use raddle::{Mutex, thread};
use std::sync::Arc;

type Account = Arc<Mutex<u32>>;

fn transfer(from: &Account, to: &Account, amount: u32) {
    let mut from = from.lock().unwrap();
    let mut to = to.lock().unwrap();
    *from -= amount;
    *to += amount;
}

pub(crate) fn program() {
    let (ann, bob): (Account, Account) = (Arc::new(Mutex::new(10)), Arc::new(Mutex::new(10)));
    let (ann2, bob2) = (Arc::clone(&ann), Arc::clone(&bob));
    let gift = thread::spawn(move || transfer(&ann2, &bob2, 3));
    transfer(&bob, &ann, 2);
    gift.join().unwrap();
    assert_eq!(*ann.lock().unwrap() + *bob.lock().unwrap(), 20);
}
