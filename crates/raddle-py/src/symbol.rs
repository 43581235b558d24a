//! Functions of the interpreter that are outside its stable interface: looked up by name, done without where they are missing.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::sync::OnceLock;

/// A function of the interpreter, looked up when it is first wanted.
pub(crate) struct Symbol<F> {
    name: &'static CStr,
    address: OnceLock<usize>,
    function: PhantomData<F>,
}

impl<F: Copy> Symbol<F> {
    /// The function called `name`.
    ///
    /// # Safety
    /// - `F` is the type of a C function pointer.
    /// - Wherever the interpreter has a function of this name, it has that type.
    pub(crate) const unsafe fn new(name: &'static CStr) -> Self {
        Symbol { name, address: OnceLock::new(), function: PhantomData }
    }

    /// The function, if this interpreter has it.
    pub(crate) fn get(&self) -> Option<F> {
        let address = *self.address.get_or_init(|| {
            // SAFETY: the name is a C string, and a lookup in the process itself loads nothing.
            unsafe { libc::dlsym(libc::RTLD_DEFAULT, self.name.as_ptr()) }.addr()
        });
        const { assert!(size_of::<F>() == size_of::<usize>(), "a symbol is a function pointer") };
        // SAFETY: `new` was promised that what is found under this name is an `F`.
        (address != 0).then(|| unsafe { std::mem::transmute_copy(&address) })
    }
}
