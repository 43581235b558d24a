//! A bounded buffer whose tasks look only once whether they may go on after a wait, and wake one another only at its edges.
//! After the BoundedQueue among the examples of CHESS.

use raddle::{Condvar, Mutex, thread};
use std::collections::VecDeque;
use std::sync::Arc;

const BOUND: usize = 2;

#[derive(Default)]
struct Buffer {
    items: Mutex<VecDeque<u32>>,
    changed: Condvar,
}

impl Buffer {
    fn put(&self, item: u32) {
        let mut items = self.items.lock().unwrap();
        if items.len() == BOUND {
            items = self.changed.wait(items).unwrap();
        }
        items.push_back(item);
        if items.len() == 1 {
            self.changed.notify_one();
        }
    }

    fn take(&self) -> u32 {
        let mut items = self.items.lock().unwrap();
        if items.is_empty() {
            items = self.changed.wait(items).unwrap();
        }
        let item = items.pop_front().expect("an item to take");
        if items.len() == BOUND - 1 {
            self.changed.notify_one();
        }
        item
    }
}

pub(crate) fn program() {
    let buffer = Arc::new(Buffer::default());
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let buffer = Arc::clone(&buffer);
        tasks.push(thread::spawn(move || (0..3).for_each(|item| buffer.put(item))));
    }
    let taker = thread::spawn(move || {
        for _ in 0..4 {
            buffer.take();
        }
    });
    tasks.into_iter().chain([taker]).for_each(|task| drop(task.join()));
}
