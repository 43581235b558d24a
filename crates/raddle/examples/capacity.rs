//! How much memory many objects, many waiters and many items take: prints a line for each.
//!
//! `cargo run --release --example capacity`

use raddle::engine::sync::{Lock, Reentrant};
use raddle::{Barrier, Condvar, Event, Future, JobError, Mutex, Queue, Semaphore, thread};
use std::hint::black_box;
use std::time::Instant;

const OBJECTS: usize = 1_000_000;
const WAITERS: usize = 10_000;
const ITEMS: u64 = 10_000_000;
/// The least stack that a thread can have here.
const STACK: usize = 32 << 10;

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells a process its memory");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident memory is told");
    line.split_whitespace().next().and_then(|kib| kib.parse::<usize>().ok()).expect("in KiB") << 10
}

fn objects<T>(name: &str, make: impl Fn() -> T) {
    let before = resident();
    let made: Vec<T> = (0..OBJECTS).map(|_| make()).collect();
    let took = (resident() - before) as f64 / OBJECTS as f64;
    println!("{OBJECTS} x {name:<14} {took:7.1} bytes each, {} in place", size_of::<T>());
    // Kept, so that the next ones do not find its memory free.
    std::mem::forget(black_box(made));
}

fn waiters(name: &str, wait: impl Fn() + Sync, until_blocked: impl Fn(), wake: impl FnOnce()) {
    let before = resident();
    thread::scope(|scope| {
        let wait = &wait;
        for _ in 0..WAITERS {
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, wait).expect("there is a thread");
        }
        until_blocked();
        let took = (resident() - before) as f64 / WAITERS as f64;
        let started = Instant::now();
        wake();
        println!(
            "{WAITERS} waiters of {name:<10} {took:7.0} bytes each with their threads' stacks, woken in {:?}",
            started.elapsed()
        );
    });
}

fn main() {
    objects("Lock", Lock::new);
    objects("Mutex<u64>", || Mutex::new(0u64));
    objects("Reentrant", Reentrant::new);
    objects("Condvar", Condvar::new);
    objects("Semaphore", || Semaphore::new(1));
    objects("Event", Event::new);
    objects("Barrier", || Barrier::new(2));
    objects("Queue<u64>", Queue::<u64>::new);
    objects("Future<u64>", Future::<u64, JobError>::new);

    let (mutex, changed, go) = (Mutex::new(0), Condvar::new(), Event::new());
    let wait = || {
        let mut waiting = mutex.lock().expect("nobody panics");
        *waiting += 1;
        drop(changed.wait_while(waiting, |_| !go.is_set()).expect("nobody panics"));
    };
    let all = || {
        while *mutex.lock().expect("nobody panics") < WAITERS {
            thread::yield_now();
        }
    };
    waiters("a Condvar", wait, all, || {
        go.set();
        drop(mutex.lock());
        changed.notify_all();
    });

    let items = Queue::new();
    let (before, started) = (resident(), Instant::now());
    (0..ITEMS).for_each(|item| items.put(item).expect("the queue takes it"));
    let took = (resident() - before) as f64 / ITEMS as f64;
    let sum: u64 = (0..ITEMS).map(|_| items.get().expect("the item is there")).sum();
    assert_eq!(sum, ITEMS * (ITEMS - 1) / 2);
    println!("{ITEMS} items in one Queue: {took:.1} bytes each, in and out in {:?}", started.elapsed());
}
