//! Two tasks take turns at a buffer by two flags, but count their rounds also when it was not their turn.
//! After circular_buffer of SCTBench.

use raddle::{Mutex, thread};
use std::sync::Arc;

const ROUNDS: usize = 7;

struct Buffer {
    items: [usize; 10],
    first: usize,
    next: usize,
    send: bool,
    receive: bool,
}

pub(crate) fn program() {
    let buffer = Arc::new(Mutex::new(Buffer { items: [0; 10], first: 0, next: 0, send: true, receive: false }));
    let same = Arc::clone(&buffer);
    let sender = thread::spawn(move || {
        for round in 0..ROUNDS {
            let buffer = &mut *same.lock().unwrap();
            if buffer.send {
                buffer.items[buffer.next] = round;
                buffer.next = (buffer.next + 1) % buffer.items.len();
                (buffer.send, buffer.receive) = (false, true);
            }
        }
    });
    let receiver = thread::spawn(move || {
        for round in 0..ROUNDS {
            let buffer = &mut *buffer.lock().unwrap();
            if buffer.receive {
                buffer.first += 1;
                assert_eq!(buffer.items[buffer.first - 1], round, "not the item of this round");
                (buffer.send, buffer.receive) = (true, false);
            }
        }
    });
    drop((sender.join(), receiver.join()));
}
