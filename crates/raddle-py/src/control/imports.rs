//! Imports of the program's own modules: whichever task comes first runs a module's code, and the others find it there.
//!
//! That a task imports a module which some task loads while others live is announced as a write, once for each task.

use super::access::announce;
use super::hook::Args;
use super::hooks::Result;
use super::place::Place;
use super::tasks;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use raddle::engine::explore::How;
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    /// The modules that are loaded in company, and the tasks that have imported each.
    static LOADED: RefCell<HashMap<String, Vec<usize>>> = RefCell::default();
}

/// Forgets an execution that is over.
pub(super) fn forget() {
    LOADED.take();
}

/// A module is about to be imported, and perhaps one that is in it, for a name.
pub(super) fn import<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let py = args.py();
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?.cast_into::<PyDict>()?;
    if let Some(name) = absolute(args)? {
        let package = modules.get_item(&name)?;
        announce_import(&modules, &name, package.is_some(), site)?;
        if let (Some(package), Ok(part)) = (package, args.get(2).cast::<PyString>()) {
            // Anything else is no module, or was loaded before.
            let inner = format!("{name}.{part}");
            let is_loaded = modules.contains(&inner)? || package.hasattr(part)?;
            announce_import(&modules, &inner, is_loaded, site)?;
        }
    }
    Ok(args.get(0).clone())
}

/// The whole name of the module, which may be given from the running one on.
fn absolute(args: &Args<'_, '_>) -> PyResult<Option<String>> {
    let (name, level) = (args.name(0)?.to_string(), args.get(1).extract::<usize>()?);
    if level == 0 {
        return Ok(Some(name));
    }
    let py = args.py();
    let globals = py.import(intern!(py, "sys"))?.call_method1(intern!(py, "_getframe"), (0,))?.getattr("f_globals")?;
    let package = globals.cast::<PyDict>()?.get_item(intern!(py, "__package__"))?;
    let Some(package) = package.and_then(|package| package.extract::<String>().ok()) else { return Ok(None) };
    let outer = package.rsplitn(level, '.').last().unwrap_or_default().to_owned();
    Ok(Some(if name.is_empty() { outer } else { format!("{outer}.{name}") }))
}

fn announce_import(modules: &Bound<'_, PyDict>, name: &str, is_loaded: bool, site: u32) -> PyResult<()> {
    let me = tasks::index();
    let is_first = LOADED.with_borrow_mut(|loaded| {
        if is_loaded && !loaded.contains_key(name) {
            return false;
        }
        let importers = loaded.entry(name.to_owned()).or_default();
        let is_first = !importers.contains(&me);
        importers.extend(is_first.then_some(me));
        is_first
    });
    if !is_first {
        return Ok(());
    }
    let place = Place::Item(modules.clone().into_any(), PyString::new(modules.py(), name).into_any());
    announce(How::Write, &place, site)
}
