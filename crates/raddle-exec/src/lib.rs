//! Work handed to others: a pool of threads, and the futures of its results.
//!
//! [`ThreadPool`] runs jobs on threads that it starts as it needs them; [`Future`] is the result that is not there yet;
//! [`Executor`] is what anything that runs jobs has in common.
//! They are Python's `concurrent.futures` in Rust's terms, and what its drop-in twin is made of.
//!
//! This crate promises nothing to the outside: use the crate `raddle`.

mod executor;
mod future;
mod panic;
mod pool;
mod tally;

pub use executor::{Executor, Map, Pending};
pub use future::{Future, NotStarted, Notice, ResultError, Settled, Stage};
pub use panic::Panic;
pub use pool::{
    BoxedJob, Builder, Closer, Job, JobError, Join, PoolStatistics, SubmitError, Taken, ThreadPool, Worker, boxed,
};
pub use tally::{AsCompleted, Completed, Gathering, ReturnWhen, Waited, as_completed, wait};
