//! The order in which a dictionary, a set or an object got its keys, items or attributes: what adds to it, and what shows it.
//!
//! Who adds a key puts it behind the others, and who walks through the dictionary sees where it is. A set's items come in the order of
//! their hashes, but where these collide it is the order in which they were added.

use super::access::hushed;
use super::container::Container;
use super::place::{
    Place, class_attribute, has_own, instance_dict, is_data_descriptor, is_hashed_by_identity, is_plain_key,
    key_number, own_attribute,
};
use super::sites::After;
use crate::symbol::Symbol;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyInt, PySet, PyString, PyType};
use raddle::engine::explore::How;
use std::ffi::c_int;

/// Whether a write to this place may add something to the others.
pub(super) fn may_add(how: How, place: &Place<'_>) -> bool {
    how == How::Write
        && match place {
            Place::Attribute(..) | Place::Variable(..) => true,
            Place::Item(container, _) => keeps_order(container),
            Place::Cell(..) | Place::Whole(_) => false,
        }
}

fn keeps_order(container: &Bound<'_, PyAny>) -> bool {
    matches!(Container::of(container), Some(Container::Dict | Container::Set))
}

/// Whether what is stored at this place now would come behind the others. Where code of the user's would have to run, it may.
pub(super) fn is_new(place: &Place<'_>) -> bool {
    match place {
        Place::Attribute(object, name) => is_new_attribute(object, name),
        Place::Variable(dict, name) => !dict.contains(name).unwrap_or(false),
        Place::Item(container, key) => {
            let is_plain = is_plain_key(key) || is_hashed_by_identity(key);
            let is_there = || match container.cast::<PyDict>() {
                Ok(dict) => dict.contains(key),
                Err(_) => container.cast::<PySet>()?.contains(key),
            };
            !is_plain || !hushed(|| is_there().unwrap_or(false))
        }
        Place::Cell(..) | Place::Whole(_) => false,
    }
}

fn is_new_attribute(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    if let Ok(class) = object.cast::<PyType>() {
        return own_attribute(class, name).is_none();
    }
    match class_attribute(&object.get_type(), name) {
        Some(found) => !is_data_descriptor(&found.get_type()) && !has_own(object, name),
        None => !is_found(object, name),
    }
}

static LOOK_UP: Symbol<
    unsafe extern "C" fn(*mut ffi::PyObject, *mut ffi::PyObject, *mut ffi::PyObject, c_int) -> *mut ffi::PyObject,
> =
    // SAFETY: declared so in CPython's `cpython/object.h`.
    unsafe { Symbol::new(c"_PyObject_GenericGetAttrWithDict") };

/// Whether an object has an attribute of which its class knows nothing.
fn is_found(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
    let Some(look_up) = LOOK_UP.get() else { return has_own(object, name) };
    // SAFETY: both are live; the function returns a new reference, or null, here with no exception set.
    let found = unsafe { look_up(object.as_ptr(), name.as_ptr(), std::ptr::null_mut(), 1) };
    // SAFETY: as above.
    unsafe { Bound::from_owned_ptr_or_opt(object.py(), found) }.is_some()
}

/// Whether an access of this place may show in which order the parts of what is there came.
pub(super) fn may_show(place: &Place<'_>, after: After) -> bool {
    matches!(place, Place::Whole(_)) && !matches!(after, After::Truth | After::Length)
}

/// The numbers of the parts whose order an access shows; none if all that ever were there may have to do with it.
pub(super) fn shown(place: &Place<'_>, after: After) -> Option<Vec<u64>> {
    let Place::Whole(object) = place else { return Some(Vec::new()) };
    hushed(|| match Container::of(object) {
        Some(Container::Dict) => {
            let dict = object.cast::<PyDict>().ok()?;
            let hides =
                hides_order(after, || dict.keys().iter(), || dict.values().iter()) && !is_ordered(object, after);
            Some(if hides { Vec::new() } else { dict.keys().iter().map(|key| key_number(&key)).collect() })
        }
        Some(Container::Set) => {
            let set = object.cast::<PySet>().ok()?;
            hides_order(after, || set.iter(), std::iter::empty).then(Vec::new)
        }
        Some(Container::Sequence | Container::Stream) => Some(Vec::new()),
        // What compares attributes names them.
        None if after == After::Comparison => Some(Vec::new()),
        None => {
            let names = match object.cast::<PyType>() {
                Ok(class) => class.getattr(intern!(object.py(), "__dict__")).ok()?.try_iter().ok()?.flatten().collect(),
                Err(_) => instance_dict(object).map_or_else(Vec::new, |dict| dict.keys().iter().collect()),
            };
            Some(names.iter().map(key_number).collect())
        }
    })
}

/// Whether a dictionary is compared key by key in their order.
fn is_ordered(dict: &Bound<'_, PyAny>, after: After) -> bool {
    static ORDERED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let is_below = |class: &Bound<'_, PyType>| dict.is_instance(class).unwrap_or(true);
    after == After::Comparison
        && !dict.is_exact_instance_of::<PyDict>()
        && ORDERED.import(dict.py(), "collections", "OrderedDict").map_or(true, is_below)
}

/// Whether a reader comes to the same whatever the order, as it only compares or adds up numbers, or only compares texts.
fn hides_order<'py, K: Iterator<Item = Bound<'py, PyAny>>, V: Iterator<Item = Bound<'py, PyAny>>>(
    after: After,
    keys: impl Fn() -> K,
    values: impl Fn() -> V,
) -> bool {
    matches!(after, After::Comparison | After::Sorted | After::Sum | After::Truths)
        && are_alike(&mut keys(), after)
        && are_alike(&mut values(), after)
}

/// Whether all are whole numbers, or truths, or texts.
fn are_alike<'py>(items: &mut dyn Iterator<Item = Bound<'py, PyAny>>, after: After) -> bool {
    let items: Vec<Bound<'py, PyAny>> = items.collect();
    items.iter().all(|item| item.is_exact_instance_of::<PyInt>())
        || items.iter().all(|item| item.is_exact_instance_of::<PyBool>())
        || items.iter().all(|item| item.is_exact_instance_of::<PyString>())
        || (matches!(after, After::Comparison | After::Truths) && items.iter().all(is_plain_key))
}
