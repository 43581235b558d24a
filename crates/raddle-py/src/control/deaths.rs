//! Deaths of objects that weak references lead to, which no access tells of.
//!
//! A death changes whatever leads to the object: a weak reference, a container of such, a finalizer. To look at one of these is an
//! access. Where nothing orders the two, nothing is proved.

use super::sites;
use super::unseen::races;
use crate::blocking::unwinding;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefProxy, PyWeakrefReference};
use raddle::engine::explore::{changed, others_live};
use std::cell::RefCell;

thread_local! {
    /// The execution's own weak references to what the program's lead to.
    static WATCHED: RefCell<Vec<Py<PyWeakrefReference>>> = const { RefCell::new(Vec::new()) };
}

/// What is told when an object dies.
#[pyclass(frozen)]
struct Death {
    /// The address of what leads to it.
    leads: usize,
    /// Looks at a proxy are no accesses.
    is_proxy: bool,
}

#[pymethods]
impl Death {
    fn __call__(&self, _weak: &Bound<'_, PyAny>) {
        changed(self.leads);
        if (self.is_proxy || sites::overlooks_weak()) && !unwinding() && others_live() {
            races(self.leads);
        }
    }
}

/// A weak reference, or a finalizer, was made.
pub(super) fn watch(made: &Bound<'_, PyAny>) {
    let proxy = made.cast::<PyWeakrefProxy>();
    let found = match (made.cast::<PyWeakrefReference>(), &proxy) {
        (Ok(weak), _) => weak.upgrade(),
        (_, Ok(proxy)) => proxy.upgrade(),
        // A finalizer says what it waits for.
        _ => made.call_method0(intern!(made.py(), "peek")).and_then(|found| found.get_item(0)).ok(),
    };
    let death = Bound::new(made.py(), Death { leads: made.as_ptr().addr(), is_proxy: proxy.is_ok() });
    if let Some(object) = found
        && let Ok(weak) = death.and_then(|death| PyWeakrefReference::new_with(&object, death))
    {
        WATCHED.with_borrow_mut(|watched| watched.push(weak.unbind()));
    }
}

/// An object has died that a container leads to.
#[pyfunction]
pub(super) fn dies(container: &Bound<'_, PyAny>) {
    changed(container.as_ptr().addr());
}

/// Forgets an execution that is over.
pub(super) fn forget() {
    drop(WATCHED.take());
}
