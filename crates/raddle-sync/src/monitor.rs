//! # What it is
//! A value under a [`Latch`] together with tasks that wait until it allows their operation: what queues, barriers, futures
//! and pools are made of. It has no Python twin; CPython's are a lock and a few `Condition`s each.
//!
//! # States
//! The object's word holds one mark for each lane of waiters.
//!
//! | mark of lane n | promise |
//! |---|---|
//! | off | nobody sleeps in lane n, and nobody will who looked at the value before its last change |
//! | on | somebody sleeps in lane n or is about to: a change that concerns it wakes the lane |
//!
//! # Waiting
//! A task waits in the lane of its operation until the value allows it; whoever changes the value wakes as many of a lane
//! as the change can serve. A woken task looks again and may find that a newcomer was faster.
//!
//! # Ordering
//! What a task did to the value happens before what the next one sees of it: by the latch.
//! No wake-up is lost. A task that may not go on sets its lane's mark before it leaves the latch, and sleeps only if the mark
//! is still on in its last try under the queue's lock. A change finds the mark, since the latch orders the two, and takes it
//! back only under the queue's lock with nobody left in the lane. So the sleeper is queued and is woken, or it finds its mark
//! taken back and looks at the value again.
//!
//! # Sources
//! Hoare, "Monitors" (1974), with the signal-and-continue rule of Mesa (Lampson and Redell, 1980).

use crate::latch::{Latch, LatchGuard};
use raddle_kernel::{Deadline, Kind, Object, Op, Stopped, Target, Try, wait, wake_then};
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;

/// A value under a latch, and tasks that wait for it to change.
///
/// It announces no points: that is for the primitive around it, whose operation is one step.
///
/// ```
/// use raddle_kernel::{Deadline, Kind, Op};
/// use raddle_sync::Monitor;
///
/// let stock = Monitor::new(1);
/// let target = stock.of(Kind::Queue);
/// let mut take = |n: &mut u32| (*n > 0).then(|| *n -= 1);
/// assert!(stock.until(Op::Get, target, Deadline::Never, &mut take).is_ok());
/// assert!(stock.until(Op::Get, target, Deadline::Now, &mut take).is_err());
/// *stock.enter() += 1;
/// stock.wake(target, 1);
/// ```
pub struct Monitor<T> {
    object: Object,
    value: Latch<T>,
}

impl<T> Monitor<T> {
    /// A monitor over `value` with nobody waiting.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Monitor { object: Object::new(0), value: Latch::new(value) }
    }

    /// The object that operations are announced on, as what it is to its user.
    pub const fn of(&self, kind: Kind) -> Target<'_> {
        self.object.of(kind)
    }

    /// Goes inside. Whoever changes there what others wait for calls [`wake`](Monitor::wake) afterwards.
    #[inline]
    pub fn enter(&self) -> LatchGuard<'_, T> {
        self.value.lock()
    }

    /// Goes inside if nobody is.
    #[inline]
    pub fn try_enter(&self) -> Option<LatchGuard<'_, T>> {
        self.value.try_lock()
    }

    /// Whether the value allows an operation: for `ready`, so it never waits. While somebody is inside, it allows none.
    pub fn allows(&self, look: impl FnOnce(&T) -> bool) -> bool {
        self.try_enter().is_some_and(|value| look(&value))
    }

    /// The value, which nobody else can reach.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Goes inside until `act` yields a result, asleep in the target's lane in between.
    ///
    /// An `act` that yields nothing must have changed nothing.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[inline]
    #[track_caller]
    pub fn until<R>(
        &self,
        op: Op,
        target: Target<'_>,
        deadline: Deadline,
        mut act: impl FnMut(&mut T) -> Option<R>,
    ) -> Result<R, Stopped> {
        let sleeps = deadline != Deadline::Now;
        loop {
            {
                let mut value = self.enter();
                if let Some(result) = act(&mut value) {
                    return Ok(result);
                }
                if sleeps {
                    // Relaxed: the latch orders it before the change that looks for it.
                    self.object.word().fetch_or(mark(target), Relaxed);
                }
            }
            wait(op, target, deadline, |why| match why {
                Try::Woken => Some(()),
                Try::Last => None,
                // Relaxed: the mark is taken back under the queue's lock, which the last try holds.
                Try::Spin | Try::Park => (sleeps && self.object.word().load(Relaxed) & mark(target) == 0).then_some(()),
            })?;
        }
    }

    /// Wakes up to `n` tasks of the target's lane, oldest first, after a change that concerns them.
    #[inline]
    pub fn wake(&self, target: Target<'_>, n: usize) {
        // Relaxed: whoever must be woken set its mark before it left the latch that the caller has held since.
        if self.object.word().load(Relaxed) & mark(target) != 0 {
            wake_then(target, n, |woken| {
                if !woken.more {
                    // Relaxed: ordered by the queue's lock.
                    self.object.word().fetch_and(!mark(target), Relaxed);
                }
            });
        }
    }
}

/// The mark of the target's lane.
const fn mark(target: Target<'_>) -> u32 {
    1 << target.lane
}

impl<T: fmt::Debug> fmt::Debug for Monitor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("object", &self.object).field("value", &self.value).finish()
    }
}
