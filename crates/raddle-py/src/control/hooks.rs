//! The hooks, one for each form of access.

use super::access::{announce, announce_after, announce_unsure, exposes, hushed, is_wanted, storing, whole};
use super::announced::{self, Announced, bound_to, calling, given_to, is_stream};
use super::container::{Behind, Code, Container, behind, behind_proxy, code_of, is_immutable};
use super::deaths;
use super::deep::{announce_deep, compares_in_python};
use super::frames;
use super::function::is_function;
use super::given::is_reader;
use super::hook::{Args, Hook, Meets, function};
use super::imports::import;
use super::iteration::{Begin, advance, containers, is_iterator, steps};
use super::place::{
    ClassSide, Place, Scope, asked, attribute, class_attribute, class_side, has_own, inherited_from, is_heap_type,
    is_instance, own_attribute,
};
use super::reference::{Reference, announced_item_reference, announced_reference, attribute_reference, item_reference};
use super::sites::{self, After};
use super::unseen::{blurs, escapes, hands_over, replaces};
use super::{memory, outcome, patches, tasks};
use crate::error;
use pyo3::exceptions::PyAttributeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyCFunction, PyDict, PyDictKeys, PyMappingProxy, PySlice, PyString, PySuper, PyTuple, PyType,
};
use raddle::engine::explore::{How, at_once, doubt, insist, others_live};
use std::cell::RefCell;

/// So many sites of containers a loop has at most; those of further ones count as the last.
const MOST_SITES: usize = 8;

/// All hooks; their numbers are their places.
pub(super) const HOOKS: [Hook; 32] = [
    Hook {
        name: c"__raddle_load__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Attribute(0),
        prepares: false,
        plainly: loaded,
        announce: load,
    },
    Hook {
        name: c"__raddle_store__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Attribute(0),
        prepares: false,
        plainly: stored,
        announce: store,
    },
    Hook {
        name: c"__raddle_delete__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Attribute(0),
        prepares: false,
        plainly: stored,
        announce: store,
    },
    Hook {
        name: c"__raddle_attr_ref__",
        arity: 4..=4,
        site: 2,
        meets: Meets::Attribute(0),
        prepares: false,
        plainly: attribute_reference,
        announce: announced_reference,
    },
    Hook {
        name: c"__raddle_getitem__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Object(0),
        prepares: false,
        plainly: get_item,
        announce: announced_item,
    },
    Hook {
        name: c"__raddle_item_ref__",
        arity: 4..=4,
        site: 2,
        meets: Meets::Object(0),
        prepares: false,
        plainly: item_reference,
        announce: announced_item_reference,
    },
    Hook {
        name: c"__raddle_name__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Nothing,
        prepares: false,
        plainly: yes,
        announce: name,
    },
    Hook {
        name: c"__raddle_value__",
        arity: 4..=4,
        site: 3,
        meets: Meets::Nothing,
        prepares: false,
        plainly: value,
        announce: announced_value,
    },
    Hook {
        name: c"__raddle_name_delete__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Nothing,
        prepares: false,
        plainly: yes,
        announce: name_delete,
    },
    Hook {
        name: c"__raddle_method__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Attribute(0),
        prepares: true,
        plainly: get_attribute,
        announce: method,
    },
    Hook {
        name: c"__raddle_by_name__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Attribute(0),
        prepares: true,
        plainly: get_attribute,
        announce: by_name,
    },
    Hook {
        name: c"__raddle_contains__",
        arity: 3..=3,
        site: 2,
        meets: Meets::Object(1),
        prepares: false,
        plainly: contains,
        announce: announced_contains,
    },
    Hook {
        name: c"__raddle_whole__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Object(0),
        prepares: false,
        plainly: first,
        announce: read_whole,
    },
    Hook {
        name: c"__raddle_held__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Object(0),
        prepares: false,
        plainly: first,
        announce: hold_operand,
    },
    Hook {
        name: c"__raddle_together__",
        arity: 2..=MOST_SITES + 1,
        site: 1,
        meets: Meets::Nothing,
        prepares: false,
        plainly: first,
        announce: read_together,
    },
    Hook {
        name: c"__raddle_each__",
        arity: 2..=MOST_SITES + 1,
        site: 1,
        meets: Meets::Object(0),
        prepares: true,
        plainly: first,
        announce: each,
    },
    Hook {
        name: c"__raddle_iter__",
        arity: 2..=MOST_SITES + 1,
        site: 1,
        meets: Meets::Object(0),
        prepares: true,
        plainly: first,
        announce: begun,
    },
    Hook {
        name: c"__raddle_escape__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Object(0),
        prepares: false,
        plainly: first,
        announce: escape,
    },
    Hook {
        name: c"__raddle_getattr__",
        arity: 3..=4,
        site: 0,
        meets: Meets::Attribute(1),
        prepares: false,
        plainly: builtin_getattr,
        announce: announced_getattr,
    },
    Hook {
        name: c"__raddle_setattr__",
        arity: 4..=4,
        site: 0,
        meets: Meets::Attribute(1),
        prepares: false,
        plainly: builtin_setattr,
        announce: announced_setattr,
    },
    Hook {
        name: c"__raddle_delattr__",
        arity: 3..=3,
        site: 0,
        meets: Meets::Attribute(1),
        prepares: false,
        plainly: builtin_delattr,
        announce: announced_delattr,
    },
    Hook {
        name: c"__raddle_hasattr__",
        arity: 3..=3,
        site: 0,
        meets: Meets::Attribute(1),
        prepares: false,
        plainly: builtin_hasattr,
        announce: announced_hasattr,
    },
    Hook {
        name: c"__raddle_function__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Nothing,
        prepares: true,
        plainly: first,
        announce: announced::function,
    },
    Hook {
        name: c"__raddle_handed__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Nothing,
        prepares: false,
        plainly: first,
        announce: announced::handed,
    },
    Hook {
        name: c"__raddle_change__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Object(0),
        prepares: false,
        plainly: first,
        announce: change,
    },
    Hook {
        name: c"__raddle_kept__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Nothing,
        prepares: false,
        plainly: first,
        announce: kept,
    },
    Hook {
        name: c"__raddle_weak__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Nothing,
        prepares: true,
        plainly: first,
        announce: weakly,
    },
    Hook {
        name: c"__raddle_called__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Object(0),
        prepares: false,
        plainly: first,
        announce: announced::called,
    },
    Hook {
        name: c"__raddle_steps__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Nothing,
        prepares: false,
        plainly: first,
        announce: several_steps,
    },
    Hook {
        name: c"__raddle_used__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Nothing,
        prepares: false,
        plainly: first,
        announce: used,
    },
    Hook {
        name: c"__raddle_target__",
        arity: 2..=2,
        site: 1,
        meets: Meets::Nothing,
        prepares: true,
        plainly: first,
        announce: announced::target,
    },
    Hook {
        name: c"__raddle_import__",
        arity: 4..=4,
        site: 3,
        meets: Meets::Nothing,
        prepares: false,
        plainly: first,
        announce: import,
    },
];

/// Puts the hooks among the builtins.
#[pyfunction]
pub(super) fn install_hooks(builtins: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = builtins.py();
    let functions = [
        function::<0>(py)?,
        function::<1>(py)?,
        function::<2>(py)?,
        function::<3>(py)?,
        function::<4>(py)?,
        function::<5>(py)?,
        function::<6>(py)?,
        function::<7>(py)?,
        function::<8>(py)?,
        function::<9>(py)?,
        function::<10>(py)?,
        function::<11>(py)?,
        function::<12>(py)?,
        function::<13>(py)?,
        function::<14>(py)?,
        function::<15>(py)?,
        function::<16>(py)?,
        function::<17>(py)?,
        function::<18>(py)?,
        function::<19>(py)?,
        function::<20>(py)?,
        function::<21>(py)?,
        function::<22>(py)?,
        function::<23>(py)?,
        function::<24>(py)?,
        function::<25>(py)?,
        function::<26>(py)?,
        function::<27>(py)?,
        function::<28>(py)?,
        function::<29>(py)?,
        function::<30>(py)?,
        function::<31>(py)?,
    ];
    const { assert!(HOOKS.len() == 32, "every hook has a function") };
    for (name, function) in functions {
        builtins.setattr(name, function)?;
    }
    // `vars` gives away an instance's dictionary, as `__dict__` does.
    let plain = builtins.getattr("vars")?.unbind();
    builtins.setattr("vars", wrap_pyfunction!(vars, py)?)?;
    PLAIN_VARS.set(py, plain).map_err(|_| error::runtime("the hooks were installed before"))?;
    builtins.setattr("__raddle_scope__", py.get_type::<Scope>())?;
    builtins.setattr("__raddle_slice__", py.get_type::<PySlice>())
}

static PLAIN_VARS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// vars([object]) -> dictionary
///
/// Without arguments, equivalent to locals().
/// With an argument, equivalent to object.__dict__.
#[pyfunction]
#[pyo3(signature = (*args))]
fn vars<'py>(args: &Bound<'py, PyTuple>) -> Result<'py> {
    let py = args.py();
    let plain = PLAIN_VARS.get(py).ok_or_else(|| error::runtime("the hooks are not installed"))?;
    let found = plain.bind(py).call1(args)?;
    if let Ok(object) = args.get_item(0)
        && tasks::execution().is_some()
        && has_dict(&object)
    {
        exposes(&object, &behind_proxy(&found));
    }
    Ok(found)
}

pub(super) type Result<'py> = PyResult<Bound<'py, PyAny>>;

#[inline]
fn first<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    Ok(args.get(0).clone())
}

#[inline]
fn yes<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    Ok(PyBool::new(args.py(), true).to_owned().into_any())
}

/// Whoever gets hold of an instance's dictionary has it later, too.
#[inline]
fn loaded<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    if args.get(1).is(intern!(args.py(), "__dict__")) && tasks::execution().is_some() {
        announce_dict(args.get(0))?;
    }
    first(args)
}

fn announce_dict(object: &Bound<'_, PyAny>) -> PyResult<()> {
    if has_dict(object) {
        exposes(object, &behind_proxy(&object.getattr(intern!(object.py(), "__dict__"))?));
    }
    Ok(())
}

fn load<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    announce_load(args.get(0), args.name(1)?, site)?;
    first(args)
}

pub(super) fn announce_load(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, site: u32) -> PyResult<()> {
    if name == "__dict__" && has_dict(object) {
        announce_dict(object)?;
        return if sites::swaps_dicts() { announce_attribute(How::Read, object, name, site) } else { Ok(()) };
    }
    announce_attribute(How::Read, object, name, site)
}

/// Whether an object keeps its attributes in a dictionary that the program can ask for.
fn has_dict(object: &Bound<'_, PyAny>) -> bool {
    is_instance(object) || object.is_instance_of::<PyType>()
}

fn stored<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    will_store(args.get(0), args.name(1)?, args.site(2));
    first(args)
}

/// An attribute is about to be stored or deleted, announced or not.
pub(super) fn will_store(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, site: u32) {
    patches::note(object, name);
    replaces(object, name, site);
}

fn store<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    announce_attribute(How::Write, args.get(0), args.name(1)?, site)?;
    stored(args)
}

#[inline]
fn get_attribute<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    args.get(0).getattr(args.name(1)?)
}

#[inline]
fn get_item<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    args.get(0).get_item(args.get(1))
}

fn announced_item<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    announced_getitem(args.get(0), args.get(1), site)
}

/// The variable that a scope and a name mean; no scope means the module of the running function.
fn variable<'py>(scope: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Option<Place<'py>> {
    if let Ok(scope) = scope.cast::<Scope>() {
        return Some(Place::Cell(scope.clone(), name.clone()));
    }
    // SAFETY: the thread is attached; the function returns a reference borrowed from the running frame, or null.
    let globals = unsafe { ffi::PyEval_GetGlobals() };
    // SAFETY: as above.
    let globals = unsafe { Bound::from_borrowed_ptr_or_opt(name.py(), globals) }?;
    Some(Place::Variable(globals.cast_into().ok()?, name.clone()))
}

fn announce_variable(how: How, scope: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, site: u32) -> PyResult<()> {
    variable(scope, name).map_or(Ok(()), |place| announce(how, &place, site))
}

fn name<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    if sites::computes(site) {
        // Whoever finds the result in the cache says nothing: no race would show that others may compute it, too.
        insist(site);
        if others_live() {
            doubt("a cache does not have what it is asked for");
        }
    }
    announce_variable(How::Read, args.get(0), args.name(1)?, site)?;
    yes(args)
}

fn name_delete<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    announce_variable(How::Write, args.get(0), args.name(1)?, site)?;
    yes(args)
}

/// A scope keeps what is stored even where nothing is announced: a report may ask later.
#[inline]
fn value<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    if raddle::engine::kernel::watched()
        && let Ok(scope) = args.get(1).cast::<Scope>()
    {
        scope.get().stored(args.name(2)?, args.get(0));
    }
    first(args)
}

fn announced_value<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let name = args.name(2)?;
    storing(args.get(0), || announce_variable(How::Write, args.get(1), name, site))?;
    value(args)
}

fn method<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    method_of(args.get(0), args.name(1)?, site)
}

/// An object's method, or what announces what it does when it is called.
pub(super) fn method_of<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>, site: u32) -> Result<'py> {
    let py = object.py();
    if memory::is_memory(object) {
        return Announced::to(&object.getattr(name)?, Some(object), name, site);
    }
    let is_made = || is_instance(object) && behind(object).sort().is_none() && code_of(object, name) != Code::Rewritten;
    match &*name.to_string_lossy() {
        // What `dataclass` makes, say: it stores the attributes anew, or reads them.
        "__init__" if is_wanted(site) && is_made() => announce(How::Write, &whole(object), site)?,
        "__repr__" | "__str__" if is_wanted(site) && is_made() => announce_deep(object, After::Text, site)?,
        _ => {}
    }
    if (behind(object).sort().is_none() && !is_iterator(object)) || code_of(object, name) == Code::Rewritten {
        if is_cache(object) && is_wanted(site) && others_live() {
            // Who finds a result in it does so without a word.
            escapes(site);
        }
        if sites::is_named(site) && is_wanted(site) {
            announce_attribute(How::Read, object, name, site)?;
        }
        let found = object.getattr(name)?;
        let inherited = object.is_exact_instance_of::<PySuper>().then(|| bound_to(&found)).flatten();
        return match inherited.filter(|receiver| behind(receiver).sort().is_some()) {
            Some(receiver) => Announced::to(&found, Some(&receiver), name, site),
            None if is_reader(&name.to_string_lossy(), py) => Ok(found),
            None => calling(&found, site),
        };
    }
    let announced = Announced::to(&object.getattr(name)?, Some(object), name, site)?;
    let is_asked = is_stream(object) && !is_reader(&name.to_string_lossy(), py);
    if is_asked { given_to(announced, site) } else { Ok(announced) }
}

/// Whether it is a function with a cache of its results.
fn is_cache(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    class.name().is_ok_and(|name| name == "_lru_cache_wrapper")
}

/// `object.__setattr__` and its kin, which are about to be called.
fn by_name<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let found = get_attribute(args)?;
    let class = found.get_type().name()?;
    match &*class.to_string_lossy() {
        "wrapper_descriptor" => Announced::to(&found, None, args.name(1)?, site),
        "method-wrapper" => Announced::to(&found, bound_to(&found).as_ref(), args.name(1)?, site),
        _ => Ok(found),
    }
}

/// Announces an access of one item of what is behind `object`.
pub(super) fn announce_access(
    how: How,
    behind: Behind<'_>,
    object: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    site: u32,
) -> PyResult<()> {
    let items = behind.items(object, key, how == How::Write);
    items.into_iter().try_for_each(|(container, key)| announce(how, &Place::Item(container, key), site))
}

pub(super) fn announce_items(
    behind: Behind<'_>,
    object: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    mut announce: impl FnMut(&Place<'_>) -> PyResult<()>,
) -> PyResult<()> {
    let items = behind.items(object, key, false);
    items.into_iter().try_for_each(|(container, key)| announce(&Place::Item(container, key)))
}

#[inline]
fn contains<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    let found = args.get(1).contains(args.get(0))?;
    Ok(PyBool::new(args.py(), found).to_owned().into_any())
}

fn announced_contains<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let (item, object) = (args.get(0), args.get(1));
    let py = args.py();
    let behind = behind(object);
    let code = code_of(object, intern!(py, "__contains__"));
    if object.is_instance_of::<PyTuple>() && code == Code::Unseen {
        announce_search(object, item, site)?;
    // A dictionary's values are walked through.
    } else if code == Code::Unseen || (code == Code::Missing && behind.sort().is_some()) {
        let is_keyed = matches!(behind.sort(), Some(Container::Dict | Container::Set));
        let by_key = behind.is_wrapper()
            || Container::of(object).is_some()
            || object.is_instance_of::<PyDictKeys>()
            || object.is_exact_instance_of::<PyMappingProxy>();
        if is_keyed && by_key {
            announce_items(behind, object, item, |place| announce(How::Read, place, site))?;
        } else if matches!(behind.sort(), Some(Container::Dict | Container::Sequence)) {
            announce_search(object, item, site)?;
        } else {
            behind.containers().iter().try_for_each(|container| announce(How::Read, &whole(container), site))?;
        }
    } else if is_iterator(object) {
        consume(object, site)?;
    }
    contains(args)
}

/// Announces that an item is compared with those of a container.
pub(super) fn announce_search(container: &Bound<'_, PyAny>, item: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    announce_deep(item, After::Comparison, site)?;
    announce_deep(container, After::Comparison, site)
}

fn read_whole<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    read_operand(args.get(0), site)?;
    first(args)
}

/// So many operands are kept until others are there.
const MOST_OPERANDS: usize = 1_000;

/// An operand, its site, and the task that is to read it.
type Operand = (Py<PyAny>, u32, usize);

thread_local! {
    /// Operands that are read once the others are there.
    static OPERANDS: RefCell<Vec<Operand>> = const { RefCell::new(Vec::new()) };
}

/// Forgets an execution that is over.
pub(super) fn forget() {
    OPERANDS.take();
}

/// An operand is there that will be read together with others.
fn hold_operand<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let operand = args.get(0);
    if !is_immutable(operand) || operand.is_instance_of::<PyTuple>() {
        OPERANDS.with_borrow_mut(|operands| {
            if operands.len() == MOST_OPERANDS {
                // Somewhere an exception came before the others were there.
                operands.remove(0);
            }
            operands.push((operand.clone().unbind(), site, tasks::index()));
        });
    }
    first(args)
}

/// All operands are there, and are read at once.
fn read_together<'py>(args: &Args<'_, 'py>, _site: u32) -> Result<'py> {
    let me = tasks::index();
    for site in args.sites(1) {
        // Of those that recursion has left, the last.
        let operand = OPERANDS.with_borrow_mut(|operands| {
            let place = operands.iter().rposition(|(_, of, task)| (*of, *task) == (site, me))?;
            Some(operands.remove(place).0)
        });
        if let Some(operand) = operand {
            read_operand(operand.bind(args.py()), site)?;
        }
    }
    first(args)
}

/// Announces that the object is read, by somebody who is after what the site tells.
fn read_operand(object: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    read_after(object, sites::after(site), site)
}

/// Announces that the object is read, by somebody who is after this.
pub(super) fn read_after(object: &Bound<'_, PyAny>, after: After, site: u32) -> PyResult<()> {
    // In which order an iterator yields what it does can be in what it yields: `sorted(enumerate(stock))`.
    let is_itself = || behind(object).sort().is_some();
    match after {
        After::Truth | After::Length => announce_whole_after(How::Read, object, site, after)?,
        // Most operands are numbers.
        After::Content | After::Sum | After::Pairs if is_immutable(object) => {}
        After::Sum if is_itself() => announce_whole_after(How::Read, object, site, after)?,
        After::Pairs if behind(object).sort() == Some(Container::Sequence) => announce_deep(object, After::Copy, site)?,
        After::Content | After::Sum | After::Pairs => consume(object, site)?,
        After::Sorted | After::Truths if is_iterator(object) => {
            consume(object, site)?;
            announce_deep(object, if after == After::Sorted { After::Ranking } else { after }, site)?;
        }
        After::Sorted if !is_itself() => announce_deep(object, After::Ranking, site)?,
        _ => announce_deep(object, after, site)?,
    }
    Ok(())
}

/// Announces that a container is walked through in one go; an iterator or a stream moves on.
pub(super) fn consume(object: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    if memory::is_memory(object) {
        return memory::announce_all(How::Read, object, site);
    }
    // All of it happens at once; more depends on who comes first to what is changed.
    if is_iterator(object) {
        advance(object, site)?;
    } else if Container::of(object) == Some(Container::Stream) {
        announce(How::Write, &Place::Whole(object.clone()), site)?;
    }
    announce_whole_after(How::Read, object, site, After::Content)
}

/// A loop is about to walk through the object.
fn each<'py>(args: &Args<'_, 'py>, _site: u32) -> Result<'py> {
    steps(args.get(0), &args.sites(1), Begin::AtTheFirstStep)
}

/// As `each`, where the iterator is made before the loop begins.
fn begun<'py>(args: &Args<'_, 'py>, _site: u32) -> Result<'py> {
    steps(args.get(0), &args.sites(1), Begin::Now)
}

/// An operator is about to change a container in place, whoever else has it.
fn change<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let loaded = args.get(0).cast::<Reference>().ok().map(|reference| reference.get().take_loaded(args.py()));
    let object = loaded.as_ref().map_or(Some(args.get(0)), Option::as_ref);
    if let Some(object) = object.filter(|object| !is_immutable(object)) {
        announce_whole(How::Write, object, site)?;
        // A `Counter` does so in Python code.
        let written = class_attribute(&object.get_type(), intern!(args.py(), "__iadd__"));
        let in_python = written.is_some_and(|found| is_function(&found) && !frames::is_users(&found));
        if in_python || (sites::orders(site) && compares_in_python(object, intern!(args.py(), "__lt__"))) {
            blurs(site);
        }
    }
    first(args)
}

/// A test is made, or a value found for it.
fn kept<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    outcome::keep(site, args.get(0));
    first(args)
}

/// A weak reference was made.
fn weakly<'py>(args: &Args<'_, 'py>, _site: u32) -> Result<'py> {
    if tasks::execution().is_some() {
        deaths::watch(args.get(0));
    }
    first(args)
}

/// What was announced as one read is several in truth: functions of the program's own are called in between.
fn used<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    hands_over(args.get(0), site);
    first(args)
}

/// What was read as one may have been several reads.
fn several_steps<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    blurs(site);
    first(args)
}

fn escape<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    may_change(args.get(0), site)?;
    first(args)
}

/// Code that nobody has rewritten gets hold of the object, and may change it.
pub(super) fn may_change(object: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    let items = behind(object);
    let changed = match items.sort() {
        Some(_) => items.containers(),
        None if frames::is_users_class(&object.get_type()) => vec![object.clone()],
        None => Vec::new(),
    };
    changed.iter().try_for_each(|changed| announce_unsure(changed, site))?;
    hands_over(object, site);
    Ok(())
}

fn builtin_getattr<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    let (object, name) = (args.get(1), named(args, "getattr")?);
    if name == "__dict__" && tasks::execution().is_some() {
        announce_dict(object)?;
    }
    match (object.getattr(name), args.try_get(3)) {
        (Err(e), Some(default)) if e.is_instance_of::<PyAttributeError>(args.py()) => Ok(default.clone()),
        (found, _) => found,
    }
}

fn announced_getattr<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    announce_asked_for(args.get(1), named(args, "getattr")?, site)?;
    builtin_getattr(args)
}

fn builtin_setattr<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    let name = named(args, "setattr")?;
    will_store(args.get(1), name, args.site(0));
    args.get(1).setattr(name, args.get(3))?;
    Ok(args.py().None().into_bound(args.py()))
}

fn announced_setattr<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let name = named(args, "setattr")?;
    sites::stores(&name.to_string_lossy());
    announce_attribute(How::Write, args.get(1), name, site)?;
    builtin_setattr(args)
}

fn builtin_delattr<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    let name = named(args, "delattr")?;
    will_store(args.get(1), name, args.site(0));
    args.get(1).delattr(name)?;
    Ok(args.py().None().into_bound(args.py()))
}

fn announced_delattr<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let name = named(args, "delattr")?;
    sites::stores(&name.to_string_lossy());
    announce_attribute(How::Write, args.get(1), name, site)?;
    builtin_delattr(args)
}

fn builtin_hasattr<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    let found = match args.get(1).getattr(named(args, "hasattr")?) {
        Ok(_) => true,
        Err(e) if e.is_instance_of::<PyAttributeError>(args.py()) => false,
        Err(e) => return Err(e),
    };
    Ok(PyBool::new(args.py(), found).to_owned().into_any())
}

fn announced_hasattr<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    announce_asked_for(args.get(1), named(args, "hasattr")?, site)?;
    builtin_hasattr(args)
}

/// The name that one of the builtins was given, with the builtin's own complaint where it is none.
fn named<'a, 'py>(args: &Args<'a, 'py>, builtin: &str) -> PyResult<&'a Bound<'py, PyString>> {
    let given = args.get(2);
    given.cast().map_err(|_| {
        let class = given.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
        pyo3::exceptions::PyTypeError::new_err(match builtin {
            "setattr" | "delattr" | "getattr" | "hasattr" => format!("attribute name must be string, not '{class}'"),
            _ => class,
        })
    })
}

/// Announces an access of an attribute, wherever lookup finds it.
pub(super) fn announce_attribute(
    how: How,
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    site: u32,
) -> PyResult<()> {
    if memory::announce_attribute(how, object, name, site)? {
        return Ok(());
    }
    let Some(place) = attribute(object, name) else {
        if is_opaque(object) {
            return announce(how, &Place::Attribute(object.clone(), name.clone()), site);
        }
        let Ok(outer) = object.cast_exact::<PySuper>() else { return Ok(()) };
        return announce_asked(inherited_from(outer, name)?, name, site);
    };
    if sites::swaps_dicts() && name == "__dict__" {
        return announce(how, &place, site);
    }
    if let Ok(class) = object.cast::<PyType>() {
        announce(how, &place, site)?;
        if how == How::Write || own_attribute(class, name).is_some() {
            return Ok(());
        }
        return announce_asked(asked(class.mro().iter().skip(1), name), name, site);
    }
    if !matches!(place, Place::Attribute(..)) {
        return announce(how, &place, site);
    }
    match class_side(&object.get_type(), name) {
        // The class decides which code runs.
        ClassSide::Code if !is_opaque(object) => {
            announce_asked(asked(object.get_type().mro().iter(), name), name, site)
        }
        ClassSide::Code | ClassSide::Silent => announce(how, &place, site),
        ClassSide::Value(_) if how == How::Write => announce(how, &place, site),
        ClassSide::Value(found) => {
            announce(how, &place, site)?;
            // A method is looked up on the class again and again; the instance's dictionary is not asked for, which would make one.
            let shared = is_function(&found) || !has_own(object, name);
            if !shared {
                return Ok(());
            }
            announce_inherited(&place, &object.get_type(), name, site)
        }
    }
}

/// Announces that a name is looked for in these classes.
fn announce_asked(classes: Vec<Bound<'_, PyType>>, name: &Bound<'_, PyString>, site: u32) -> PyResult<()> {
    let mut places = classes.into_iter().map(|class| Place::Attribute(class.into_any(), name.clone()));
    places.try_for_each(|place| announce(How::Read, &place, site))
}

/// Announces that what an instance does not have itself is looked for in its classes.
fn announce_inherited(
    place: &Place<'_>,
    class: &Bound<'_, PyType>,
    name: &Bound<'_, PyString>,
    site: u32,
) -> PyResult<()> {
    announce_asked(asked(class.mro().iter(), name), name, site)?;
    if sites::is_asked(site) {
        // Whoever asks again looks at the instance first.
        outcome::read(place, site);
    }
    Ok(())
}

/// Announces that somebody asks for an attribute that may be missing: then it is looked for in all classes, too.
fn announce_asked_for(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, site: u32) -> PyResult<()> {
    announce_load(object, name, site)?;
    let class = object.get_type();
    let is_missing = || !has_own(object, name) && class_attribute(&class, name).is_none();
    match attribute(object, name) {
        Some(place) if !object.is_instance_of::<PyType>() && is_missing() => {
            announce_inherited(&place, &class, name, site)
        }
        _ => Ok(()),
    }
}

/// Whether compiled code keeps what the object is about: any of its methods may change any of its attributes.
fn is_opaque(object: &Bound<'_, PyAny>) -> bool {
    Container::of(object) == Some(Container::Stream) || is_iterator(object)
}

/// Announces an access of an item.
pub(super) fn announce_item(how: How, container: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    let py = container.py();
    if is_immutable(container) || container.is_instance_of::<PyType>() {
        return Ok(());
    }
    if memory::is_memory(container) {
        return memory::announce_item(how, container, key, site);
    }
    let container = &behind_proxy(container);
    let method = match how {
        How::Read => intern!(py, "__getitem__"),
        How::Write => intern!(py, "__setitem__"),
    };
    if code_of(container, method) != Code::Unseen {
        return Ok(());
    }
    if Container::of(container).is_some() {
        return announce(how, &Place::Item(container.clone(), key.clone()), site);
    }
    let behind = behind(container);
    if behind.sort().is_none() {
        return announce(how, &Place::Item(container.clone(), key.clone()), site);
    }
    announce_access(how, behind, container, key, site)
}

/// Reads an item, announced; a `defaultdict` makes it where there is none.
pub(super) fn announced_getitem<'py>(container: &Bound<'py, PyAny>, key: &Bound<'py, PyAny>, site: u32) -> Result<'py> {
    let factory = factory_of(container)?;
    let place = Place::Item(container.clone(), key.clone());
    let holds = |dict: &Bound<'_, PyDict>| dict.get_item(key).is_ok_and(|found| found.is_some());
    let is_missing = || hushed(|| container.cast::<PyDict>().is_ok_and(|dict| !holds(dict)));
    let made_at_once = factory.as_ref().is_some_and(|factory| !runs_python(factory));
    let makes = made_at_once && is_missing();
    if makes {
        announce(How::Write, &place, site)?;
    }
    announce_item(How::Read, container, key, site)?;
    let Some(factory) = factory.filter(|_| !makes && is_missing()) else { return container.get_item(key) };
    if made_at_once {
        announce(How::Write, &place, site)?;
        return container.get_item(key);
    }
    // As the interpreter does it: what another task has put there meanwhile is replaced.
    let made = factory.call0()?;
    let _at_once = at_once();
    announce(How::Write, &place, site)?;
    container.set_item(key, &made)?;
    Ok(made)
}

/// Announces that a `defaultdict` makes an item where there is none that is read by code that nobody has rewritten.
pub(super) fn announce_made(container: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    let Some(factory) = factory_of(container)? else { return Ok(()) };
    if hushed(|| container.contains(key).unwrap_or(true)) {
        return Ok(());
    }
    if runs_python(&factory) {
        // It runs between the two.
        blurs(site);
    }
    announce(How::Write, &Place::Item(container.clone(), key.clone()), site)
}

/// What makes the items that a `defaultdict` does not have.
fn factory_of<'py>(container: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    static MISSING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = container.py();
    if container.is_exact_instance_of::<PyDict>() || !container.is_instance_of::<PyDict>() {
        return Ok(None);
    }
    let name = intern!(py, "__missing__");
    let missing = MISSING
        .get_or_try_init(py, || py.import("collections")?.getattr("defaultdict")?.getattr(name).map(Bound::unbind))?;
    let is_its_own = class_attribute(&container.get_type(), name).is_some_and(|found| found.is(missing.bind(py)));
    if !is_its_own || code_of(container, intern!(py, "__getitem__")) != Code::Unseen {
        return Ok(None);
    }
    Ok(Some(container.getattr(intern!(py, "default_factory"))?).filter(|factory| !factory.is_none()))
}

/// Whether calling it runs Python code, so that other threads may come in between.
pub(super) fn runs_python(callable: &Bound<'_, PyAny>) -> bool {
    let py = callable.py();
    let Ok(class) = callable.cast::<PyType>() else {
        return !callable.is_instance_of::<PyCFunction>();
    };
    // Classes that are Python code in plain Python, but for the lock.
    let offered = class.module().is_ok_and(|module| module == "threading" || module == "queue");
    let written = |name| class_attribute(class, name).is_some_and(|found| !is_compiled(&found));
    is_heap_type(class) && (offered || written(intern!(py, "__new__")) || written(intern!(py, "__init__")))
}

fn is_compiled(method: &Bound<'_, PyAny>) -> bool {
    let kind = method.get_type();
    !is_function(method) && kind.name().is_ok_and(|name| name != "staticmethod")
}

/// Announces an access of all of a container.
pub(super) fn announce_whole(how: How, object: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    announce_whole_after(how, object, site, sites::after(site))
}

/// Announces an access of all of a container by somebody who is after this in it.
pub(super) fn announce_whole_after(how: How, object: &Bound<'_, PyAny>, site: u32, after: After) -> PyResult<()> {
    let mut found = Vec::new();
    containers(object, &mut found)?;
    if found.is_empty() && !asks(object, after) {
        // Whoever does not walk through it does not ask how its class does that.
        found = behind(object).containers();
    }
    found.iter().try_for_each(|container| announce_after(how, &whole(container), site, after))
}

/// Whether somebody who is after this in a container asks code of the user's for it.
pub(super) fn asks(object: &Bound<'_, PyAny>, after: After) -> bool {
    let py = object.py();
    let asked: &[&Bound<'_, PyString>] = match after {
        After::Length => &[intern!(py, "__len__")],
        After::Truth => &[intern!(py, "__bool__"), intern!(py, "__len__")],
        After::Text => &[intern!(py, "__format__"), intern!(py, "__str__"), intern!(py, "__repr__")],
        After::Comparison => &[intern!(py, "__eq__")],
        _ => return true,
    };
    asked.iter().any(|name| code_of(object, name) == Code::Rewritten)
}
