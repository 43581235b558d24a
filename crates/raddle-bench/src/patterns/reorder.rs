//! Tasks write `a`, then `b`; another looks at both and expects to see neither write, or both.
//! After reorder_3 to reorder_20 of SCTBench, and their larger sisters.

use raddle::{atomic::AtomicI32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    with(4, 1);
}

/// So many tasks that write and that look.
pub(crate) fn with(setters: usize, checkers: usize) {
    let (a, b) = (Arc::new(AtomicI32::new(0)), Arc::new(AtomicI32::new(0)));
    let mut tasks = Vec::new();
    for _ in 0..setters {
        let (a, b) = (Arc::clone(&a), Arc::clone(&b));
        tasks.push(thread::spawn(move || {
            a.store(1, SeqCst);
            b.store(-1, SeqCst);
        }));
    }
    for _ in 0..checkers {
        let (a, b) = (Arc::clone(&a), Arc::clone(&b));
        tasks.push(thread::spawn(move || {
            let neither = a.load(SeqCst) == 0 && b.load(SeqCst) == 0;
            assert!(neither || (a.load(SeqCst) == 1 && b.load(SeqCst) == -1), "one write without the other");
        }));
    }
    tasks.into_iter().for_each(|task| drop(task.join()));
}
