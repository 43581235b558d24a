//! Notices when no point is reached for a while: something blocks that is not ours.

use raddle_kernel::{LastSite, Site};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// So long without a point is too long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const ROUND: Duration = Duration::from_millis(250);

/// What beats at each point; one thread's, which others look at.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    points: AtomicU64,
    /// Where the last point stands in the source.
    last: LastSite,
}

impl Pulse {
    pub(crate) fn beat(&self, at: Site) {
        self.last.set(at);
        // Relaxed: the watchdog only looks whether it changes, and nobody else writes it.
        self.points.store(self.points.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// What to do when the pulse stands still, told where it beat last.
pub type Alarm = Box<dyn FnOnce(Option<Site>) + Send>;

/// A thread that looks at a pulse; ends when dropped.
pub(crate) struct Watchdog {
    pulse: Arc<Pulse>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Calls `alarm` once if the pulse stands still for [`PATIENCE`].
    pub(crate) fn new(alarm: Alarm) -> Self {
        let pulse = Arc::<Pulse>::default();
        let (stop, stopped) = channel::<()>();
        let seen = Arc::clone(&pulse);
        let watch = move || {
            let (mut last, mut still) = (0, Duration::ZERO);
            while stopped.recv_timeout(ROUND) == Err(RecvTimeoutError::Timeout) {
                // Relaxed: it is a count, and nothing else is read by its order.
                let now = seen.points.load(Ordering::Relaxed);
                still = if now == last { still + ROUND } else { Duration::ZERO };
                last = now;
                if still >= PATIENCE {
                    return alarm(seen.last.get());
                }
            }
        };
        let thread = std::thread::Builder::new().name("raddle-watchdog".to_owned()).spawn(watch).ok();
        Watchdog { pulse, stop: Some(stop), thread }
    }

    pub(crate) fn pulse(&self) -> Arc<Pulse> {
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
