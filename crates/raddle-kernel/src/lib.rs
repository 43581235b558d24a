//! The floor of Raddle, and the only crate that blocks a thread.
//!
//! Every primitive is a state word in an [`Object`] plus four verbs:
//! [`point`] before a visible operation, [`did`] after it, [`wait`] when it cannot be done yet, [`wake`] after a change.
//! Natively `point` and `did` are one relaxed load and a branch not taken.
//! In a controlled run a [`Controller`] decides at each point which task goes on, so that the same primitives, unchanged,
//! can be explored, recorded and replayed.
//!
//! This crate promises nothing to the outside: use the crate `raddle`.

mod clock;
mod control;
mod gate;
mod object;
mod park;
mod point;
mod sys;
mod task;
mod wait;
mod words;

pub use clock::{now, sleep_until};
pub use control::{Carrier, Controller, Over, Start, Stranger, control, controlled, over, strangers};
pub use gate::watched;
pub use object::{Object, Target};
pub use point::{LastSite, Point, did, failed, outside, panicking, point, point_at, point_of_ways, silently};
pub use task::{Child, current, enter as enter_task, fresh_id, spawn, yield_now};
pub use wait::{
    Manner, Try, Woken, pause, spin, uninterrupted, wait, wait_after, wait_briefly, waiting, wake, wake_holding,
    wake_kept, wake_then,
};
pub use words::{Deadline, Effect, Kind, OWNER, ObjectId, Op, Site, Stopped, TaskId};

/// What the words of primitives are: named here, so that a test can put another in its place and open points inside.
pub use std::sync::atomic::{AtomicU32, AtomicUsize};
