//! An account is paid into and out of under its lock; the sum that the auditor expects has the wrong sign.
//! After account of SCTBench.

use raddle::{Mutex, thread};
use std::sync::Arc;

struct Account {
    balance: i32,
    paid_in: bool,
    paid_out: bool,
}

pub(crate) fn program() {
    let account = Arc::new(Mutex::new(Account { balance: 1, paid_in: false, paid_out: false }));
    let work: [fn(&mut Account); 3] = [
        |account| assert!(!(account.paid_in && account.paid_out) || account.balance == 1 - 2 - 4, "the sum is wrong"),
        |account| (account.balance, account.paid_in) = (account.balance + 2, true),
        |account| (account.balance, account.paid_out) = (account.balance - 4, true),
    ];
    let tasks = work.map(|work| {
        let account = Arc::clone(&account);
        thread::spawn(move || work(&mut account.lock().unwrap()))
    });
    tasks.into_iter().for_each(|task| drop(task.join()));
}
