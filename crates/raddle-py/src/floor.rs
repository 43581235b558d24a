//! What is under every hand-off between threads: the price that the operating system takes for one.

use pyo3::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Two threads that have nothing to do with the interpreter put each other to sleep and wake each other up, so many times.
///
/// The standard library's `park` and `unpark`, not our own: a yardstick that does not move with what it measures.
#[pyfunction]
pub(crate) fn _futex_round_trips(py: Python<'_>, times: u64) {
    py.detach(|| {
        let there = AtomicBool::new(false);
        let caller = thread::current();
        // Acquire and Release: whoever sees its turn has seen the turn before.
        let turn = |to: bool| {
            while there.load(Ordering::Acquire) == to {
                thread::park();
            }
            there.store(to, Ordering::Release);
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                for _ in 0..times {
                    turn(false);
                    caller.unpark();
                }
            });
            for _ in 0..times {
                turn(true);
                other.thread().unpark();
            }
        });
    });
}
