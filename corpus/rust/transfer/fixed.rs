// Both transfers take the accounts' locks in the same order.
//
// verdict: clean

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
    transfer(&ann, &bob, 2);
    gift.join().unwrap();
    assert_eq!(*ann.lock().unwrap() + *bob.lock().unwrap(), 20);
}
