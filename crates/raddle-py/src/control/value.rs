//! Values as a report shows them, and as numbers to compare: without running any code of the user's.

use super::function::is_function;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType};
use std::hash::{DefaultHasher, Hash, Hasher};

/// At most so many characters are shown.
const SHOWN: usize = 40;
/// Containers in containers are shown so deep.
const DEPTH: usize = 3;
/// What a number for a value looks at in a container.
const COMPARED: usize = 64;

/// A value, shortened: its `repr` if it is of a built-in type, else `<Class>`.
pub(super) fn shortened(value: &Bound<'_, PyAny>) -> String {
    let mut text = String::new();
    show(value, DEPTH, &mut text);
    if text.chars().count() > SHOWN {
        text = text.chars().take(SHOWN - 1).chain(['…']).collect();
    }
    text
}

fn show(value: &Bound<'_, PyAny>, depth: usize, text: &mut String) {
    if text.len() > 4 * SHOWN {
        return;
    }
    let plain = value.is_none()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyInt>() && !is_huge(value)
        || value.is_exact_instance_of::<PyString>() && value.len().is_ok_and(|len| len <= 10_000)
        || value.is_exact_instance_of::<PyBytes>() && value.len().is_ok_and(|len| len <= 10_000);
    if plain {
        match value.repr() {
            Ok(repr) => text.push_str(&repr.to_string_lossy()),
            Err(_) => text.push('?'),
        }
    } else if let Ok(class) = value.cast::<PyType>() {
        text.push_str(&name(class.as_any()));
    } else if is_function(value) {
        text.push_str(&name(value));
    } else if depth == 0 {
        text.push('…');
    } else if let Ok(list) = value.cast_exact::<PyList>() {
        show_all(&mut list.iter(), ["[", "]"], depth, text);
    } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
        let close = if tuple.len() == 1 { ",)" } else { ")" };
        show_all(&mut tuple.iter(), ["(", close], depth, text);
    } else if let Ok(dict) = value.cast_exact::<PyDict>() {
        text.push('{');
        for (place, (key, item)) in dict.iter().take(SHOWN).enumerate() {
            text.push_str(if place == 0 { "" } else { ", " });
            show(&key, depth - 1, text);
            text.push_str(": ");
            show(&item, depth - 1, text);
        }
        text.push('}');
    } else if let Ok(set) = value.cast_exact::<PySet>() {
        if set.is_empty() {
            text.push_str("set()");
        } else {
            show_all(&mut set.iter(), ["{", "}"], depth, text);
        }
    } else if let Ok(set) = value.cast_exact::<PyFrozenSet>() {
        show_all(&mut set.iter(), ["frozenset({", "})"], depth, text);
    } else {
        text.push('<');
        text.push_str(&name(value.get_type().as_any()));
        text.push('>');
    }
}

fn show_all(
    items: &mut dyn Iterator<Item = Bound<'_, PyAny>>,
    [open, close]: [&str; 2],
    depth: usize,
    text: &mut String,
) {
    text.push_str(open);
    for (place, item) in items.take(SHOWN).enumerate() {
        text.push_str(if place == 0 { "" } else { ", " });
        show(&item, depth - 1, text);
    }
    text.push_str(close);
}

/// A whole number too long to be worth writing out, which may even be refused.
fn is_huge(value: &Bound<'_, PyAny>) -> bool {
    value.call_method0("bit_length").and_then(|bits| bits.extract::<u64>()).is_ok_and(|bits| bits > 512)
}

fn name(of: &Bound<'_, PyAny>) -> String {
    of.getattr("__name__").map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

/// A number that differs when the value does: by content for built-in values, else by identity.
pub(super) fn number(value: &Bound<'_, PyAny>) -> u64 {
    let mut hasher = DefaultHasher::new();
    add(value, DEPTH, &mut hasher);
    hasher.finish()
}

fn add(value: &Bound<'_, PyAny>, depth: usize, hasher: &mut DefaultHasher) {
    let is_hashed_by_content = value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyBytes>()
        || value.is_exact_instance_of::<PyFloat>();
    if let Ok(small) = value.extract::<i64>()
        && is_hashed_by_content
    {
        small.hash(hasher);
    } else if is_hashed_by_content {
        (1, value.hash().unwrap_or(0)).hash(hasher);
    } else if let Ok(tuple) = value.cast_exact::<PyTuple>()
        && depth > 0
    {
        tuple.len().hash(hasher);
        tuple.iter().take(COMPARED).for_each(|item| add(&item, depth - 1, hasher));
    } else {
        (2, value.as_ptr().addr()).hash(hasher);
    }
}
