// A job of a pool with one worker waits for a job that is queued behind it.
//
// verdict: finding pool-starvation
// shows: hang
// source: Goetz et al., Java Concurrency in Practice, ThreadDeadlock
// within: 1000

use raddle::ThreadPool;
use std::sync::Arc;

pub(crate) fn program() {
    let pool = Arc::new(ThreadPool::new(1));
    let inner = Arc::clone(&pool);
    let outer = pool.submit(move || {
        let half = inner.submit(|| 21).expect("the pool is open");
        half.result().expect("it does not fail") * 2
    });
    assert_eq!(outer.expect("the pool is open").result().expect("it does not fail"), 42);
}
