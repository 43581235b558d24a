//! Three tasks hand a number round, each in one step; in another order it does not come round.
//! After token_ring of SCTBench.

use raddle::{Mutex, thread};
use std::sync::Arc;

struct Ring {
    held: [i32; 3],
    done: [bool; 3],
}

pub(crate) fn program() {
    let ring = Arc::new(Mutex::new(Ring { held: [1, 2, 1], done: [false; 3] }));
    let work: [fn(&mut Ring); 4] = [
        |ring| (ring.held[0], ring.done[0]) = ((ring.held[2] + 1) % 4, true),
        |ring| (ring.held[1], ring.done[1]) = (ring.held[0], true),
        |ring| (ring.held[2], ring.done[2]) = (ring.held[1], true),
        |ring| {
            let [a, b, c] = ring.held;
            assert!(ring.done.contains(&false) || (a == b && b == c), "the number has not come round");
        },
    ];
    let tasks = work.map(|work| {
        let ring = Arc::clone(&ring);
        thread::spawn(move || work(&mut ring.lock().unwrap()))
    });
    tasks.into_iter().for_each(|task| drop(task.join()));
}
