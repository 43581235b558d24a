//! Two tasks take turns at a queue by two flags; the one that takes counts its rounds also when it was not its turn.
//! After queue of SCTBench.

use raddle::{Mutex, thread};
use std::collections::VecDeque;
use std::sync::Arc;

const SIZE: usize = 20;

struct Shared {
    queue: VecDeque<usize>,
    stored: [usize; SIZE],
    enqueue: bool,
    dequeue: bool,
}

pub(crate) fn program() {
    let shared = Shared { queue: VecDeque::new(), stored: [0; SIZE], enqueue: true, dequeue: false };
    let shared = Arc::new(Mutex::new(shared));
    let same = Arc::clone(&shared);
    let putter = thread::spawn(move || {
        let mut value = 0;
        same.lock().unwrap().queue.push_back(value);
        for round in 1..SIZE {
            let shared = &mut *same.lock().unwrap();
            if shared.enqueue {
                value += 1;
                shared.queue.push_back(value);
                shared.stored[round] = value;
                (shared.enqueue, shared.dequeue) = (false, true);
            }
        }
    });
    let taker = thread::spawn(move || {
        for round in 0..SIZE {
            let shared = &mut *shared.lock().unwrap();
            if shared.dequeue {
                assert_eq!(shared.queue.pop_front(), Some(shared.stored[round]), "not the item of this round");
                (shared.enqueue, shared.dequeue) = (true, false);
            }
        }
    });
    drop((putter.join(), taker.join()));
}
