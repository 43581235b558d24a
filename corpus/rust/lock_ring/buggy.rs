// Three philosophers each take the fork to the left first: a ring of three locks.
//
// verdict: finding deadlock
// shows: hang
// source: SCTBench CS.din_phil3_sat
// within: 1000

use raddle::{Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let forks: Vec<_> = (0..3).map(|_| Arc::new(Mutex::new(()))).collect();
    let seats = [(0, 1), (1, 2), (2, 0)];
    let meals: Vec<_> = seats
        .into_iter()
        .map(|(first, second)| {
            let (first, second) = (Arc::clone(&forks[first]), Arc::clone(&forks[second]));
            thread::spawn(move || {
                let _first = first.lock().unwrap();
                let _second = second.lock().unwrap();
            })
        })
        .collect();
    meals.into_iter().for_each(|meal| meal.join().unwrap());
}
