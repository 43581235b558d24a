//! Memory that is reached through objects: what a `memoryview` shows, and the structures and arrays of `ctypes`.
//!
//! An access is one of the object that has the memory, however many views lie between: of an item of a `bytearray` or an `array`, of
//! a number of bytes from the start of a structure. All members of a union are one place.

use super::access::{announce, whole};
use super::container::{Container, is_below};
use super::iteration::referents;
use super::place::{Place, class_attribute};
use super::sites;
use super::unseen::{blurs, escapes};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyInt, PyMemoryView, PyString, PyType};
use raddle::engine::explore::How;
use std::mem::MaybeUninit;

/// The class of all data of `ctypes`, once that is imported.
static DATA: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// So many items of a container one access announces one by one.
const MOST: usize = 64;

/// Views in views are followed so deep.
const DEPTH: usize = 32;

/// Takes note of the class of all data of `ctypes`.
#[pyfunction]
pub(super) fn keep_data(class: Bound<'_, PyType>) {
    let _known = DATA.set(class.py(), class.unbind());
    // They are stored by item, too.
    ["contents", "raw", "value"].into_iter().for_each(sites::stores);
}

/// Whether it is an instance of a class of `ctypes`.
fn is_data(object: &Bound<'_, PyAny>) -> bool {
    DATA.get(object.py()).is_some_and(|class| is_below(&object.get_type(), class))
}

/// Whether it shows memory that it may share with others.
pub(super) fn is_memory(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyMemoryView>() || is_data(object)
}

/// Where the bytes of an object are.
#[derive(Clone, Copy)]
struct Extent {
    start: usize,
    length: usize,
    /// From one item to the next.
    stride: isize,
    items: usize,
    width: usize,
}

impl Extent {
    fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
        let mut view = MaybeUninit::<ffi::Py_buffer>::zeroed();
        // SAFETY: a live object and room for a view; the function fills it, or returns -1 with an exception set.
        let got = unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), view.as_mut_ptr(), ffi::PyBUF_FULL_RO) };
        if got != 0 {
            let _not_a_buffer = PyErr::take(object.py());
            return None;
        }
        // SAFETY: filled, as the result says.
        let mut view = unsafe { view.assume_init() };
        let width = view.itemsize.unsigned_abs();
        let first = |values: *mut ffi::Py_ssize_t| {
            // SAFETY: an array of as many values as there are dimensions, or null.
            (view.ndim == 1 && !values.is_null()).then(|| unsafe { *values })
        };
        let length = view.len.unsigned_abs();
        let found = Extent {
            start: view.buf.addr(),
            length,
            stride: first(view.strides).unwrap_or(view.itemsize),
            items: first(view.shape).map_or_else(|| length / width.max(1), isize::unsigned_abs),
            width,
        };
        // SAFETY: a view that was got above, given back once.
        unsafe { ffi::PyBuffer_Release(&mut view) };
        Some(found)
    }

    fn contains(&self, other: &Extent) -> bool {
        self.start <= other.start && other.start + other.length <= self.start + self.length
    }

    fn item(&self, index: isize) -> Extent {
        let index = if index < 0 { index + self.items.cast_signed() } else { index };
        let start = self.start.wrapping_add_signed(index.wrapping_mul(self.stride));
        Extent { start, length: self.width, ..*self }
    }
}

fn is_union(object: &Bound<'_, PyAny>) -> bool {
    let is = |class: &Bound<'_, PyAny>| {
        class.cast::<PyType>().is_ok_and(|class| class.name().is_ok_and(|name| name == "Union"))
    };
    is_data(object) && object.get_type().mro().iter().any(|class| is(&class))
}

/// The objects whose memory `object` may show.
fn shown_by<'py>(object: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    let py = object.py();
    if object.is_instance_of::<PyMemoryView>() {
        return object.getattr(intern!(py, "obj")).into_iter().collect();
    }
    let mut shown: Vec<_> =
        object.getattr(intern!(py, "_b_base_")).into_iter().filter(|base| !base.is_none()).collect();
    match object.getattr(intern!(py, "_objects")) {
        Ok(kept) if kept.is_instance_of::<PyDict>() => {
            shown.extend(kept.cast::<PyDict>().into_iter().flat_map(|kept| kept.values().iter().collect::<Vec<_>>()));
        }
        Ok(kept) => shown.push(kept),
        Err(_) => {}
    }
    shown.retain(is_memory_or_container);
    shown
}

fn is_memory_or_container(object: &Bound<'_, PyAny>) -> bool {
    is_memory(object) || Container::of(object).is_some()
}

/// The object that has the memory, and where in it the bytes are that `object` shows at `extent`.
fn owner<'py>(object: &Bound<'py, PyAny>, extent: Extent) -> Option<(Bound<'py, PyAny>, Extent)> {
    let (mut object, mut extent) = (object.clone(), extent);
    for _ in 0..DEPTH {
        if is_union(&object) {
            extent.start = Extent::of(&object)?.start;
        }
        let mut nearer = shown_by(&object);
        // What a pointer points at is kept by the pointer.
        let behind: Vec<_> = nearer.iter().filter(|near| is_data(near)).flat_map(shown_by).collect();
        nearer.extend(behind);
        let holds = |near: &Bound<'_, PyAny>| Extent::of(near).is_some_and(|whole| whole.contains(&extent));
        let Some(next) = nearer.into_iter().find(|near| !near.is(&object) && holds(near)) else { break };
        object = next;
    }
    let known = Extent::of(&object).is_some_and(|whole| whole.contains(&extent));
    known.then_some((object, extent))
}

/// The `BytesIO` that a view shows all of: what is in between has no bytes of its own.
fn stream_behind<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut shown = object.clone();
    while shown.is_instance_of::<PyMemoryView>() {
        shown = shown.getattr(intern!(object.py(), "obj"))?;
    }
    let found = if Container::of(&shown).is_none() { referents(&shown)? } else { Vec::new() };
    Ok(found.into_iter().find(|found| Container::of(found) == Some(Container::Stream)))
}

/// Announces an access of the bytes that `object` shows at `extent`.
fn announce_bytes(how: How, object: &Bound<'_, PyAny>, extent: Extent, bits: usize, site: u32) -> PyResult<()> {
    let py = object.py();
    if let Some(stream) = stream_behind(object)? {
        return announce(how, &whole(&stream), site);
    }
    let Some((owner, extent)) = owner(object, extent) else {
        escapes(site);
        return Ok(());
    };
    let Some(all) = Extent::of(&owner) else { return Ok(()) };
    let offset = extent.start - all.start;
    if Container::of(&owner).is_none() {
        if extent.length == all.length && !is_union(&owner) {
            return announce(how, &whole(&owner), site);
        }
        let key = (offset, bits).into_pyobject(py)?.into_any();
        return announce(how, &Place::Item(owner, key), site);
    }
    let width = all.width.max(1);
    let (first, last) = (offset / width, (offset + extent.length.max(1) - 1) / width);
    if extent.length == all.length {
        return announce(how, &whole(&owner), site);
    }
    if last - first >= MOST {
        // All of it would be too much: others may work on the rest.
        escapes(site);
        return Ok(());
    }
    (first..=last).try_for_each(|index| {
        let key = index.into_pyobject(py)?.into_any();
        announce(how, &Place::Item(owner.clone(), key), site)
    })
}

/// Announces an access of all that an object shows.
pub(super) fn announce_all(how: How, object: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    Extent::of(object).map_or(Ok(()), |extent| announce_bytes(how, object, extent, 0, site))
}

/// Announces a walk through all that an object shows, step by step.
pub(super) fn announce_walk(object: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    announce_all(How::Read, object, site)?;
    blurs(site);
    Ok(())
}

/// Announces an access of an item; a part that is no number is a view of its own, which nobody has read yet.
pub(super) fn announce_item(how: How, object: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    let is_view = object.is_instance_of::<PyMemoryView>();
    let Some(extent) = Extent::of(object) else { return Ok(()) };
    let part = || object.get_item(key);
    match key.cast::<PyInt>().ok().and_then(|index| index.extract::<isize>().ok()) {
        // An array's items are read in place.
        Some(index) => match part() {
            Ok(part) if is_data(&part) => match how {
                How::Read => Ok(()),
                How::Write => announce_all(how, &part, site),
            },
            // Where a pointer leads.
            Ok(_) if object.hasattr(intern!(object.py(), "contents"))? => match (index, object.getattr("contents")) {
                (0, Ok(shown)) => announce_all(how, &shown, site),
                _ => {
                    escapes(site);
                    Ok(())
                }
            },
            Ok(_) => announce_bytes(how, object, extent.item(index), 0, site),
            Err(_) => Ok(()),
        },
        None if is_view => match (how, part()) {
            (How::Write, Ok(part)) if part.is_instance_of::<PyMemoryView>() => announce_all(how, &part, site),
            _ => Ok(()),
        },
        None => announce_all(how, object, site),
    }
}

/// Announces an access of an attribute that stands for memory; false if it does not.
pub(super) fn announce_attribute(
    how: How,
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    site: u32,
) -> PyResult<bool> {
    let py = object.py();
    let Some(found) = is_data(object).then(|| class_attribute(&object.get_type(), name)).flatten() else {
        return Ok(false);
    };
    let kind = found.get_type().name()?;
    match &*kind.to_string_lossy() {
        "getset_descriptor" => {
            if name == "contents" || name == "raw" || name == "value" {
                announce_all(how, object, site)?;
            }
            return Ok(true);
        }
        "CField" => {}
        _ => return Ok(false),
    }
    let Some(all) = Extent::of(object) else { return Ok(true) };
    let part = object.getattr(name)?;
    if is_data(&part) {
        if how == How::Write {
            announce_all(how, &part, site)?;
        }
        return Ok(true);
    }
    let (offset, size): (usize, usize) =
        (found.getattr(intern!(py, "offset"))?.extract()?, found.getattr(intern!(py, "size"))?.extract()?);
    // The size of a bit field tells its bits.
    let bits = if size > all.length { size } else { 0 };
    let extent = Extent { start: all.start + offset, length: if bits > 0 { 1 } else { size }, ..all };
    announce_bytes(how, object, extent, bits, site)?;
    Ok(true)
}
