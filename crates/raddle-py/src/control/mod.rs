//! Control: an unmodified program whose every shared operation the engine decides.
//!
//! `raddle._control.install` puts what is here in the place of the interpreter's own; the launcher runs the program; the engine
//! calls back through [`front`]. Outside of executions everything here does what the interpreter's own would.

pub(crate) mod access;
mod alarm;
mod announced;
mod clock;
mod command;
mod container;
mod deaths;
mod deep;
mod failure;
mod fiber;
mod frames;
mod front;
mod function;
mod generators;
pub(crate) mod given;
mod hook;
mod hooks;
mod imports;
mod iteration;
mod local;
mod memory;
mod names;
mod native;
mod order;
mod outcome;
mod outside;
mod patches;
mod place;
mod quiet;
mod reference;
pub(crate) mod sites;
pub(crate) mod tasks;
mod thread;
pub(crate) mod unasked;
pub(crate) mod unseen;
mod value;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Puts the submodule `control` into the extension module.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let control = PyModule::new(py, "raddle._raddle.control")?;
    control.add_class::<thread::ThreadHandle>()?;
    control.add_class::<local::Local>()?;
    control.add("QuietLock", py.get_type::<quiet::QuietLock>())?;
    control.add("QuietRLock", py.get_type::<quiet::QuietRLock>())?;
    let functions = [
        wrap_pyfunction!(keep_natives, &control)?,
        wrap_pyfunction!(thread::adopt_threading, &control)?,
        wrap_pyfunction!(thread::started, &control)?,
        wrap_pyfunction!(thread::list_threads, &control)?,
        wrap_pyfunction!(thread::start_new_thread, &control)?,
        wrap_pyfunction!(thread::start_joinable_thread, &control)?,
        wrap_pyfunction!(thread::make_thread_handle, &control)?,
        wrap_pyfunction!(thread::set_sentinel, &control)?,
        wrap_pyfunction!(thread::shutdown, &control)?,
        wrap_pyfunction!(thread::get_ident, &control)?,
        wrap_pyfunction!(thread::get_native_id, &control)?,
        wrap_pyfunction!(thread::get_main_thread_ident, &control)?,
        wrap_pyfunction!(thread::thread_count, &control)?,
        wrap_pyfunction!(thread::set_name, &control)?,
        wrap_pyfunction!(clock::sleep, &control)?,
        wrap_pyfunction!(clock::monotonic, &control)?,
        wrap_pyfunction!(clock::monotonic_ns, &control)?,
        wrap_pyfunction!(clock::perf_counter, &control)?,
        wrap_pyfunction!(clock::perf_counter_ns, &control)?,
        wrap_pyfunction!(clock::process_time, &control)?,
        wrap_pyfunction!(clock::process_time_ns, &control)?,
        wrap_pyfunction!(clock::thread_time, &control)?,
        wrap_pyfunction!(clock::thread_time_ns, &control)?,
        wrap_pyfunction!(clock::time, &control)?,
        wrap_pyfunction!(clock::time_ns, &control)?,
        wrap_pyfunction!(hooks::install_hooks, &control)?,
        wrap_pyfunction!(access::access, &control)?,
        wrap_pyfunction!(unseen::changes_for_all, &control)?,
        wrap_pyfunction!(unseen::keep_known, &control)?,
        wrap_pyfunction!(unseen::uses, &control)?,
        wrap_pyfunction!(announced::keep_functions, &control)?,
        wrap_pyfunction!(given::keep_given, &control)?,
        wrap_pyfunction!(deaths::dies, &control)?,
        wrap_pyfunction!(container::keep_classes, &control)?,
        wrap_pyfunction!(container::keep_opaque, &control)?,
        wrap_pyfunction!(iteration::keep_iterators, &control)?,
        wrap_pyfunction!(memory::keep_data, &control)?,
        wrap_pyfunction!(sites::next_site, &control)?,
        wrap_pyfunction!(sites::add_sites, &control)?,
        wrap_pyfunction!(frames::add_file, &control)?,
        wrap_pyfunction!(frames::is_users_file, &control)?,
        wrap_pyfunction!(failure::uncaught, &control)?,
        wrap_pyfunction!(outcome::keep_outcome, &control)?,
        wrap_pyfunction!(outside::outside, &control)?,
        wrap_pyfunction!(outside::end_execution, &control)?,
        wrap_pyfunction!(outside::in_execution, &control)?,
        wrap_pyfunction!(outside::is_main_task, &control)?,
        wrap_pyfunction!(outside::is_alone, &control)?,
        wrap_pyfunction!(outside::has_company, &control)?,
        wrap_pyfunction!(patches::take_patches, &control)?,
        wrap_pyfunction!(outside::is_over, &control)?,
        wrap_pyfunction!(names::object_number, &control)?,
        wrap_pyfunction!(crate::name::named_objects, &control)?,
        wrap_pyfunction!(alarm::interrupted, &control)?,
        wrap_pyfunction!(alarm::listen_to_signals, &control)?,
        wrap_pyfunction!(command::command, &control)?,
        wrap_pyfunction!(command::keep_output, &control)?,
        wrap_pyfunction!(command::explore_launched, &control)?,
    ];
    for function in functions {
        control.add_function(function)?;
    }
    module.add("control", control)
}

/// Keeps what stands in the places that control is about to take.
#[pyfunction]
fn keep_natives(functions: Bound<'_, PyDict>) -> PyResult<()> {
    if let Some(local) = functions.get_item("_local")? {
        local::keep_native(&local);
    }
    native::keep(functions)
}
