//! The programs that the field measures its searches on, written anew from what is said of their bugs.
//!
//! What the originals keep in plain variables is in atomics here, so that each access is a point and no race alone is a finding.

pub(crate) mod account;
pub(crate) mod bluetooth_driver;
pub(crate) mod bounded_buffer;
pub(crate) mod circular_buffer;
pub(crate) mod deadlock01;
pub(crate) mod lazy01;
pub(crate) mod queue;
pub(crate) mod reorder;
pub(crate) mod safe_stack;
pub(crate) mod stack;
pub(crate) mod stringbuffer;
pub(crate) mod token_ring;
pub(crate) mod twostage;
pub(crate) mod work_steal_queue;
pub(crate) mod wronglock;
