//! What an execution changes in modules and classes that live longer than it, so that the next one starts from the same state:
//! `logging.Logger.trace = trace`, `builtins.print = loud`.

use super::tasks;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyModule, PyString, PyType};
use std::cell::RefCell;
use std::collections::HashSet;

/// An attribute as it was: its owner, its name, and its value in a list, which is empty if it was not there.
type Patch = (Py<PyAny>, Py<PyString>, Vec<Py<PyAny>>);

#[derive(Default)]
struct Patches {
    /// By the addresses of owner and name.
    seen: HashSet<(usize, usize)>,
    patches: Vec<Patch>,
}

thread_local! {
    static PATCHES: RefCell<Patches> = RefCell::default();
}

/// The program is about to store or delete an attribute.
#[inline]
pub(super) fn note(owner: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) {
    if owner.is_instance_of::<PyModule>() || owner.is_instance_of::<PyType>() {
        keep(owner, name);
    }
}

#[cold]
fn keep(owner: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) {
    let key = (owner.as_ptr().addr(), name.as_ptr().addr());
    if tasks::execution().is_none() || !PATCHES.with_borrow_mut(|patches| patches.seen.insert(key)) {
        return;
    }
    // Looked up in the owner's own dictionary: neither inherited nor computed.
    let own = owner.getattr(intern!(owner.py(), "__dict__")).and_then(|own| own.get_item(name));
    let patch = (owner.clone().unbind(), name.clone().unbind(), own.ok().map(Bound::unbind).into_iter().collect());
    PATCHES.with_borrow_mut(|patches| patches.patches.push(patch));
}

/// Takes what the execution has changed, the latest change first.
#[pyfunction]
pub(super) fn take_patches() -> Vec<Patch> {
    let mut patches = PATCHES.take().patches;
    patches.reverse();
    patches
}
