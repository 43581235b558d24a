//! The attributes that a program gives to an object: what is in its `__dict__`.
//!
//! PyO3 0.28 keeps the dictionary beside the value of a class that asks for one, but neither shows it to the garbage collector nor
//! lets go of it at the end. So each such class holds an [`Attributes`], which does both. Cycles are broken by the dictionary itself.
//! It is found when the object is initialised, or by the first collector that sees the object: one that is neither leaves its
//! dictionary behind, emptied.

use crate::symbol::Symbol;
use crate::version::since;
use pyo3::PyClass;
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use std::ptr::{self, null_mut};
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

/// The place in an object where its dictionary stands once it has one; nothing before [`Attributes::find`].
///
/// Invariant: the place is in the object that this is in, too, and so lives as long.
/// Relaxed: it is set once, before anybody but the object's maker has the object.
#[derive(Debug, Default)]
pub(crate) struct Attributes(AtomicPtr<*mut ffi::PyObject>);

static DICTIONARY_OF: Symbol<unsafe extern "C" fn(*mut ffi::PyObject) -> *mut *mut ffi::PyObject> =
    // SAFETY: declared so in CPython's `cpython/object.h`.
    unsafe { Symbol::new(c"_PyObject_GetDictPtr") };

impl Attributes {
    /// Looks for the place in `owner`, of whose value this is a field.
    pub(crate) fn find<T>(owner: &Bound<'_, T>, field: fn(&T) -> &Attributes)
    where
        T: PyClass<Frozen = True> + Sync,
    {
        let value = owner.get();
        assert_eq!(object_of(value), owner.as_ptr(), "an object's value is right behind its head");
        let this = field(value);
        this.find_in(value);
        this.let_go_if_unused(owner.py());
    }

    /// Lets go of a dictionary that was made with the object and that nobody has seen: without one, methods are found faster.
    fn let_go_if_unused(&self, py: Python<'_>) {
        let place = self.0.load(Relaxed);
        if since(13) || place.is_null() {
            return;
        }
        // SAFETY: by the invariant the place is live, and the thread is attached.
        let dictionary = unsafe { place.read() };
        // SAFETY: what stands there is a dictionary or null, and it has a reference to it.
        let is_unused = !dictionary.is_null() && unsafe { ffi::Py_REFCNT(dictionary) } == 1;
        // SAFETY: as above.
        if is_unused && unsafe { ffi::PyDict_Size(dictionary) } == 0 {
            // SAFETY: as above.
            unsafe { place.write(null_mut()) };
            // SAFETY: the reference was the object's own, which has given it up.
            drop(unsafe { Bound::from_owned_ptr(py, dictionary) });
        }
    }

    fn find_in<T>(&self, owner: &T) {
        let offset = ptr::from_ref(self).addr().wrapping_sub(ptr::from_ref(owner).addr());
        assert!(offset < size_of::<T>(), "attributes are found by a field of their owner");
        if let Some(dictionary_of) = DICTIONARY_OF.get() {
            // SAFETY: `owner` is an object's value, and the thread is attached or collects.
            self.0.store(unsafe { dictionary_of(object_of(owner)) }, Relaxed);
        }
    }

    /// Shows the dictionary of `owner`, of whose value this is a field, to a garbage collector.
    ///
    /// Only objects are shown to collectors, so it is looked for here if a subclass has not initialised what it made.
    pub(crate) fn visit<T: PyClass>(&self, owner: &T, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        if self.0.load(Relaxed).is_null() {
            self.find_in(owner);
        }
        let place: *const Option<Py<PyAny>> = self.0.load(Relaxed).cast();
        // SAFETY: by the invariant the place is live; what stands there is a reference or null, as an `Option<Py<_>>` is, and
        // nobody changes it while a collector looks.
        unsafe { place.as_ref() }.map_or(Ok(()), |dictionary| visit.call(dictionary))
    }
}

/// The words of a class from which its objects are made, as `cpython/object.h` has declared them since CPython 3.8.
const BASIC_SIZE: usize = 4;
const DICTIONARY_OFFSET: usize = 36;

/// Gives the objects of all classes that have [`Attributes`] their place for them, before there are any.
pub(crate) fn move_places(py: Python<'_>) -> PyResult<()> {
    move_place::<crate::barrier::Barrier>(py)?;
    move_place::<crate::condition::Condition>(py)?;
    move_place::<crate::event::Event>(py)?;
    move_place::<crate::future::Future>(py)?;
    move_place::<crate::pool::ThreadPoolExecutor>(py)?;
    move_place::<crate::queue::Queue>(py)?;
    move_place::<crate::queue::LifoQueue>(py)?;
    move_place::<crate::queue::PriorityQueue>(py)?;
    move_place::<crate::semaphore::Semaphore>(py)?;
    move_place::<crate::semaphore::BoundedSemaphore>(py)
}

/// Gives the objects of a class that has [`Attributes`] another place for the dictionary, behind the value.
///
/// Up to CPython 3.12 `object.__new__` makes the dictionary at once, and PyO3 then writes the value over where it stands: each
/// object would leave an empty dictionary behind.
fn move_place<T: PyClass>(py: Python<'_>) -> PyResult<()> {
    if since(13) {
        return Ok(());
    }
    let class = py.get_type::<T>();
    let size: isize = class.getattr("__basicsize__")?.extract()?;
    let place: isize = class.getattr("__dictoffset__")?.extract()?;
    let words = class.as_ptr().cast::<isize>();
    let (sizes, places) = (words.wrapping_add(BASIC_SIZE), words.wrapping_add(DICTIONARY_OFFSET));
    // SAFETY: a class is longer than that.
    assert_eq!(unsafe { sizes.read() }, size, "a class is as CPython's headers have it");
    // SAFETY: as above.
    assert_eq!(unsafe { places.read() }, place, "a class is as CPython's headers have it");
    // SAFETY: as above; nobody else has the class yet, and there is room for one more word behind what its objects were made of.
    unsafe { places.write(size) };
    // SAFETY: as above.
    unsafe { sizes.write(size + size_of::<*mut ffi::PyObject>() as isize) };
    Ok(())
}

/// The object whose value this is.
fn object_of<T>(value: &T) -> *mut ffi::PyObject {
    ptr::from_ref(value).cast_mut().cast::<ffi::PyObject>().wrapping_sub(1)
}

impl Drop for Attributes {
    fn drop(&mut self) {
        let place = *self.0.get_mut();
        if place.is_null() {
            return;
        }
        // SAFETY: by the invariant the place is live, and whoever drops an object is alone with it.
        let dictionary = unsafe { place.replace(null_mut()) };
        // SAFETY: objects are dropped on attached threads.
        let py = unsafe { Python::assume_attached() };
        // SAFETY: the reference was the object's own, which has given it up.
        drop(unsafe { Bound::from_owned_ptr_or_opt(py, dictionary) });
    }
}
