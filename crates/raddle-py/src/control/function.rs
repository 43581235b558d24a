//! Functions that are written in Python, which the stable interface has no type for.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Whether this is a function written in Python: the class allows no other classes below it.
pub(super) fn is_function(object: &Bound<'_, PyAny>) -> bool {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = CLASS.import(object.py(), "types", "FunctionType");
    class.is_ok_and(|class| object.get_type().is(class))
}
