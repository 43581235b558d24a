// Three philosophers; the last takes the lower fork first, so that there is no ring.
//
// verdict: clean

use raddle::{Mutex, thread};
use std::sync::Arc;

pub(crate) fn program() {
    let forks: Vec<_> = (0..3).map(|_| Arc::new(Mutex::new(()))).collect();
    let seats = [(0, 1), (1, 2), (0, 2)];
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
