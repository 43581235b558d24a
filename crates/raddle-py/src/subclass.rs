//! Subclasses that a program makes of our classes.

use pyo3::PyTypeInfo;
use pyo3::prelude::*;

/// Whether an object is of a subclass of `T` that has one of these methods of its own.
pub(crate) fn overrides<T: PyTypeInfo>(object: &Bound<'_, PyAny>, methods: &[&str]) -> PyResult<bool> {
    if object.is_exact_instance_of::<T>() {
        return Ok(false);
    }
    let (class, ours) = (object.get_type(), object.py().get_type::<T>());
    for method in methods {
        if !class.getattr(*method)?.is(&ours.getattr(*method)?) {
            return Ok(true);
        }
    }
    Ok(false)
}
