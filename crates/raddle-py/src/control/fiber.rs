//! Thread states: what a fiber needs of the interpreter.
//!
//! Each stack gets a `PyThreadState` of its own, and both are used again together, because making one costs more than
//! switching to it a hundred times. A state that was cleared cannot run again, so one that goes back to the pool is emptied by
//! hand: its dictionary, its context, its tracing and its hooks for asynchronous generators.
//!
//! Invariant 1: exactly one of the states made here, or the thread's own, is current; [`ThreadStates::current`] says which.
//! Invariant 2: a state is only ever current on the stack that it was made for, except while it is emptied, when no Python code runs.

use crate::symbol::Symbol;
use crate::version::since;
use pyo3::ffi;
use pyo3::prelude::*;
use raddle::engine::explore::StackBounds;
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::process;
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

type State = *mut ffi::PyThreadState;

/// Room that is left to code that runs beyond the stack's protection, such as a signal handler's.
const MARGIN: usize = 128 << 10;

/// From CPython 3.14 on the bounds of the C stack belong to the thread state, and are taken from the thread of the operating system if nobody sets them.
static SET_STACK_PROTECTION: Symbol<unsafe extern "C" fn(State, *mut c_void, usize) -> c_int> =
    // SAFETY: declared so in CPython's `cpython/pystate.h`.
    unsafe { Symbol::new(c"PyUnstable_ThreadState_SetStackProtection") };
static CONTEXT_NEW: Symbol<unsafe extern "C" fn() -> *mut ffi::PyObject> =
    // SAFETY: declared so in CPython's `cpython/context.h`.
    unsafe { Symbol::new(c"PyContext_New") };
static CONTEXT_ENTER: Symbol<unsafe extern "C" fn(*mut ffi::PyObject) -> c_int> =
    // SAFETY: declared so in CPython's `cpython/context.h`.
    unsafe { Symbol::new(c"PyContext_Enter") };
static CONTEXT_EXIT: Symbol<unsafe extern "C" fn(*mut ffi::PyObject) -> c_int> =
    // SAFETY: declared so in CPython's `cpython/context.h`.
    unsafe { Symbol::new(c"PyContext_Exit") };

/// The state that is current on the thread of the search, for [`super::alarm`], which looks from another thread.
pub(super) static CURRENT: AtomicPtr<ffi::PyThreadState> = AtomicPtr::new(null_mut());

struct Fiber {
    state: State,
    /// In which the state was made.
    process: u32,
    /// The state's dictionary; the state owns it.
    dict: *mut ffi::PyObject,
    /// The context that its task runs in.
    context: Option<Py<PyAny>>,
    /// A task has run on it and has not ended: a state that can never be used again, if the session is over.
    busy: bool,
}

thread_local! {
    /// Emptied states of earlier sessions of this thread.
    static IDLE: RefCell<Vec<Fiber>> = const { RefCell::new(Vec::new()) };
}

/// The thread states of a session's fibers.
pub(super) struct ThreadStates {
    fibers: RefCell<Vec<Fiber>>,
    /// The thread's own state.
    host: State,
    current: Cell<Option<usize>>,
    /// `sys.gettrace`, `sys.settrace`, `sys.getprofile`, `sys.setprofile`, `sys.set_asyncgen_hooks`.
    resets: Resets,
}

struct Resets {
    get_trace: Py<PyAny>,
    set_trace: Py<PyAny>,
    get_profile: Py<PyAny>,
    set_profile: Py<PyAny>,
    set_asyncgen_hooks: Py<PyAny>,
}

impl ThreadStates {
    /// No states yet; the calling thread's own is the host.
    pub(super) fn new(py: Python<'_>) -> PyResult<Self> {
        let sys = py.import("sys")?;
        let function = |name| sys.getattr(name).map(Bound::unbind);
        // SAFETY: this thread is attached, as `py` shows.
        let host = unsafe { ffi::PyThreadState_Get() };
        Ok(ThreadStates {
            fibers: RefCell::default(),
            host,
            current: Cell::new(None),
            resets: Resets {
                get_trace: function("gettrace")?,
                set_trace: function("settrace")?,
                get_profile: function("getprofile")?,
                set_profile: function("setprofile")?,
                set_asyncgen_hooks: function("set_asyncgen_hooks")?,
            },
        })
    }

    /// Makes a state for a fiber on this stack; returns its number.
    pub(super) fn make(&self, stack: StackBounds) -> usize {
        let usable = IDLE.with_borrow_mut(|idle| {
            // A fork takes all states but the forking thread's own from the child.
            idle.retain(|fiber| fiber.process == process::id());
            idle.pop()
        });
        let fiber = usable.unwrap_or_else(new_fiber);
        let state = fiber.state;
        if let Some(protect) = SET_STACK_PROTECTION.get() {
            let start = std::ptr::without_provenance_mut(stack.limit + MARGIN);
            // SAFETY: no code runs under the state yet, and the bounds are those of the stack that it will run on.
            unsafe { protect(state, start, stack.base - stack.limit - MARGIN) };
        }
        let mut fibers = self.fibers.borrow_mut();
        fibers.push(fiber);
        fibers.len() - 1
    }

    /// Makes a fiber's state current, or the thread's own.
    pub(super) fn resume(&self, fiber: Option<usize>) {
        if self.current.replace(fiber) == fiber {
            return;
        }
        let mut fibers = self.fibers.borrow_mut();
        let Some(fiber) = fiber.map(|number| &mut fibers[number]) else {
            return swap(self.host);
        };
        fiber.busy = true;
        swap(fiber.state);
        if fiber.dict.is_null() {
            // SAFETY: a state is current; the reference is borrowed from it, and it lives as long.
            fiber.dict = unsafe { ffi::PyThreadState_GetDict() };
        }
        if fiber.context.is_none() {
            fiber.context = enter_context();
        }
    }

    /// Empties a fiber's state, whose task has ended, for the next task.
    pub(super) fn empty(&self, number: usize) {
        self.resume(Some(number));
        let (context, dict) = {
            let mut fibers = self.fibers.borrow_mut();
            let fiber = &mut fibers[number];
            fiber.busy = false;
            (fiber.context.take(), fiber.dict)
        };
        // The stack is not the fiber's any more: none of this runs Python code.
        Python::attach(|py| {
            self.reset(py);
            if let Some(context) = &context {
                leave_context(py, context);
            }
        });
        self.resume(None);
        // Destructors may run, under the thread's own state.
        drop(context);
        if !dict.is_null() {
            // SAFETY: the state that owns the dictionary lives as long as the process.
            unsafe { ffi::PyDict_Clear(dict) };
        }
    }

    /// The innermost frames of all fibers whose tasks have not ended.
    pub(super) fn frames<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        let fibers = self.fibers.borrow();
        let frame = |fiber: &Fiber| {
            // SAFETY: the state is one of ours, and does not run: this thread is attached.
            let frame = unsafe { ffi::PyThreadState_GetFrame(fiber.state) };
            // SAFETY: the function returns a new reference, or null.
            unsafe { Bound::from_owned_ptr_or_opt(py, frame.cast()) }
        };
        fibers.iter().filter(|fiber| fiber.busy).filter_map(frame).collect()
    }

    fn reset(&self, py: Python<'_>) {
        let Resets { get_trace, set_trace, get_profile, set_profile, set_asyncgen_hooks } = &self.resets;
        for (get, set) in [(get_trace, set_trace), (get_profile, set_profile)] {
            if get.bind(py).call0().is_ok_and(|function| !function.is_none()) {
                // Unsetting fails only where an audit hook forbids it.
                let _ = set.bind(py).call1((py.None(),));
            }
        }
        let _ = set_asyncgen_hooks.bind(py).call1((py.None(), py.None()));
    }
}

impl Drop for ThreadStates {
    fn drop(&mut self) {
        self.resume(None);
        let idle = self.fibers.get_mut().drain(..).filter(|fiber| !fiber.busy);
        IDLE.with_borrow_mut(|pool| pool.extend(idle));
    }
}

fn new_fiber() -> Fiber {
    // SAFETY: the thread is attached whenever the engine calls the front.
    let interpreter = unsafe { ffi::PyInterpreterState_Get() };
    // SAFETY: `interpreter` is the one that this thread is attached to.
    let state = unsafe { ffi::PyThreadState_New(interpreter) };
    assert!(!state.is_null(), "no memory for the thread state of one more task");
    Fiber { state, process: process::id(), dict: null_mut(), context: None, busy: false }
}

/// Enters a fresh context, as a new thread does: a state that was used before keeps its last one.
fn enter_context() -> Option<Py<PyAny>> {
    let (new, enter) = (CONTEXT_NEW.get()?, CONTEXT_ENTER.get()?);
    Python::attach(|py| {
        // SAFETY: the thread is attached; the function takes nothing.
        let context = unsafe { new() };
        // SAFETY: the function returns a new reference, or null with an exception set.
        let context = unsafe { Bound::from_owned_ptr_or_err(py, context) }.ok()?;
        // SAFETY: `context` is a context, and entered nowhere.
        let entered = unsafe { enter(context.as_ptr()) };
        (entered == 0).then(|| context.unbind())
    })
}

fn leave_context(py: Python<'_>, context: &Py<PyAny>) {
    let Some(exit) = CONTEXT_EXIT.get() else { return };
    // SAFETY: `context` is a context; whether it is the one entered last is checked by the function.
    if unsafe { exit(context.as_ptr()) } != 0 {
        // The task ended inside a context of its own making.
        drop(PyErr::take(py));
    }
}

fn swap(state: State) {
    let key = gilstate_key();
    // Release: pairs with the Acquire in `alarm`.
    CURRENT.store(state, Ordering::Release);
    // SAFETY: the thread is attached, and `state` is its own or one made by `make`, current nowhere else (invariant 1).
    unsafe { ffi::PyThreadState_Swap(state) };
    if let Some(key) = key {
        // SAFETY: the key was found in use, and the interpreter keeps a thread state under it.
        unsafe { libc::pthread_setspecific(key, state.cast()) };
    }
}

/// The key under which `PyGILState_Ensure` finds this thread's state, where `PyThreadState_Swap` leaves it alone.
///
/// That is CPython 3.11: what calls back from C (ctypes, Cython) would abort the process on the wrong state.
/// The key is found by its value; no structure of the interpreter is looked into.
fn gilstate_key() -> Option<libc::pthread_key_t> {
    static KEY: OnceLock<Option<libc::pthread_key_t>> = OnceLock::new();
    const KEYS: libc::pthread_key_t = 1024;
    *KEY.get_or_init(|| {
        if since(12) {
            return None;
        }
        // SAFETY: may be called by any thread.
        let mine = unsafe { ffi::PyGILState_GetThisThreadState() };
        let holds_mine = |key: &libc::pthread_key_t| {
            // SAFETY: a key that is not in use reads as null.
            let value = unsafe { libc::pthread_getspecific(*key) };
            value == mine.cast()
        };
        (0..KEYS).find(holds_mine)
    })
}
