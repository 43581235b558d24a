//! # What it is
//! A flag that tasks wait for: Python's `threading.Event`, without any difference.
//!
//! # States
//! | word | meaning | promise |
//! |---|---|---|
//! | generation | not set | nobody sleeps who has not been woken |
//! | generation + `WAITED` | not set | tasks may sleep: whoever sets the flag wakes all |
//! | generation + `SET` | set | nobody sleeps who has not been woken |
//!
//! The generation grows whenever the flag goes from not set to set; it starts again after 2³⁰ times.
//!
//! # Waiting
//! A task waits until the flag is set; setting it wakes all. A task that was waiting when the flag was set goes on even if
//! the flag was cleared again before it could look: it sees the generation moved.
//!
//! # Ordering
//! Everything before the flag is set happens before everything after a wait, or an [`is_set`](Event::is_set), that sees it set:
//! Release in the exchange that sets it, Acquire in the load that sees it; all changes of the word are exchanges, so that
//! a later generation, too, reads from the sequence that the release heads.
//! No wake-up is lost: a waiter sets `WAITED` under the queue's lock, in the exchange that finds the flag not set, and is
//! queued before that lock opens. Setting the flag takes the mark back in the same exchange and then wakes all who are queued.
//!
//! # Sources
//! CPython's `threading.Event`; its promise about waiters and `clear` is `test.lock_tests`' "issue 13502".

use raddle_kernel::{Deadline, Effect, Kind, Object, ObjectId, Op, Stopped, Try, did, point, wait, wake};
use std::fmt;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};

/// A flag to wait for.
///
/// ```
/// use raddle_sync::{Event, thread};
///
/// static GO: Event = Event::new();
/// let runner = thread::spawn(|| GO.wait());
/// GO.set();
/// runner.join().unwrap();
/// assert!(GO.is_set());
/// ```
pub struct Event {
    object: Object,
}

/// The flag is set.
const SET: u32 = 1;
/// Tasks may sleep: whoever sets the flag wakes them all.
const WAITED: u32 = 2;
/// What is added when the flag becomes set.
const GENERATION: u32 = 4;

impl Event {
    /// A flag that is not set.
    #[track_caller]
    pub const fn new() -> Self {
        Event { object: Object::new(0) }
    }

    /// Sets the flag and wakes everybody who waits for it.
    #[inline]
    #[track_caller]
    pub fn set(&self) {
        let target = self.object.of(Kind::Event);
        point(Op::Set, target, Deadline::Now, || true);
        // AcqRel: what the setters did before, and what this one did, happens before what a waiter does.
        let before = self.object.word().fetch_update(AcqRel, Acquire, raised);
        did(target, Effect::Set { changed: before.is_ok() });
        if before.is_ok_and(|before| before & WAITED != 0) {
            wake(target, usize::MAX);
        }
    }

    /// Clears the flag.
    #[inline]
    #[track_caller]
    pub fn clear(&self) {
        let target = self.object.of(Kind::Event);
        point(Op::Clear, target, Deadline::Now, || true);
        // AcqRel: keeps the sequence that a set heads, for those who see the generation moved.
        let before = self.object.word().fetch_and(!SET, AcqRel);
        did(target, Effect::Cleared { changed: before & SET != 0 });
    }

    /// Whether the flag is set. What happened before it was set has happened then.
    #[inline]
    #[track_caller]
    pub fn is_set(&self) -> bool {
        let target = self.object.of(Kind::Event);
        point(Op::Look, target, Deadline::Now, || true);
        let set = self.flag();
        did(target, if set { Effect::Saw } else { Effect::Looked });
        set
    }

    /// Waits until the flag is set, however long it takes.
    #[inline]
    #[track_caller]
    pub fn wait(&self) {
        // A signal does not end this wait.
        while self.wait_until(Deadline::Never).is_err() {}
    }

    /// Waits until the flag is set or `deadline` has passed.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[inline]
    #[track_caller]
    pub fn wait_until(&self, deadline: Deadline) -> Result<(), Stopped> {
        let target = self.object.of(Kind::Event);
        point(Op::Begin, target, Deadline::Now, || true);
        did(target, Effect::Begun);
        // Acquire: pairs with the exchange in `set`.
        let start = self.object.word().load(Acquire);
        let raised = || raised_since(self.object.word().load(Acquire), start);
        point(Op::Wait, target, deadline, raised);
        if !raised() {
            wait(Op::Wait, target, deadline, |why| self.attempt(start, why))?;
        }
        did(target, Effect::Saw);
        Ok(())
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.object.id()
    }

    /// Forgets that anybody waits: for the child of a fork, in which nobody does.
    pub fn forget_waiters(&self) {
        // Relaxed: the caller has made sure that it is alone.
        self.object.word().fetch_and(!WAITED, Relaxed);
    }

    /// Whether the flag is set, for a report: no operation.
    pub fn flag(&self) -> bool {
        // Acquire: pairs with the exchange in `set`.
        self.object.word().load(Acquire) & SET != 0
    }

    fn attempt(&self, start: u32, why: Try) -> Option<()> {
        // Acquire: pairs with the exchange in `set`.
        let now = match why {
            Try::Park => match self.object.word().fetch_update(Acquire, Acquire, |state| marked(state, start)) {
                Ok(now) | Err(now) => now,
            },
            _ => self.object.word().load(Acquire),
        };
        raised_since(now, start).then_some(())
    }
}

/// Set, if it is not; then nobody is left who has not been woken.
fn raised(state: u32) -> Option<u32> {
    (state & SET == 0).then(|| (state & !WAITED).wrapping_add(GENERATION) | SET)
}

/// Marked by a waiter that began at `start`, if it has to wait.
fn marked(state: u32, start: u32) -> Option<u32> {
    (!raised_since(state, start)).then_some(state | WAITED)
}

/// Whether the flag is set, or was in between.
fn raised_since(state: u32, start: u32) -> bool {
    state & SET != 0 || state / GENERATION != start / GENERATION
}

impl Default for Event {
    #[track_caller]
    fn default() -> Self {
        Event::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Relaxed: for a person to read.
        let set = self.object.word().load(Relaxed) & SET != 0;
        f.debug_struct("Event").field("object", &self.object).field("set", &set).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Event;
    use raddle_kernel::Try;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn who_waited_when_the_flag_was_set_goes_on_though_it_was_cleared() {
        let event = Event::new();
        let start = event.object.word().load(Relaxed);
        assert_eq!(event.attempt(start, Try::Park), None);
        event.set();
        event.clear();
        assert_eq!(event.attempt(start, Try::Woken), Some(()));
        let late = event.object.word().load(Relaxed);
        assert_eq!(event.attempt(late, Try::Woken), None);
    }
}
