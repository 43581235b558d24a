//! A task pushes work to and pops it from one end of a queue, another steals from the other end; a push may overwrite what is being stolen.
//! After WorkStealQueue, InterlockedWorkStealQueue and StateWorkStealQueue of SCTBench (CHESS, after the THE protocol of Cilk-5).

use raddle::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize},
    thread,
};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

const ITEMS: usize = 4;
const ROOM: usize = 16;

/// A lock that waits, or one that spins.
enum Guarded {
    Waiting(Mutex<()>),
    Spinning(AtomicBool),
}

enum Guard<'a> {
    Waiting { _guard: MutexGuard<'a, ()> },
    Spinning(&'a AtomicBool),
}

impl Guarded {
    fn acquire(&self) -> Guard<'_> {
        match self {
            Guarded::Waiting(lock) => Guard::Waiting { _guard: lock.lock().unwrap() },
            Guarded::Spinning(held) => {
                while held.swap(true, SeqCst) {
                    thread::yield_now();
                }
                Guard::Spinning(held)
            }
        }
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Guard::Spinning(held) = self {
            held.store(false, SeqCst);
        }
    }
}

struct WorkQueue {
    head: AtomicUsize,
    tail: AtomicUsize,
    slots: [AtomicUsize; ROOM],
    /// No point: only the owner changes it, under the lock.
    mask: std::sync::atomic::AtomicUsize,
    lock: Guarded,
}

impl WorkQueue {
    fn new(lock: Guarded) -> Self {
        WorkQueue {
            head: AtomicUsize::new(1),
            tail: AtomicUsize::new(1),
            slots: [const { AtomicUsize::new(0) }; ROOM],
            mask: std::sync::atomic::AtomicUsize::new(1),
            lock,
        }
    }

    fn slot(&self, at: usize) -> &AtomicUsize {
        &self.slots[at & self.mask.load(Relaxed)]
    }

    fn steal(&self) -> Option<usize> {
        let _guard = self.lock.acquire();
        let head = self.head.load(SeqCst);
        self.head.store(head + 1, SeqCst);
        if head < self.tail.load(SeqCst) {
            return Some(self.slot(head).load(SeqCst));
        }
        self.head.store(head, SeqCst);
        None
    }

    fn pop(&self) -> Option<usize> {
        let tail = self.tail.load(SeqCst) - 1;
        self.tail.store(tail, SeqCst);
        if self.head.load(SeqCst) <= tail {
            return Some(self.slot(tail).load(SeqCst));
        }
        self.tail.store(tail + 1, SeqCst);
        let _guard = self.lock.acquire();
        let tail = self.tail.load(SeqCst) - 1;
        self.tail.store(tail, SeqCst);
        let found = (self.head.load(SeqCst) <= tail).then(|| self.slot(tail).load(SeqCst));
        if found.is_none() {
            self.tail.store(tail + 1, SeqCst);
        }
        if self.head.load(SeqCst) > tail {
            self.head.store(1, SeqCst);
            self.tail.store(1, SeqCst);
            return None;
        }
        found
    }

    fn push(&self, item: usize) {
        let tail = self.tail.load(SeqCst);
        // Right would be to leave one slot free for what is being stolen.
        if tail < self.head.load(SeqCst) + self.mask.load(Relaxed) + 1 {
            self.slot(tail).store(item, SeqCst);
            self.tail.store(tail + 1, SeqCst);
            return;
        }
        let _guard = self.lock.acquire();
        let head = self.head.load(SeqCst);
        let items: Vec<usize> = (head..self.tail.load(SeqCst)).map(|at| self.slot(at).load(SeqCst)).collect();
        self.mask.store(2 * self.mask.load(Relaxed) + 1, Relaxed);
        for (at, item) in items.iter().enumerate() {
            self.slot(at + 1).store(*item, SeqCst);
        }
        self.head.store(1, SeqCst);
        self.slot(items.len() + 1).store(item, SeqCst);
        self.tail.store(items.len() + 2, SeqCst);
    }
}

pub(crate) fn program() {
    with(false, false);
}

/// With a lock that spins or waits; first all pushes and then all pops, or a few of each.
pub(crate) fn with(spinning: bool, all_at_once: bool) {
    let lock = if spinning { Guarded::Spinning(AtomicBool::new(false)) } else { Guarded::Waiting(Mutex::new(())) };
    let queue = Arc::new(WorkQueue::new(lock));
    let done: Arc<[AtomicUsize; ITEMS]> = Arc::new([const { AtomicUsize::new(0) }; ITEMS]);
    let (same, same_done) = (Arc::clone(&queue), Arc::clone(&done));
    let stealer = thread::spawn(move || {
        for _ in 0..2 {
            if let Some(item) = same.steal() {
                same_done[item].fetch_add(1, SeqCst);
            }
        }
    });
    let pop = || {
        if let Some(item) = queue.pop() {
            done[item].fetch_add(1, SeqCst);
        }
    };
    for item in 0..ITEMS {
        queue.push(item);
        if item % 2 == 1 && !all_at_once {
            pop();
        }
    }
    (0..if all_at_once { ITEMS } else { ITEMS / 2 }).for_each(|_| pop());
    drop(stealer.join());
    for done in &*done {
        assert_eq!(done.load(SeqCst), 1, "an item is lost, or done twice");
    }
}
