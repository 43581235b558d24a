//! # What it is
//! A result that is not there yet: Python's `concurrent.futures.Future`. Every clone is the same future.
//! Unlike Python's, a result can also be taken out, and whoever waits for several futures is told of a cancellation at once,
//! unless [`Notice`] says otherwise.
//!
//! # States
//! It holds a [`Monitor`] over its stage:
//!
//! | stage | `start` | `settle` | `cancel` | `result` |
//! |---|---|---|---|---|
//! | pending | running | finished | cancelled | waits |
//! | running | refused | finished | refused | waits |
//! | cancelled | cancelled and notified | refused | as it is | fails |
//! | cancelled and notified | refused | refused | as it is | fails |
//! | finished | refused | refused | refused | goes on |
//! | handed over | refused | refused | refused | fails |
//!
//! # Waiting
//! Whoever asks for the result waits until the future is cancelled or finished, which wakes all.
//!
//! # Ordering
//! Everything before a future was settled or cancelled happens before everything after its result was seen: by the monitor.
//! Callbacks run in the task that settles, after the waiters have been woken, in the order in which they were added.
//!
//! # Sources
//! CPython's `concurrent.futures._base`.

use crate::pool::JobError;
use crate::tally::Tally;
use raddle_kernel::{Deadline, Effect, Kind, ObjectId, Op, Over, Site, Stopped, Target};
use raddle_kernel::{did, point, point_at, silently};
use raddle_sync::Monitor;
use std::any::Any;
use std::fmt;
use std::mem::{replace, take};
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::Arc;

/// A result that is not there yet, or an error `E` in its place.
///
/// ```
/// use raddle_exec::{Future, JobError};
/// use raddle_sync::thread;
///
/// let future = Future::<u32, JobError>::new();
/// let theirs = future.clone();
/// thread::spawn(move || theirs.settle(Ok(42)).unwrap());
/// assert_eq!(future.result().unwrap(), 42);
/// ```
pub struct Future<T, E = JobError>(Arc<Monitor<State<T, E>>>);

/// When those who wait for several futures are told that one of them was cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notice {
    /// When it is.
    #[default]
    AtOnce,
    /// When whoever would have worked on it calls [`Future::start`] in vain, as in Python.
    ByExecutor,
}

/// How far a future has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Nobody has begun to work on it.
    Pending,
    /// Somebody works on it; it cannot be cancelled any more.
    Running,
    /// It was cancelled before anybody began.
    Cancelled,
    /// It was cancelled, and who would have worked on it knows.
    CancelledAndNotified,
    /// There is a result or an error.
    Finished,
    /// Somebody else keeps it: see [`Future::hand_over`].
    HandedOver,
}

impl Stage {
    /// Whether nobody waits for it here.
    const fn over(self) -> bool {
        !matches!(self, Stage::Pending | Stage::Running)
    }

    /// Whether nothing more will come of it.
    pub const fn done(self) -> bool {
        matches!(self, Stage::Cancelled | Stage::CancelledAndNotified | Stage::Finished)
    }

    /// Whether it was cancelled.
    pub const fn cancelled(self) -> bool {
        matches!(self, Stage::Cancelled | Stage::CancelledAndNotified)
    }
}

type Callback<T, E> = Box<dyn FnOnce(&Future<T, E>) + Send>;

struct State<T, E> {
    stage: Stage,
    /// There when the stage is `Finished`, until it is taken out.
    outcome: Option<Result<T, E>>,
    callbacks: Vec<Callback<T, E>>,
    /// Those who wait for several futures, and this one's place among them.
    tallies: Vec<(Arc<Tally>, usize)>,
    notice: Notice,
    /// Whether whoever works on it was asked to stop.
    unwanted: bool,
    /// The number of the pool that has the work; 0 if none has, or no controlled run has met it.
    pool: ObjectId,
}

/// Who is to be told that a future is done.
struct Followers<T, E> {
    callbacks: Vec<Callback<T, E>>,
    tallies: Vec<(Arc<Tally>, usize)>,
}

impl<T, E> State<T, E> {
    fn followers(&mut self) -> Followers<T, E> {
        Followers {
            callbacks: take(&mut self.callbacks),
            tallies: if self.counts() { take(&mut self.tallies) } else { Vec::new() },
        }
    }

    /// Whether those who wait for several futures count it as done.
    fn counts(&self) -> bool {
        self.stage.done() && (self.stage != Stage::Cancelled || self.notice == Notice::AtOnce)
    }

    fn failed(&self) -> bool {
        matches!(self.outcome, Some(Err(_)))
    }

    /// Reads the outcome of a future that is done.
    fn seen<R>(&self, read: impl FnOnce(&Result<T, E>) -> R) -> Result<R, ResultError<E>> {
        self.outcome.as_ref().map(read).ok_or_else(|| self.missing())
    }

    /// Why there is no outcome.
    fn missing(&self) -> ResultError<E> {
        match self.stage {
            Stage::Cancelled | Stage::CancelledAndNotified => ResultError::Cancelled,
            Stage::Finished => ResultError::Taken,
            Stage::Pending | Stage::Running => ResultError::TimedOut,
            Stage::HandedOver => ResultError::HandedOver,
        }
    }
}

impl<T, E> Future<T, E> {
    /// A pending future.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Future::with_notice(Notice::AtOnce)
    }

    /// A pending future whose cancellation is told to those who wait for several as `notice` says.
    #[must_use]
    #[track_caller]
    pub fn with_notice(notice: Notice) -> Self {
        Future(Arc::new(Monitor::new(State {
            stage: Stage::Pending,
            notice,
            unwanted: false,
            outcome: None,
            callbacks: Vec::new(),
            tallies: Vec::new(),
            pool: 0,
        })))
    }

    /// Waits until the future is done.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[track_caller]
    pub fn wait_until(&self, deadline: Deadline) -> Result<(), Stopped> {
        self.when_done(deadline, |_| ())
    }

    /// A copy of the result, waiting for it however long it takes.
    ///
    /// # Errors
    /// Why there is none.
    #[track_caller]
    pub fn result(&self) -> Result<T, ResultError<E>>
    where
        T: Clone,
        E: Clone,
    {
        self.result_until(Deadline::Never)
    }

    /// A copy of the result if it is there.
    ///
    /// # Errors
    /// Why it is not.
    #[track_caller]
    pub fn try_result(&self) -> Result<T, ResultError<E>>
    where
        T: Clone,
        E: Clone,
    {
        self.result_until(Deadline::Now)
    }

    /// A copy of the result, waiting for it until `deadline`.
    ///
    /// # Errors
    /// Why there is none.
    #[track_caller]
    pub fn result_until(&self, deadline: Deadline) -> Result<T, ResultError<E>>
    where
        T: Clone,
        E: Clone,
    {
        self.when_done(deadline, |state| state.seen(|outcome| silently(|| outcome.clone())))??
            .map_err(ResultError::Failed)
    }

    /// The result itself, waiting for it until `deadline`; whoever asks later finds it taken.
    ///
    /// # Errors
    /// Why there is none.
    #[track_caller]
    pub fn take_until(&self, deadline: Deadline) -> Result<T, ResultError<E>> {
        let outcome = self.when_done(deadline, |state| state.outcome.take().ok_or_else(|| state.missing()))??;
        outcome.map_err(ResultError::Failed)
    }

    /// As [`take_until`](Future::take_until), however long it takes.
    ///
    /// # Errors
    /// Why there is none.
    #[track_caller]
    pub fn take(&self) -> Result<T, ResultError<E>> {
        self.take_until(Deadline::Never)
    }

    /// Looks at a result that is known to be there, in place: no operation of its own, for whoever has waited for it.
    ///
    /// # Errors
    /// Why there is none; [`ResultError::TimedOut`] if the future is not done.
    pub fn peek<R>(&self, look: impl FnOnce(&Result<T, E>) -> R) -> Result<R, ResultError<E>> {
        self.0.enter().seen(|outcome| silently(|| look(outcome)))
    }

    /// Shows how far it has come and its outcome if nobody is busy with it: for a report or a garbage collector, and no operation.
    pub fn glance<R>(&self, look: impl FnOnce(Stage, Option<&Result<T, E>>) -> R) -> Option<R> {
        self.0.try_enter().map(|state| look(state.stage, state.outcome.as_ref()))
    }

    /// How far it has come; it may be further a moment later.
    #[track_caller]
    pub fn stage(&self) -> Stage {
        let target = self.target();
        point(Op::Look, target, Deadline::Now, || true);
        let stage = self.0.enter().stage;
        did(target, if stage.done() { Effect::Saw } else { Effect::Looked });
        stage
    }

    /// Whether it is done; what happened before has happened then.
    #[track_caller]
    pub fn done(&self) -> bool {
        self.stage().done()
    }

    /// Whether it was cancelled.
    #[track_caller]
    pub fn cancelled(&self) -> bool {
        self.stage().cancelled()
    }

    /// Whether somebody works on it.
    #[track_caller]
    pub fn running(&self) -> bool {
        self.stage() == Stage::Running
    }

    /// Cancels it, unless somebody has begun to work on it; whether it is cancelled.
    #[track_caller]
    pub fn cancel(&self) -> bool {
        self.cancel_at(Location::caller())
    }

    pub(crate) fn cancel_at(&self, site: Site) -> bool {
        let target = self.target();
        point_at(Op::Cancel, target, Deadline::Now, || true, site);
        let followers = {
            let mut state = self.0.enter();
            match state.stage {
                Stage::Pending => {
                    state.stage = Stage::Cancelled;
                    Ok(Some(state.followers()))
                }
                Stage::Cancelled | Stage::CancelledAndNotified => Ok(None),
                Stage::Running | Stage::Finished | Stage::HandedOver => Err(()),
            }
        };
        match followers {
            Ok(followers) => {
                did(target, Effect::Set { changed: followers.is_some() });
                if let Some(followers) = followers {
                    self.tell(followers, false);
                }
                true
            }
            Err(()) => {
                did(target, Effect::Refused);
                false
            }
        }
    }

    /// Cancels it, or asks whoever works on it to stop; whether that made sense, because it is not done.
    ///
    /// Nothing stops by that alone: whoever works on it may ask [`unwanted`](Future::unwanted) now and then, and settle it early.
    ///
    /// ```
    /// use raddle_exec::Future;
    ///
    /// let future = Future::<u32>::new();
    /// future.start().unwrap();
    /// assert!(!future.unwanted());
    /// assert!(future.request_cancel());
    /// assert!(future.unwanted() && !future.cancelled());
    /// ```
    #[track_caller]
    pub fn request_cancel(&self) -> bool {
        self.cancel() || self.ask_to_stop()
    }

    /// Asks whoever works on it to stop; whether somebody may.
    #[track_caller]
    pub fn ask_to_stop(&self) -> bool {
        let target = self.target();
        point(Op::Cancel, target, Deadline::Now, || true);
        let changed = {
            let mut state = self.0.enter();
            let open = !state.stage.done();
            open.then(|| !replace(&mut state.unwanted, true))
        };
        did(target, changed.map_or(Effect::Refused, |changed| Effect::Set { changed }));
        changed.is_some()
    }

    /// Whether whoever works on it was asked to stop; what happened before the request has happened then.
    #[track_caller]
    pub fn unwanted(&self) -> bool {
        let target = self.target();
        point(Op::Look, target, Deadline::Now, || true);
        let unwanted = self.0.enter().unwanted;
        did(target, if unwanted { Effect::Saw } else { Effect::Looked });
        unwanted
    }

    /// Begins to work on it; for executors.
    ///
    /// # Errors
    /// [`NotStarted::Cancelled`] if it was cancelled, and then it must not be worked on.
    #[track_caller]
    pub fn start(&self) -> Result<(), NotStarted> {
        self.start_at(Location::caller())
    }

    pub(crate) fn start_at(&self, site: Site) -> Result<(), NotStarted> {
        let target = self.target();
        point_at(Op::Update, target, Deadline::Now, || true, site);
        let (started, followers) = {
            let mut state = self.0.enter();
            let started = match state.stage {
                Stage::Pending => {
                    state.stage = Stage::Running;
                    Ok(())
                }
                Stage::Cancelled => {
                    state.stage = Stage::CancelledAndNotified;
                    Err(NotStarted::Cancelled)
                }
                stage => Err(NotStarted::Busy(stage)),
            };
            (started, (started == Err(NotStarted::Cancelled)).then(|| state.followers()))
        };
        did(target, if matches!(started, Err(NotStarted::Busy(_))) { Effect::Refused } else { Effect::Started });
        if let Some(followers) = followers {
            self.tell(followers, false);
        }
        started
    }

    /// Sets the result or the error, wakes whoever waits and runs the callbacks; for executors.
    ///
    /// # Errors
    /// The outcome, if the future is done already.
    ///
    /// # Panics
    /// With the first panic of a callback, when all have run.
    #[track_caller]
    pub fn settle(&self, outcome: Result<T, E>) -> Result<(), Settled<Result<T, E>>> {
        self.settle_at(outcome, Location::caller())
    }

    pub(crate) fn settle_at(&self, outcome: Result<T, E>, site: Site) -> Result<(), Settled<Result<T, E>>> {
        let target = self.target();
        point_at(Op::Resolve, target, Deadline::Now, || true, site);
        let failed = outcome.is_err();
        let followers = {
            let mut state = self.0.enter();
            if state.stage.over() {
                Err(Settled { value: outcome, stage: state.stage })
            } else {
                state.stage = Stage::Finished;
                state.outcome = Some(outcome);
                Ok(state.followers())
            }
        };
        match followers {
            Ok(followers) => {
                did(target, Effect::Set { changed: true });
                self.tell(followers, failed);
                Ok(())
            }
            Err(settled) => {
                did(target, Effect::Refused);
                Err(settled)
            }
        }
    }

    /// Lets somebody else keep the future from now on: tells how far it had come, and what came of it.
    ///
    /// Whoever waits for it is sent to ask there; those who wait for several futures are told by `heir`, which must be settled or cancelled when the future is.
    /// Its callbacks are forgotten. Nothing happens if it was handed over before.
    #[track_caller]
    pub fn hand_over(&self, heir: &Self) -> Option<(Stage, Option<Result<T, E>>)> {
        let target = self.target();
        point(Op::Update, target, Deadline::Now, || true);
        let before = {
            let mut state = self.0.enter();
            let stage = replace(&mut state.stage, Stage::HandedOver);
            let forgotten = take(&mut state.callbacks);
            let tallies = take(&mut state.tallies);
            let outcome = state.outcome.take();
            drop(state);
            heir.0.enter().tallies = tallies;
            drop(forgotten);
            (stage != Stage::HandedOver).then_some((stage, outcome))
        };
        did(target, Effect::Updated);
        self.0.wake(target, usize::MAX);
        before
    }

    /// Calls `callback` when the future is done, in the task that does it; at once if it is done already, or somebody else keeps it.
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl FnOnce(&Self) + Send + 'static) {
        let target = self.target();
        point(Op::Update, target, Deadline::Now, || true);
        let late = {
            let mut state = self.0.enter();
            if state.stage.over() {
                Some(callback)
            } else {
                state.callbacks.push(Box::new(callback));
                None
            }
        };
        did(target, if late.is_some() { Effect::Saw } else { Effect::Updated });
        if let Some(callback) = late {
            callback(self);
        }
    }

    /// The object's number in controlled runs; 0 if none has met it.
    pub fn number(&self) -> ObjectId {
        self.target().object.id()
    }

    /// The object that its operations are announced on.
    pub(crate) fn target(&self) -> Target<'_> {
        self.0.of(Kind::Future)
    }

    /// Notes that the future stands for work that was handed to `pool`.
    pub(crate) fn handed_to(&self, pool: Target<'_>) {
        let pool = pool.object.id();
        if pool != 0 {
            self.0.enter().pool = pool;
        }
        did(self.target(), Effect::Submitted { pool });
    }

    /// A step that looks at several futures is about to come: each is known before, whoever does something to it meanwhile.
    pub(crate) fn meet(&self) {
        let pool = self.0.enter().pool;
        did(self.target(), Effect::Submitted { pool });
    }

    /// Tells `tally`, to which this future is number `index`, when it is done; now, if it is.
    pub(crate) fn follow(&self, tally: &Arc<Tally>, index: usize) {
        let (failed, pool) = {
            let mut state = self.0.enter();
            if !state.counts() {
                state.tallies.push((Arc::clone(tally), index));
            }
            (state.counts().then(|| state.failed()), state.pool)
        };
        match failed {
            Some(failed) => tally.found(index, failed),
            None if pool != 0 => did(tally.target(), Effect::Submitted { pool }),
            None => {}
        }
    }

    /// Whether those who wait for several futures count it as done.
    pub(crate) fn counts(&self) -> bool {
        self.0.enter().counts()
    }

    /// Undoes [`follow`](Future::follow).
    pub(crate) fn unfollow(&self, tally: &Arc<Tally>) {
        self.0.enter().tallies.retain(|(known, _)| !Arc::ptr_eq(known, tally));
    }

    #[track_caller]
    fn when_done<R>(&self, deadline: Deadline, act: impl FnOnce(&mut State<T, E>) -> R) -> Result<R, Stopped> {
        let target = self.target();
        point(Op::Result, target, deadline, || self.0.allows(|state| state.stage.over()));
        let mut act = Some(act);
        let result = self.0.until(Op::Result, target, deadline, |state| {
            if state.stage.over() { act.take().map(|act| act(state)) } else { None }
        })?;
        did(target, Effect::Saw);
        Ok(result)
    }

    /// Wakes the waiters, tells the tallies and runs the callbacks.
    fn tell(&self, followers: Followers<T, E>, failed: bool) {
        self.0.wake(self.target(), usize::MAX);
        for (tally, index) in followers.tallies {
            tally.count(index, failed);
        }
        let mut panicked: Option<Box<dyn Any + Send>> = None;
        for callback in followers.callbacks {
            match catch_unwind(AssertUnwindSafe(|| callback(self))) {
                Err(payload) if payload.is::<Over>() => resume_unwind(payload),
                Err(payload) => _ = panicked.get_or_insert(payload),
                Ok(()) => {}
            }
        }
        if let Some(payload) = panicked {
            resume_unwind(payload);
        }
    }
}

impl<T, E> Clone for Future<T, E> {
    fn clone(&self) -> Self {
        Future(Arc::clone(&self.0))
    }
}

impl<T, E> PartialEq for Future<T, E> {
    /// Whether both are the same future.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl<T, E> Eq for Future<T, E> {}

impl<T, E> Default for Future<T, E> {
    #[track_caller]
    fn default() -> Self {
        Future::new()
    }
}

impl<T, E> fmt::Debug for Future<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Future").field("object", self.target().object).finish_non_exhaustive()
    }
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultError<E> {
    /// The future was cancelled.
    Cancelled,
    /// It was not done in time.
    TimedOut,
    /// The signal hook of [`Manner`](raddle_kernel::Manner) asked for it.
    Interrupted,
    /// Somebody else has taken the result.
    Taken,
    /// Somebody else keeps the future: see [`Future::hand_over`].
    HandedOver,
    /// There is an error in its place.
    Failed(E),
}

impl<E> From<Stopped> for ResultError<E> {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TimedOut => ResultError::TimedOut,
            Stopped::Interrupted => ResultError::Interrupted,
        }
    }
}

impl<E> fmt::Display for ResultError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResultError::Cancelled => "the future was cancelled",
            ResultError::TimedOut => "the future was not done in time",
            ResultError::Interrupted => "the wait was interrupted",
            ResultError::Taken => "the result was taken by somebody else",
            ResultError::HandedOver => "the future was handed over",
            ResultError::Failed(_) => "the work failed",
        })
    }
}

impl<E: std::error::Error + 'static> std::error::Error for ResultError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let ResultError::Failed(error) = self { Some(error) } else { None }
    }
}

/// Why a future's work must not be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    /// The future was cancelled.
    Cancelled,
    /// Its work was begun before, as its stage says.
    Busy(Stage),
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotStarted::Cancelled => "the future was cancelled",
            NotStarted::Busy(_) => "the future's work was begun before",
        })
    }
}

impl std::error::Error for NotStarted {}

/// A future that was to be settled is done already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled<V> {
    /// What it was to be settled with.
    pub value: V,
    /// How far it has come.
    pub stage: Stage,
}

impl<V> fmt::Display for Settled<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the future is done already")
    }
}

impl<V: fmt::Debug> std::error::Error for Settled<V> {}
