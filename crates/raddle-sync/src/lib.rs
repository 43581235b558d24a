//! Every primitive of Raddle, each written once, on the kernel alone.
//!
//! Outside a controlled run they behave as the standard library's and cost the same.
//! Inside one, the same types announce every operation as a point, so that a strategy decides who goes on.
//! A value made outside a run may be used inside it, and the other way round.
//!
//! | file | what | Python's |
//! |---|---|---|
//! | [`Mutex`] | guards a value | – |
//! | [`Lock`] | excludes; anybody may release it | `threading.Lock` |
//! | [`ReentrantLock`], [`Reentrant`] | its holder may take it again | `threading.RLock` |
//! | [`Condvar`] | waits for a change under a mutex | `threading.Condition` |
//! | [`Semaphore`] | hands out permits | `threading.Semaphore`, `BoundedSemaphore` |
//! | [`Event`] | a flag to wait for | `threading.Event` |
//! | [`Barrier`] | a meeting point | `threading.Barrier` |
//! | [`Queue`] | hands items from task to task | `queue.Queue`, `LifoQueue`, `PriorityQueue` |
//! | [`atomic`] | atomic cells | – |
//! | [`Shared`] | a cell whose accesses are checked for races | an attribute |
//! | [`thread`] | tasks | `threading.Thread` |
//!
//! [`Latch`] and [`Monitor`] are what the larger primitives are made of; no controlled run sees them.
//!
//! This crate promises nothing to the outside: use the crate `raddle`.

pub mod atomic;
mod barrier;
mod condvar;
mod event;
mod heap;
mod latch;
mod line;
mod lock;
mod monitor;
mod mutex;
pub mod queue;
mod ranks;
mod reentrant;
mod ring;
mod semaphore;
mod shared;
mod store;
pub mod thread;

pub use barrier::{ActionError, Barrier, BarrierError, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use event::Event;
pub use latch::{Exclusion, Latch, LatchGuard};
pub use line::Line;
pub use lock::{Lock, NotHeld};
pub use monitor::Monitor;
pub use mutex::{Mutex, MutexGuard};
pub use queue::Queue;
pub use raddle_kernel::{Deadline, Stopped};
pub use reentrant::{Reentrant, ReentrantLock, ReentrantLockGuard};
pub use semaphore::{Overflow, Semaphore};
pub use shared::Shared;
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
