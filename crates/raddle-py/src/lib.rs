//! The Python extension module `raddle._raddle`: Raddle's primitives as the standard library's classes.
//!
//! Each file holds one class or one module of Python's; a method parses its arguments, hands over to a primitive, and says what
//! came of it in Python's words. What may block goes through `blocking`, what can go wrong is in `error`.

mod attributes;
mod barrier;
mod blocking;
mod condition;
mod control;
mod direct;
mod error;
mod event;
mod floor;
mod future;
mod identity;
mod lock;
mod pool;
mod queue;
mod reentrant;
mod semaphore;
mod shelf;
mod simple_queue;
mod symbol;
mod timeout;
mod waiting;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
fn _raddle(module: &Bound<'_, PyModule>) -> PyResult<()> {
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
    module.add_class::<future::Future>()?;
    module.add_class::<pool::ThreadPoolExecutor>()?;
    module.add_function(wrap_pyfunction!(waiting::wait, module)?)?;
    module.add_function(wrap_pyfunction!(waiting::as_completed, module)?)?;
    module.add_function(wrap_pyfunction!(floor::_futex_round_trips, module)?)?;
    module.add("ShutDown", module.py().get_type::<error::ShutDown>())?;
    direct::install_all(module.py())?;
    control::register(module)?;
    module.add("Unwind", module.py().get_type::<error::Unwind>())
}
