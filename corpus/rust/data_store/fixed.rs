// Two workers of a pool update one store under a mutex: nothing is lost.
//
// verdict: clean

use raddle::{Mutex, ThreadPool};
use std::sync::Arc;

pub(crate) fn program() {
    let sold = Arc::new(Mutex::new(0));
    let pool = ThreadPool::new(2);
    let sales: Vec<_> = (1..=2)
        .map(|count| {
            let sold = Arc::clone(&sold);
            pool.submit(move || *sold.lock().unwrap() += count).expect("the pool is open")
        })
        .collect();
    sales.iter().for_each(|sale| sale.result().expect("a sale does not fail"));
    assert_eq!(*sold.lock().unwrap(), 3);
}
