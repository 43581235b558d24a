//! Places: what an access is an access of, the same however the program spells it.
//!
//! | written | owner | member |
//! |---|---|---|
//! | `account.value`, `setattr(account, "value", 1)`, `vars(account)["value"]` | the account | "value" |
//! | `total` (a global), `module.total`, `globals()["total"]` | the module's dictionary | "total" |
//! | a variable of an enclosing function | that call's scope | its name |
//! | `stock["apple"]`, `"apple" in stock` | the dictionary | "apple" |
//! | `items[-1]` | the list | the index from the front |
//! | `for item in items`, `items.append(1)` | the list | all of it |
//! | `len(items)`, `if items:` | the list | how many there are, which changes with all of it |

use super::access::Held;
use super::container::Container;
use super::function::is_function;
use super::outcome::{lasting, truth};
use super::value;
use crate::symbol::Symbol;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyModule, PyString, PySuper, PyTuple, PyType};
use raddle::engine::explore::{Member, recording};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;

/// A value as far as it can be kept, its address, and where a report is made, as people read it.
type Stored = (Option<Held>, usize, Option<String>);

/// The variables of one call that inner functions share: a fresh one for each call.
#[pyclass(frozen, module = "raddle._raddle")]
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// What was stored last under each name.
    values: Mutex<HashMap<String, Stored>>,
}

#[pymethods]
impl Scope {
    #[new]
    fn new() -> Self {
        Scope::default()
    }
}

impl Scope {
    /// Takes note of a store.
    pub(super) fn stored(&self, name: &Bound<'_, PyString>, stored: &Bound<'_, PyAny>) {
        let seen = (lasting(stored), stored.as_ptr().addr(), recording().then(|| value::shortened(stored)));
        let mut values = self.values.lock().unwrap_or_else(|e| e.into_inner());
        values.insert(name.to_string_lossy().into_owned(), seen);
    }

    fn now<'py>(&self, name: &Bound<'py, PyString>) -> Now<'py> {
        let values = self.values.lock().unwrap_or_else(|e| e.into_inner());
        match values.get(&*name.to_string_lossy()) {
            Some((Some(held), ..)) => held.get(name.py()).map_or(Now::Unknown, Now::Is),
            Some((None, ..)) => Now::Something,
            None => Now::Unknown,
        }
    }

    fn holds(&self, name: &Bound<'_, PyString>, value: &Bound<'_, PyAny>) -> bool {
        let values = self.values.lock().unwrap_or_else(|e| e.into_inner());
        // What was stored last is alive, and so is the value.
        values.get(&*name.to_string_lossy()).is_some_and(|(_, address, _)| *address == value.as_ptr().addr())
    }

    fn shown(&self, name: &Bound<'_, PyString>) -> Option<String> {
        let values = self.values.lock().unwrap_or_else(|e| e.into_inner());
        values.get(&*name.to_string_lossy())?.2.clone()
    }
}

/// What an access is an access of.
#[derive(Clone, Debug)]
pub(super) enum Place<'py> {
    /// An attribute of an object.
    Attribute(Bound<'py, PyAny>, Bound<'py, PyString>),
    /// A variable of a module, by the module's dictionary.
    Variable(Bound<'py, PyDict>, Bound<'py, PyString>),
    /// A variable of an enclosing function.
    Cell(Bound<'py, Scope>, Bound<'py, PyString>),
    /// One item of a container.
    Item(Bound<'py, PyAny>, Bound<'py, PyAny>),
    /// All of a container.
    Whole(Bound<'py, PyAny>),
}

/// A [`Place`] that is kept without keeping its owner alive.
#[derive(Debug)]
pub(super) enum Kept {
    Attribute(Py<PyString>),
    Variable(Py<PyString>),
    Cell(Py<PyString>),
    Item(Py<PyAny>),
    Whole,
}

impl Kept {
    /// A copy.
    pub(super) fn again(&self, py: Python<'_>) -> Kept {
        match self {
            Kept::Attribute(name) => Kept::Attribute(name.clone_ref(py)),
            Kept::Variable(name) => Kept::Variable(name.clone_ref(py)),
            Kept::Cell(name) => Kept::Cell(name.clone_ref(py)),
            Kept::Item(key) => Kept::Item(key.clone_ref(py)),
            Kept::Whole => Kept::Whole,
        }
    }

    /// The place, to look at again.
    pub(super) fn place<'py>(&self, owner: Bound<'py, PyAny>) -> Option<Place<'py>> {
        let py = owner.py();
        Some(match self {
            Kept::Attribute(name) => Place::Attribute(owner, name.bind(py).clone()),
            Kept::Variable(name) => Place::Variable(owner.cast_into().ok()?, name.bind(py).clone()),
            Kept::Cell(name) => Place::Cell(owner.cast_into().ok()?, name.bind(py).clone()),
            Kept::Item(key) => Place::Item(owner, key.bind(py).clone()),
            Kept::Whole => Place::Whole(owner),
        })
    }
}

impl<'py> Place<'py> {
    /// The object whose address stands for the owner.
    pub(super) fn owner(&self) -> &Bound<'py, PyAny> {
        match self {
            Place::Attribute(owner, _) | Place::Item(owner, _) | Place::Whole(owner) => owner,
            Place::Variable(owner, _) => owner.as_any(),
            Place::Cell(owner, _) => owner.as_any(),
        }
    }

    /// Which part of the owner it is.
    pub(super) fn member(&self) -> Member {
        match self {
            Place::Attribute(_, name) | Place::Variable(_, name) | Place::Cell(_, name) => {
                Member::Key(key_number(name))
            }
            Place::Item(container, key) => member_of(container, key),
            Place::Whole(_) => Member::Whole,
        }
    }

    pub(super) fn keep(&self) -> Kept {
        match self {
            Place::Attribute(_, name) => Kept::Attribute(name.clone().unbind()),
            Place::Variable(_, name) => Kept::Variable(name.clone().unbind()),
            Place::Cell(_, name) => Kept::Cell(name.clone().unbind()),
            Place::Item(_, key) => Kept::Item(key.clone().unbind()),
            Place::Whole(_) => Kept::Whole,
        }
    }

    /// What is there now, for people.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Place::Cell(scope, name) => scope.get().shown(name),
            Place::Whole(container) => Some(value::shortened(container)),
            place => match place.now() {
                Now::Is(found) => Some(value::shortened(&found)),
                _ => None,
            },
        }
    }

    /// Whether it is this object that is there now; no code of the user's runs.
    pub(super) fn holds(&self, value: &Bound<'py, PyAny>) -> bool {
        match self {
            Place::Cell(scope, name) => scope.get().holds(name, value),
            _ => matches!(self.now(), Now::Is(now) if now.is(value)),
        }
    }

    /// What is there now; no code of the user's runs.
    pub(super) fn now(&self) -> Now<'py> {
        let there = |found: Option<Bound<'py, PyAny>>| found.map_or(Now::Missing, Now::Is);
        match self {
            Place::Attribute(object, name) if runs_code(object, name) => Now::Unknown,
            Place::Attribute(object, name) => there(plain_attribute(object, name)),
            Place::Variable(dict, name) => there(dict.get_item(name).ok().flatten()),
            Place::Item(container, key) if is_plain_key(key) => match Container::of(container) {
                Some(Container::Dict) => {
                    there(container.cast::<PyDict>().ok().and_then(|dict| dict.get_item(key).ok().flatten()))
                }
                // A set's item is its key.
                Some(Container::Set) => there(container.contains(key).unwrap_or(false).then(|| key.clone())),
                Some(Container::Sequence) => there(container.get_item(key).ok()),
                Some(Container::Stream) | None => Now::Unknown,
            },
            Place::Whole(container) if truth(container) == Some(false) => Now::Missing,
            Place::Cell(scope, name) => scope.get().now(name),
            Place::Item(..) | Place::Whole(..) => Now::Unknown,
        }
    }
}

/// What is at a place.
pub(super) enum Now<'py> {
    Is(Bound<'py, PyAny>),
    /// An object that can only be told from those that are kept.
    Something,
    /// Nothing; of a whole container, no item.
    Missing,
    Unknown,
}

/// Whether comparing and hashing the key runs no code of the user's.
pub(super) fn is_plain_key(key: &Bound<'_, PyAny>) -> bool {
    if let Ok(tuple) = key.cast_exact::<PyTuple>() {
        return tuple.iter().all(|item| is_plain_key(&item));
    }
    key.is_none()
        || key.is_exact_instance_of::<PyString>()
        || key.is_exact_instance_of::<PyInt>()
        || key.is_exact_instance_of::<PyBool>()
        || key.is_exact_instance_of::<PyBytes>()
        || key.is_exact_instance_of::<PyFloat>()
}

/// The part of a container that `container[key]` is.
fn member_of(container: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>) -> Member {
    match Container::of(container) {
        Some(Container::Dict | Container::Set) | None => Member::Key(key_number(key)),
        Some(Container::Stream) => Member::Whole,
        Some(Container::Sequence) => match key.extract::<i64>() {
            // Counted from the front, so that `items[-1]` and `items[2]` can be the same.
            Ok(index) if index < 0 => {
                let length = container.len().ok().and_then(|len| i64::try_from(len).ok()).unwrap_or(0);
                Member::Key(number_of_index(index + length))
            }
            Ok(index) => Member::Key(number_of_index(index)),
            // A slice, or something that only the sequence understands.
            Err(_) => Member::Whole,
        },
    }
}

fn number_of_index(index: i64) -> u64 {
    let mut hasher = DefaultHasher::new();
    index.hash(&mut hasher);
    hasher.finish()
}

/// A number for a key: the same for equal keys, and with few exceptions different for others.
pub(super) fn key_number(key: &Bound<'_, PyAny>) -> u64 {
    let mut hasher = DefaultHasher::new();
    add_key(key, &mut hasher);
    hasher.finish()
}

fn add_key(key: &Bound<'_, PyAny>, hasher: &mut DefaultHasher) {
    // 1, 1.0 and True are one key; Python's own hash of -1 is that of -2.
    if key.is_exact_instance_of::<PyString>() {
        (1, key.hash().unwrap_or(0)).hash(hasher);
    } else if let Ok(number) = key.extract::<i64>() {
        number.hash(hasher);
    } else if let Ok(number) = key.cast_exact::<PyFloat>() {
        let number = number.value();
        match number as i64 {
            whole if whole as f64 == number => whole.hash(hasher),
            _ => number.to_bits().hash(hasher),
        }
    } else if let Ok(tuple) = key.cast_exact::<PyTuple>() {
        (2, tuple.len()).hash(hasher);
        tuple.iter().for_each(|item| add_key(&item, hasher));
    } else if is_hashed_by_identity(key) {
        (3, key.as_ptr().addr()).hash(hasher);
    } else {
        // Code of the user's may run here, as it will in the access itself; its own accesses are not announced meanwhile.
        (4, super::access::hushed(|| key.hash()).unwrap_or(0)).hash(hasher);
    }
}

pub(super) fn is_hashed_by_identity(key: &Bound<'_, PyAny>) -> bool {
    let py = key.py();
    let its = class_attribute(&key.get_type(), intern!(py, "__hash__"));
    let plain = class_attribute(&py.get_type::<PyAny>(), intern!(py, "__hash__"));
    its.zip(plain).is_some_and(|(its, plain)| its.is(&plain))
}

static TYPE_LOOKUP: Symbol<unsafe extern "C" fn(*mut ffi::PyTypeObject, *mut ffi::PyObject) -> *mut ffi::PyObject> =
    // SAFETY: declared so in CPython's `cpython/object.h`.
    unsafe { Symbol::new(c"_PyType_Lookup") };

/// What a class and its bases have under a name, without calling anything.
pub(super) fn class_attribute<'py>(
    class: &Bound<'py, PyType>,
    name: &Bound<'py, PyString>,
) -> Option<Bound<'py, PyAny>> {
    let Some(lookup) = TYPE_LOOKUP.get() else {
        return definer(class, name).and_then(|class| own_attribute(&class, name));
    };
    // SAFETY: a class and a string; the thread is attached, as the arguments show.
    let found = unsafe { lookup(class.as_type_ptr(), name.as_ptr()) };
    // SAFETY: the function returns a reference borrowed from the class, or null.
    unsafe { Bound::from_borrowed_ptr_or_opt(class.py(), found) }
}

/// The class among `class` and its bases that has the name itself.
pub(super) fn definer<'py>(class: &Bound<'py, PyType>, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyType>> {
    let bases = class.mro();
    bases.iter().filter_map(|base| base.cast_into::<PyType>().ok()).find(|base| own_attribute(base, name).is_some())
}

/// Those of some classes that are asked for a name, one after the other up to the one that has it, and may be given it.
pub(super) fn asked<'py>(
    classes: impl Iterator<Item = Bound<'py, PyAny>>,
    name: &Bound<'py, PyString>,
) -> Vec<Bound<'py, PyType>> {
    let mut asked = Vec::new();
    for class in classes.filter_map(|class| class.cast_into::<PyType>().ok()) {
        let has_it = own_attribute(&class, name).is_some();
        if has_it || is_heap_type(&class) {
            asked.push(class);
        }
        if has_it {
            break;
        }
    }
    asked
}

/// The classes that an attribute of `super()` is looked for in.
pub(super) fn inherited_from<'py>(
    outer: &Bound<'py, PySuper>,
    name: &Bound<'py, PyString>,
) -> PyResult<Vec<Bound<'py, PyType>>> {
    let py = name.py();
    let class: Bound<'py, PyType> = outer.getattr(intern!(py, "__self_class__"))?.cast_into()?;
    let after = outer.getattr(intern!(py, "__thisclass__"))?;
    Ok(asked(class.mro().iter().skip_while(|base| !base.is(&after)).skip(1), name))
}

pub(super) fn own_attribute<'py>(class: &Bound<'py, PyType>, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyAny>> {
    let names = class.getattr(intern!(class.py(), "__dict__")).ok()?;
    names.contains(name).ok()?.then(|| names.get_item(name).ok())?
}

/// What a class has to say about an attribute of its instances.
pub(super) enum ClassSide<'py> {
    /// Nothing: the attribute is the instance's.
    Silent,
    /// Code runs, whose own accesses count.
    Code,
    /// The class, or a base, has a value that instances without one of their own share.
    Value(Bound<'py, PyAny>),
}

/// What the class of an instance has to say about `name`.
pub(super) fn class_side<'py>(class: &Bound<'py, PyType>, name: &Bound<'py, PyString>) -> ClassSide<'py> {
    let Some(found) = class_attribute(class, name) else { return ClassSide::Silent };
    let kind = found.get_type();
    if !is_data_descriptor(&kind) {
        return ClassSide::Value(found);
    }
    // A slot is where the instance keeps its attribute, and so is what compiled code gives a name; any other descriptor runs code.
    let is_special = name == "__dict__" || name == "__class__" || name == "__weakref__";
    let is_slot =
        kind.name().is_ok_and(|kind| kind == "member_descriptor" || (kind == "getset_descriptor" && !is_special));
    if is_slot { ClassSide::Silent } else { ClassSide::Code }
}

pub(super) fn is_data_descriptor(class: &Bound<'_, PyType>) -> bool {
    class_attribute(class, intern!(class.py(), "__set__")).is_some()
        || class_attribute(class, intern!(class.py(), "__delete__")).is_some()
}

/// The object that keeps the attribute `obj.name`, if that is shared state at all: the instance, the class, the function itself;
/// for a module its dictionary.
pub(super) fn attribute<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Option<Place<'py>> {
    if let Ok(module) = object.cast::<PyModule>() {
        return Some(Place::Variable(module.dict(), name.clone()));
    }
    if !has_attributes(&object.get_type()) || object.is_instance_of::<super::local::Local>() {
        return None;
    }
    Some(Place::Attribute(object.clone(), name.clone()))
}

/// Whether instances of the class have attributes that can be stored.
fn has_attributes(class: &Bound<'_, PyType>) -> bool {
    is_heap_type(class) || has_dictionary(class)
}

fn has_dictionary(class: &Bound<'_, PyType>) -> bool {
    let offset = class.getattr(intern!(class.py(), "__dictoffset__")).and_then(|offset| offset.extract::<isize>());
    offset.is_ok_and(|offset| offset != 0)
}

/// Whether the items of the object's `__dict__` are its attributes, and go by its name.
pub(super) fn is_instance(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    has_attributes(&class) && !object.is_instance_of::<PyModule>() && !object.is_instance_of::<PyType>()
}

/// Whether it is a class made while the program runs, not one of the interpreter's static ones.
pub(super) fn is_heap_type(class: &Bound<'_, PyType>) -> bool {
    // SAFETY: a class; the thread is attached, as the argument shows.
    let flags = unsafe { ffi::PyType_GetFlags(class.as_type_ptr()) };
    flags & ffi::Py_TPFLAGS_HEAPTYPE != 0
}

/// Whether an instance has an attribute of its own, beside its class's.
pub(super) fn has_own(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    instance_dict(object).is_some_and(|dict| dict.contains(name).unwrap_or(false))
}

/// The dictionary in which an instance keeps an attribute, if it is kept in one.
pub(super) fn own_dict<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Option<Bound<'py, PyDict>> {
    let is_slot = class_attribute(&object.get_type(), name).is_some_and(|found| is_data_descriptor(&found.get_type()));
    if is_slot || object.is_instance_of::<PyType>() { None } else { instance_dict(object) }
}

/// An instance's dictionary.
pub(super) fn instance_dict<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    let py = object.py();
    // SAFETY: a live object; the function returns a new reference, or null with an exception set where there is no dictionary.
    let found = unsafe { ffi::PyObject_GenericGetDict(object.as_ptr(), std::ptr::null_mut()) };
    // SAFETY: as above.
    let found = unsafe { Bound::from_owned_ptr_or_err(py, found) };
    found.ok()?.cast_into().ok()
}

/// Whether finding `object.name` runs code, unless the object is a class.
fn runs_code(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    let class = object.get_type();
    !object.is_instance_of::<PyType>()
        && (matches!(class_side(&class, name), ClassSide::Code)
            || class_attribute(&class, intern!(name.py(), "__getattribute__")).is_some_and(|found| is_function(&found)))
}

/// `object.name` where finding it runs no code.
pub(super) fn plain_attribute<'py>(
    object: &Bound<'py, PyAny>,
    name: &Bound<'py, PyString>,
) -> Option<Bound<'py, PyAny>> {
    let py = object.py();
    if let Ok(class) = object.cast::<PyType>() {
        return class_attribute(class, name);
    }
    if runs_code(object, name) {
        return None;
    }
    // SAFETY: both are live; the function returns a new reference, or null with an exception set.
    let found = unsafe { ffi::PyObject_GenericGetAttr(object.as_ptr(), name.as_ptr()) };
    // SAFETY: as above.
    unsafe { Bound::from_owned_ptr_or_err(py, found) }.ok()
}
