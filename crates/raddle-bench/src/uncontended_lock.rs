//! What does it cost to take and give back a mutex that nobody else wants?

use crate::instructions;
use crate::pairs::{Times, Workload};
use std::hint::black_box;
use std::time::Duration;

const RIVALS: [(&str, Workload); 3] = [("raddle", raddle), ("std", std_mutex), ("parking_lot", parking_lot)];

/// What `raddle-bench repeat` runs.
pub(crate) fn workload(name: &str) -> Option<Workload> {
    RIVALS.iter().find(|(known, _)| *known == name).map(|(_, workload)| *workload)
}

pub(crate) fn answer() {
    println!("uncontended lock and unlock (`Mutex<u64>`, one addition inside)");
    let times = Times::take(&RIVALS.map(|(_, workload)| workload), Duration::from_millis(1));
    for (rival, (name, _)) in RIVALS.iter().enumerate() {
        times.print(rival, name, instructions::of(name));
    }
    let (to_std, to_parking_lot) = (times.ratio(0, 1), times.ratio(0, 2));
    println!("  paired median of raddle / std {to_std:.3}, raddle / parking_lot {to_parking_lot:.3}");
}

#[inline(never)]
fn raddle(times: u64) {
    let mutex = raddle_sync::Mutex::new(0u64);
    for _ in 0..times {
        *black_box(&mutex).lock().unwrap_or_else(|e| e.into_inner()) += 1;
    }
}

#[inline(never)]
fn std_mutex(times: u64) {
    let mutex = std::sync::Mutex::new(0u64);
    for _ in 0..times {
        *black_box(&mutex).lock().unwrap_or_else(|e| e.into_inner()) += 1;
    }
}

#[inline(never)]
fn parking_lot(times: u64) {
    let mutex = parking_lot::Mutex::new(0u64);
    for _ in 0..times {
        *black_box(&mutex).lock() += 1;
    }
}
