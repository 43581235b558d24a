//! The interpreter's own containers, and who may change them.

use super::place::class_attribute;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyDict, PyFrozenSet, PyFunction, PyList, PySet, PyString, PyTuple, PyType};

/// How a container's items are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// By key: `dict`, `OrderedDict`, `defaultdict`, `Counter`.
    Dict,
    /// By themselves.
    Set,
    /// By index: `list`, `deque`, `bytearray`, `array`.
    Sequence,
}

impl Container {
    /// What sort of container it is, if it is one of the interpreter's that can change.
    pub(super) fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
        match () {
            () if object.is_instance_of::<PyDict>() => Some(Container::Dict),
            () if object.is_instance_of::<PyList>() => Some(Container::Sequence),
            () if object.is_instance_of::<PySet>() => Some(Container::Set),
            () if object.is_instance_of::<PyByteArray>() => Some(Container::Sequence),
            () if is_deque(object) || is_array(object) => Some(Container::Sequence),
            () => None,
        }
    }
}

fn is_deque(object: &Bound<'_, PyAny>) -> bool {
    static DEQUE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = object.py();
    DEQUE.import(py, "_collections", "deque").is_ok_and(|class| object.is_instance(class).unwrap_or(false))
}

/// An `array.array`: the module is not imported for this.
fn is_array(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    class.name().is_ok_and(|name| name == "array") && class.module().is_ok_and(|module| module == "array")
}

/// What never changes: `str`, `int`, `tuple`, `range`, …
pub(super) fn is_immutable(object: &Bound<'_, PyAny>) -> bool {
    object.is_none()
        || object.is_instance_of::<PyString>()
        || object.is_instance_of::<PyTuple>()
        || object.is_instance_of::<PyFrozenSet>()
        || object.is_instance_of::<pyo3::types::PyInt>()
        || object.is_instance_of::<pyo3::types::PyFloat>()
        || object.is_instance_of::<pyo3::types::PyBytes>()
        || object.is_instance_of::<pyo3::types::PyRange>()
}

/// The dictionary that a view of one (`d.items()`) looks into, or the object itself.
pub(super) fn behind_view<'py>(object: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    let py = object.py();
    let is_view = object.is_instance_of::<pyo3::types::PyDictKeys>()
        || object.is_instance_of::<pyo3::types::PyDictValues>()
        || object.is_instance_of::<pyo3::types::PyDictItems>();
    let mapping = is_view.then(|| object.getattr(intern!(py, "mapping")).ok()).flatten();
    // A read-only proxy of the dictionary, which gives away what it stands for only by a method that copies nothing.
    mapping.and_then(|proxy| dict_of_proxy(&proxy)).unwrap_or_else(|| object.clone())
}

fn dict_of_proxy<'py>(proxy: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    // `proxy | x` asks the dictionary itself: an object whose `__ror__` returns its argument gets hold of it.
    let catcher = Bound::new(proxy.py(), Catcher).ok()?;
    proxy.bitor(catcher).ok()
}

#[pyclass(frozen)]
struct Catcher;

#[pymethods]
impl Catcher {
    fn __ror__<'py>(&self, other: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        other.clone()
    }
}

/// Whose code a special method of an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// There is none.
    Missing,
    /// Compiled code, or Python code that was not rewritten: it announces nothing.
    Unseen,
    /// The user's own, rewritten: it announces its accesses itself.
    Rewritten,
}

/// Whose code `type(object).name` is.
pub(super) fn code_of<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Code {
    let Some(found) = class_attribute(&object.get_type(), name) else { return Code::Missing };
    match found.cast::<PyFunction>() {
        Ok(function) if super::frames::is_users(function) => Code::Rewritten,
        _ => Code::Unseen,
    }
}
