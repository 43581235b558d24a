//! What callables that are not the program's own do with what they are given, where the source does not say which ones they are.

use super::access::{AddressHasher, announce, hushed, whole};
use super::announced;
use super::container::behind;
use super::deep::{announce_deep, compares_in_python};
use super::frames;
use super::function::is_function;
use super::hooks::{consume, may_change, runs_python};
use super::place::class_attribute;
use super::sites::{self, After};
use super::tasks;
use super::unseen::{blurs, changes_for_all, hands_over};
use crate::error;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyDict, PyTuple, PyType};
use raddle::engine::explore::How;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

/// What is done with what is given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Treatment {
    /// It is read, by somebody who is after this in it.
    Reads(After),
    /// What comes first is changed in one go, the others are kept.
    Changes,
    /// Nobody knows: it may be changed.
    Uses,
    /// Something else is shown or changed, which all threads share.
    ForAll,
}

/// Finds out what a callable does: a word for it, and what it is after.
static GIVEN: PyOnceLock<Given> = PyOnceLock::new();

struct Given {
    treats: Py<PyAny>,
    /// Methods whose arguments are announced wherever they are called by name.
    readers: HashSet<String>,
    /// Where threads call what they were given.
    site: u32,
}

/// What is known of callables; none of those that share code with others that do something else.
type Known = HashMap<usize, (Py<PyAny>, Option<Option<Treatment>>), BuildHasherDefault<AddressHasher>>;

thread_local! {
    /// What the execution has learned of callables and of code, by their addresses.
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// Takes note of who knows what callables do with what they are given, of the methods for which that was done already, and of the
/// place where threads call what they were given.
#[pyfunction]
pub(super) fn keep_given(py: Python<'_>, treats: Py<PyAny>, readers: HashSet<String>, site: u32) -> PyResult<()> {
    GIVEN.set(py, Given { treats, readers, site }).map_err(|_| error::runtime("what callables do was noted before"))
}

/// Forgets an execution that is over.
pub(super) fn forget() {
    KNOWN.take();
}

/// A callable that a thread will call, or what announces what it does.
pub(crate) fn calling<'py>(callable: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match GIVEN.get(callable.py()).filter(|_| tasks::execution().is_some()) {
        Some(given) => announced::calling(callable, given.site),
        None => Ok(callable.clone()),
    }
}

/// Whether what is given to a method of this name is announced wherever it is called by that.
pub(super) fn is_reader(method: &str, py: Python<'_>) -> bool {
    GIVEN.get(py).is_some_and(|given| given.readers.contains(method))
}

/// What calling it does with what it is given; none where that is nothing, or it announces that itself.
pub(super) fn treatment(callable: &Bound<'_, PyAny>) -> PyResult<Option<Treatment>> {
    let py = callable.py();
    if let Some(plain) = announced::plain(callable) {
        return treatment(&plain);
    }
    if is_function(callable) {
        // Functions may come and go, and what they hold with them; their code stays.
        let code = callable.getattr(intern!(py, "__code__"))?;
        if frames::is_users(callable) {
            return Ok(None);
        }
        let found = known(&code, || match callable.hasattr(intern!(py, "__wrapped__"))? {
            true => Ok(None),
            false => ask(callable).map(Some),
        })?;
        return found.map_or_else(|| hushed(|| ask(callable)), Ok);
    }
    let class = callable.get_type();
    let name = class.name()?;
    match &*name.to_string_lossy() {
        "method" => return treatment(&callable.getattr(intern!(py, "__func__"))?),
        "partial" => return treatment(&callable.getattr(intern!(py, "func"))?),
        "builtin_function_or_method" | "builtin_method" | "method-wrapper" => {
            let receiver = callable.getattr(intern!(py, "__self__"))?;
            let name = callable.getattr(intern!(py, "__name__"))?;
            let found = class_attribute(&receiver.get_type(), name.cast()?).unwrap_or_else(|| callable.clone());
            return learned(&found, &found);
        }
        _ => {}
    }
    if callable.is_instance_of::<PyType>() {
        return learned(callable, callable);
    }
    let written = class_attribute(&class, intern!(py, "__call__"));
    match written.filter(|written| !is_function(written) || !frames::is_users(written)) {
        Some(_) => learned(class.as_any(), callable),
        None => Ok(None),
    }
}

/// What a callable does, by what is known of it or of its class.
fn learned(key: &Bound<'_, PyAny>, callable: &Bound<'_, PyAny>) -> PyResult<Option<Treatment>> {
    Ok(known(key, || ask(callable).map(Some))?.flatten())
}

/// What is known of something, or what is found out now.
fn known(
    key: &Bound<'_, PyAny>,
    find: impl FnOnce() -> PyResult<Option<Option<Treatment>>>,
) -> PyResult<Option<Option<Treatment>>> {
    let address = key.as_ptr().addr();
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&address).map(|(_, treatment)| *treatment)) {
        return Ok(known);
    }
    let found = hushed(find)?;
    KNOWN.with_borrow_mut(|known| known.insert(address, (key.clone().unbind(), found)));
    Ok(found)
}

fn ask(callable: &Bound<'_, PyAny>) -> PyResult<Option<Treatment>> {
    let Some(given) = GIVEN.get(callable.py()) else { return Ok(None) };
    let (word, sought): (String, String) = given.treats.bind(callable.py()).call1((callable,))?.extract()?;
    Ok(match &*word {
        "reads" => Some(Treatment::Reads(After::named(&sought))),
        "changes" => Some(Treatment::Changes),
        "writes" => Some(Treatment::Uses),
        "for all" => Some(Treatment::ForAll),
        _ => None,
    })
}

/// Whether it is a function or a class that runs code of the program's own.
pub(super) fn runs_own(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    if let Some(plain) = announced::plain(given) {
        return runs_own(&plain);
    }
    if let Ok(class) = given.cast::<PyType>() {
        return Ok(frames::is_users_class(class) || runs_python(given));
    }
    Ok(given.is_callable() && !given.is_instance_of::<PyCFunction>() && treatment(given)?.is_none())
}

/// Announces what a call is about to do with what it is given.
pub(super) fn announce_given(
    callable: &Bound<'_, PyAny>,
    treatment: Treatment,
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
    site: u32,
) -> PyResult<()> {
    let py = callable.py();
    let mut given = Vec::new();
    if callable.get_type().name()?.to_string_lossy() == "partial"
        && let Ok(kept) = callable.getattr(intern!(py, "args"))
        && let Ok(named) = callable.getattr(intern!(py, "keywords"))
    {
        given.extend(kept.cast::<PyTuple>()?);
        given.extend(named.cast::<PyDict>()?.values());
    }
    given.extend(args);
    given.extend(kwargs.into_iter().flat_map(|kwargs| kwargs.values()));
    if let Treatment::Changes | Treatment::Reads(After::Copy) = treatment {
        // Where functions of the program's own are called in between, it is several steps.
        let own = given.iter().map(runs_own).collect::<PyResult<Vec<_>>>()?;
        given.iter().filter(|_| own.contains(&true)).for_each(|given| hands_over(given, site));
    }
    let mut given = given.iter().filter(|given| !given.is_instance_of::<PyCFunction>());
    match treatment {
        Treatment::Reads(After::Content) => given.try_for_each(|given| consume(given, site)),
        Treatment::Reads(after) => given.try_for_each(|given| announce_deep(given, after, site)),
        Treatment::Changes => {
            let first = given.next();
            let containers = first.map_or_else(Vec::new, |first| behind(first).containers());
            sites::stores("");
            if first.is_some_and(|first| compares_in_python(first, intern!(py, "__lt__"))) {
                blurs(site);
            }
            containers.iter().try_for_each(|container| announce(How::Write, &whole(container), site))
        }
        Treatment::Uses => given.try_for_each(|given| may_change(given, site)),
        Treatment::ForAll => {
            changes_for_all(site);
            Ok(())
        }
    }
}
