//! Which Python runs: some things are otherwise from one version to the next.

use pyo3::ffi;
use std::ffi::c_ulong;

/// Whether this is Python 3.`minor` or later. `Python::version_info` reads that from a text each time.
pub(crate) fn since(minor: u32) -> bool {
    // SAFETY: a constant of the interpreter.
    let version = unsafe { ffi::Py_Version };
    version >= c_ulong::from(0x0300_0000 | minor << 16)
}
