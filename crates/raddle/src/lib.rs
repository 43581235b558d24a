//! Threads, locks, queues and pools, and the checker that proves programs built on them.
//!
//! The types here are used as the standard library's are, and cost the same. In a test, [`check`] runs a program that uses them
//! over its interleavings, one after another on one thread, and panics with an explanation when one of them goes wrong:
//!
//! ```should_panic
//! use raddle::{check, thread, Shared};
//! use std::sync::Arc;
//!
//! check(|| {
//!     let counter = Arc::new(Shared::new(0));
//!     let other = Arc::clone(&counter);
//!     let child = thread::spawn(move || other.set(other.get() + 1));
//!     counter.set(counter.get() + 1);
//!     child.join().unwrap();
//! });
//! ```
//!
//! The same types, unchanged, ship in production: there is no cfg, no feature and no second set of mocks.
//!
//! | to | use |
//! |---|---|
//! | guard a value | [`Mutex`], [`ReentrantLock`] |
//! | wait for a change | [`Condvar`], [`Event`], [`Barrier`], [`Semaphore`] |
//! | hand values from task to task | [`Queue`] |
//! | run work on a few threads | [`ThreadPool`], [`Future`] |
//! | start tasks | [`thread`] |
//! | share a number or a flag | [`atomic`] |
//! | test for races | [`Shared`] |
//! | find out whether it is all right | [`check`], [`Session`] |

mod session;

pub use raddle_exec::{
    Executor, Future, JobError, PoolStatistics, ResultError, ReturnWhen, SubmitError, ThreadPool, as_completed, wait,
};
pub use raddle_sync::{
    Barrier, BarrierError, BarrierWaitResult, Condvar, Deadline, Event, LockResult, Mutex, MutexGuard, PoisonError,
    Queue, ReentrantLock, ReentrantLockGuard, Semaphore, Shared, Stopped, TryLockError, TryLockResult,
    WaitTimeoutResult, atomic, queue, thread,
};
pub use session::{Outcome, Session, check};

pub use raddle_explore::StrategyKind as Strategy;

/// The parts, for Raddle's own fronts. No promise is made about anything in here.
#[doc(hidden)]
pub mod engine {
    pub use raddle_exec as exec;
    pub use raddle_explore as explore;
    pub use raddle_kernel as kernel;
    pub use raddle_record as record;
    pub use raddle_report as report;
    pub use raddle_sync as sync;
}
