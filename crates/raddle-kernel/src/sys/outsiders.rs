//! Notices threads that a controlled task starts behind Raddle's back.
//!
//! A task of a controlled run that starts a thread of the operating system would otherwise go unseen as long as that thread touches
//! no object of ours, and the verdict would claim what was never checked. So the one function that starts threads is stood in
//! for: the definition here comes before the C library's when a program is linked, tells the controller of the calling thread if
//! there is one, and calls the real function. Outside a controlled run it costs a load and a branch for each thread started.
//! In a shared library (the Python extension) the C library's own definition comes first, and nothing changes.

use libc::{c_int, c_void, pthread_attr_t, pthread_t};
use std::sync::OnceLock;

type Body = extern "C" fn(*mut c_void) -> *mut c_void;
type Create = unsafe extern "C" fn(*mut pthread_t, *const pthread_attr_t, Body, *mut c_void) -> c_int;

/// The C library's function; `None` if it cannot be found, as in a static program.
fn real() -> Option<Create> {
    static REAL: OnceLock<Option<Create>> = OnceLock::new();
    *REAL.get_or_init(|| {
        // SAFETY: the name is a string that ends in NUL.
        let address = unsafe { libc::dlsym(libc::RTLD_NEXT, c"pthread_create".as_ptr()) };
        // SAFETY: POSIX fixes the signature of the function of this name; null becomes `None`.
        unsafe { std::mem::transmute::<*mut c_void, Option<Create>>(address) }
    })
}

/// Starts a thread, as the C library's function of this name.
///
/// # Safety
/// - The duties are those of POSIX's `pthread_create`.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_create(
    thread: *mut pthread_t,
    attributes: *const pthread_attr_t,
    body: Body,
    argument: *mut c_void,
) -> c_int {
    if crate::watched()
        && let Some(controller) = crate::control::controller()
    {
        controller.outside("a thread that Raddle did not start", None);
    }
    match real() {
        // SAFETY: the caller keeps the duties of this very function.
        Some(create) => unsafe { create(thread, attributes, body, argument) },
        None => libc::ENOSYS,
    }
}

/// Makes the linker take this module, and with it the definition above, into every program that runs anything under control.
pub(crate) fn arm() {
    std::hint::black_box(pthread_create as *const () as usize);
}
