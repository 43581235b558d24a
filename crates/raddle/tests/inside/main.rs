//! Every algorithm of `raddle-sync` and `raddle-exec` explored by `raddle` itself, with points inside the primitives.
//!
//! The files are compiled a second time in here, as they stand, over [`kernel`], whose atomics are `raddle`'s own: each access to
//! a word is a point, and so is each step of the kernel's queues. What ships knows nothing of this: docs/why/points-inside.md.

extern crate self as raddle_kernel;
extern crate self as raddle_sync;

mod kernel;

pub use kernel::*;

#[path = "../../../raddle-sync/src/barrier.rs"]
pub mod barrier;
#[path = "../../../raddle-sync/src/condvar.rs"]
pub mod condvar;
#[path = "../../../raddle-sync/src/event.rs"]
pub mod event;
#[path = "../../../raddle-sync/src/heap.rs"]
pub mod heap;
#[path = "../../../raddle-sync/src/latch.rs"]
pub mod latch;
#[path = "../../../raddle-sync/src/line.rs"]
pub mod line;
#[path = "../../../raddle-sync/src/lock.rs"]
pub mod lock;
#[path = "../../../raddle-sync/src/monitor.rs"]
pub mod monitor;
#[path = "../../../raddle-sync/src/mutex.rs"]
pub mod mutex;
#[path = "../../../raddle-sync/src/queue.rs"]
pub mod queue;
#[path = "../../../raddle-sync/src/ranks.rs"]
pub mod ranks;
#[path = "../../../raddle-sync/src/reentrant.rs"]
pub mod reentrant;
#[path = "../../../raddle-sync/src/ring.rs"]
pub mod ring;
#[path = "../../../raddle-sync/src/semaphore.rs"]
pub mod semaphore;
#[path = "../../../raddle-sync/src/store.rs"]
pub mod store;
#[path = "../../../raddle-sync/src/thread.rs"]
pub mod thread;

#[path = "../../../raddle-exec/src/executor.rs"]
pub mod executor;
#[path = "../../../raddle-exec/src/future.rs"]
pub mod future;
#[path = "../../../raddle-exec/src/panic.rs"]
pub mod panic;
#[path = "../../../raddle-exec/src/pool.rs"]
pub mod pool;
#[path = "../../../raddle-exec/src/tally.rs"]
pub mod tally;

pub use latch::Latch;
pub use line::Line;
pub use monitor::Monitor;

mod futures;
mod locks;
mod monitors;
mod programs;
mod signals;
