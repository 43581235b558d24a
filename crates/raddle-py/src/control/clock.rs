//! `time` in an execution: nothing sleeps, and the clocks tell the virtual time.

use super::native::function as native;
use super::tasks;
use crate::blocking::operate;
use crate::error;
use crate::timeout::Timeout;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use raddle::engine::kernel::{Deadline, Effect, Kind, Object, Op, did, point, sleep_until, yield_now};
use std::time::Duration;

/// What the monotonic clocks say when an execution begins: some machine has been up for a while.
const UPTIME: Duration = Duration::from_secs(1_000);
/// What the calendar's clock says when an execution begins: 2025-01-01 00:00:00 UTC.
const TODAY: Duration = Duration::from_secs(1_735_689_600);

/// sleep(seconds)
///
/// Delay execution for a given number of seconds.  The argument may be
/// a floating-point number for subsecond precision.
#[pyfunction]
#[pyo3(signature = (seconds, /))]
pub(super) fn sleep(seconds: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = seconds.py();
    if tasks::execution().is_none() {
        return native(py, intern!(py, "sleep"))?.call1((seconds,)).map(drop);
    }
    match Timeout::of_wait(Some(seconds)).read()? {
        Timeout::Now if seconds.lt(0)? => Err(error::value("sleep length must be non-negative")),
        Timeout::Now => operate(yield_now),
        // In a controlled run nothing interrupts a sleep.
        timeout => operate(|| sleep_until(timeout.deadline())).map(drop),
    }
}

/// One operation: the virtual time, if the running task is in an execution.
fn told(start: Duration) -> PyResult<Option<Duration>> {
    if tasks::execution().is_none() {
        return Ok(None);
    }
    operate(|| {
        let clock = Object::new(0);
        let target = clock.of(Kind::Clock);
        point(Op::Clock, target, Deadline::Now, || true);
        did(target, Effect::ToldTime);
        raddle::engine::explore::elapsed().map(|elapsed| start + elapsed)
    })
}

fn seconds(py: Python<'_>, name: &Bound<'_, PyString>, start: Duration) -> PyResult<f64> {
    match told(start)? {
        Some(time) => Ok(time.as_secs_f64()),
        None => native(py, name)?.call0()?.extract(),
    }
}

fn nanoseconds(py: Python<'_>, name: &Bound<'_, PyString>, start: Duration) -> PyResult<u128> {
    match told(start)? {
        Some(time) => Ok(time.as_nanos()),
        None => native(py, name)?.call0()?.extract(),
    }
}

/// monotonic() -> float
///
/// Monotonic clock, cannot go backward.
#[pyfunction]
pub(super) fn monotonic(py: Python<'_>) -> PyResult<f64> {
    seconds(py, intern!(py, "monotonic"), UPTIME)
}

/// monotonic_ns() -> int
///
/// Monotonic clock, cannot go backward, as nanoseconds.
#[pyfunction]
pub(super) fn monotonic_ns(py: Python<'_>) -> PyResult<u128> {
    nanoseconds(py, intern!(py, "monotonic_ns"), UPTIME)
}

/// perf_counter() -> float
///
/// Performance counter for benchmarking.
#[pyfunction]
pub(super) fn perf_counter(py: Python<'_>) -> PyResult<f64> {
    seconds(py, intern!(py, "perf_counter"), UPTIME)
}

/// perf_counter_ns() -> int
///
/// Performance counter for benchmarking as nanoseconds.
#[pyfunction]
pub(super) fn perf_counter_ns(py: Python<'_>) -> PyResult<u128> {
    nanoseconds(py, intern!(py, "perf_counter_ns"), UPTIME)
}

/// process_time() -> float
///
/// Process time for profiling: sum of the kernel and user-space CPU time.
#[pyfunction]
pub(super) fn process_time(py: Python<'_>) -> PyResult<f64> {
    seconds(py, intern!(py, "process_time"), Duration::ZERO)
}

/// process_time_ns() -> int
///
/// Process time for profiling as nanoseconds.
#[pyfunction]
pub(super) fn process_time_ns(py: Python<'_>) -> PyResult<u128> {
    nanoseconds(py, intern!(py, "process_time_ns"), Duration::ZERO)
}

/// thread_time() -> float
///
/// Thread time for profiling: sum of the kernel and user-space CPU time.
#[pyfunction]
pub(super) fn thread_time(py: Python<'_>) -> PyResult<f64> {
    seconds(py, intern!(py, "thread_time"), Duration::ZERO)
}

/// thread_time_ns() -> int
///
/// Thread time for profiling as nanoseconds.
#[pyfunction]
pub(super) fn thread_time_ns(py: Python<'_>) -> PyResult<u128> {
    nanoseconds(py, intern!(py, "thread_time_ns"), Duration::ZERO)
}

/// time() -> floating-point number
///
/// Return the current time in seconds since the Epoch.
#[pyfunction]
pub(super) fn time(py: Python<'_>) -> PyResult<f64> {
    seconds(py, intern!(py, "time"), TODAY)
}

/// time_ns() -> int
///
/// Return the current time in nanoseconds since the Epoch.
#[pyfunction]
pub(super) fn time_ns(py: Python<'_>) -> PyResult<u128> {
    nanoseconds(py, intern!(py, "time_ns"), TODAY)
}
