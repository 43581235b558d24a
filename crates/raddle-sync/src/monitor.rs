//! # What it is
//! A value under a [`Latch`] together with tasks that wait until it allows their operation: what queues, barriers, futures
//! and pools are made of. It has no Python twin; CPython's are a lock and a few `Condition`s each.
//!
//! # States
//! The object's word holds one mark for each lane of waiters, and the number of wakes so far.
//!
//! | mark of lane n | promise |
//! |---|---|
//! | off | nobody sleeps in lane n |
//! | on | somebody sleeps in lane n or is about to: a change that concerns it wakes the lane |
//!
//! # Waiting
//! A task waits in the lane of its operation until the value allows it; whoever changes the value wakes as many of a lane
//! as the change can serve. A woken task looks again and may find that a newcomer was faster.
//!
//! # Ordering
//! What a task did to the value happens before what the next one sees of it: by the latch.
//! No wake-up is lost. A task that may not go on sets its lane's mark, looks once more for what needs no latch to be changed, and
//! notes the number of wakes before it leaves the latch;
//! it sleeps only if, in its last try under the queue's lock, the mark is still on and the number still the same.
//! A change that comes after finds the mark, since the latch orders the two, unless another wake took it back; either wake
//! grows the number under the queue's lock. So the sleeper is queued by then and can be woken, or it finds another number and
//! looks at the value again. The mark alone would not do: another task may set it anew, for a wait of its own.
//! The number starts again after 2²⁴ wakes, more than can come between two steps of a task that is about to sleep.
//!
//! # Sources
//! Hoare, "Monitors" (1974), with the signal-and-continue rule of Mesa (Lampson and Redell, 1980).

use crate::latch::{Exclusion, Latch, LatchGuard};
use crate::lock::Lock;
use raddle_kernel::{Deadline, Kind, Object, Op, Stopped, Target, Try, Woken, wait, wake_then};
use std::fmt;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

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
pub struct Monitor<T, L = Lock> {
    object: Object,
    value: Latch<T, L>,
}

impl<T> Monitor<T> {
    /// A monitor over `value` with nobody waiting.
    #[track_caller]
    pub const fn new(value: T) -> Self {
        Monitor::under(Lock::new(), value)
    }
}

impl<T, L: Exclusion> Monitor<T, L> {
    /// A monitor over `value` with nobody waiting, in which `lock`, which must be free, excludes the tasks.
    #[track_caller]
    pub const fn under(lock: L, value: T) -> Self {
        Monitor { object: Object::new(0), value: Latch::under(lock, value) }
    }

    /// The object that operations are announced on, as what it is to its user.
    pub const fn of(&self, kind: Kind) -> Target<'_> {
        self.object.of(kind)
    }

    /// Goes inside. Whoever changes there what others wait for calls [`wake`](Monitor::wake) afterwards.
    #[inline]
    pub fn enter(&self) -> LatchGuard<'_, T, L> {
        self.value.lock()
    }

    /// Goes inside if nobody is.
    #[inline]
    pub fn try_enter(&self) -> Option<LatchGuard<'_, T, L>> {
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
            let seen = {
                let mut value = self.enter();
                if let Some(result) = act(&mut value) {
                    return Ok(result);
                }
                // SeqCst: as in `wake`.
                let seen = if sleeps { self.object.word().fetch_or(mark(target), SeqCst) } else { 0 };
                // What is changed without going inside may have been changed by somebody who saw no mark.
                if sleeps && let Some(result) = act(&mut value) {
                    return Ok(result);
                }
                seen
            };
            wait(op, target, deadline, |why| match why {
                Try::Woken => Some(()),
                Try::Last => None,
                // Relaxed: the word's wakes are counted under the queue's lock, which the last try holds.
                Try::Spin | Try::Park => {
                    (sleeps && !undisturbed(self.object.word().load(Relaxed), seen, target)).then_some(())
                }
            })?;
        }
    }

    /// Wakes up to `n` tasks of the target's lane, oldest first, after a change that concerns them.
    #[inline]
    pub fn wake(&self, target: Target<'_>, n: usize) {
        // SeqCst: who changes something inside has held the latch since whoever must be woken set its mark there; for a change
        // that needs no latch (a ring's), of the two who write first and then look at what the other writes, one sees it.
        if self.object.word().load(SeqCst) & mark(target) != 0 {
            wake_then(target, n, |woken| {
                // Relaxed: ordered by the queue's lock.
                let _ = self.object.word().fetch_update(Relaxed, Relaxed, |state| Some(woke(state, woken, target)));
            });
        }
    }
}

/// One wake; the bits below are the lanes' marks.
const WAKE: u32 = 1 << 8;

/// Whether the lane's mark is on and nobody was woken since the word was `seen`, just before the mark was set.
const fn undisturbed(state: u32, seen: u32, target: Target<'_>) -> bool {
    state & mark(target) != 0 && state / WAKE == seen / WAKE
}

/// After one more wake; the lane's mark is taken back if nobody is left in it.
const fn woke(state: u32, woken: Woken, target: Target<'_>) -> u32 {
    let state = if woken.more { state } else { state & !mark(target) };
    state.wrapping_add(WAKE)
}

/// The mark of the target's lane.
const fn mark(target: Target<'_>) -> u32 {
    1 << target.lane
}

impl<T: fmt::Debug, L: Exclusion> fmt::Debug for Monitor<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").field("object", &self.object).field("value", &self.value).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Monitor, Relaxed, mark, undisturbed, woke};
    use raddle_kernel::{Kind, Woken};

    #[test]
    fn a_wake_is_seen_by_who_is_about_to_sleep_even_if_the_mark_is_set_anew() {
        let monitor = Monitor::new(());
        let target = monitor.of(Kind::Queue).lane(2);
        let word = monitor.object.word();
        let seen = word.fetch_or(mark(target), Relaxed);
        assert!(undisturbed(word.load(Relaxed), seen, target));
        monitor.wake(target, 1);
        assert_eq!(word.load(Relaxed) & mark(target), 0);
        word.fetch_or(mark(target), Relaxed);
        assert!(!undisturbed(word.load(Relaxed), seen, target));
    }

    #[test]
    fn a_wake_leaves_the_marks_that_are_still_needed() {
        let monitor = Monitor::new(());
        let (one, two) = (monitor.of(Kind::Queue).lane(1), monitor.of(Kind::Queue).lane(2));
        let both = u32::MAX - 0xff + mark(one) + mark(two);
        assert_eq!(woke(both, Woken { count: 1, more: true }, one), mark(one) + mark(two));
        assert_eq!(woke(both, Woken { count: 1, more: false }, one), mark(two));
    }
}
