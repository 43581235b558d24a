//! Waiting for several futures: one object that they all report to.
//!
//! A wait is one operation, on the tally: it goes on when enough futures are done.
//! A future that is settled reports that as an effect on the tally, too, so that what happened before it was settled happens
//! before what follows the wait.
//! Sources: the waiters of CPython's `concurrent.futures._base`.

use crate::future::Future;
use raddle_kernel::{Deadline, Effect, Kind, Op, Stopped, Target, did, point, point_of_ways, watched};
use raddle_sync::Monitor;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// How many futures must be done for a wait to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReturnWhen {
    /// One.
    FirstCompleted,
    /// One that failed, or all.
    FirstFailed,
    /// All.
    AllCompleted,
}

/// Which futures were done when a wait ended, by their places in what was waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waited {
    /// Those that are done, in the order in which they were seen to be.
    pub done: Vec<usize>,
    /// Those that are not, in order.
    pub pending: Vec<usize>,
    /// Why the wait ended, if not because enough were done.
    pub stopped: Option<Stopped>,
}

/// Waits until enough of `futures` are done or `deadline` has passed.
///
/// ```
/// use raddle_exec::{Future, JobError, ReturnWhen, wait};
/// use raddle_sync::Deadline;
///
/// let futures = [Future::<_, JobError>::new(), Future::new()];
/// futures[1].settle(Ok(5)).unwrap();
/// let waited = wait(&futures, ReturnWhen::FirstCompleted, Deadline::Never);
/// assert_eq!((waited.done, waited.pending), (vec![1], vec![0]));
/// ```
#[track_caller]
pub fn wait<T, E>(futures: &[Future<T, E>], when: ReturnWhen, deadline: Deadline) -> Waited {
    Gathering::new(futures).until(when, deadline)
}

/// Futures that somebody will wait for, perhaps more than once.
///
/// To begin and to end it touches the futures; to wait touches nothing of theirs.
pub struct Gathering<T, E>(Following<T, E>);

impl<T, E> Gathering<T, E> {
    /// Begins to follow `futures`.
    #[must_use]
    #[track_caller]
    pub fn new(futures: &[Future<T, E>]) -> Self {
        if watched() {
            futures.iter().for_each(Future::meet);
        }
        Gathering(Following::new(futures))
    }

    /// As [`wait`].
    #[track_caller]
    pub fn until(&self, when: ReturnWhen, deadline: Deadline) -> Waited {
        let Following { futures, tally } = &self.0;
        let enough = |count: &Count| {
            let all = count.done.len() == futures.len();
            match when {
                ReturnWhen::FirstCompleted => all || !count.done.is_empty(),
                ReturnWhen::FirstFailed => all || count.failed,
                ReturnWhen::AllCompleted => all,
            }
        };
        let stopped = tally.until(deadline, enough, |_| 1, |_, _| ()).err();
        let done: Vec<usize> = tally.0.enter().done.iter().copied().collect();
        let mut pending: Vec<bool> = vec![true; futures.len()];
        done.iter().for_each(|index| pending[*index] = false);
        for (future, is_pending) in futures.iter().zip(&pending) {
            // What happened before they were done has happened; the others may have been done by now.
            let effect = if *is_pending { Effect::Looked } else { Effect::Saw };
            future.iter().for_each(|future| did(future.target(), effect));
        }
        let pending = (0..futures.len()).filter(|index| pending[*index]).collect();
        Waited { done, pending, stopped }
    }
}

impl<T, E> fmt::Debug for Gathering<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gathering").field("futures", &self.0.futures.len()).finish()
    }
}

/// The futures, each as soon as it is done.
///
/// ```
/// use raddle_exec::{Future, JobError, as_completed};
///
/// let futures = [Future::<_, JobError>::new(), Future::new()];
/// futures[1].settle(Ok("second")).unwrap();
/// futures[0].settle(Ok("first")).unwrap();
/// let results: Vec<_> = as_completed(&futures).map(|future| future.result().unwrap()).collect();
/// assert_eq!(results, ["first", "second"]);
/// ```
#[track_caller]
pub fn as_completed<T, E>(futures: &[Future<T, E>]) -> AsCompleted<T, E> {
    if watched() {
        futures.iter().for_each(Future::meet);
        if futures.len() > 1 {
            // Which of them are done by now decides in which order they come.
            if let Some(pending) = futures.iter().find(|future| !future.counts()) {
                point(Op::Look, pending.target(), Deadline::Now, || true);
            }
            for future in futures {
                did(future.target(), if future.counts() { Effect::Saw } else { Effect::Looked });
            }
        }
    }
    AsCompleted { following: Following::new(futures), seen: 0, in_any_order: false }
}

/// A future that is done.
#[derive(Debug)]
pub struct Completed<T, E> {
    /// Its place in what was waited for.
    pub index: usize,
    /// The future.
    pub future: Future<T, E>,
}

/// The iterator of [`as_completed`].
pub struct AsCompleted<T, E> {
    following: Following<T, E>,
    seen: usize,
    in_any_order: bool,
}

impl<T, E> AsCompleted<T, E> {
    /// The same, but those that are done now come in any order, before the others: in a controlled run that is a choice.
    #[must_use]
    pub fn in_any_order(self) -> Self {
        AsCompleted { in_any_order: true, ..self }
    }

    /// The next future that is done, waiting for it until `deadline`; none if all have been seen.
    ///
    /// It is not kept: its result lives no longer than its other owners want it.
    ///
    /// # Errors
    /// [`Stopped`] when the deadline passed first.
    #[track_caller]
    pub fn next_until(&mut self, deadline: Deadline) -> Result<Option<Completed<T, E>>, Stopped> {
        if self.left() == 0 {
            return Ok(None);
        }
        let more = |count: &Count| !count.done.is_empty();
        let ways = |count: &Count| if self.in_any_order { count.found.max(1) } else { 1 };
        let Following { futures, tally } = &self.following;
        let next = tally.until(deadline, more, ways, |count, way| {
            count.found = count.found.saturating_sub(1);
            count.done.remove(way)
        });
        // Those that are still to come may have been done by now.
        let next =
            next.inspect_err(|_| futures.iter().flatten().for_each(|left| did(left.target(), Effect::Looked)))?;
        self.seen += 1;
        Ok(next.and_then(|index| {
            let future = self.following.futures[index].take()?;
            did(future.target(), Effect::Saw);
            Some(Completed { index, future })
        }))
    }

    /// How many are still to come.
    pub fn left(&self) -> usize {
        self.following.futures.len() - self.seen
    }
}

impl<T, E> Iterator for AsCompleted<T, E> {
    type Item = Future<T, E>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // A signal does not end this wait.
            if let Ok(next) = self.next_until(Deadline::Never) {
                return next.map(|next| next.future);
            }
        }
    }
}

impl<T, E> fmt::Debug for AsCompleted<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").field("seen", &self.seen).finish_non_exhaustive()
    }
}

/// Counts which of some futures are done.
pub(crate) struct Tally(Monitor<Count>);

#[derive(Default)]
struct Count {
    /// Those that were done before they were followed, then the others in the order in which they were done;
    done: VecDeque<usize>,
    /// so many of the former are left.
    found: usize,
    /// Whether one of them failed.
    failed: bool,
}

impl Tally {
    pub(crate) const fn target(&self) -> Target<'_> {
        self.0.of(Kind::Future)
    }

    /// Future number `index` was done before it was followed.
    pub(crate) fn found(&self, index: usize, failed: bool) {
        let mut count = self.0.enter();
        let found = count.found;
        count.done.insert(found, index);
        count.found += 1;
        count.failed |= failed;
    }

    /// Future number `index` is done: part of the step that settles it.
    pub(crate) fn count(&self, index: usize, failed: bool) {
        {
            let mut count = self.0.enter();
            count.done.push_back(index);
            count.failed |= failed;
        }
        did(self.target(), Effect::Set { changed: true });
        self.0.wake(self.target(), usize::MAX);
    }

    #[track_caller]
    fn until<R>(
        &self,
        deadline: Deadline,
        enough: impl Fn(&Count) -> bool,
        ways: impl Fn(&Count) -> usize,
        act: impl Fn(&mut Count, usize) -> R,
    ) -> Result<R, Stopped> {
        let target = self.target();
        let ways = || u32::try_from(ways(&self.0.enter())).unwrap_or(u32::MAX);
        let way = point_of_ways(Op::Result, target, deadline, || self.0.allows(&enough), ways) as usize;
        let result = self.0.until(Op::Result, target, deadline, |count| enough(count).then(|| act(count, way)))?;
        did(target, Effect::Saw);
        Ok(result)
    }
}

/// Futures that report to a tally for as long as this lives.
struct Following<T, E> {
    /// Those that have not been handed out.
    futures: Vec<Option<Future<T, E>>>,
    tally: Arc<Tally>,
}

impl<T, E> Following<T, E> {
    #[track_caller]
    fn new(futures: &[Future<T, E>]) -> Self {
        let tally = Arc::new(Tally(Monitor::new(Count::default())));
        for (index, future) in futures.iter().enumerate() {
            future.follow(&tally, index);
        }
        Following { futures: futures.iter().cloned().map(Some).collect(), tally }
    }
}

impl<T, E> Drop for Following<T, E> {
    fn drop(&mut self) {
        for future in self.futures.iter().flatten() {
            future.unfollow(&self.tally);
        }
    }
}
