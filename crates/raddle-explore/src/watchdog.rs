//! Notices when no point is reached for a while: something blocks that is not ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// So long without a point is too long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const ROUND: Duration = Duration::from_millis(250);

/// A thread that looks at a pulse; ends when dropped.
pub(crate) struct Watchdog {
    pulse: Arc<AtomicU64>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Calls `alarm` once if the pulse stands still for [`PATIENCE`].
    pub(crate) fn new(alarm: impl FnOnce() + Send + 'static) -> Self {
        let pulse = Arc::new(AtomicU64::new(0));
        let (stop, stopped) = channel::<()>();
        let seen = Arc::clone(&pulse);
        let watch = move || {
            let (mut last, mut still) = (0, Duration::ZERO);
            while stopped.recv_timeout(ROUND) == Err(RecvTimeoutError::Timeout) {
                // Relaxed: it is a count, and nothing else is read by its order.
                let now = seen.load(Ordering::Relaxed);
                still = if now == last { still + ROUND } else { Duration::ZERO };
                last = now;
                if still >= PATIENCE {
                    return alarm();
                }
            }
        };
        let thread = std::thread::Builder::new().name("raddle-watchdog".to_owned()).spawn(watch).ok();
        Watchdog { pulse, stop: Some(stop), thread }
    }

    pub(crate) fn pulse(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.pulse)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // It ends within a moment; a panic in its alarm has been reported by the panic hook.
            let _ = thread.join();
        }
    }
}
