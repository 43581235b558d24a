//! A stack without locks of indices into an array; it takes five switches at the right places to hand one index out twice.
//! After SafeStack of SCTBench (Vyukov 2010). Nobody's search is known to find it in 10,000 executions.

use raddle::{atomic::AtomicI32, thread};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;

const SIZE: usize = 3;

struct SafeStack {
    head: AtomicI32,
    count: AtomicI32,
    next: [AtomicI32; SIZE],
    value: [AtomicI32; SIZE],
}

impl SafeStack {
    fn pop(&self) -> Option<usize> {
        while self.count.load(SeqCst) > 1 {
            let head = self.head.load(SeqCst);
            let next = self.next[head as usize].swap(-1, SeqCst);
            if next >= 0 {
                if self.head.compare_exchange(head, next, SeqCst, SeqCst).is_ok() {
                    self.count.fetch_sub(1, SeqCst);
                    return Some(head as usize);
                }
                self.next[head as usize].swap(next, SeqCst);
            } else {
                thread::yield_now();
            }
        }
        None
    }

    fn push(&self, index: usize) {
        let mut head = self.head.load(SeqCst);
        loop {
            self.next[index].store(head, SeqCst);
            match self.head.compare_exchange(head, index as i32, SeqCst, SeqCst) {
                Ok(_) => break,
                Err(now) => head = now,
            }
        }
        self.count.fetch_add(1, SeqCst);
    }
}

pub(crate) fn program() {
    let stack = Arc::new(SafeStack {
        head: AtomicI32::new(0),
        count: AtomicI32::new(SIZE as i32),
        next: [AtomicI32::new(1), AtomicI32::new(2), AtomicI32::new(-1)],
        value: [const { AtomicI32::new(0) }; SIZE],
    });
    let tasks: Vec<_> = (0..3)
        .map(|me| {
            let stack = Arc::clone(&stack);
            thread::spawn(move || {
                for _ in 0..2 {
                    let index = loop {
                        match stack.pop() {
                            Some(index) => break index,
                            None => thread::yield_now(),
                        }
                    };
                    stack.value[index].store(me, SeqCst);
                    assert_eq!(stack.value[index].load(SeqCst), me, "two tasks have the same index");
                    stack.push(index);
                }
            })
        })
        .collect();
    tasks.into_iter().for_each(|task| drop(task.join()));
}
