//! What does it cost to have a pool of threads do something?

use crate::row::{Rival, Row, Work};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::Thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 2;

pub(crate) const ROWS: [Row; 4] = [
    Row::together("submit an empty task", || each(&Drained(|| ()))),
    Row::together("submit with handle", || each(&Handles)),
    Row::to_and_fro("submit and wait", waits),
    Row::together("1 µs tasks, 2 workers", || each(&Drained(busy))),
];

/// A pool, whoever made it.
trait Pool: Send + Sync + 'static {
    fn new() -> Self;
    /// Has `job` done, by and by.
    fn execute(&self, job: impl FnOnce() + Send + 'static);
    /// What waits for a result.
    type Handle;
    /// Has `job` done.
    fn submit(&self, job: fn() -> u64) -> Self::Handle;
    fn result(handle: Self::Handle) -> u64;
}

impl Pool for raddle_exec::ThreadPool {
    fn new() -> Self {
        raddle_exec::ThreadPool::new(WORKERS)
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        raddle_exec::ThreadPool::execute(self, job).expect("the pool is open");
    }

    type Handle = raddle_exec::Future<u64>;

    fn submit(&self, job: fn() -> u64) -> Self::Handle {
        raddle_exec::ThreadPool::submit(self, job).expect("the pool is open")
    }

    fn result(handle: Self::Handle) -> u64 {
        handle.take().expect("the job never panics")
    }
}

impl Pool for rusty_pool::ThreadPool {
    fn new() -> Self {
        rusty_pool::ThreadPool::new(WORKERS, WORKERS, Duration::from_secs(60))
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        rusty_pool::ThreadPool::execute(self, job);
    }

    type Handle = rusty_pool::JoinHandle<u64>;

    fn submit(&self, job: fn() -> u64) -> Self::Handle {
        self.evaluate(job)
    }

    fn result(handle: Self::Handle) -> u64 {
        handle.await_complete()
    }
}

impl Pool for threadpool::ThreadPool {
    fn new() -> Self {
        threadpool::ThreadPool::new(WORKERS)
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        threadpool::ThreadPool::execute(self, job);
    }

    type Handle = mpsc::Receiver<u64>;

    fn submit(&self, job: fn() -> u64) -> Self::Handle {
        by_message(self, job)
    }

    fn result(handle: Self::Handle) -> u64 {
        handle.recv().expect("the job never panics")
    }
}

impl Pool for rayon::ThreadPool {
    fn new() -> Self {
        rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().expect("threads start")
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.spawn(job);
    }

    type Handle = mpsc::Receiver<u64>;

    fn submit(&self, job: fn() -> u64) -> Self::Handle {
        by_message(self, job)
    }

    fn result(handle: Self::Handle) -> u64 {
        handle.recv().expect("the job never panics")
    }
}

/// Threads that run what comes through a channel: the least that can be called a pool.
struct Channel(crossbeam_channel::Sender<Box<dyn FnOnce() + Send>>);

impl Pool for Channel {
    fn new() -> Self {
        let (sender, receiver) = crossbeam_channel::unbounded::<Box<dyn FnOnce() + Send>>();
        for _ in 0..WORKERS {
            let receiver = receiver.clone();
            std::thread::spawn(move || receiver.iter().for_each(|job| job()));
        }
        Channel(sender)
    }

    fn execute(&self, job: impl FnOnce() + Send + 'static) {
        self.0.send(Box::new(job)).expect("the pool is open");
    }

    type Handle = mpsc::Receiver<u64>;

    fn submit(&self, job: fn() -> u64) -> Self::Handle {
        by_message(self, job)
    }

    fn result(handle: Self::Handle) -> u64 {
        handle.recv().expect("the job never panics")
    }
}

/// How a pool without handles is asked for a result.
fn by_message(pool: &impl Pool, job: fn() -> u64) -> mpsc::Receiver<u64> {
    let (sender, receiver) = mpsc::sync_channel(1);
    pool.execute(move || sender.send(job()).expect("somebody waits"));
    receiver
}

/// What a row does with a pool.
trait Use {
    fn work<P: Pool>(&self, pool: P) -> Work;
}

/// Hands over all and waits until all is done, by a count that is the same for all.
struct Drained(fn());

impl Use for Drained {
    fn work<P: Pool>(&self, pool: P) -> Work {
        let job = self.0;
        Box::new(move |times| {
            let left = Arc::new(Left { count: AtomicU64::new(times), waiter: std::thread::current() });
            for _ in 0..times {
                let left = Arc::clone(&left);
                pool.execute(move || {
                    job();
                    left.one_less();
                });
            }
            left.wait();
        })
    }
}

/// Hands over all, then waits for each.
struct Handles;

impl Use for Handles {
    fn work<P: Pool>(&self, pool: P) -> Work {
        Box::new(move |times| {
            let handles: Vec<_> = (0..times).map(|_| pool.submit(|| 1)).collect();
            assert_eq!(handles.into_iter().map(P::result).sum::<u64>(), times);
        })
    }
}

/// Hands over one and waits for it.
struct Waits;

impl Use for Waits {
    fn work<P: Pool>(&self, pool: P) -> Work {
        Box::new(move |times| assert_eq!((0..times).map(|_| P::result(pool.submit(|| 1))).sum::<u64>(), times))
    }
}

fn each(used: &impl Use) -> Vec<Rival> {
    vec![
        Rival::new("raddle", used.work(<raddle_exec::ThreadPool as Pool>::new())),
        Rival::new("rusty_pool", used.work(<rusty_pool::ThreadPool as Pool>::new())),
        Rival::new("threadpool", used.work(<threadpool::ThreadPool as Pool>::new())),
        Rival::new("rayon", used.work(<rayon::ThreadPool as Pool>::new())),
        Rival::new("crossbeam-channel", used.work(<Channel as Pool>::new())),
    ]
}

fn waits() -> Vec<Rival> {
    let mut all = each(&Waits);
    let pool = <rayon::ThreadPool as Pool>::new();
    let install = move |times| assert_eq!((0..times).map(|_| pool.install(|| 1)).sum::<u64>(), times);
    all.push(Rival::new("rayon install", Box::new(install)));
    all
}

/// Jobs that are not done yet.
struct Left {
    count: AtomicU64,
    waiter: Thread,
}

impl Left {
    fn one_less(&self) {
        // AcqRel: what the jobs did happens before the waiter goes on.
        if self.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.waiter.unpark();
        }
    }

    fn wait(&self) {
        // Acquire: pairs with the last job's decrement.
        while self.count.load(Ordering::Acquire) > 0 {
            std::thread::park();
        }
    }
}

/// Takes a microsecond.
fn busy() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(1) {}
}
