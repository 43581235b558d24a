//! What the user calls things: looked up when a report is written, never earlier.

use super::thread::ThreadHandle;
use crate::identity;
use pyo3::intern;
use pyo3::prelude::*;
use raddle::engine::kernel::ObjectId;
use std::collections::HashMap;

/// The engine's number of a synchronisation object; 0 if it is none, or no run has met it.
#[pyfunction]
pub(super) fn object_number(object: &Bound<'_, PyAny>) -> ObjectId {
    object.cast::<ThreadHandle>().map_or_else(|_| identity::number(object), |handle| handle.get().number())
}

/// What the program's variables call these objects, where one leads to them.
pub(super) fn of_objects(
    program: &Bound<'_, PyAny>,
    objects: &[ObjectId],
    frames: Vec<Bound<'_, PyAny>>,
) -> Vec<Option<String>> {
    let py = program.py();
    let found = program.call_method1(intern!(py, "names"), (objects.to_vec(), frames));
    let found: HashMap<ObjectId, String> = match found.and_then(|found| found.extract()) {
        Ok(found) => found,
        Err(e) => {
            e.write_unraisable(py, None);
            HashMap::new()
        }
    };
    objects.iter().map(|object| found.get(object).cloned()).collect()
}
