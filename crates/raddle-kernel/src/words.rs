//! The plain words that every crate shares: kinds, operations, effects, ids, deadlines.

use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

/// The source position of an operation in Rust code.
pub type Site = &'static Location<'static>;

/// A task's number: unique in the process, never 0, what a lock's word carries as its owner.
///
/// At most [`TaskId::MAX`], so that a state word has bits left for "somebody waits".
pub type TaskId = u32;

/// The bits of a lock's word that hold its owner's number.
pub const OWNER: TaskId = (1 << 28) - 1;

/// An object's number in controlled runs; 0 until a controlled run has met the object.
pub type ObjectId = u32;

/// What sort of thing an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// A mutual exclusion lock whose holder releases it.
    Mutex,
    /// A lock that its holder may take again.
    ReentrantLock,
    /// A lock that anybody may release (Python's `threading.Lock`).
    Lock,
    /// A lock inside code that is silent: nobody means anything by its order.
    Inner,
    /// A condition variable.
    Condvar,
    /// A counting semaphore.
    Semaphore,
    /// A flag to wait for.
    Event,
    /// A meeting point of a fixed number of tasks.
    Barrier,
    /// A queue of items.
    Queue,
    /// A result that is not there yet.
    Future,
    /// A thread pool.
    Pool,
    /// A task, as something to join.
    Thread,
    /// All threads that live, as something to count.
    Threads,
    /// An atomic cell.
    Atomic,
    /// A shared cell whose accesses are checked for races.
    Shared,
    /// The virtual clock.
    Clock,
    /// Something that this process cannot decide: a child, a pipe, a socket.
    Outside,
}

impl Kind {
    /// The word that people read: `mutex`, `condition`, `queue`.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Mutex => "mutex",
            Kind::ReentrantLock => "re-entrant lock",
            Kind::Lock => "lock",
            Kind::Inner => "inner lock",
            Kind::Condvar => "condition",
            Kind::Semaphore => "semaphore",
            Kind::Event => "event",
            Kind::Barrier => "barrier",
            Kind::Queue => "queue",
            Kind::Future => "future",
            Kind::Pool => "pool",
            Kind::Thread => "thread",
            Kind::Threads => "threads",
            Kind::Atomic => "atomic",
            Kind::Shared => "shared cell",
            Kind::Clock => "clock",
            Kind::Outside => "something outside",
        }
    }
}

/// What a task is about to do to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Op {
    /// Take a lock or a permit.
    Acquire,
    /// Give a lock or permits back.
    Release,
    /// Begin what others see only if they look for it: to wait for an event, an inner lock or the next job, to start a thread.
    Begin,
    /// Wait on a condition, for an event.
    Wait,
    /// Wake waiters of a condition.
    Notify,
    /// Put an item into a queue.
    Put,
    /// Take an item from a queue.
    Get,
    /// Say that an item taken from a queue is dealt with.
    TaskDone,
    /// Wait until all items of a queue are dealt with.
    JoinQueue,
    /// Close a queue or a pool.
    Shutdown,
    /// Set an event.
    Set,
    /// Clear an event.
    Clear,
    /// Look at an object's state without changing it (`is_set`, `locked`, `len`).
    Look,
    /// Arrive at a barrier.
    Arrive,
    /// Leave a barrier once all have arrived.
    Pass,
    /// Break or reset a barrier.
    Abort,
    /// Read a location.
    Read,
    /// Write a location.
    Write,
    /// Read and write a location in one step.
    Update,
    /// Start a task.
    Spawn,
    /// Wait for a task to end.
    Join,
    /// Hand work to a pool.
    Submit,
    /// Wait for a future.
    Result,
    /// Settle a future.
    Resolve,
    /// Cancel a future.
    Cancel,
    /// Sleep.
    Sleep,
    /// Let others run.
    Yield,
    /// Read a clock.
    Clock,
    /// Wait for something outside.
    Outside,
}

impl Op {
    /// A stable slug, used in schedules: `acquire`, `join-queue`.
    pub const fn slug(self) -> &'static str {
        match self {
            Op::Acquire => "acquire",
            Op::Release => "release",
            Op::Begin => "begin",
            Op::Wait => "wait",
            Op::Notify => "notify",
            Op::Put => "put",
            Op::Get => "get",
            Op::TaskDone => "task-done",
            Op::JoinQueue => "join-queue",
            Op::Shutdown => "shutdown",
            Op::Set => "set",
            Op::Clear => "clear",
            Op::Look => "look",
            Op::Arrive => "arrive",
            Op::Pass => "pass",
            Op::Abort => "abort",
            Op::Read => "read",
            Op::Write => "write",
            Op::Update => "update",
            Op::Spawn => "spawn",
            Op::Join => "join",
            Op::Submit => "submit",
            Op::Result => "result",
            Op::Resolve => "resolve",
            Op::Cancel => "cancel",
            Op::Sleep => "sleep",
            Op::Yield => "yield",
            Op::Clock => "clock",
            Op::Outside => "outside",
        }
    }
}

/// What an operation turned out to be.
///
/// Dependence between operations, and what happened before what, are decided from effects alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// A lock was taken.
    Acquired,
    /// A re-entrant lock was taken again by its holder: no other task can tell.
    Reentered,
    /// A lock was given back.
    Released,
    /// A re-entrant lock was given back once but is still held.
    Unwound,
    /// A try failed because of the object's state.
    Refused,
    /// A wait ended because its deadline passed.
    TimedOut,
    /// A permit was taken; `left` are left.
    Took {
        /// Permits left after this.
        left: u32,
    },
    /// Permits were given back; there were `before`, and are `after`.
    Gave {
        /// Permits before this.
        before: u32,
        /// Permits after this.
        after: u32,
        /// The most permits that there may be, if they are bounded: more are refused.
        bound: Option<u32>,
    },
    /// Item number `seq` (counted from 0 over the queue's life) was put.
    Put {
        /// The item's number.
        seq: u64,
        /// Whether the order of puts decides who gets what (false: LIFO and priority queues, where any get sees any put).
        fifo: bool,
        /// How many items the queue holds at most, if it is bounded: item `seq - capacity` of a FIFO queue was taken before.
        capacity: Option<usize>,
        /// Whether a pool starts one more worker for it; none where that does not depend on who has begun to wait.
        hires: Option<bool>,
    },
    /// Item number `seq`, as numbered by its put, was taken.
    Got {
        /// The item's number.
        seq: u64,
        /// As in [`Effect::Put`].
        fifo: bool,
    },
    /// The future, the target, stands for work that was handed to a pool.
    Submitted {
        /// The pool's number.
        pool: ObjectId,
    },
    /// One more item was dealt with; `left` are not.
    Finished {
        /// Items not yet dealt with.
        left: u64,
    },
    /// A queue or pool was closed.
    Closed {
        /// How many items were taken out with it, and go to nobody.
        dropped: usize,
        /// How many workers a pool could have had.
        size: Option<usize>,
    },
    /// The task has begun to wait for a flag, or for a job: it learns nothing by that, but will go on even if the flag is cleared
    /// again, and is there for the next job.
    Begun,
    /// The task stands in a condition's queue and has released the lock.
    Enqueued,
    /// The task stands in a condition's queue no more, since its deadline passed: nobody will wake it.
    GaveUp,
    /// Waiters of a condition were woken.
    Notified {
        /// How many.
        woken: u32,
    },
    /// A flag was set or a future settled.
    Set {
        /// Whether it was not before.
        changed: bool,
    },
    /// A flag was cleared.
    Cleared {
        /// Whether it was set before.
        changed: bool,
    },
    /// The state was looked at and found to allow going on: an event set, a future settled, a queue drained.
    Saw,
    /// The state was looked at without any meaning of order (`locked()`, `qsize()`).
    Looked,
    /// The task arrived at a barrier as the last but `left`.
    Arrived {
        /// How many are still to arrive.
        left: u32,
    },
    /// The task left a barrier.
    Passed,
    /// A barrier was broken or reset.
    Broke,
    /// A location was read.
    Read,
    /// A location was written.
    Wrote,
    /// A location was read and written in one step.
    Updated,
    /// What the future is of was begun by this task, or is not, since it was cancelled.
    Started,
    /// A task was started.
    Spawned(TaskId),
    /// A task was seen to have ended.
    Joined,
    /// The task ended.
    Exited,
    /// The task slept.
    Slept,
    /// The task let others run.
    Yielded,
    /// A clock was read.
    ToldTime,
}

/// How long an operation may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// As long as it takes.
    Never,
    /// Not at all.
    Now,
    /// Until this moment (of the virtual clock in a controlled run).
    At(Instant),
}

impl Deadline {
    /// The deadline `timeout` from now; one too far away to be an [`Instant`] is [`Deadline::Never`].
    pub fn after(timeout: Duration) -> Self {
        crate::now().checked_add(timeout).map_or(Deadline::Never, Deadline::At)
    }
}

impl From<Duration> for Deadline {
    fn from(timeout: Duration) -> Self {
        Deadline::after(timeout)
    }
}

impl From<Instant> for Deadline {
    fn from(at: Instant) -> Self {
        Deadline::At(at)
    }
}

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The deadline passed (at once for [`Deadline::Now`]).
    TimedOut,
    /// The signal hook of [`Manner`](crate::Manner) asked for it.
    Interrupted,
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stopped::TimedOut => "the deadline passed",
            Stopped::Interrupted => "the wait was interrupted",
        })
    }
}

impl std::error::Error for Stopped {}
