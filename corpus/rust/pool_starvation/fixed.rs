// A second worker runs the job that the first one waits for.
//
// verdict: clean

use raddle::ThreadPool;
use std::sync::Arc;

pub(crate) fn program() {
    let pool = Arc::new(ThreadPool::new(2));
    let inner = Arc::clone(&pool);
    let outer = pool.submit(move || {
        let half = inner.submit(|| 21).expect("the pool is open");
        half.result().expect("it does not fail") * 2
    });
    assert_eq!(outer.expect("the pool is open").result().expect("it does not fail"), 42);
}
