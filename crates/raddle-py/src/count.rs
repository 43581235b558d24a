//! How many of something a Python caller wants, read as liberally as the standard library does, which only compares it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyInt;

/// A number of things: what is not whole is rounded away from zero, and what is too large to be reached is as good as the largest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count(pub(crate) i64);

impl<'py> FromPyObject<'_, 'py> for Count {
    type Error = PyErr;

    fn extract(count: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if count.is_instance_of::<PyInt>()
            && let Ok(whole) = count.extract()
        {
            return Ok(Count(whole));
        }
        // What cannot be compared is no count.
        let negative = count.lt(0)?;
        if count.is_instance_of::<PyInt>() {
            return Ok(Count(if negative { i64::MIN } else { i64::MAX }));
        }
        let number: f64 = count.extract()?;
        if number.is_nan() {
            let class = count.get_type().name()?.to_string();
            return Err(PyTypeError::new_err(format!("'{class}' object cannot be interpreted as an integer")));
        }
        // Away from zero; a cast keeps to the limits.
        Ok(Count(if negative { number.floor() } else { number.ceil() } as i64))
    }
}
