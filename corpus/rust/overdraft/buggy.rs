// The balance is looked at and lowered under the lock, but the lock is given back in between.
//
// verdict: finding assertion
// shows: error
// source: IBM ConTest benchmark, account
// within: 1000

use raddle::{Mutex, thread};

fn withdraw(balance: &Mutex<i32>, amount: i32) {
    if *balance.lock().unwrap() >= amount {
        *balance.lock().unwrap() -= amount;
    }
}

pub(crate) fn program() {
    let balance = Mutex::new(100);
    thread::scope(|scope| {
        scope.spawn(|| withdraw(&balance, 70));
        withdraw(&balance, 70);
    });
    assert!(balance.into_inner().unwrap() >= 0, "the account is overdrawn");
}
