//! What does it cost to take and give back a mutex: alone, one inside another, and when others want it, too?

use crate::row::{Rival, Row, repeat, side_by_side};
use std::hint::black_box;
use std::sync::Arc;

pub(crate) const ROWS: [Row; 4] = [
    Row::alone("mutex lock+unlock", 52.0, alone),
    Row::alone("mutex nested A, B", 93.0, nested),
    Row::together("mutex, 2 threads", || contended(2)),
    Row::together("mutex, 4 threads", || contended(4)),
];

/// A mutex around a number, whoever made it.
trait Number: Sync + 'static {
    fn with(number: u64) -> Self;
    fn add(&self);
    /// Adds to `inner` while this one is held.
    fn add_inside(&self, inner: &Self);
}

impl Number for raddle_sync::Mutex<u64> {
    fn with(number: u64) -> Self {
        raddle_sync::Mutex::new(number)
    }

    #[inline]
    fn add(&self) {
        *self.lock().unwrap_or_else(|e| e.into_inner()) += 1;
    }

    #[inline]
    fn add_inside(&self, inner: &Self) {
        let mut outer = self.lock().unwrap_or_else(|e| e.into_inner());
        inner.add();
        *outer += 1;
    }
}

impl Number for std::sync::Mutex<u64> {
    fn with(number: u64) -> Self {
        std::sync::Mutex::new(number)
    }

    #[inline]
    fn add(&self) {
        *self.lock().unwrap_or_else(|e| e.into_inner()) += 1;
    }

    #[inline]
    fn add_inside(&self, inner: &Self) {
        let mut outer = self.lock().unwrap_or_else(|e| e.into_inner());
        inner.add();
        *outer += 1;
    }
}

impl Number for parking_lot::Mutex<u64> {
    fn with(number: u64) -> Self {
        parking_lot::Mutex::new(number)
    }

    #[inline]
    fn add(&self) {
        *self.lock() += 1;
    }

    #[inline]
    fn add_inside(&self, inner: &Self) {
        let mut outer = self.lock();
        inner.add();
        *outer += 1;
    }
}

fn alone() -> Vec<Rival> {
    fn of<M: Number>(name: &'static str) -> Rival {
        let mutex = M::with(0);
        Rival::new(name, repeat(move || black_box(&mutex).add()))
    }
    vec![
        of::<raddle_sync::Mutex<u64>>("raddle"),
        of::<std::sync::Mutex<u64>>("std"),
        of::<parking_lot::Mutex<u64>>("parking_lot"),
    ]
}

fn nested() -> Vec<Rival> {
    fn of<M: Number>(name: &'static str) -> Rival {
        let (a, b) = (M::with(0), M::with(0));
        Rival::new(name, repeat(move || black_box(&a).add_inside(black_box(&b))))
    }
    vec![
        of::<raddle_sync::Mutex<u64>>("raddle"),
        of::<std::sync::Mutex<u64>>("std"),
        of::<parking_lot::Mutex<u64>>("parking_lot"),
    ]
}

fn contended(threads: u64) -> Vec<Rival> {
    fn of<M: Number + Send>(name: &'static str, threads: u64) -> Rival {
        let mutex = Arc::new(M::with(0));
        let works = (0..threads).map(|_| {
            let mutex = Arc::clone(&mutex);
            let work = move |times: u64| (0..times / threads).for_each(|_| mutex.add());
            Box::new(work) as Box<dyn Fn(u64) + Sync>
        });
        Rival::new(name, side_by_side(works.collect()))
    }
    vec![
        of::<raddle_sync::Mutex<u64>>("raddle", threads),
        of::<std::sync::Mutex<u64>>("std", threads),
        of::<parking_lot::Mutex<u64>>("parking_lot", threads),
    ]
}
