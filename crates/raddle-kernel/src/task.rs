//! Tasks: their numbers and how they start.

use crate::control::{Start, controller};
use crate::object::{Object, Target};
use crate::words::{Deadline, Effect, Kind, OWNER, Op, TaskId};
use std::cell::Cell;
use std::io;
use std::panic::Location;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(1);
/// Task numbers stay below this, so that a state word has four bits left.
const LIMIT: u32 = OWNER + 1;

thread_local! {
    static CURRENT: Cell<TaskId> = const { Cell::new(0) };
}

/// The running task's number: never 0, unique among live tasks.
#[inline(always)]
pub fn current() -> TaskId {
    let id = CURRENT.get();
    if id != 0 { id } else { first_id() }
}

#[cold]
#[inline(never)]
fn first_id() -> TaskId {
    let id = fresh_id();
    CURRENT.set(id);
    id
}

/// A new task number.
pub fn fresh_id() -> TaskId {
    loop {
        // Relaxed: only uniqueness matters.
        let id = NEXT.fetch_add(1, Ordering::Relaxed) % LIMIT;
        if id != 0 {
            return id;
        }
    }
}

/// Makes this thread run as task `id` from here on; for carriers that switch tasks on one thread. Returns the one before.
pub fn enter(id: TaskId) -> TaskId {
    CURRENT.replace(id)
}

/// A started task.
#[derive(Debug)]
pub struct Child {
    /// Its number, when a controlled run carries it.
    pub task: Option<TaskId>,
    /// Its thread, when it runs natively.
    pub thread: Option<std::thread::JoinHandle<()>>,
}

/// Starts a task that runs `body`; `thread` is the object that others join.
///
/// Natively a thread of the operating system with `stack` bytes (the platform's default if `None`).
/// `body` must settle `thread` itself when it ends, so that a join needs nothing of this crate but its word.
///
/// # Errors
/// The operating system's, when it gives no thread.
#[track_caller]
pub fn spawn(
    thread: Target<'_>,
    name: Option<String>,
    stack: Option<usize>,
    body: Box<dyn FnOnce() + Send>,
) -> io::Result<Child> {
    if crate::watched()
        && let Some(controller) = controller()
    {
        crate::point(Op::Spawn, thread, Deadline::Now, || true);
        let task = controller.spawn(Start { name, body }, Location::caller());
        crate::did(thread, Effect::Spawned(task));
        return Ok(Child { task: Some(task), thread: None });
    }
    let mut builder = std::thread::Builder::new();
    if let Some(name) = name {
        builder = builder.name(name);
    }
    if let Some(stack) = stack {
        builder = builder.stack_size(stack);
    }
    Ok(Child { task: None, thread: Some(builder.spawn(body)?) })
}

/// Lets other tasks run.
///
/// In a controlled run this is the mark of a task that cannot get on by itself: it is set behind the others.
#[track_caller]
pub fn yield_now() {
    if crate::watched() && controller().is_some() {
        let here = Object::new(0);
        let target = here.of(Kind::Clock);
        crate::point(Op::Yield, target, Deadline::Now, || true);
        crate::did(target, Effect::Yielded);
    } else {
        std::thread::yield_now();
    }
}
