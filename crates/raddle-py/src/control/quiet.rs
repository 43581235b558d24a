//! Locks inside code that is silent: `logging`, imports, the bookkeeping of threads.
//!
//! Taking one is no operation: no other task is chosen in between, and no order comes of it. A task waits for one only where
//! its holder had to stop inside, at an operation of the user's (a handler of his that takes a lock, a module that he imports);
//! once that has happened, another task may be chosen before one is taken, since the order of what is inside matters.
//! Outside of executions they are the interpreter's own locks.

use super::access::is_hushed;
use super::native::function as native;
use super::tasks;
use crate::blocking::{operate, unwinding};
use crate::error;
use crate::timeout::{Argument, Timeout, Truth};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use raddle::engine::kernel::{Deadline, Kind, Object, Op, TaskId, current, point};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Who is inside, in an execution.
///
/// One execution's tasks share a thread, and what an earlier one left does not count: Relaxed is enough for all of it.
#[derive(Debug)]
struct Inside {
    /// Its word is the last holder.
    object: Object,
    execution: AtomicU64,
    depth: AtomicU32,
    /// A module is loaded once, whoever needs it first: nobody minds who that is.
    is_of_imports: bool,
}

impl Inside {
    fn new(py: Python<'_>) -> Self {
        // SAFETY: the thread is attached; the function returns a reference borrowed from the running frame, or null.
        let globals = unsafe { ffi::PyEval_GetGlobals() };
        // SAFETY: as above.
        let globals = unsafe { Bound::from_borrowed_ptr_or_opt(py, globals) };
        let maker = globals.and_then(|globals| globals.get_item(intern!(py, "__name__")).ok());
        Inside {
            is_of_imports: maker.is_some_and(|name| name.eq("importlib._bootstrap").unwrap_or(false)),
            object: Object::new(0),
            execution: AtomicU64::new(0),
            depth: AtomicU32::new(0),
        }
    }

    /// The holder, in `execution`.
    fn holder(&self, execution: u64) -> Option<TaskId> {
        let taken = self.execution.load(Relaxed) == execution && self.depth.load(Relaxed) > 0;
        taken.then(|| self.object.word().load(Relaxed))
    }

    fn owned(&self, execution: u64) -> bool {
        self.holder(execution) == Some(current())
    }

    fn count(&self, execution: u64) -> u32 {
        if self.owned(execution) { self.depth.load(Relaxed) } else { 0 }
    }

    /// Takes it `depth` times; false if it was in vain.
    fn enter(&self, execution: u64, timeout: Timeout<'_, '_>, depth: u32) -> PyResult<bool> {
        let target = self.object.of(Kind::Inner);
        if !self.is_of_imports && !unwinding() && !is_hushed() {
            operate(|| point(Op::Begin, target, Deadline::Now, || true))?;
        }
        if self.holder(execution).is_some() && !matches!(timeout, Timeout::Now) {
            let free = || self.holder(execution).is_none();
            operate(|| {
                if !self.is_of_imports {
                    // The holder stands at an operation of the user's: from now on it matters who comes first.
                    point(Op::Look, target, Deadline::Now, || true);
                }
                point(Op::Acquire, target, timeout.deadline(), free);
            })?;
        }
        if self.holder(execution).is_some() {
            return Ok(false);
        }
        self.execution.store(execution, Relaxed);
        self.object.word().store(current(), Relaxed);
        self.depth.store(depth, Relaxed);
        Ok(true)
    }

    fn enter_again(&self) {
        self.depth.fetch_add(1, Relaxed);
    }

    fn leave(&self) {
        self.depth.fetch_sub(1, Relaxed);
    }
}

/// `threading.Lock`, silent.
#[pyclass(name = "lock", module = "_thread", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct QuietLock {
    native: Py<PyAny>,
    inside: Inside,
}

#[pymethods]
impl QuietLock {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        Ok(QuietLock { native: native(py, intern!(py, "allocate_lock"))?.call0()?.unbind(), inside: Inside::new(py) })
    }

    #[pyo3(signature = (blocking = Truth(true), timeout = Argument::Missing))]
    fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: Argument<'_, '_>) -> PyResult<bool> {
        let Some(execution) = tasks::execution() else {
            return acquire_native(self.native.bind(py), blocking, &timeout);
        };
        self.inside.enter(execution, Timeout::of_lock(blocking, timeout)?, 1)
    }

    fn release(&self, py: Python<'_>) -> PyResult<()> {
        let Some(execution) = tasks::execution() else {
            return self.native.bind(py).call_method0(intern!(py, "release")).map(drop);
        };
        match self.inside.holder(execution) {
            Some(_) => self.inside.leave(),
            None if unwinding() => {}
            None => return Err(error::runtime("release unlocked lock")),
        }
        Ok(())
    }

    fn locked(&self, py: Python<'_>) -> PyResult<bool> {
        match tasks::execution() {
            Some(execution) => Ok(self.inside.holder(execution).is_some()),
            None => self.native.bind(py).call_method0(intern!(py, "locked"))?.extract(),
        }
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<bool> {
        self.acquire(py, Truth(true), Argument::Missing)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.release(py)
    }

    fn _at_fork_reinit(&self, py: Python<'_>) -> PyResult<()> {
        self.inside.depth.store(0, Relaxed);
        self.native.bind(py).call_method0(intern!(py, "_at_fork_reinit")).map(drop)
    }
}

/// `threading.RLock`, silent.
#[pyclass(name = "RLock", module = "_thread", frozen, weakref)]
#[derive(Debug)]
pub(crate) struct QuietRLock {
    native: Py<PyAny>,
    inside: Inside,
}

#[pymethods]
impl QuietRLock {
    #[new]
    fn new(py: Python<'_>) -> PyResult<Self> {
        Ok(QuietRLock { native: native(py, intern!(py, "RLock"))?.call0()?.unbind(), inside: Inside::new(py) })
    }

    #[pyo3(signature = (blocking = Truth(true), timeout = Argument::Missing))]
    fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: Argument<'_, '_>) -> PyResult<bool> {
        let Some(execution) = tasks::execution() else {
            return acquire_native(self.native.bind(py), blocking, &timeout);
        };
        if self.inside.owned(execution) {
            self.inside.enter_again();
            return Ok(true);
        }
        self.inside.enter(execution, Timeout::of_lock(blocking, timeout)?, 1)
    }

    fn release(&self, py: Python<'_>) -> PyResult<()> {
        let Some(execution) = tasks::execution() else {
            return self.native.bind(py).call_method0(intern!(py, "release")).map(drop);
        };
        if self.inside.owned(execution) {
            self.inside.leave();
        } else if !unwinding() {
            return Err(error::runtime("cannot release un-acquired lock"));
        }
        Ok(())
    }

    fn locked(&self, py: Python<'_>) -> PyResult<bool> {
        match tasks::execution() {
            Some(execution) => Ok(self.inside.holder(execution).is_some()),
            None => Ok(self.native.bind(py).repr()?.to_string().starts_with("<locked")),
        }
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<bool> {
        self.acquire(py, Truth(true), Argument::Missing)
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.release(py)
    }

    fn _is_owned(&self, py: Python<'_>) -> PyResult<bool> {
        match tasks::execution() {
            Some(execution) => Ok(self.inside.owned(execution)),
            None => self.native.bind(py).call_method0(intern!(py, "_is_owned"))?.extract(),
        }
    }

    fn _recursion_count(&self, py: Python<'_>) -> PyResult<u32> {
        match tasks::execution() {
            Some(execution) => Ok(self.inside.count(execution)),
            None => self.native.bind(py).call_method0(intern!(py, "_recursion_count"))?.extract(),
        }
    }

    fn _release_save<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Some(execution) = tasks::execution() else {
            return self.native.bind(py).call_method0(intern!(py, "_release_save"));
        };
        let depth = self.inside.count(execution);
        if depth == 0 && !unwinding() {
            return Err(error::runtime("cannot release un-acquired lock"));
        }
        self.inside.depth.store(0, Relaxed);
        Ok(depth.into_pyobject(py)?.into_any())
    }

    fn _acquire_restore(&self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = state.py();
        let Some(execution) = tasks::execution() else {
            return self.native.bind(py).call_method1(intern!(py, "_acquire_restore"), (state,)).map(drop);
        };
        self.inside.enter(execution, Timeout::Never, state.extract()?).map(drop)
    }

    fn _at_fork_reinit(&self, py: Python<'_>) -> PyResult<()> {
        self.inside.depth.store(0, Relaxed);
        self.native.bind(py).call_method0(intern!(py, "_at_fork_reinit")).map(drop)
    }
}

fn acquire_native(lock: &Bound<'_, PyAny>, blocking: Truth, timeout: &Argument<'_, '_>) -> PyResult<bool> {
    let py = lock.py();
    let acquire = lock.getattr(intern!(py, "acquire"))?;
    match timeout {
        Argument::Missing => acquire.call1((blocking.0,))?.extract(),
        Argument::Given(timeout) => {
            let kwargs = PyDict::new(py);
            kwargs.set_item(intern!(py, "timeout"), timeout)?;
            acquire.call((blocking.0,), Some(&kwargs))?.extract()
        }
    }
}
