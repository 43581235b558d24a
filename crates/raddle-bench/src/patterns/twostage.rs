//! Two values are kept in step, each under a lock of its own; between the two locks they are not.
//! After twostage of SCTBench and its larger sisters.

use raddle::{Mutex, atomic::AtomicI32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

#[derive(Default)]
struct Stages {
    first: AtomicI32,
    second: AtomicI32,
    first_lock: Mutex<()>,
    second_lock: Mutex<()>,
}

pub(crate) fn program() {
    with(1);
}

/// So many tasks that write.
pub(crate) fn with(writers: usize) {
    let stages = Arc::new(Stages::default());
    let mut tasks = Vec::new();
    for _ in 0..writers {
        let stages = Arc::clone(&stages);
        tasks.push(thread::spawn(move || {
            let first = stages.first_lock.lock();
            stages.first.store(1, SeqCst);
            drop(first);
            let second = stages.second_lock.lock();
            stages.second.store(stages.first.load(SeqCst) + 1, SeqCst);
            drop(second);
        }));
    }
    let reader = thread::spawn(move || {
        let first = stages.first_lock.lock();
        if stages.first.load(SeqCst) == 0 {
            return;
        }
        let seen = stages.first.load(SeqCst);
        drop(first);
        let second = stages.second_lock.lock();
        let follows = stages.second.load(SeqCst);
        drop(second);
        assert_eq!(follows, seen + 1, "the second value is behind");
    });
    tasks.into_iter().chain([reader]).for_each(|task| drop(task.join()));
}
