//! One static that says whether anybody watches: the only question the fast paths ask.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bit 0: some thread of the process is in a controlled run.
static GATE: AtomicU32 = AtomicU32::new(0);
/// How many controlled runs are open; guards the bit.
static OPEN: Mutex<u32> = Mutex::new(0);

/// Whether any thread of this process is in a controlled run.
///
/// Relaxed is enough: a thread that is in a run opened the gate itself, before it went on.
#[inline(always)]
pub fn watched() -> bool {
    GATE.load(Ordering::Relaxed) != 0
}

/// Opens the gate until the returned value is dropped.
#[derive(Debug)]
pub(crate) struct Opened(());

pub(crate) fn open() -> Opened {
    let mut open = OPEN.lock().unwrap_or_else(|e| e.into_inner());
    *open += 1;
    // Relaxed: see `watched`.
    GATE.store(1, Ordering::Relaxed);
    Opened(())
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(|e| e.into_inner());
        *open -= 1;
        if *open == 0 {
            // Relaxed: see `watched`.
            GATE.store(0, Ordering::Relaxed);
        }
    }
}
