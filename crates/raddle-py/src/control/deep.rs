//! Readers that look into what a container or an instance holds: copies, texts and comparisons.
//!
//! They are compiled code, or code that was not rewritten: `copy.deepcopy`, `json.dumps`, `repr`, `==`, what `dataclass` makes.
//! What they read is announced beforehand, as far as it can be found without running any code.

use super::access::{announce, announce_after, hushed, whole};
use super::container::{Code, Container, behind, code_of, is_immutable};
use super::frames::is_users_class;
use super::function::is_function;
use super::hooks::{announce_whole_after, asks};
use super::iteration::{containers, is_iterator};
use super::memory::{announce_all, is_memory};
use super::place::{class_attribute, instance_dict, is_heap_type, is_instance};
use super::sites::After;
use super::unseen::{blurs, hands_over};
use pyo3::exceptions::PyBaseException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyString, PyTuple};
use raddle::engine::explore::How;
use std::collections::HashSet;

/// So many objects one read looks at; of a program that hands over more, nothing is proved where others may change them.
const MOST: usize = 10_000;

/// Iterators that yield something else than what they walk through.
const MAKERS: [&str; 3] = ["accumulate", "map", "starmap"];

/// Announces that what is in the object is read.
pub(super) fn announce_deep(object: &Bound<'_, PyAny>, after: After, site: u32) -> PyResult<()> {
    if is_plain(object) {
        return Ok(());
    }
    let whole_of = object;
    let mut known = HashSet::from([object.as_ptr().addr()]);
    let mut todo = vec![object.clone()];
    let (mut is_outermost, mut runs_code) = (true, false);
    while let Some(object) = todo.pop() {
        if is_memory(&object) {
            announce_all(How::Read, &object, site)?;
            continue;
        }
        let reads_instance = is_read_as_instance(&object, after);
        if after == After::Copy && Container::of(&object) == Some(Container::Stream) {
            // A stream is written into.
            announce(How::Write, &whole(&object), site)?;
        } else if reads_instance {
            announce_after(How::Read, &whole(&object), site, after)?;
        } else if is_outermost {
            announce_whole_after(How::Read, &object, site, after)?;
        } else {
            let after = if after == After::Truths { After::Truth } else { after };
            let containers = behind(&object).containers();
            containers.iter().try_for_each(|container| announce_after(How::Read, &whole(container), site, after))?;
        }
        if after == After::Fields {
            return Ok(());
        }
        runs_code |= match after {
            After::Truths => asks(&object, After::Truth),
            _ => !reads_instance && is_users_class(&object.get_type()) && behind(&object).sort().is_none(),
        };
        if after == After::Truths && !is_outermost {
            // Of the items it is asked whether there is anything in them, and no more.
            continue;
        }
        is_outermost = false;
        // What is there now: others may have run at the points above.
        hushed(|| {
            add_parts(&object, reads_instance, &mut |part| {
                if !is_plain(&part) && known.insert(part.as_ptr().addr()) {
                    todo.push(part);
                }
            })
        });
        if known.len() > MOST {
            hands_over(whole_of, site);
            return Ok(());
        }
    }
    if runs_code && known.len() > 1 {
        // The program's own code runs in the middle of it.
        blurs(site);
    }
    Ok(())
}

/// Whether comparing a container's items, or what is in tuples among them, runs Python code, in which others can come in between.
pub(super) fn compares_in_python(container: &Bound<'_, PyAny>, method: &Bound<'_, PyString>) -> bool {
    let in_python =
        |item: &Bound<'_, PyAny>| class_attribute(&item.get_type(), method).is_some_and(|found| is_function(&found));
    let asks = |item: PyResult<Bound<'_, PyAny>>| {
        item.is_ok_and(|item| match item.cast::<PyTuple>() {
            Ok(parts) => parts.iter().any(|part| in_python(&part)),
            Err(_) => in_python(&item),
        })
    };
    hushed(|| container.try_iter().is_ok_and(|mut items| items.any(asks)))
}

/// Whether it holds nothing that can change; a tuple may.
fn is_plain(object: &Bound<'_, PyAny>) -> bool {
    is_immutable(object) && !object.is_instance_of::<PyTuple>() && !object.is_instance_of::<PyFrozenSet>()
}

fn add_parts<'py>(object: &Bound<'py, PyAny>, is_instance: bool, add: &mut dyn FnMut(Bound<'py, PyAny>)) {
    if let Ok(tuple) = object.cast::<PyTuple>() {
        tuple.iter().for_each(add);
    } else if is_instance {
        if let Some(attributes) = instance_dict(object) {
            attributes.values().iter().for_each(&mut *add);
        }
        if let Ok(raised) = object.cast::<PyBaseException>() {
            raised.getattr(intern!(object.py(), "args")).into_iter().for_each(add);
        }
    } else {
        for container in parts_of(object) {
            if let Ok(dict) = container.cast::<PyDict>() {
                dict.iter().for_each(|(key, value)| [key, value].into_iter().for_each(&mut *add));
            } else if code_of(&container, intern!(object.py(), "__iter__")) == Code::Unseen
                && let Ok(items) = container.try_iter()
            {
                items.flatten().for_each(&mut *add);
            }
        }
    }
}

/// The containers whose items are what a container holds, or what an iterator yields.
fn parts_of<'py>(object: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    let mut found = behind(object).containers();
    let makes = || object.get_type().name().is_ok_and(|class| MAKERS.iter().any(|maker| class == *maker));
    if found.is_empty() && is_iterator(object) && !makes() {
        // Where nobody can tell, nothing is looked into.
        let _ = containers(object, &mut found);
    }
    found
}

/// Whether such a reader reads the attributes of an instance without asking any code of the user's.
fn is_read_as_instance<'py>(object: &Bound<'py, PyAny>, after: After) -> bool {
    let py = object.py();
    if after == After::Truths || behind(object).sort().is_some() || !is_instance(object) || is_immutable(object) {
        return false;
    }
    let class = object.get_type();
    // Its own classes are instances of classes that the extension makes: locks, queues.
    if is_heap_type(&class) && !is_users_class(&class) && class.module().is_ok_and(|module| module != "argparse") {
        return false;
    }
    let asked: &[&Bound<'py, PyString>] = match after {
        After::Text => &[intern!(py, "__format__"), intern!(py, "__str__"), intern!(py, "__repr__")],
        After::Comparison | After::Ranking | After::Sorted => &[intern!(py, "__eq__")],
        _ => {
            let names = [
                intern!(py, "__copy__"),
                intern!(py, "__deepcopy__"),
                intern!(py, "__reduce_ex__"),
                intern!(py, "__reduce__"),
                intern!(py, "__getstate__"),
            ];
            return names.iter().all(|name| code_of(object, name) != Code::Rewritten);
        }
    };
    let plain = py.get_type::<PyAny>();
    let is_own = |name: &&&Bound<'py, PyString>| {
        let found = class_attribute(&class, name);
        found.zip(class_attribute(&plain, name)).is_some_and(|(found, plain)| !found.is(&plain))
    };
    // The first that is not every object's decides.
    asked.iter().find(is_own).is_some_and(|name| code_of(object, name) == Code::Unseen)
}
