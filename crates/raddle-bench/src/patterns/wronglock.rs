//! A number is counted up under one lock here and under another one there.
//! After wronglock of SCTBench.

use raddle::{Mutex, atomic::AtomicU32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

pub(crate) fn program() {
    let value = Arc::new(AtomicU32::new(0));
    let (its_lock, another) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
    let same = Arc::clone(&value);
    let mut tasks = vec![thread::spawn(move || {
        let _its_lock = its_lock.lock();
        let before = same.load(SeqCst);
        same.store(same.load(SeqCst) + 1, SeqCst);
        assert_eq!(same.load(SeqCst), before + 1, "somebody else counts, too");
    })];
    for _ in 0..7 {
        let (value, another) = (Arc::clone(&value), Arc::clone(&another));
        tasks.push(thread::spawn(move || {
            let _another = another.lock();
            value.store(value.load(SeqCst) + 1, SeqCst);
        }));
    }
    tasks.into_iter().for_each(|task| drop(task.join()));
}
