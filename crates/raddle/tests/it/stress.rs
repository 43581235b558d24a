//! Eight threads on one object, natively, bounded in work: whatever a run this long can show, it must not.
//!
//! `RADDLE_STRESS` multiplies the work; `cargo xtask accept stress` does that for minutes.

use raddle::engine::sync::{Lock, Reentrant};
use raddle::{Barrier, Condvar, Deadline, Event, Future, JobError, Mutex, Queue, ResultError, Semaphore, ThreadPool};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

const THREADS: u64 = 8;

/// So much work, or a multiple.
fn work(rounds: u64) -> u64 {
    let factor = std::env::var("RADDLE_STRESS").map_or(1, |text| text.parse().expect("RADDLE_STRESS is a number"));
    rounds * factor
}

/// Runs `body` in as many threads, each with its number; the sum of what they return.
fn together(body: impl Fn(u64) -> u64 + Sync) -> u64 {
    thread::scope(|scope| {
        let body = &body;
        let tasks: Vec<_> = (0..THREADS).map(|task| scope.spawn(move || body(task))).collect();
        tasks.into_iter().map(|task| task.join().unwrap()).sum()
    })
}

/// A deadline that is sometimes over before a thread can be woken.
fn soon(round: u64) -> Deadline {
    match round % 4 {
        0 => Deadline::Now,
        n => Deadline::after(Duration::from_micros(n * n * 10)),
    }
}

/// A count that is right only if one thread at a time adds to it.
#[derive(Default)]
struct Count(AtomicU64);

impl Count {
    fn add(&self) {
        let before = self.0.load(Relaxed);
        std::hint::black_box(&self.0);
        self.0.store(before + 1, Relaxed);
    }
}

/// Threads that wait for ever and threads that give up add to one count under the lock.
fn excludes(acquire: impl Fn(Deadline) -> bool + Sync, release: impl Fn() + Sync) {
    let (count, rounds) = (Count::default(), work(3_000));
    let done = together(|task| {
        (0..rounds)
            .filter(|round| {
                let deadline = if task % 2 == 0 { Deadline::Never } else { soon(*round) };
                let held = acquire(deadline);
                if held {
                    count.add();
                    release();
                }
                held
            })
            .count() as u64
    });
    assert_eq!(count.0.into_inner(), done);
    assert!(done >= rounds * THREADS / 2);
}

#[test]
fn locks_exclude() {
    let lock = Lock::new();
    excludes(|deadline| lock.acquire(deadline).is_ok(), || lock.release().unwrap());
    let lock = Reentrant::new();
    excludes(
        |deadline| lock.acquire(deadline).and_then(|()| lock.acquire(Deadline::Now)).is_ok(),
        || (0..2).for_each(|_| lock.release().unwrap()),
    );
    let permits = Semaphore::bounded(1);
    excludes(|deadline| permits.acquire_until(deadline).is_ok(), || permits.release().unwrap());
}

#[test]
fn a_mutex_excludes() {
    let (total, rounds) = (Mutex::new(0), work(5_000));
    together(|task| {
        for round in 0..rounds {
            let guard = if task % 2 == 0 { total.lock().ok() } else { total.lock_until(soon(round)).ok() };
            match guard {
                Some(mut total) => *total += 1,
                None => *total.lock().unwrap() += 1,
            }
        }
        0
    });
    assert_eq!(total.into_inner().unwrap(), rounds * THREADS);
}

#[test]
fn permits_are_neither_lost_nor_made() {
    let (permits, inside, rounds) = (Semaphore::new(3), AtomicU64::new(0), work(3_000));
    together(|task| {
        for round in 0..rounds {
            if permits.acquire_until(if task % 2 == 0 { Deadline::Never } else { soon(round) }).is_ok() {
                assert!(inside.fetch_add(1, Relaxed) < 3);
                inside.fetch_sub(1, Relaxed);
                permits.release().unwrap();
            }
        }
        0
    });
    assert_eq!(permits.permits(), 3);
}

#[test]
fn a_buffer_of_a_mutex_and_conditions_hands_over_every_item() {
    let (buffer, changed, rounds) = (Mutex::new(VecDeque::new()), [Condvar::new(), Condvar::new()], work(2_000));
    let sum = together(|task| {
        let [filled, emptied] = &changed;
        let mut sum = 0;
        for round in 0..rounds {
            let mut items = buffer.lock().unwrap();
            if task % 2 == 0 {
                items = emptied.wait_while(items, |items| items.len() == 4).unwrap();
                items.push_back(round);
                filled.notify_one();
            } else {
                while items.is_empty() {
                    items = filled.wait_timeout(items, Duration::from_micros(50 * (round % 5))).unwrap().0;
                }
                sum += items.pop_front().unwrap();
                emptied.notify_one();
            }
        }
        sum
    });
    assert_eq!(sum, THREADS / 2 * (rounds * (rounds - 1) / 2));
}

#[test]
fn an_event_is_seen_by_all_each_time() {
    let (rounds, gate) = (work(300), [(); 2].map(|()| Event::new()));
    let arrived = Semaphore::new(0);
    together(|task| {
        for round in 0..rounds {
            let [open, other] = if round % 2 == 0 { [&gate[0], &gate[1]] } else { [&gate[1], &gate[0]] };
            if task == 0 {
                (1..THREADS).for_each(|_| arrived.acquire());
                other.clear();
                open.set();
            } else {
                arrived.release().unwrap();
                while open.wait_until(if task % 2 == 0 { Deadline::Never } else { soon(round) }).is_err() {}
            }
        }
        0
    });
    assert_eq!(arrived.permits(), 0);
}

#[test]
fn each_round_of_a_barrier_has_one_leader() {
    let (barrier, rounds) = (Barrier::new(THREADS as u32), work(300));
    assert_eq!(together(|_| (0..rounds).map(|_| u64::from(barrier.wait().is_leader())).sum()), rounds);
}

#[test]
fn a_queue_hands_over_every_item_once() {
    let (items, rounds) = (Queue::bounded(4), work(2_000));
    let sum = together(|task| {
        let mut sum = 0;
        for round in 0..rounds {
            if task % 2 == 0 {
                let mut item = round;
                while let Err(error) = items.put_until(item, if task % 4 == 0 { Deadline::Never } else { soon(round) })
                {
                    item = error.value;
                }
            } else {
                sum += loop {
                    if let Ok(item) = items.get_until(if task % 4 == 1 { Deadline::Never } else { soon(round) }) {
                        break item;
                    }
                };
                items.task_done().unwrap();
            }
        }
        items.join_until(Deadline::Now).ok();
        sum
    });
    items.join();
    assert_eq!((sum, items.len()), (THREADS / 2 * (rounds * (rounds - 1) / 2), 0));
}

#[test]
fn a_future_ends_for_all_who_ask() {
    for round in 0..work(300) {
        let (future, called) = (Future::<u64, JobError>::new(), std::sync::Arc::new(AtomicU64::new(0)));
        let ended = together(|task| match task {
            0 => u64::from(future.settle(Ok(round)).is_ok()),
            1 => u64::from(future.cancel()),
            2 => {
                let called = std::sync::Arc::clone(&called);
                future.add_done_callback(move |_| _ = called.fetch_add(1, Relaxed));
                0
            }
            _ => {
                match future.result() {
                    Ok(value) => assert_eq!(value, round),
                    Err(error) => assert!(matches!(error, ResultError::Cancelled)),
                }
                0
            }
        });
        assert_eq!((ended, called.load(Relaxed)), (1, 1));
    }
}

#[test]
fn a_pool_runs_every_job_once() {
    let (ran, jobs) = (std::sync::Arc::new(AtomicU64::new(0)), work(500));
    let pool = ThreadPool::new(4);
    let sum = together(|_| {
        let submit = |n| {
            let ran = std::sync::Arc::clone(&ran);
            let job = move || {
                ran.fetch_add(1, Relaxed);
                n
            };
            pool.submit(job).unwrap()
        };
        let handed: Vec<_> = (0..jobs).map(submit).collect();
        raddle::as_completed(&handed).map(|future| future.result().unwrap()).sum()
    });
    drop(pool);
    assert_eq!((ran.load(Relaxed), sum), (jobs * THREADS, THREADS * (jobs * (jobs - 1) / 2)));
}
