//! Monitors, and what is made of them: queues and barriers.

use crate::barrier::{ActionError, Barrier, BarrierError};
use crate::programs::{explore, soon, tasks};
use crate::queue::{Fifo, GetError, PutReason, Queue};
use crate::{Deadline, Kind, Latch, Monitor, Op, signalled};
use std::collections::VecDeque;

type Stock = Monitor<(u32, u32)>;

#[test]
fn a_change_wakes_its_own_lane() {
    explore("Monitor: 2 lanes", || {
        let ones: fn(&Stock) = |stock| {
            let target = stock.of(Kind::Queue).lane(1);
            let take = |stock: &mut (u32, u32)| (stock.0 > 0).then(|| stock.0 -= 1);
            stock.until(Op::Get, target, Deadline::Never, take).unwrap();
        };
        let twos: fn(&Stock) = |stock| {
            let target = stock.of(Kind::Queue).lane(2);
            let take = |stock: &mut (u32, u32)| (stock.1 > 0).then(|| stock.1 -= 1);
            stock.until(Op::Get, target, Deadline::Never, take).unwrap();
        };
        let fill: fn(&Stock) = |stock| {
            stock.enter().0 += 1;
            stock.wake(stock.of(Kind::Queue).lane(1), 1);
            stock.enter().1 += 1;
            stock.wake(stock.of(Kind::Queue).lane(2), 1);
        };
        let (stock, _) = tasks(Monitor::new((0, 0)), [ones, twos, fill]);
        assert_eq!(*stock.enter(), (0, 0));
    });
}

type Items = Queue<u32>;

fn get(items: &Items) -> u32 {
    items.get().unwrap()
}

fn put(items: &Items) -> u32 {
    items.put(1).unwrap();
    0
}

#[test]
fn every_item_comes_out_once() {
    explore("Queue: 1 getter, 1 putter", || {
        let (items, got) = tasks(Queue::new(), [get, put]);
        assert_eq!((got[0], items.len()), (1, 0));
    });
    explore("Queue: 2 getters, 2 items", || {
        let putter: fn(&Items) -> u32 = |items| put(items) + put(items);
        let (items, got) = tasks(Queue::new(), [get, get, putter]);
        assert_eq!((got, items.len()), ([1, 1, 0], 0));
    });
    explore("Queue: 2 getters, 2 putters", || {
        let (items, got) = tasks(Queue::new(), [get, get, put, put]);
        assert_eq!((got, items.len()), ([1, 1, 0, 0], 0));
    });
    explore("Queue: 3 items through 1 place, in order", || {
        let putter: fn(&Items) = |items| (0..3).for_each(|item| items.put(item).unwrap());
        let getter: fn(&Items) = |items| (0..3).for_each(|item| assert_eq!(items.get(), Ok(item)));
        tasks(Queue::bounded(1), [putter, getter]);
    });
    explore("Queue: 2 putters, 1 place", || {
        let (items, got) = tasks(Queue::bounded(1), [put, put, |items| get(items) + get(items)]);
        assert_eq!((got[2], items.len()), (2, 0));
    });
}

#[test]
fn every_item_of_a_batch_comes_out_once() {
    let batch: fn(&Items) -> u32 = |items| {
        items.put_many(&mut VecDeque::from([1, 1])).unwrap();
        0
    };
    explore("Queue: a batch of 2 for 2 getters", move || {
        let (items, got) = tasks(Queue::new(), [get, get, batch]);
        assert_eq!((got, items.len()), ([1, 1, 0], 0));
    });
    let both: fn(&Items) -> u32 = |items| {
        let mut taken = Vec::new();
        while taken.len() < 2 {
            items.get_many(&mut taken, 2).unwrap();
        }
        2
    };
    explore("Queue: 2 items as a batch", move || {
        let (items, got) = tasks(Queue::new(), [both, put, put]);
        assert_eq!((got, items.len()), ([2, 0, 0], 0));
    });
    explore("Queue: a batch taken frees 2 putters", move || {
        let items = Queue::with_store(Fifo::new(), Some(2));
        items.put_many(&mut VecDeque::from([1, 1])).unwrap();
        let (items, got) = tasks(items, [both, put, put]);
        assert_eq!((got, items.len()), ([2, 0, 0], 2));
    });
    explore("Queue: a batch of 2 through 1 place", move || {
        let (items, got) = tasks(Queue::with_store(Fifo::new(), Some(1)), [batch, both]);
        assert_eq!((got, items.len()), ([0, 2], 0));
    });
}

#[test]
fn who_gives_up_on_a_queue_takes_no_wake_up_along() {
    let hasty: fn(&Items) -> u32 = |items| match items.get_until(soon()) {
        Ok(item) => item,
        Err(error) => {
            assert_eq!(error, GetError::Empty);
            0
        }
    };
    explore("Queue: a getter's time-out", move || {
        let (items, got) = tasks(Queue::new(), [hasty, put]);
        assert_eq!(items.len() + got[0] as usize, 1);
    });
    explore("Queue: a getter's time-out beside a getter", move || {
        let (items, got) = tasks(Queue::new(), [hasty, get, |items| put(items) + put(items)]);
        assert_eq!((got[1], items.len() + got[0] as usize), (1, 1));
    });
    explore("Queue: a putter's time-out beside a putter", || {
        let items = Queue::bounded(1);
        items.put(1).unwrap();
        let hasty: fn(&Items) -> u32 = |items| match items.put_until(1, soon()) {
            Ok(()) => 1,
            Err(error) => {
                assert_eq!((error.value, error.reason), (1, PutReason::Full));
                0
            }
        };
        let (items, did) = tasks(items, [hasty, put, |items| get(items) + get(items)]);
        assert_eq!(items.len(), did[0] as usize);
    });
    explore("Queue: a signal", || {
        let interrupted: fn(&Items) -> u32 = |items| match signalled(|| items.get_until(soon())) {
            Ok(item) => item,
            Err(error) => {
                assert_eq!(error, GetError::Interrupted);
                0
            }
        };
        let (items, got) = tasks(Queue::new(), [interrupted, put]);
        assert_eq!(items.len() + got[0] as usize, 1);
    });
}

#[test]
fn a_queue_is_joined_when_all_is_dealt_with() {
    explore("Queue: join", || {
        let worker: fn(&Items) = |items| {
            (0..2).for_each(|_| {
                items.get().unwrap();
                items.task_done().unwrap();
            })
        };
        let joiner: fn(&Items) = |items| {
            items.put(1).unwrap();
            items.put(1).unwrap();
            items.join();
            assert_eq!(items.unfinished_count(), 0);
        };
        tasks(Queue::new(), [worker, joiner]);
    });
    explore("Queue: the last task_done of 2", || {
        let items = Queue::new();
        items.put(1).unwrap();
        items.put(1).unwrap();
        let done: fn(&Items) = |items| items.task_done().unwrap();
        tasks(items, [done, done, Queue::join]);
    });
}

#[test]
fn a_shutdown_wakes_everybody() {
    explore("Queue: shutdown beside 2 getters", || {
        let getter: fn(&Items) -> bool = |items| items.get() == Err(GetError::ShutDown);
        let (_, woken) = tasks(
            Queue::new(),
            [getter, getter, |items| {
                items.shutdown();
                true
            }],
        );
        assert_eq!(woken, [true; 3]);
    });
    explore("Queue: shutdown beside a putter", || {
        let items = Queue::bounded(1);
        items.put(1).unwrap();
        let putter: fn(&Items) -> bool = |items| items.put(2).is_err_and(|e| e.reason == PutReason::ShutDown);
        let (items, woken) = tasks(
            items,
            [putter, |items| {
                items.shutdown();
                true
            }],
        );
        assert_eq!((woken, items.get(), items.get()), ([true; 2], Ok(1), Err(GetError::ShutDown)));
    });
    explore("Queue: shutdown at once beside a joiner and a putter", || {
        let items = Queue::bounded(1);
        items.put(1).unwrap();
        let (items, _) = tasks(items, [|items| _ = items.put(2).unwrap_err(), Queue::join, Queue::shutdown_now]);
        assert_eq!((items.len(), items.unfinished_count()), (0, 0));
    });
}

#[test]
fn a_barrier_lets_all_through_together() {
    let wait: fn(&Barrier) -> u32 = |barrier| u32::from(barrier.wait().is_leader());
    explore("Barrier: 2 tasks", move || assert_eq!(tasks(Barrier::new(2), [wait, wait]).1.iter().sum::<u32>(), 1));
    explore("Barrier: 3 tasks", move || assert_eq!(tasks(Barrier::new(3), [wait; 3]).1.iter().sum::<u32>(), 1));
    explore("Barrier: 2 tasks, 2 rounds", || {
        let twice: fn(&Barrier) -> u32 = |barrier| (0..2).map(|_| u32::from(barrier.wait().is_leader())).sum();
        assert_eq!(tasks(Barrier::new(2), [twice, twice]).1.iter().sum::<u32>(), 2);
    });
    explore("Barrier: an action", || {
        let acts: fn(&(Barrier, Latch<u32>)) = |(barrier, acted)| {
            let act = || {
                *acted.lock() += 1;
                Ok::<(), ()>(())
            };
            barrier.wait_with(Deadline::Never, act).unwrap();
            assert_eq!(*acted.lock(), 1);
        };
        tasks((Barrier::new(2), Latch::new(0)), [acts, acts]);
    });
}

#[test]
fn a_barrier_that_breaks_breaks_for_all() {
    explore("Barrier: a time-out", || {
        let hasty: fn(&Barrier) -> bool = |barrier| barrier.wait_until(soon()).is_ok();
        let (barrier, passed) = tasks(Barrier::new(2), [hasty, |barrier| barrier.wait_until(Deadline::Never).is_ok()]);
        assert_eq!((passed[0], barrier.is_broken()), (passed[1], !passed[0]));
    });
    explore("Barrier: an abort", || {
        let wait: fn(&Barrier) -> bool = |barrier| barrier.wait_until(Deadline::Never) == Err(BarrierError::Broken);
        let (barrier, broken) = tasks(
            Barrier::new(3),
            [wait, wait, |barrier| {
                barrier.abort();
                true
            }],
        );
        assert_eq!((broken, barrier.is_broken()), ([true; 3], true));
    });
    explore("Barrier: a failing action", || {
        let fails: fn(&Barrier) -> bool = |barrier| match barrier.wait_with(Deadline::Never, || Err(())) {
            Ok(_) => false,
            Err(ActionError::Action(())) => true,
            Err(ActionError::Barrier(error)) => error == BarrierError::Broken,
        };
        let (barrier, failed) = tasks(Barrier::new(2), [fails, fails]);
        assert_eq!((failed, barrier.is_broken()), ([true; 2], true));
    });
    explore("Barrier: a reset under a waiter", || {
        // Whoever has arrived before the reset fails; whoever comes after it waits for another.
        let wait: fn(&Barrier) -> u32 = |barrier| u32::from(barrier.wait_until(soon()).is_ok());
        let (barrier, _) = tasks(
            Barrier::new(2),
            [wait, |barrier| {
                barrier.reset();
                0
            }],
        );
        assert_eq!(barrier.waiting_count(), 0);
    });
}
