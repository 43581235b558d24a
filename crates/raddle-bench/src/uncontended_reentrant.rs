//! What does it cost to take and give back a re-entrant lock that nobody else wants, and to enter it again?

use crate::instructions;
use crate::pairs::{Times, Workload};
use std::hint::black_box;
use std::time::Duration;

const OUTER: [(&str, Workload); 2] = [("raddle-outer", raddle_outer), ("parking_lot-outer", parking_lot_outer)];
const INNER: [(&str, Workload); 2] = [("raddle-inner", raddle_inner), ("parking_lot-inner", parking_lot_inner)];

/// What `raddle-bench repeat` runs.
pub(crate) fn workload(name: &str) -> Option<Workload> {
    OUTER.iter().chain(&INNER).find(|(known, _)| *known == name).map(|(_, workload)| *workload)
}

pub(crate) fn answer() {
    for (what, rivals) in [("lock and unlock", OUTER), ("entering again", INNER)] {
        println!("uncontended re-entrant lock, {what}");
        let times = Times::take(&rivals.map(|(_, workload)| workload), Duration::from_millis(1));
        for (rival, (name, _)) in rivals.iter().enumerate() {
            times.print(rival, name, instructions::of(name));
        }
        println!("  paired median of raddle / parking_lot {:.3}", times.ratio(0, 1));
    }
}

#[inline(never)]
fn raddle_outer(times: u64) {
    let lock = raddle_sync::ReentrantLock::new(0u64);
    for _ in 0..times {
        black_box(*black_box(&lock).lock());
    }
}

#[inline(never)]
fn parking_lot_outer(times: u64) {
    let lock = parking_lot::ReentrantMutex::new(0u64);
    for _ in 0..times {
        black_box(*black_box(&lock).lock());
    }
}

#[inline(never)]
fn raddle_inner(times: u64) {
    let lock = raddle_sync::ReentrantLock::new(0u64);
    let _outer = lock.lock();
    for _ in 0..times {
        black_box(*black_box(&lock).lock());
    }
}

#[inline(never)]
fn parking_lot_inner(times: u64) {
    let lock = parking_lot::ReentrantMutex::new(0u64);
    let _outer = lock.lock();
    for _ in 0..times {
        black_box(*black_box(&lock).lock());
    }
}
