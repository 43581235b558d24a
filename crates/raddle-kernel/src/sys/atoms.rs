//! All that the park table shares between threads, under names that a model checker can stand in for.

pub(crate) use std::cell::Cell;
pub(crate) use std::sync::atomic::{AtomicU32, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard};
