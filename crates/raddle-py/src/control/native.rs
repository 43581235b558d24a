//! What was in the places that control has taken: the interpreter's own functions, for use outside of executions.

use crate::error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

static NATIVE: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

/// Keeps them; `functions` maps names to what stood there before control was taken.
pub(super) fn keep(functions: Bound<'_, PyDict>) -> PyResult<()> {
    let py = functions.py();
    NATIVE.set(py, functions.unbind()).map_err(|_| error::runtime("control was taken before"))
}

/// The interpreter's own function of that name.
pub(super) fn function<'py>(py: Python<'py>, name: &Bound<'py, pyo3::types::PyString>) -> PyResult<Bound<'py, PyAny>> {
    let functions = NATIVE.get(py).ok_or_else(|| error::runtime("control was not taken"))?;
    functions.bind(py).as_any().get_item(name)
}
