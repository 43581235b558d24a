//! The Python extension module `raddle._raddle`: Raddle's primitives as the standard library's classes.
//!
//! Each file holds one class or one module of Python's; a method parses its arguments, hands over to a primitive, and says what
//! came of it in Python's words. What may block goes through `blocking`, what can go wrong is in `error`.

mod attributes;
mod barrier;
mod blocking;
mod call;
mod condition;
mod control;
mod count;
mod direct;
mod error;
mod event;
mod floor;
mod future;
mod identity;
mod insides;
mod lock;
mod name;
mod pool;
mod queue;
mod reentrant;
mod semaphore;
mod shelf;
mod simple_queue;
mod subclass;
mod symbol;
mod timeout;
mod version;
mod waiting;

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

/// The interpreter of this process that imported the module first.
static INTERPRETER: AtomicI64 = AtomicI64::new(NONE);
const NONE: i64 = -1;

#[pymodule(gil_used = false)]
fn _raddle(module: &Bound<'_, PyModule>) -> PyResult<()> {
    refuse_subinterpreters()?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<lock::Lock>()?;
    let allocate_lock = wrap_pyfunction!(lock::allocate_lock, module)?;
    allocate_lock.setattr("__module__", "_thread")?;
    module.add_function(allocate_lock)?;
    module.add_class::<reentrant::RLock>()?;
    module.add_class::<condition::Condition>()?;
    module.add_class::<semaphore::Semaphore>()?;
    module.add_class::<semaphore::BoundedSemaphore>()?;
    module.add_class::<event::Event>()?;
    module.add_class::<barrier::Barrier>()?;
    module.add_class::<queue::Queue>()?;
    module.add_class::<queue::LifoQueue>()?;
    module.add_class::<queue::PriorityQueue>()?;
    module.add_class::<simple_queue::SimpleQueue>()?;
    module.add_class::<queue::QueueStatistics>()?;
    module.add_class::<future::Future>()?;
    module.add_class::<pool::ThreadPoolExecutor>()?;
    module.add_class::<pool::PoolStatistics>()?;
    module.add_function(wrap_pyfunction!(call::cancel_requested, module)?)?;
    module.add_function(wrap_pyfunction!(call::_make_call, module)?)?;
    module.add_function(wrap_pyfunction!(waiting::wait, module)?)?;
    module.add_function(wrap_pyfunction!(waiting::as_completed, module)?)?;
    module.add_function(wrap_pyfunction!(floor::_futex_round_trips, module)?)?;
    module.add("ShutDown", module.py().get_type::<error::ShutDown>())?;
    attributes::move_places(module.py())?;
    direct::install_all(module.py())?;
    barrier::give_fields(module.py())?;
    event::give_fields(module.py())?;
    future::give_fields(module.py())?;
    pool::give_fields(module.py())?;
    queue::give_fields(module.py())?;
    semaphore::give_fields(module.py())?;
    control::register(module)?;
    module.add("Unwind", module.py().get_type::<error::Unwind>())
}

/// Fails in a second interpreter of the process: classes belong to the interpreter that has made them, and there is one of each.
fn refuse_subinterpreters() -> PyResult<()> {
    // SAFETY: the thread that imports is attached, so it has an interpreter.
    let interpreter = unsafe { ffi::PyInterpreterState_Get() };
    // SAFETY: it is alive.
    let id = unsafe { ffi::PyInterpreterState_GetID(interpreter) };
    // Relaxed: nothing is read after it that another interpreter has written.
    match INTERPRETER.compare_exchange(NONE, id, Relaxed, Relaxed) {
        Err(first) if first != id => Err(PyImportError::new_err(
            "raddle works in one interpreter of a process, and another has imported it before this one",
        )),
        _ => Ok(()),
    }
}
