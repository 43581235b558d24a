//! What nobody sees, so that nothing is proved: what code that is not the program's own does to an object, what changes for the whole
//! process, several steps that are taken as one.
//!
//! The classes whose methods announce what they do are known, and those whose instances never change. An instance of any other class
//! from elsewhere (a connection of `sqlite3`, a `TopologicalSorter`) is a stranger: each use may read it and change it. Where nothing
//! orders the uses of two tasks, the search has proved nothing, and says so.

use super::access::{AddressHasher, hold, hushed, is_hushed};
use super::container::{Container, is_below, is_immutable, sort_of};
use super::function::is_function;
use super::iteration::{containers, is_iterator, referents};
use super::memory::is_memory;
use super::place::{ClassSide, class_attribute, class_side, definer};
use super::{frames, sites, tasks};
use crate::blocking::unwinding;
use crate::error;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyModule, PyString, PyTuple, PyType};
use raddle::engine::explore::{changed, moment, others_live, used};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::OnceLock;

/// So many reasons are told.
const MOST: usize = 4;

/// Attributes that say what an object is or which code it runs: the interpreter reads them, and says nothing.
const DEFINING: [&str; 5] = ["__class__", "__code__", "__defaults__", "__kwdefaults__", "cell_contents"];

/// What a class is called and described as.
const DESCRIBING: [&str; 5] = ["__annotations__", "__doc__", "__module__", "__name__", "__qualname__"];

/// The modules whose classes are no strangers, with those below them.
static KNOWN: OnceLock<HashSet<String>> = OnceLock::new();

/// What a class is to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// All of its code is the program's own, or the interpreter's.
    Own,
    /// Its code announces what it does, or changes nothing.
    Known,
    /// One of the program's own, below a stranger.
    Below,
    Stranger,
}

type Kinds = HashMap<usize, (Py<PyType>, Kind), BuildHasherDefault<AddressHasher>>;

thread_local! {
    /// Why nothing is proved, by what found it and where.
    static REASONS: RefCell<Vec<(&'static str, u32, String)>> = const { RefCell::new(Vec::new()) };
    /// What the execution has learned of classes.
    static KINDS: RefCell<Kinds> = RefCell::default();
    /// Where the strangers were used, by their addresses.
    static USED: RefCell<HashMap<usize, u32>> = RefCell::default();
}

/// Takes note of the modules whose classes are no strangers.
#[pyfunction]
pub(super) fn keep_known(modules: HashSet<String>) -> PyResult<()> {
    KNOWN.set(modules).map_err(|_| error::runtime("the modules were noted before"))
}

/// Nothing is proved: `why` is told once for each finder and site.
fn unproved(finder: &'static str, site: u32, why: impl FnOnce() -> String) {
    let is_told = REASONS.with_borrow(|reasons| {
        reasons.len() == MOST || reasons.iter().any(|(known, at, _)| (*known, *at) == (finder, site))
    });
    if is_told {
        return;
    }
    let why = why();
    REASONS.with_borrow_mut(|reasons| reasons.push((finder, site, why)));
}

/// Why nothing is proved, as far as that was found since this was last asked.
pub(super) fn reasons() -> Vec<String> {
    let mut reasons: Vec<String> = REASONS.take().into_iter().map(|(_, _, why)| why).collect();
    // `with` is two uses at one place.
    reasons.dedup();
    reasons
}

/// Forgets an execution that is over.
pub(super) fn forget() {
    KINDS.take();
    USED.take();
}

/// What is done at a site, and where the program does it.
fn told(site: u32) -> String {
    let here = || Python::attach(|py| hushed(|| frames::here(py))).into_iter().next();
    let called_at = if sites::is_users(site) { None } else { here() };
    let place = called_at.unwrap_or_else(|| sites::frame(site));
    format!("{} at {}:{}", sites::text(site), place.file, place.line)
}

/// The program hands shared state to code that nobody has rewritten: not everything that happens there is announced.
pub(super) fn escapes(site: u32) {
    unproved("escape", site, || {
        format!("what happens to {} in code that is not the program's own is not seen", sites::text(site))
    });
}

/// The access at `site`, which was announced, is several steps in truth: that matters where it is a point.
pub(super) fn blurs(site: u32) {
    if moment(site).is_none() {
        unproved("steps", site, || format!("{} is more than one step, but was taken as one", told(site)));
    }
}

/// Nothing orders what happens, unseen, to what is at this address, and what another task does with it.
pub(super) fn races(owner: usize) {
    match USED.with_borrow(|used| used.get(&owner).copied()) {
        Some(site) => unproved("use", site, || {
            let told = told(site);
            let what = if sites::is_call(site) { format!("{told} does") } else { format!("is done with {told}") };
            format!("what {what} is not seen, and nothing orders it and what another task does to that object")
        }),
        None => unproved("death", 0, || {
            "an object dies that others may find by a weak reference, before or after".to_owned()
        }),
    }
}

/// Whether others may see what the running task does now.
pub(super) fn is_in_company() -> bool {
    tasks::execution().is_some() && !is_hushed() && others_live() && !unwinding()
}

/// The text of a primitive is asked for, which tells of its state: that is no operation of it.
pub(crate) fn shown(object: &Bound<'_, PyAny>) {
    if is_in_company() {
        unproved("text", 0, || {
            let class = object.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
            format!("the text of a {class} tells of its state, which others may change")
        });
    }
}

/// A queue gets another bound, which is no operation of it.
pub(crate) fn bounded() {
    if is_in_company() {
        unproved("bound", 0, || "a queue gets another bound, and whom it lets go on is not seen".to_owned());
    }
}

/// Something that all threads of the process share changes, or is looked at, and who else does that is not seen.
#[pyfunction]
pub(super) fn changes_for_all(site: u32) {
    if is_in_company() {
        unproved("process", site, || {
            format!("{} reads or changes what all threads share, and who else does that is not seen", told(site))
        });
    }
}

/// Code of the standard library uses an object at a site of its own.
#[pyfunction]
pub(super) fn uses(site: u32, object: &Bound<'_, PyAny>) {
    if is_in_company() {
        use_unseen(object, site);
    }
}

/// The program uses an object in company, or an attribute of it.
pub(super) fn meets(object: &Bound<'_, PyAny>, name: Option<&Bound<'_, PyAny>>, site: u32) {
    let class = object.get_type();
    match kind(&class) {
        Kind::Own | Kind::Known => {}
        Kind::Below if name.is_some_and(|name| !is_strangers(&class, name)) => {}
        Kind::Below | Kind::Stranger => use_unseen(object, site),
    }
}

/// Whether what a class has under a name is a stranger's.
fn is_strangers(class: &Bound<'_, PyType>, name: &Bound<'_, PyAny>) -> bool {
    let definer = name.cast::<PyString>().ok().and_then(|name| definer(class, name));
    definer.is_some_and(|definer| kind(&definer) == Kind::Stranger)
}

/// Code that is not the program's own gets hold of an object, and may use that and what is in it.
pub(super) fn hands_over(object: &Bound<'_, PyAny>, site: u32) {
    if is_in_company() {
        // Items may be stored there.
        sites::stores("");
        use_unseen(object, site);
    }
}

/// So many objects one use leads to; a program that hands over more is told that not everything was seen.
const MOST_USED: usize = 1_000_000;

/// An object is used, and what is in it; what a stranger leads to may change by that.
#[cold]
fn use_unseen(object: &Bound<'_, PyAny>, site: u32) {
    let mut known = HashSet::new();
    let mut todo = vec![(object.clone(), true)];
    while let Some((object, is_use)) = todo.pop() {
        let address = object.as_ptr().addr();
        if !known.insert(address) {
            continue;
        }
        if known.len() > MOST_USED || is_memory(&object) {
            return escapes(site);
        }
        let Some((is_used, parts)) = hushed(|| parts(&object)) else { continue };
        if is_used {
            hold(&object);
            USED.with_borrow_mut(|used| used.insert(address, site));
            if is_use { used(address) } else { changed(address) }
        }
        let is_stranger = kind(&object.get_type()) == Kind::Stranger;
        todo.extend(parts.into_iter().map(|part| (part, is_use && !is_stranger)));
    }
}

/// Whether an object can change, and what is in it; none where neither matters.
fn parts<'py>(object: &Bound<'py, PyAny>) -> Option<(bool, Vec<Bound<'py, PyAny>>)> {
    if is_immutable(object) {
        let holds = object.is_instance_of::<PyTuple>() || object.is_instance_of::<PyFrozenSet>();
        return holds.then(|| (false, referents(object).unwrap_or_default()));
    }
    // Classes and modules are found by their names.
    if object.is_instance_of::<PyType>() || object.is_instance_of::<PyModule>() {
        return None;
    }
    let class = object.get_type();
    match kind(&class) {
        // What its own code keeps in it, others may guard.
        Kind::Below => Some((true, Vec::new())),
        Kind::Own | Kind::Known if Container::of(object).is_none() && !is_users(&class) => {
            let mut found = Vec::new();
            containers(object, &mut found).ok()?;
            Some((is_iterator(object), found))
        }
        _ => Some((true, referents(object).unwrap_or_default())),
    }
}

fn kind(class: &Bound<'_, PyType>) -> Kind {
    let address = class.as_ptr().addr();
    if let Some(known) = KINDS.with_borrow(|kinds| kinds.get(&address).map(|(_, kind)| *kind)) {
        return known;
    }
    let foreign = foreign(class);
    let kind = match () {
        () if foreign.is_empty() => Kind::Own,
        () if !foreign.iter().any(|class| is_stranger(class) && !is_part_of_value(class, &foreign)) => Kind::Known,
        () if is_users(class) => Kind::Below,
        () => Kind::Stranger,
    };
    KINDS.with_borrow_mut(|kinds| kinds.insert(address, (class.clone().unbind(), kind)));
    kind
}

/// A class and its bases, without the program's own and the builtins.
fn foreign<'py>(class: &Bound<'py, PyType>) -> Vec<Bound<'py, PyType>> {
    let bases = class.mro().iter().filter_map(|base| base.cast_into::<PyType>().ok()).collect::<Vec<_>>();
    bases.into_iter().filter(|base| !(is_builtin(base) || is_users(base))).collect()
}

fn is_builtin(class: &Bound<'_, PyType>) -> bool {
    let module = class.getattr(intern!(class.py(), "__module__"));
    module.is_ok_and(|module| module.cast::<PyString>().is_ok_and(|module| module == "builtins"))
}

fn is_users(class: &Bound<'_, PyType>) -> bool {
    frames::is_users_class(class)
}

/// Whether the code of a class from elsewhere, apart from that of its bases, is a stranger's.
fn is_stranger(class: &Bound<'_, PyType>) -> bool {
    let module = class.getattr(intern!(class.py(), "__module__")).and_then(|module| module.extract::<String>());
    let Some((known, module)) = KNOWN.get().zip(module.ok()) else { return false };
    let mut above = module.match_indices('.').map(|(end, _)| &module[..end]).chain([&*module]);
    !(above.any(|module| known.contains(module)) || is_value(class) || sort_of(class).is_some())
}

/// Whether it is a base of a class among these whose instances are values.
fn is_part_of_value(base: &Bound<'_, PyType>, classes: &[Bound<'_, PyType>]) -> bool {
    classes.iter().any(|class| is_value(class) && is_below(class, &base.clone().unbind()))
}

/// Whether the instances of a class are values: what is equal by content and can be a key does not change.
fn is_value(class: &Bound<'_, PyType>) -> bool {
    let py = class.py();
    let plain = py.get_type::<PyAny>();
    [intern!(py, "__eq__"), intern!(py, "__hash__")].into_iter().all(|name| {
        let found = class_attribute(class, name).zip(class_attribute(&plain, name));
        found.is_some_and(|(found, plain)| !found.is_none() && !found.is(&plain))
    })
}

/// An attribute is about to be stored or deleted: where code that is not the program's own reads it, nobody sees that.
pub(super) fn replaces(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, site: u32) {
    if is_in_company() && is_read_elsewhere(object, name) {
        unproved("store", site, || {
            format!("{} is changed, and who reads it in code that is not the program's own is not seen", told(site))
        });
    }
}

fn is_read_elsewhere(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    let written = name.to_string_lossy();
    if let Ok(class) = object.cast::<PyType>() {
        let is_special = written.starts_with("__") && written.ends_with("__") && !DESCRIBING.contains(&&*written);
        return is_special || !is_users(class);
    }
    if object.is_instance_of::<PyModule>() {
        let file = object.getattr(intern!(object.py(), "__file__")).and_then(|file| file.extract::<String>());
        return !file.is_ok_and(|file| frames::is_users_file(&file));
    }
    DEFINING.contains(&&*written) || (kind(&object.get_type()) != Kind::Own && is_mentioned(object, name))
}

/// Whether a method that is not the program's own mentions an instance's attribute.
fn is_mentioned(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    let class = object.get_type();
    if matches!(class_side(&class, name), ClassSide::Code) {
        return false;
    }
    let mentions = |function: &Bound<'_, PyAny>| -> PyResult<bool> {
        let py = function.py();
        function.getattr(intern!(py, "__code__"))?.getattr(intern!(py, "co_names"))?.contains(name)
    };
    let in_class = |class: &Bound<'_, PyType>| -> PyResult<bool> {
        let mut methods = class.getattr(intern!(class.py(), "__dict__"))?.call_method0("values")?.try_iter()?;
        Ok(methods.any(|method| method.is_ok_and(|method| is_function(&method) && mentions(&method).unwrap_or(false))))
    };
    foreign(&class).iter().any(|base| in_class(base).unwrap_or(false))
}
