//! The tasks of the execution that this thread is in, as Python numbers and names them.

use super::local::Local;
use super::thread::ThreadHandle;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use raddle::engine::kernel::TaskId;
use std::cell::{Cell, RefCell};

/// What Python knows of a task.
struct Task {
    id: TaskId,
    /// Its `threading.Thread`, if it was started as one and has not ended.
    thread: Option<Py<PyAny>>,
    /// What that was called at the end, if a report may ask.
    name: Option<String>,
    /// The thread-local objects that it has values in.
    locals: Vec<Py<PyWeakrefReference>>,
    ended: bool,
}

thread_local! {
    /// The execution that this thread is in; 0 outside.
    static EXECUTION: Cell<u64> = const { Cell::new(0) };
    /// The last execution's number.
    static LAST: Cell<u64> = const { Cell::new(0) };
    static TASKS: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    /// The task asked about last, and its place in `TASKS`.
    static RECENT: Cell<(TaskId, usize)> = const { Cell::new((0, 0)) };
    /// Threads that the program waits for before it ends, in the order of their start.
    static AWAITED: RefCell<Vec<Py<ThreadHandle>>> = const { RefCell::new(Vec::new()) };
}

/// The execution that this thread is in, if any: a number that is never used again on this thread.
#[inline]
pub(super) fn execution() -> Option<u64> {
    let number = EXECUTION.get();
    (number != 0).then_some(number)
}

/// Begins an execution, whose main task is running.
pub(super) fn begin() {
    LAST.set(LAST.get() + 1);
    EXECUTION.set(LAST.get());
    index();
}

/// Ends the execution: its tasks have ended.
pub(super) fn end(py: Python<'_>) {
    for task in TASKS.take() {
        forget_locals(py, &task.locals, None);
    }
    AWAITED.take();
    RECENT.set((0, 0));
    EXECUTION.set(0);
}

/// The running task's number among those of its execution; the main task's is 0.
#[inline]
pub(super) fn index() -> usize {
    index_of(raddle::engine::kernel::current())
}

fn index_of(id: TaskId) -> usize {
    let (recent, index) = RECENT.get();
    if recent == id {
        return index;
    }
    let index = TASKS.with_borrow_mut(|tasks| {
        tasks.iter().position(|task| task.id == id).unwrap_or_else(|| {
            tasks.push(Task { id, thread: None, name: None, locals: Vec::new(), ended: false });
            tasks.len() - 1
        })
    });
    RECENT.set((id, index));
    index
}

/// What `get_ident()` says to the task with this index: never 0.
pub(super) const fn ident(index: usize) -> usize {
    index + 1
}

/// What `get_ident()` says in an execution; None outside.
pub(crate) fn ident_here() -> Option<usize> {
    execution().map(|_| ident(index()))
}

/// The number that the next task will get.
pub(super) fn next() -> usize {
    TASKS.with_borrow(Vec::len)
}

/// How many tasks run, beside the main one.
pub(super) fn running() -> usize {
    TASKS.with_borrow(|tasks| tasks.iter().skip(1).filter(|task| !task.ended).count())
}

/// Takes in a task that was just started; its number is what [`next`] said before.
pub(super) fn add(id: TaskId, thread: Option<Py<PyAny>>) {
    TASKS.with_borrow_mut(|tasks| tasks.push(Task { id, thread, name: None, locals: Vec::new(), ended: false }));
}

/// What the `threading.Thread` of a task is called, or was when it ended.
pub(super) fn name(py: Python<'_>, id: TaskId) -> Option<String> {
    let (thread, name) = TASKS.with_borrow(|tasks| {
        let task = tasks.iter().find(|task| task.id == id)?;
        Some((task.thread.as_ref().map(|thread| thread.bind(py).clone()), task.name.clone()))
    })?;
    thread.and_then(|thread| name_of(&thread)).or(name)
}

fn name_of(thread: &Bound<'_, PyAny>) -> Option<String> {
    thread.getattr(intern!(thread.py(), "_name")).ok()?.extract().ok()
}

/// The running task's `threading.Thread`, if it was started as one.
pub(super) fn thread_here(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    let index = index();
    TASKS.with_borrow(|tasks| Some(tasks[index].thread.as_ref()?.bind(py).clone()))
}

/// The running task is about to keep values in `local`.
pub(super) fn uses(local: &Bound<'_, Local>) -> PyResult<()> {
    let reference = PyWeakrefReference::new(local)?.unbind();
    let index = index();
    TASKS.with_borrow_mut(|tasks| tasks[index].locals.push(reference));
    Ok(())
}

/// The running task has ended: its thread-local values go, as they do at the end of a thread.
pub(super) fn ended(py: Python<'_>) {
    let index = index();
    let (thread, locals) = TASKS.with_borrow_mut(|tasks| {
        let task = &mut tasks[index];
        task.ended = true;
        (task.thread.take(), std::mem::take(&mut task.locals))
    });
    if let Some(thread) = thread.filter(|_| raddle::engine::explore::recording()) {
        let name = name_of(thread.bind(py));
        TASKS.with_borrow_mut(|tasks| tasks[index].name = name);
    }
    forget_locals(py, &locals, Some(index));
    super::access::let_go();
}

fn forget_locals(py: Python<'_>, locals: &[Py<PyWeakrefReference>], task: Option<usize>) {
    for reference in locals {
        if let Some(local) = reference.bind(py).upgrade()
            && let Ok(local) = local.cast_into::<Local>()
        {
            Local::forget(&local, EXECUTION.get(), task);
        }
    }
}

/// The program waits for this thread before it ends.
pub(super) fn await_at_exit(handle: Py<ThreadHandle>) {
    AWAITED.with_borrow_mut(|awaited| awaited.push(handle));
}

/// The oldest thread that the program has not waited for yet.
pub(super) fn next_awaited() -> Option<Py<ThreadHandle>> {
    AWAITED.with_borrow_mut(|awaited| (!awaited.is_empty()).then(|| awaited.remove(0)))
}
