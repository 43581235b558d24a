//! Laws of queues: every item comes out once, nobody waits for what is there, errors give the item back.

use raddle_sync::queue::{Fifo, GetError, Lifo, Priority, PutError, PutReason, Statistics, Store};
use raddle_sync::{Deadline, Queue, Stopped};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// Whatever the store: `S` by `make`, bounded and not.
fn check<S: Store<u64, Error: std::fmt::Debug> + Send>(make: fn() -> S, law: impl Fn(&Queue<u64, S>)) {
    for capacity in [None, Some(1), Some(3)] {
        law(&Queue::with_store(make(), capacity));
    }
}

fn every_item_comes_out_once<S: Store<u64, Error: std::fmt::Debug> + Send>(queue: &Queue<u64, S>) {
    const EACH: u64 = 600;
    let sum = AtomicU64::new(0);
    thread::scope(|scope| {
        for putter in 0..2 {
            scope.spawn(move || (0..EACH).for_each(|n| queue.put(putter * EACH + n).unwrap()));
        }
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..2 * EACH / 3 {
                    sum.fetch_add(queue.get().unwrap(), Relaxed);
                    queue.task_done().unwrap();
                }
            });
        }
    });
    queue.join();
    assert_eq!(sum.load(Relaxed), (0..2 * EACH).sum());
    assert!(queue.is_empty() && matches!(queue.try_get(), Err(GetError::Empty)));
}

#[test]
fn every_item_that_goes_in_comes_out_once() {
    check(Fifo::new, every_item_comes_out_once);
    check(Lifo::new, every_item_comes_out_once);
    check(Priority::new, every_item_comes_out_once);
}

fn batches_lose_nothing<S: Store<u64, Error: std::fmt::Debug> + Send>(queue: &Queue<u64, S>) {
    const EACH: u64 = 600;
    let sum = AtomicU64::new(0);
    thread::scope(|scope| {
        for putter in 0..2 {
            scope.spawn(move || {
                let mut items: VecDeque<u64> = (putter * EACH..(putter + 1) * EACH).collect();
                queue.put_many(&mut items).unwrap();
                assert!(items.is_empty());
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                let (mut items, mut count) = (Vec::new(), 0);
                while count < EACH {
                    let taken = queue.get_many(&mut items, 7.min((EACH - count) as usize)).unwrap() as u64;
                    assert!((1..=7).contains(&taken));
                    count += taken;
                }
                assert_eq!(items.len() as u64, EACH);
                sum.fetch_add(items.iter().sum(), Relaxed);
            });
        }
    });
    assert_eq!(sum.load(Relaxed), (0..2 * EACH).sum());
    let Statistics { puts, gets, unfinished, .. } = queue.statistics();
    assert_eq!((puts, gets, unfinished), (2 * EACH, 2 * EACH, 2 * EACH));
}

#[test]
fn every_item_of_a_batch_comes_out_once() {
    check(Fifo::new, batches_lose_nothing);
    check(Lifo::new, batches_lose_nothing);
    check(Priority::new, batches_lose_nothing);
    batches_lose_nothing(&Queue::bounded(3));
}

#[test]
fn a_batch_goes_in_as_far_as_there_is_room() {
    for queue in [Queue::bounded(3), Queue::with_store(Fifo::new(), Some(3))] {
        let mut items = VecDeque::from([1, 2, 3, 4, 5]);
        assert_eq!(queue.try_put_many(&mut items), Err(PutReason::Full));
        assert_eq!((&items, queue.len()), (&VecDeque::from([4, 5]), 3));
        assert_eq!(queue.put_many_until(&mut items, Deadline::after(Duration::from_micros(10))), Err(PutReason::Full));
        let mut taken = vec![0];
        assert_eq!(queue.get_many(&mut taken, 2), Ok(2));
        assert_eq!(queue.try_put_many(&mut items), Ok(()));
        queue.shutdown();
        items.push_back(6);
        assert_eq!(queue.put_many(&mut items), Err(PutReason::ShutDown));
        assert_eq!(queue.put_many(&mut VecDeque::new()), Ok(()));
        assert_eq!(queue.get_many(&mut taken, 9), Ok(3));
        assert_eq!(queue.get_many(&mut taken, 9), Err(GetError::ShutDown));
        assert_eq!((taken, items), (vec![0, 1, 2, 3, 4, 5], VecDeque::from([6])));
    }
    assert_eq!(Queue::<u32>::new().try_get_many(&mut Vec::new(), 1), Err(GetError::Empty));
}

#[test]
#[should_panic(expected = "whoever takes items takes at least one")]
fn a_batch_of_none_cannot_be_taken() {
    let _ = Queue::<u32>::new().try_get_many(&mut Vec::new(), 0);
}

#[test]
fn items_of_one_putter_come_out_in_order() {
    let queue = Queue::bounded(2);
    thread::scope(|scope| {
        scope.spawn(|| (0..1_000).for_each(|n| queue.put(n).unwrap()));
        (0..1_000).for_each(|n| assert_eq!(queue.get(), Ok(n)));
    });
}

#[test]
fn who_runs_out_of_time_takes_no_item_and_nobodys_wake_up_along() {
    let (queue, taken) = (Queue::bounded(1), AtomicU64::new(0));
    let soon = || Deadline::after(Duration::from_micros(10));
    let put = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..500 {
                    taken.fetch_add(u64::from(queue.get_until(soon()).is_ok()), Relaxed);
                }
            });
        }
        (0..1_000).filter(|n| queue.put_until(*n, soon()).is_ok()).count() as u64
    });
    assert_eq!(taken.load(Relaxed) + queue.len() as u64, put);
}

#[test]
fn an_item_that_is_not_put_comes_back() {
    let queue = Queue::bounded(1);
    queue.put("first").unwrap();
    assert_eq!(queue.try_put("second"), Err(PutError { value: "second", reason: PutReason::Full }));
    queue.shutdown();
    assert_eq!(queue.put("third"), Err(PutError { value: "third", reason: PutReason::ShutDown }));
    assert_eq!((queue.get(), queue.get()), (Ok("first"), Err(GetError::ShutDown)));
}

#[test]
fn a_shutdown_ends_every_wait() {
    for _ in 0..100 {
        let (empty, full) = (Queue::<u32>::new(), Queue::bounded(1));
        full.put(1).unwrap();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| assert_eq!(empty.get(), Err(GetError::ShutDown)));
                scope.spawn(|| assert_eq!(full.put(2).unwrap_err().reason, PutReason::ShutDown));
            }
            let joiner = scope.spawn(|| full.join());
            empty.shutdown();
            full.shutdown();
            assert_eq!(full.get(), Ok(1));
            full.task_done().unwrap();
            joiner.join().unwrap();
        });
    }
}

#[test]
fn an_immediate_shutdown_drops_what_is_there_as_if_it_were_dealt_with() {
    let queue = Queue::new();
    (0..3).for_each(|n| queue.put(n).unwrap());
    assert_eq!(queue.get(), Ok(0));
    queue.shutdown_now();
    assert_eq!((queue.len(), queue.unfinished_count()), (0, 1));
    assert_eq!(queue.join_until(Deadline::Now), Err(Stopped::TimedOut));
    queue.task_done().unwrap();
    queue.task_done().unwrap_err();
    queue.join();
}

/// The items, how many are not dealt with, and whether the queue was shut down before.
fn retired<S: Store<u32>>(queue: &Queue<u32, S>) -> (Vec<u32>, u64, bool) {
    let (items, before, shut) = queue.retire(Store::drain);
    assert_eq!(before.len(), items.len() as u64);
    (items, before.unfinished, shut)
}

#[test]
fn a_retired_queue_sends_everybody_away() {
    let (queue, full) = (Queue::<u32>::new(), Queue::with_store(Fifo::new(), Some(1)));
    full.put(1).unwrap();
    thread::scope(|scope| {
        let getter = scope.spawn(|| queue.get());
        let putter = scope.spawn(|| full.put(2).map_err(|e| e.reason));
        let joiner = scope.spawn(|| full.join());
        assert_eq!(retired(&queue), (vec![], 0, false));
        assert_eq!(retired(&full), (vec![1], 1, false));
        assert_eq!(getter.join().unwrap(), Err(GetError::ShutDown));
        assert_eq!(putter.join().unwrap(), Err(PutReason::ShutDown));
        joiner.join().unwrap();
    });
    assert_eq!(retired(&full), (vec![], 0, true));
}

/// A store that fails when told to.
#[derive(Default)]
struct Moody {
    items: Vec<(u64, u32)>,
    cross: bool,
}

#[derive(Debug, PartialEq)]
struct Cross;

impl Store<u32> for Moody {
    type Error = Cross;
    const FIFO: bool = false;

    fn push(&mut self, seq: u64, item: u32) -> Result<(), (u32, Cross)> {
        if item == 13 {
            return Err((item, Cross));
        }
        self.items.push((seq, item));
        Ok(())
    }
    fn pop(&mut self) -> Result<(u64, u32), Cross> {
        self.cross = !self.cross;
        if self.cross { Err(Cross) } else { Ok(self.items.pop().unwrap()) }
    }
    fn len(&self) -> usize {
        self.items.len()
    }
    fn drain(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.items).into_iter().map(|(_, item)| item).collect()
    }
}

#[test]
fn a_store_that_fails_loses_nothing() {
    let queue = Queue::with_store(Moody::default(), Some(2));
    assert_eq!(queue.put(13), Err(PutError { value: 13, reason: PutReason::Store(Cross) }));
    assert_eq!((queue.len(), queue.unfinished_count()), (0, 0));
    queue.put(1).unwrap();
    assert_eq!(queue.get(), Err(GetError::Store(Cross)));
    assert_eq!((queue.len(), queue.get()), (1, Ok(1)));
}

#[test]
fn a_store_that_fails_ends_a_batch_and_loses_nothing() {
    let queue = Queue::with_store(Moody::default(), None);
    let mut items = VecDeque::from([1, 2, 13, 3]);
    assert_eq!(queue.put_many(&mut items), Err(PutReason::Store(Cross)));
    assert_eq!((items, queue.len()), (VecDeque::from([13, 3]), 2));
    assert_eq!(queue.get(), Err(GetError::Store(Cross)));
    let mut taken = Vec::new();
    assert_eq!(queue.get_many(&mut taken, 5), Err(GetError::Store(Cross)));
    assert_eq!((taken, queue.len(), queue.get()), (vec![2], 1, Ok(1)));
}

#[test]
fn who_fails_after_it_was_woken_wakes_the_next() {
    for _ in 0..200 {
        let queue = Queue::with_store(Moody::default(), Some(1));
        queue.put(1).unwrap();
        thread::scope(|scope| {
            for item in [13, 2, 13] {
                let queue = &queue;
                scope.spawn(move || queue.put(item).is_ok());
            }
            for item in [1, 2] {
                let got = std::iter::repeat_with(|| queue.get()).find(Result::is_ok);
                assert_eq!(got, Some(Ok(item)));
            }
        });
    }
}
