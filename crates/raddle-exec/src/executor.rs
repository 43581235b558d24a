//! What anything that runs jobs has in common.

use crate::future::{Future, ResultError};
use crate::pool::{JobError, SubmitError};
use raddle_kernel::Deadline;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// Runs jobs, somewhere, and hands out the futures of their results.
///
/// ```
/// use raddle_exec::{Executor, ThreadPool};
///
/// fn squares(executor: &impl Executor) -> Vec<u64> {
///     executor.map(|n: u64| n * n, 1..=3).unwrap().map(Result::unwrap).collect()
/// }
/// assert_eq!(squares(&ThreadPool::new(2)), [1, 4, 9]);
/// ```
pub trait Executor {
    /// Hands `job` over; it runs when there is room.
    ///
    /// # Errors
    /// [`SubmitError`] when the executor takes no more jobs.
    #[track_caller]
    fn submit<T, F>(&self, job: F) -> Result<Future<T>, SubmitError>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// Takes no more jobs. Those that wait are run or cancelled, as `pending` says.
    #[track_caller]
    fn shutdown(&self, pending: Pending);

    /// Hands over `f` of each item; the results, in the order of the items, each waited for when it is asked for.
    ///
    /// # Errors
    /// [`SubmitError`] when the executor takes no more jobs; those that it had taken are cancelled.
    #[track_caller]
    fn map<I, T, F>(&self, f: F, items: I) -> Result<Map<T>, SubmitError>
    where
        I: IntoIterator,
        I::Item: Send + 'static,
        F: Fn(I::Item) -> T + Send + Sync + 'static,
        T: Send + 'static,
    {
        let f = Arc::new(f);
        let mut map = Map(VecDeque::new());
        for item in items {
            let f = Arc::clone(&f);
            map.0.push_back(self.submit(move || f(item))?);
        }
        Ok(map)
    }
}

/// What becomes of jobs that wait when an executor is shut down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pending {
    /// They are run.
    #[default]
    Run,
    /// They are cancelled.
    Cancel,
}

/// The results of [`Executor::map`]; dropped, it cancels what has not begun.
pub struct Map<T>(VecDeque<Future<T>>);

impl<T> Map<T> {
    /// The next result, waiting for it until `deadline`; none if all have been seen.
    ///
    /// A result that was not there in time is the next one again.
    #[track_caller]
    pub fn next_until(&mut self, deadline: Deadline) -> Option<Result<T, ResultError<JobError>>> {
        let result = self.0.front()?.take_until(deadline);
        if !matches!(result, Err(ResultError::TimedOut | ResultError::Interrupted)) {
            self.0.pop_front();
        }
        Some(result)
    }
}

impl<T> Iterator for Map<T> {
    type Item = Result<T, ResultError<JobError>>;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            // A signal does not end this wait.
            match self.next_until(Deadline::Never) {
                Some(Err(ResultError::TimedOut | ResultError::Interrupted)) => {}
                next => return next,
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T> Drop for Map<T> {
    fn drop(&mut self) {
        for future in &self.0 {
            future.cancel();
        }
    }
}

impl<T> fmt::Debug for Map<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("left", &self.0.len()).finish()
    }
}
