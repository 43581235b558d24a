//! What does it cost to get the smallest item of a queue?

use crate::queue::{Alone, OPEN, Pairs, Use};
use crate::row::{Rival, Row};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

pub(crate) const ROWS: [Row; 2] = [
    Row::alone("priority queue, one thread", 209.0, || rivals(&Alone)),
    Row::together("priority queue 1p1c", || rivals(&Pairs(1))),
];

/// How many items are there at first, so that there is something to compare with.
const HELD: u64 = 100;

/// What comes after `n`: every number of 64 bits in turn, as if by chance.
fn rank(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[derive(Default)]
struct Std(std::sync::Mutex<BinaryHeap<Reverse<u64>>>, std::sync::Condvar);

impl Std {
    fn put(&self, item: u64) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).push(Reverse(item));
        self.1.notify_one();
    }

    fn get(&self) -> u64 {
        let mut heap = self.0.lock().unwrap_or_else(|e| e.into_inner());
        loop {
            match heap.pop() {
                Some(Reverse(item)) => return item,
                None => heap = self.1.wait(heap).unwrap_or_else(|e| e.into_inner()),
            }
        }
    }
}

#[derive(Default)]
struct ParkingLot(parking_lot::Mutex<BinaryHeap<Reverse<u64>>>, parking_lot::Condvar);

impl ParkingLot {
    fn put(&self, item: u64) {
        self.0.lock().push(Reverse(item));
        self.1.notify_one();
    }

    fn get(&self) -> u64 {
        let mut heap = self.0.lock();
        loop {
            match heap.pop() {
                Some(Reverse(item)) => return item,
                None => self.1.wait(&mut heap),
            }
        }
    }
}

fn rivals(used: &impl Use) -> Vec<Rival> {
    let ours = Arc::new(raddle_sync::Queue::with_store(raddle_sync::queue::Priority::new(), None));
    let (std, parking_lot) = (Arc::new(Std::default()), Arc::new(ParkingLot::default()));
    for item in (0..HELD).map(rank) {
        ours.put(item).expect(OPEN);
        std.put(item);
        parking_lot.put(item);
    }
    let (ours_too, std_too, parking_lot_too) = (Arc::clone(&ours), Arc::clone(&std), Arc::clone(&parking_lot));
    vec![
        used.rival("raddle", move |n| ours.put(rank(n)).expect(OPEN), move || ours_too.get().expect(OPEN)),
        used.rival("std", move |n| std.put(rank(n)), move || std_too.get()),
        used.rival("parking_lot", move |n| parking_lot.put(rank(n)), move || parking_lot_too.get()),
    ]
}
