//! References: what an attribute or an item is rewritten to where it is read and then stored (`c.items += [x]`).

use super::access::{announce, is_wanted, storing, whole};
use super::container::{Code, Container, behind, code_of, is_immutable};
use super::hook::Args;
use super::hooks::{Result, announce_attribute, announce_item, announce_load, announced_getitem, will_store};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;
use raddle::engine::explore::{How, at_once};
use std::sync::{Mutex, PoisonError};

/// A place that is read and written as its item 0.
#[pyclass(frozen, module = "raddle._raddle")]
pub(super) struct Reference {
    object: Py<PyAny>,
    part: Part,
    load_site: u32,
    store_site: u32,
    /// What was read, until it is told that an operator is about to change that in place.
    loaded: Mutex<Option<Py<PyAny>>>,
}

enum Part {
    Attribute(Py<PyString>),
    Item(Py<PyAny>),
}

#[pymethods]
impl Reference {
    fn __getitem__<'py>(&self, index: &Bound<'py, PyAny>) -> Result<'py> {
        let py = index.py();
        let (object, site) = (self.object.bind(py), self.load_site);
        let value = match &self.part {
            Part::Attribute(name) => {
                let name = name.bind(py);
                if is_wanted(site) {
                    let _at_once = at_once();
                    announce_load(object, name, site)?;
                }
                object.getattr(name)
            }
            Part::Item(key) => {
                let key = key.bind(py);
                if is_wanted(site) { announced_getitem(object, key, site) } else { object.get_item(key) }
            }
        }?;
        if !is_immutable(&value) {
            *self.loaded.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone().unbind());
        }
        Ok(value)
    }

    fn __setitem__(&self, index: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = index.py();
        let object = self.object.bind(py);
        storing(value, || self.announce_write(py))?;
        match &self.part {
            Part::Attribute(name) => {
                will_store(object, name.bind(py), self.store_site);
                object.setattr(name.bind(py), value)
            }
            Part::Item(key) => object.set_item(key.bind(py), value),
        }
    }

    fn __delitem__(&self, index: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = index.py();
        let object = self.object.bind(py);
        match behind(object).sort() {
            // The items behind it move.
            Some(Container::Sequence) => self.announce_removal(py)?,
            _ => self.announce_write(py)?,
        }
        match &self.part {
            Part::Attribute(name) => {
                will_store(object, name.bind(py), self.store_site);
                object.delattr(name.bind(py))
            }
            Part::Item(key) => object.del_item(key.bind(py)),
        }
    }
}

impl Reference {
    pub(super) fn take_loaded<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).take();
        loaded.map(|loaded| loaded.into_bound(py))
    }

    fn announce_write(&self, py: Python<'_>) -> PyResult<()> {
        let (object, site) = (self.object.bind(py), self.store_site);
        let _at_once = at_once();
        match &self.part {
            _ if !is_wanted(site) => Ok(()),
            Part::Attribute(name) => announce_attribute(How::Write, object, name.bind(py), site),
            Part::Item(key) => announce_item(How::Write, object, key.bind(py), site),
        }
    }

    fn announce_removal(&self, py: Python<'_>) -> PyResult<()> {
        let (object, site) = (self.object.bind(py), self.store_site);
        if !is_wanted(site) || code_of(object, intern!(py, "__delitem__")) == Code::Rewritten {
            return Ok(());
        }
        let _at_once = at_once();
        behind(object).containers().iter().try_for_each(|container| announce(How::Write, &whole(container), site))
    }

    fn to<'py>(args: &Args<'_, 'py>, part: Part) -> Result<'py> {
        let object = args.get(0).clone().unbind();
        let reference =
            Reference { object, part, load_site: args.site(2), store_site: args.site(3), loaded: Mutex::default() };
        Ok(Bound::new(args.py(), reference)?.into_any())
    }
}

pub(super) fn attribute_reference<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    Reference::to(args, Part::Attribute(args.name(1)?.clone().unbind()))
}

pub(super) fn announced_reference<'py>(args: &Args<'_, 'py>, _site: u32) -> Result<'py> {
    attribute_reference(args)
}

pub(super) fn item_reference<'py>(args: &Args<'_, 'py>) -> Result<'py> {
    Reference::to(args, Part::Item(args.get(1).clone().unbind()))
}

pub(super) fn announced_item_reference<'py>(args: &Args<'_, 'py>, _site: u32) -> Result<'py> {
    item_reference(args)
}
