//! Objects whose insides somebody has asked for.
//!
//! The standard library's classes are written in Python, and programs reach into them: `with event._cond`, `with queue.mutex`,
//! `future._state = FINISHED`. An object of ours has no such fields until then. Whoever asks for one opens the object: what it holds
//! moves into attributes of the names that the standard library uses, everybody who waits is sent there, and from then on the standard
//! library's own code runs on it. It costs what the standard library costs, and means the same.

use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};

/// A field that an object has once it is opened.
#[pyclass(frozen)]
#[derive(Debug)]
pub(crate) struct Field {
    name: Py<PyString>,
    look: Look,
    open: fn(&Bound<'_, PyAny>) -> PyResult<()>,
}

/// The value of a field of an object that need not be opened for it.
type Look = for<'py> fn(&Bound<'py, PyAny>, &str) -> PyResult<Option<Bound<'py, PyAny>>>;

#[pymethods]
impl Field {
    fn __get__<'py>(
        this: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _owner: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(instance) = instance else { return Ok(this.as_any().clone()) };
        let (Field { look, open, .. }, name) = (this.get(), this.get().name.bind(this.py()));
        if let Some(value) = look(instance, name.to_str()?)? {
            return Ok(value);
        }
        open(instance)?;
        get(instance, name)
    }

    fn __set__(&self, instance: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        (self.open)(instance)?;
        set(instance, self.name.bind(instance.py()), value)
    }

    fn __delete__(&self, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        (self.open)(instance)?;
        attributes(instance)?.del_item(&self.name).map_err(|_| missing(instance, self.name.bind(instance.py())))
    }
}

/// Gives a class the fields of the standard library's, which `open` makes for an object.
pub(crate) fn give(
    class: &Bound<'_, PyType>,
    names: &[&str],
    open: fn(&Bound<'_, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    give_seen(class, names, |_, _| Ok(None), open)
}

/// As [`give`], for fields of which `look` knows the values without opening the object.
pub(crate) fn give_seen(
    class: &Bound<'_, PyType>,
    names: &[&str],
    look: Look,
    open: fn(&Bound<'_, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    for name in names {
        let name = PyString::intern(class.py(), name);
        class.setattr(&name, Field { name: name.clone().unbind(), look, open })?;
    }
    Ok(())
}

/// The attributes of the object itself.
pub(crate) fn attributes<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    Ok(object.getattr(intern!(object.py(), "__dict__"))?.cast_into()?)
}

/// A field of an open object.
pub(crate) fn get<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
    attributes(object)?.get_item(name)?.ok_or_else(|| missing(object, name))
}

fn missing(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> PyErr {
    let class = object.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
    PyAttributeError::new_err(format!("'{class}' object has no attribute '{name}'"))
}

/// Sets a field of an open object.
pub(crate) fn set(object: &Bound<'_, PyAny>, name: &Bound<'_, PyString>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    attributes(object)?.set_item(name, value)
}

/// Calls a method of `class`, which is the standard library's, on an open object.
pub(crate) fn call<'py>(
    class: &Bound<'py, PyType>,
    object: &Bound<'py, PyAny>,
    method: &str,
    arguments: impl PyCallArgs<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let method = class.getattr(method)?.call_method1(intern!(class.py(), "__get__"), (object,))?;
    method.call1(arguments)
}
