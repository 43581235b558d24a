//! Names that a program gives to objects, for reports: `lock.name = "accounts"`.
//!
//! An object that has a `__dict__` keeps its name there, and its class has the name `None`. Locks and simple queues have none, as
//! in the standard library, and must not grow: their names are in a table beside them, which forgets an object with its life.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// A `weakref.WeakKeyDictionary`, made when the first name is given.
static NAMES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The name that an object without a `__dict__` was given; `None` if none was.
pub(crate) fn get<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    NAMES.get(py).map(|names| names.bind(py).call_method1(intern!(py, "get"), (object,))).transpose()
}

/// Gives an object without a `__dict__` a name.
pub(crate) fn set(object: &Bound<'_, PyAny>, name: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = object.py();
    let new = || Ok::<_, PyErr>(py.import("weakref")?.getattr("WeakKeyDictionary")?.call0()?.unbind());
    NAMES.get_or_try_init(py, new)?.bind(py).set_item(object, name)
}

/// The objects without a `__dict__` that were given a name.
#[pyfunction]
pub(crate) fn named_objects(py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
    let Some(names) = NAMES.get(py) else { return Ok(Vec::new()) };
    names.bind(py).try_iter()?.map(|object| object.map(Bound::unbind)).collect()
}
