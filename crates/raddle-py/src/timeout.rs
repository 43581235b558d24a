//! How long a Python caller is willing to wait, read as CPython reads it.

use crate::error;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};
use raddle::engine::kernel::{Deadline, now};
use std::convert::Infallible;
use std::time::Duration;

/// How long an operation may wait; it becomes a moment in time only once somebody has to wait.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Timeout<'a, 'py> {
    Never,
    Now,
    After(Duration),
    /// At most until then, however long ago it was decided.
    At(Deadline),
    /// Something else than a number that fits: whoever need not wait never hears of it.
    Odd(&'a Bound<'py, PyAny>),
    /// The same, where the standard library adds it to the time before it looks at it.
    OddSum(&'a Bound<'py, PyAny>),
}

/// What a queue says.
const NEGATIVE: &str = "'timeout' must be a non-negative number";
/// What `timeout=-1` means to a lock.
const UNSET: i64 = -1_000_000_000;

impl<'a, 'py> Timeout<'a, 'py> {
    /// The same, now that somebody has to wait.
    ///
    /// # Errors
    /// What the standard library says about what is no number, or none that fits.
    pub(crate) fn read(self) -> PyResult<Self> {
        match self {
            Timeout::Odd(seconds) => Timeout::of_odd(seconds),
            Timeout::OddSum(seconds) => Timeout::of_odd(&PyFloat::new(seconds.py(), 0.0).add(seconds)?),
            known => Ok(known),
        }
    }

    fn of_odd(seconds: &Bound<'_, PyAny>) -> PyResult<Self> {
        // As there: first of all it is compared, and what is not above zero ends the wait at once.
        if !seconds.gt(0)? {
            return Ok(Timeout::Now);
        }
        Ok(Timeout::After(Duration::from_nanos(nanoseconds(seconds)?.unsigned_abs())))
    }

    /// The moment at which the wait ends.
    pub(crate) fn deadline(self) -> Deadline {
        match self {
            Timeout::Never => Deadline::Never,
            Timeout::Now | Timeout::Odd(_) | Timeout::OddSum(_) => Deadline::Now,
            Timeout::After(timeout) => Deadline::after(timeout),
            Timeout::At(deadline) => deadline,
        }
    }

    /// Whether a wait that goes on elsewhere may wait at all, and how many seconds are left of it; `until` is when it would have ended here, [`Deadline::Now`] if it was only tried.
    pub(crate) fn left(self, until: Deadline) -> (bool, Option<f64>) {
        let until = if until == Deadline::Now { self.deadline() } else { until };
        match until {
            Deadline::Never => (true, None),
            Deadline::Now => (false, Some(0.0)),
            Deadline::At(at) => (true, Some(at.saturating_duration_since(now()).as_secs_f64())),
        }
    }

    /// `acquire(blocking, timeout)` of a lock, where -1 stands for no timeout.
    #[inline]
    pub(crate) fn of_lock(blocking: Truth, timeout: Argument<'_, '_>) -> PyResult<Self> {
        match timeout {
            Argument::Missing if blocking.0 => Ok(Timeout::Never),
            Argument::Missing => Ok(Timeout::Now),
            Argument::Given(timeout) => Timeout::of_lock_given(blocking, &timeout),
        }
    }

    fn of_lock_given(blocking: Truth, timeout: &Bound<'_, PyAny>) -> PyResult<Self> {
        match (nanoseconds(timeout)?, blocking.0) {
            (UNSET, true) => Ok(Timeout::Never),
            (UNSET, false) => Ok(Timeout::Now),
            (_, false) => Err(error::value("can't specify a timeout for a non-blocking call")),
            (0, true) => Ok(Timeout::Now),
            (left @ 1.., true) => Ok(Timeout::After(Duration::from_nanos(left.unsigned_abs()))),
            (_, true) => Err(error::value(error::negative_lock_timeout())),
        }
    }

    /// A timeout in seconds, `None` for ever; what has passed already ends at once.
    #[inline]
    pub(crate) fn of_wait(timeout: Option<&'a Bound<'py, PyAny>>) -> Self {
        let Some(timeout) = timeout else { return Timeout::Never };
        Timeout::of_number(timeout).unwrap_or(Timeout::Odd(timeout))
    }

    /// As [`of_wait`](Timeout::of_wait), where the standard library adds it to the time.
    #[inline]
    pub(crate) fn of_sum(timeout: Option<&'a Bound<'py, PyAny>>) -> Self {
        let Some(timeout) = timeout else { return Timeout::Never };
        Timeout::of_number(timeout).unwrap_or(Timeout::OddSum(timeout))
    }

    fn of_number(timeout: &Bound<'_, PyAny>) -> Option<Self> {
        let is_number = timeout.is_instance_of::<PyFloat>() || timeout.is_instance_of::<PyInt>();
        let exact = is_number.then(|| nanoseconds(timeout).ok()).flatten()?;
        Some(match u64::try_from(exact) {
            Ok(0) | Err(_) => Timeout::Now,
            Ok(left) => Timeout::After(Duration::from_nanos(left)),
        })
    }

    /// `acquire(blocking, timeout)` of a semaphore, where `None` stands for no timeout.
    #[inline]
    pub(crate) fn of_semaphore(blocking: Truth, timeout: Option<&'a Bound<'py, PyAny>>) -> PyResult<Self> {
        match (blocking.0, timeout) {
            (true, timeout) => Ok(Timeout::of_sum(timeout)),
            (false, None) => Ok(Timeout::Now),
            (false, Some(_)) => Err(error::value("can't specify timeout for non-blocking acquire")),
        }
    }

    /// `get(block, timeout)` of a simple queue, which reads the timeout at once.
    pub(crate) fn of_simple_queue(block: Truth, timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        match timeout.filter(|_| block.0).map(nanoseconds).transpose()?.map(u64::try_from) {
            None if block.0 => Ok(Timeout::Never),
            None | Some(Ok(0)) => Ok(Timeout::Now),
            Some(Ok(left)) => Ok(Timeout::After(Duration::from_nanos(left))),
            Some(Err(_)) => Err(error::value(NEGATIVE)),
        }
    }

    /// `put(block, timeout)` and `get(block, timeout)` of a queue, which do not look at the timeout unless they block.
    #[inline]
    pub(crate) fn of_queue(block: Truth, timeout: Option<&'a Bound<'py, PyAny>>) -> PyResult<Self> {
        match timeout {
            _ if !block.0 => Ok(Timeout::Now),
            Some(timeout) if timeout.lt(0)? => Err(error::value(NEGATIVE)),
            timeout => Ok(Timeout::of_sum(timeout)),
        }
    }
}

/// A timeout in nanoseconds, rounded away from zero, with CPython's errors for what is no number or none that fits.
fn nanoseconds(timeout: &Bound<'_, PyAny>) -> PyResult<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if let Ok(seconds) = timeout.cast::<PyFloat>() {
        let exact = seconds.value() * 1e9;
        let rounded = if exact >= 0.0 { exact.ceil() } else { exact.floor() };
        return match rounded {
            nan if nan.is_nan() => Err(error::value("Invalid value NaN (not a number)")),
            fits if (-LIMIT..LIMIT).contains(&fits) => Ok(fits as i64),
            _ => Err(error::unfit(timeout)),
        };
    }
    match timeout.extract::<i64>() {
        Ok(seconds) => seconds.checked_mul(1_000_000_000).ok_or_else(|| error::unfit(timeout)),
        Err(e) if error::is_overflow(&e, timeout.py()) => Err(error::unfit(timeout)),
        Err(e) => Err(e),
    }
}

/// An argument that may be missing, where Python tells that from `None`.
#[derive(Clone, Debug)]
pub(crate) enum Argument<'a, 'py> {
    Missing,
    Given(Borrowed<'a, 'py, PyAny>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Argument<'a, 'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Argument::Given(object))
    }
}

/// An argument of which only its truth matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth(pub(crate) bool);

impl<'py> FromPyObject<'_, 'py> for Truth {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        object.is_truthy().map(Truth)
    }
}
