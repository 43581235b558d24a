//! `concurrent.futures.wait` and `concurrent.futures.as_completed`.

use crate::blocking::{blocking, operate};
use crate::error;
use crate::future::{Future, Inner, Raised};
use crate::timeout::{Argument, Timeout};
use pyo3::exceptions::{PyTimeoutError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PySet;
use raddle::engine::exec::{self as exec, ReturnWhen};
use raddle::engine::kernel::Deadline;
use std::mem::replace;
use std::sync::{Mutex, MutexGuard};

/// Wait for the futures in the given sequence to complete.
///
/// Waits for at most timeout seconds; if that is None, there is no limit on the wait time.
/// return_when is FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED.
///
/// Returns a named 2-tuple of sets.
/// The first set, named 'done', contains the futures that completed (is finished or cancelled) before the wait completed.
/// The second set, named 'not_done', contains uncompleted futures.
/// Duplicate futures given to fs are removed and will be returned only once.
#[pyfunction]
#[pyo3(signature = (fs, timeout = None, return_when = Argument::Missing), text_signature = "(fs, timeout=None, return_when='ALL_COMPLETED')")]
pub(crate) fn wait<'py>(
    py: Python<'py>,
    fs: &Bound<'py, PyAny>,
    timeout: Option<&Bound<'py, PyAny>>,
    return_when: Argument<'_, '_>,
) -> PyResult<Bound<'py, PyAny>> {
    let when = match return_when {
        Argument::Missing => ReturnWhen::AllCompleted,
        Argument::Given(when) => condition(&when)?,
    };
    let (futures, inner) = distinct(fs)?;
    let timeout = Timeout::of_wait(timeout);
    let gathering = operate(|| exec::Gathering::new(&inner))?;
    let mut waited = None;
    blocking(py, timeout, |deadline| {
        let now = gathering.until(when, deadline);
        let stopped = now.stopped;
        waited = Some(now);
        stopped.map_or(Ok(()), Err)
    })?;
    let waited = waited.expect("a wait that returned has waited");
    let named = |indices: &[usize]| PySet::new(py, indices.iter().map(|index| &futures[*index]));
    let pair = py.import("concurrent.futures._base")?.getattr("DoneAndNotDoneFutures")?;
    pair.call1((named(&waited.done)?, named(&waited.pending)?))
}

fn condition(return_when: &Bound<'_, PyAny>) -> PyResult<ReturnWhen> {
    match return_when.extract() {
        Ok("FIRST_COMPLETED") => Ok(ReturnWhen::FirstCompleted),
        Ok("FIRST_EXCEPTION") => Ok(ReturnWhen::FirstFailed),
        Ok("ALL_COMPLETED") => Ok(ReturnWhen::AllCompleted),
        _ => Err(PyValueError::new_err(format!("Invalid return condition: {}", return_when.repr()?))),
    }
}

/// An iterator over the given futures that yields each as it completes.
///
/// Waits for at most timeout seconds; if that is None, there is no limit on the wait time.
///
/// Futures are yielded as they complete (finished or cancelled).
/// If any given Futures are duplicated, they will be returned once.
///
/// Raises TimeoutError if the entire result iterator could not be generated before the given timeout.
#[pyfunction]
#[pyo3(signature = (fs, timeout = None))]
pub(crate) fn as_completed(fs: Py<PyAny>, timeout: Option<Py<PyAny>>) -> AsCompleted {
    AsCompleted { progress: Mutex::new(Progress::NotBegun { fs, timeout }) }
}

/// The iterator of `as_completed`; like a generator it begins when it is first asked.
#[pyclass(module = "concurrent.futures._base", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct AsCompleted {
    progress: Mutex<Progress>,
}

#[derive(Debug)]
enum Progress {
    NotBegun {
        fs: Py<PyAny>,
        timeout: Option<Py<PyAny>>,
    },
    Going(Going),
    /// Another thread is at it.
    Busy,
    Over,
}

#[derive(Debug)]
struct Going {
    /// Those that have not been yielded.
    futures: Vec<Option<Py<PyAny>>>,
    completed: exec::AsCompleted<Py<PyAny>, Raised>,
    deadline: Deadline,
}

#[pymethods]
impl AsCompleted {
    fn __iter__(this: Py<Self>) -> Py<Self> {
        this
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let progress = {
            let mut progress = self.progress();
            match *progress {
                Progress::Busy => return Err(error::value("generator already executing")),
                Progress::Over => return Ok(None),
                _ => replace(&mut *progress, Progress::Busy),
            }
        };
        let (next, progress) = match progress.next(py) {
            Ok((next @ Some(_), going)) => (Ok(next), Progress::Going(going)),
            Ok((None, _)) => (Ok(None), Progress::Over),
            Err(e) => (Err(e), Progress::Over),
        };
        *self.progress() = progress;
        next
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(progress) = self.progress.try_lock() else { return Ok(()) };
        match &*progress {
            Progress::NotBegun { fs, timeout } => {
                visit.call(fs)?;
                visit.call(timeout)
            }
            Progress::Going(going) => going.futures.iter().try_for_each(|future| visit.call(future)),
            Progress::Busy | Progress::Over => Ok(()),
        }
    }

    fn __clear__(&self) {
        let progress = self.progress.try_lock().map(|mut progress| replace(&mut *progress, Progress::Over));
        drop(progress);
    }
}

impl AsCompleted {
    /// Held for an instant, in which nothing of Python's runs.
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Progress {
    /// Goes on; begins, if it has not begun.
    fn next(self, py: Python<'_>) -> PyResult<(Option<Py<PyAny>>, Going)> {
        let mut going = match self {
            Progress::Going(going) => going,
            Progress::NotBegun { fs, timeout } => {
                let deadline = Timeout::of_wait(timeout.as_ref().map(|timeout| timeout.bind(py))).read()?.deadline();
                let (futures, inner) = distinct(fs.bind(py))?;
                let futures = futures.into_iter().map(|future| Some(future.unbind())).collect();
                let completed = operate(|| exec::as_completed(&inner).in_any_order())?;
                Going { futures, completed, deadline }
            }
            Progress::Busy | Progress::Over => unreachable!("only one thread goes on, and not beyond the end"),
        };
        Ok((going.next(py)?, going))
    }
}

impl Going {
    fn next(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let left = self.completed.left();
        let (completed, until) = (&mut self.completed, self.deadline);
        let timeout = if left == 0 { Timeout::Now } else { Timeout::At(until) };
        match blocking(py, timeout, |deadline| completed.next_until(deadline))? {
            Some(None) => Ok(None),
            Some(Some(next)) => Ok(self.futures[next.index].take()),
            None => {
                let total = self.futures.len();
                Err(PyTimeoutError::new_err(format!("{left} (of {total}) futures unfinished")))
            }
        }
    }
}

/// The futures, each once, and what to wait on for each.
fn distinct<'py>(fs: &Bound<'py, PyAny>) -> PyResult<(Vec<Bound<'py, PyAny>>, Vec<Inner>)> {
    let set = PySet::empty(fs.py())?;
    for future in fs.try_iter()? {
        set.add(future?)?;
    }
    let futures: Vec<_> = set.iter().collect();
    let inner = futures.iter().map(inner).collect::<PyResult<_>>()?;
    Ok((futures, inner))
}

/// What to wait on for a future: its own inside, or, for one that is not ours, a future that is told what becomes of it.
fn inner(future: &Bound<'_, PyAny>) -> PyResult<Inner> {
    if let Ok(future) = future.cast::<Future>()
        && !future.get().is_open()
    {
        return Ok(future.get().future.clone());
    }
    let inner = Inner::new();
    let mirror = mirror(future.py(), &inner)?;
    if future.hasattr("_waiters")? {
        mirror.get().join(future, &mirror)?;
    } else {
        future.call_method1("add_done_callback", (mirror,))?;
    }
    Ok(inner)
}

/// What tells `inner` what becomes of a future that the standard library's code keeps.
pub(crate) fn mirror<'py>(py: Python<'py>, inner: &Inner) -> PyResult<Bound<'py, Mirror>> {
    Bound::new(py, Mirror { inner: inner.clone() })
}

/// Tells a future of ours what has become of another: as a callback, or as one of the waiters that the standard library's futures keep.
#[pyclass(frozen)]
#[derive(Debug)]
pub(crate) struct Mirror {
    inner: Inner,
}

impl Mirror {
    /// Becomes a waiter of a future of the standard library's, unless that is done.
    fn join(&self, future: &Bound<'_, PyAny>, this: &Bound<'_, Mirror>) -> PyResult<()> {
        let condition = future.getattr("_condition")?;
        condition.call_method0("acquire")?;
        let joined = (|| match future.getattr("_state")?.extract()? {
            "CANCELLED_AND_NOTIFIED" | "FINISHED" => Ok(false),
            _ => future.getattr("_waiters")?.call_method1("append", (this,)).map(|_| true),
        })();
        condition.call_method0("release")?;
        if joined? { Ok(()) } else { self.__call__(future) }
    }
}

#[pymethods]
impl Mirror {
    fn add_result(&self, future: &Bound<'_, PyAny>) -> PyResult<()> {
        self.__call__(future)
    }

    fn add_exception(&self, future: &Bound<'_, PyAny>) -> PyResult<()> {
        self.__call__(future)
    }

    fn add_cancelled(&self, future: &Bound<'_, PyAny>) -> PyResult<()> {
        self.__call__(future)
    }

    fn __call__(&self, future: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = future.py();
        if future.call_method0("cancelled")?.is_truthy()? {
            self.inner.cancel();
            return Ok(());
        }
        let raised = future.call_method0("exception")?;
        let outcome = if raised.is_none() { Ok(py.None()) } else { Err(Raised(raised.unbind())) };
        // Told twice, it knows already.
        drop(self.inner.settle(outcome));
        Ok(())
    }
}
