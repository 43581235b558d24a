// The lock is held from the look to the change.
//
// verdict: clean

use raddle::{Mutex, thread};

fn withdraw(balance: &Mutex<i32>, amount: i32) {
    let mut balance = balance.lock().unwrap();
    if *balance >= amount {
        *balance -= amount;
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
