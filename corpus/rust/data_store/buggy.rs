// Two workers of a pool update one store: each reads, computes and writes, and one update is lost.
//
// verdict: finding lost-update
// shows: error
// source: Farchi, Nir and Ur, IPDPS 2003, nonatomic operations assumed to be atomic
// within: 1000

use raddle::{Shared, ThreadPool};
use std::sync::Arc;

pub(crate) fn program() {
    let sold = Arc::new(Shared::new(0));
    let pool = ThreadPool::new(2);
    let sales: Vec<_> = (1..=2)
        .map(|count| {
            let sold = Arc::clone(&sold);
            pool.submit(move || {
                let before = sold.get();
                sold.set(before + count);
            })
            .expect("the pool is open")
        })
        .collect();
    sales.iter().for_each(|sale| sale.result().expect("a sale does not fail"));
    assert_eq!(sold.get(), 3);
}
