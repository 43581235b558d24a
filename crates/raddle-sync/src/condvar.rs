//! # What it is
//! A queue of tasks that wait until another says that something changed, with the names of `std::sync::Condvar`.
//! Python's `threading.Condition` is this plus a lock of the user's choice: [`wait_raw`](Condvar::wait_raw) is made for it.
//! Unlike the standard library's it never wakes without a reason.
//!
//! # States
//! | word | meaning | promise |
//! |---|---|---|
//! | 0 | nobody waits | a notification has nothing to do |
//! | n | n tasks are in `wait`, before or after their wake-up | a notification looks into the queue |
//!
//! # Waiting
//! A task waits until it is notified; notifications go to the longest waiters first, one each.
//! A wait is two operations: to queue and give the lock back, in one step, and later to take the lock again.
//!
//! # Ordering
//! A notification by a task that has taken the lock after a waiter gave it back reaches that waiter: the waiter counts itself
//! and stands in the queue before it gives the lock back, and the lock orders both before the notification.
//! Who is notified by the holder of the mutex, or re-entrant lock, that it must lock again sleeps on until that is released: it could
//! not go on before, and to wake it only to block it anew would cost two switches in the place of none.
//! What happened before a notification happens before the return of the wait that it ends: by the kernel's queue.
//!
//! # Sources
//! Birrell, "An Introduction to Programming with Threads" (1989); first in, first out as CPython's `Condition`.
//! Not to wake a waiter under the mutex's holder is the aim of the requeueing of WebKit's `ParkingLot`; here the notifier keeps the
//! waiter's place until it releases, so that a waiter stands in one queue only.

use crate::lock::{NotHeld, holds};
use crate::mutex::{Mutex, MutexGuard};
use crate::reentrant::Reentrant;
use raddle_kernel::{Deadline, Effect, Kind, Object, ObjectId, Op, Stopped, Try};
use raddle_kernel::{did, now, point, silently, uninterrupted, wait_after, wake_holding};
use std::fmt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{LockResult, PoisonError};
use std::time::Duration;

/// A condition variable.
///
/// ```
/// use raddle_sync::{Condvar, Mutex, thread};
///
/// static READY: Mutex<bool> = Mutex::new(false);
/// static CHANGED: Condvar = Condvar::new();
/// let waiter = thread::spawn(|| *CHANGED.wait_while(READY.lock().unwrap(), |ready| !*ready).unwrap());
/// *READY.lock().unwrap() = true;
/// CHANGED.notify_one();
/// assert!(waiter.join().unwrap());
/// ```
pub struct Condvar {
    object: Object,
}

/// Whether a wait ended because its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// Whether nobody notified the task in time.
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// A condition variable that nobody waits on.
    #[track_caller]
    pub const fn new() -> Self {
        Condvar { object: Object::new(0) }
    }

    /// Gives the mutex back, waits to be notified, and locks again.
    ///
    /// # Errors
    /// The guard in a [`PoisonError`] if the mutex is poisoned when it is locked again.
    #[track_caller]
    pub fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        self.wait_until(guard, Deadline::Never).map(|(guard, _)| guard).map_err(|e| PoisonError::new(e.into_inner().0))
    }

    /// Waits as long as `condition` holds of the value.
    ///
    /// # Errors
    /// As [`wait`](Condvar::wait).
    #[track_caller]
    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`wait`](Condvar::wait), for at most `timeout`.
    ///
    /// # Errors
    /// As [`wait`](Condvar::wait).
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        self.wait_until(guard, Deadline::after(timeout))
    }

    /// As [`wait_while`](Condvar::wait_while), for at most `timeout`; timed out means that `condition` still holds.
    ///
    /// # Errors
    /// As [`wait`](Condvar::wait).
    #[track_caller]
    pub fn wait_timeout_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let deadline = Deadline::after(timeout);
        let mut last = WaitTimeoutResult(false);
        while condition(&mut guard) {
            if last.timed_out() {
                return Ok((guard, last));
            }
            (guard, last) = self.wait_until(guard, deadline)?;
        }
        Ok((guard, WaitTimeoutResult(false)))
    }

    /// As [`wait`](Condvar::wait), until `deadline`.
    ///
    /// # Errors
    /// As [`wait`](Condvar::wait).
    #[track_caller]
    pub fn wait_until<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        deadline: Deadline,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let (mutex, guard): (&Mutex<T>, _) = (guard.mutex(), guard.released_here());
        // Interrupted counts as notified: whoever asked for it looks at what it has to do.
        let woken = self.wait_for(deadline, Some(mutex.object()), || drop(guard));
        let timed_out = WaitTimeoutResult(woken == Err(Stopped::TimedOut));
        match mutex.lock() {
            Ok(guard) => Ok((guard, timed_out)),
            Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), timed_out))),
        }
    }

    /// Gives a lock back altogether, waits to be notified, and takes it again as often as it was taken; no signal ends the second.
    ///
    /// ```
    /// use raddle_sync::{Condvar, Deadline, Reentrant};
    /// use std::time::Duration;
    ///
    /// let (lock, changed) = (Reentrant::new(), Condvar::new());
    /// lock.acquire(Deadline::Never).unwrap();
    /// lock.acquire(Deadline::Never).unwrap();
    /// assert!(changed.wait_reentrant(&lock, Deadline::after(Duration::ZERO)).is_err());
    /// assert_eq!(lock.count(), 2);
    /// ```
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first; the task holds the lock again.
    #[track_caller]
    pub fn wait_reentrant(&self, lock: &Reentrant, deadline: Deadline) -> Result<(), Stopped> {
        let mut depth = Err(NotHeld);
        let woken = self.wait_for(deadline, Some(lock.object()), || depth = lock.release_save());
        depth.map_or(Ok(()), |depth| uninterrupted(|| lock.acquire_restore(depth, Deadline::Never))).and(woken)
    }

    /// Queues, calls `release`, and waits to be notified; what the caller released is the caller's to take again, whatever comes back.
    ///
    /// For a condition over any sort of lock. Whoever notifies must have held that lock since the state changed.
    ///
    /// ```
    /// use raddle_sync::{Condvar, Deadline, Lock};
    /// use std::time::Duration;
    ///
    /// let (lock, changed) = (Lock::new(), Condvar::new());
    /// lock.acquire(Deadline::Never).unwrap();
    /// let woken = changed.wait_raw(Deadline::after(Duration::ZERO), || lock.release().unwrap());
    /// lock.acquire(Deadline::Never).unwrap();
    /// assert!(woken.is_err());
    /// ```
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first; the task is in no queue any more.
    #[track_caller]
    pub fn wait_raw(&self, deadline: Deadline, release: impl FnOnce()) -> Result<(), Stopped> {
        self.wait_for(deadline, None, release)
    }

    /// As `wait_raw`; `lock` is what the caller will lock again, if only its holder can release it.
    #[track_caller]
    fn wait_for(&self, deadline: Deadline, lock: Option<&Object>, release: impl FnOnce()) -> Result<(), Stopped> {
        let target = self.object.of(Kind::Condvar);
        // The first step, to queue, never waits, so no timer begins it.
        point(Op::Wait, target, Deadline::Never, || true);
        // Even a wait that may not wait gives the lock back, so that others get on.
        let deadline = if deadline == Deadline::Now { Deadline::At(now()) } else { deadline };
        let _counted = Counted::new(self);
        let enqueued = || {
            did(target, Effect::Enqueued);
            silently(release);
        };
        wait_after(Op::Wait, target, deadline, lock, enqueued, |why| (why == Try::Woken).then_some(()))
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.object.id()
    }

    /// How many tasks wait, for a report: no operation.
    pub fn waiting(&self) -> u32 {
        // Relaxed: a person reads it.
        self.object.word().load(Relaxed)
    }

    /// How many tasks wait; it may be otherwise a moment later.
    ///
    /// Outside of controlled runs whoever was notified counts until it goes on.
    #[track_caller]
    pub fn waiters(&self) -> u32 {
        let target = self.object.of(Kind::Condvar);
        point(Op::Look, target, Deadline::Now, || true);
        let waiting = self.waiting();
        did(target, Effect::Looked);
        waiting
    }

    /// Forgets that anybody waits: for the child of a fork, in which nobody does.
    pub fn reset(&self) {
        // Relaxed: the caller has made sure that it is alone.
        self.object.word().store(0, Relaxed);
    }

    /// Wakes the longest waiter, if there is one.
    #[track_caller]
    pub fn notify_one(&self) {
        self.notify(1);
    }

    /// Wakes all waiters.
    #[track_caller]
    pub fn notify_all(&self) {
        self.notify(usize::MAX);
    }

    /// Wakes the `n` longest waiters; returns how many there were.
    #[track_caller]
    pub fn notify(&self, n: usize) -> usize {
        let target = self.object.of(Kind::Condvar);
        point(Op::Notify, target, Deadline::Now, || true);
        // Relaxed: a waiter that must be reached counted itself before it gave the lock back, which the notifier has held since.
        let woken = if self.object.word().load(Relaxed) == 0 { 0 } else { wake_holding(target, n, holds) };
        did(target, Effect::Notified { woken: u32::try_from(woken).unwrap_or(u32::MAX) });
        woken
    }
}

/// Counts a task as waiting for as long as it lives, however the wait ends.
struct Counted<'a>(&'a Condvar);

impl<'a> Counted<'a> {
    fn new(condvar: &'a Condvar) -> Self {
        // Relaxed: see `notify`.
        condvar.object.word().fetch_add(1, Relaxed);
        Counted(condvar)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        // Relaxed: to be counted a moment too long costs a notification a look into the queue.
        self.0.object.word().fetch_sub(1, Relaxed);
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Self {
        Condvar::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").field("object", &self.object).finish_non_exhaustive()
    }
}
