//! How long does it take to hand over to another thread by a condition variable, and to get back?

use crate::row::{Rival, Row, side_by_side};
use std::sync::Arc;

pub(crate) const ROWS: [Row; 1] = [Row::to_and_fro("condvar round trip", rivals)];

/// A flag that one side raises and the other takes down.
trait Flag: Default + Send + Sync + 'static {
    /// Waits until the flag is not `to`, makes it so, and tells the other side.
    fn turn(&self, to: bool);
}

#[derive(Default)]
struct Raddle(raddle_sync::Mutex<bool>, raddle_sync::Condvar);

impl Flag for Raddle {
    fn turn(&self, to: bool) {
        let guard = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let mut guard = self.1.wait_while(guard, |up| *up == to).unwrap_or_else(|e| e.into_inner());
        *guard = to;
        self.1.notify_one();
    }
}

#[derive(Default)]
struct Std(std::sync::Mutex<bool>, std::sync::Condvar);

impl Flag for Std {
    fn turn(&self, to: bool) {
        let guard = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let mut guard = self.1.wait_while(guard, |up| *up == to).unwrap_or_else(|e| e.into_inner());
        *guard = to;
        self.1.notify_one();
    }
}

#[derive(Default)]
struct ParkingLot(parking_lot::Mutex<bool>, parking_lot::Condvar);

impl Flag for ParkingLot {
    fn turn(&self, to: bool) {
        let mut guard = self.0.lock();
        self.1.wait_while(&mut guard, |up| *up == to);
        *guard = to;
        self.1.notify_one();
    }
}

fn rivals() -> Vec<Rival> {
    fn of<F: Flag>(name: &'static str) -> Rival {
        let flag = Arc::new(F::default());
        let other = Arc::clone(&flag);
        let ping = move |times| (0..times).for_each(|_| flag.turn(true));
        let pong = move |times| (0..times).for_each(|_| other.turn(false));
        Rival::new(name, side_by_side(vec![Box::new(ping), Box::new(pong)]))
    }
    vec![of::<Raddle>("raddle"), of::<Std>("std"), of::<ParkingLot>("parking_lot")]
}
