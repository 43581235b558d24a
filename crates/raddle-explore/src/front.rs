//! What the engine asks of the language above it.

use raddle_kernel::{ObjectId, TaskId};
use raddle_record::Frame;

/// A stack that a fiber runs on.
#[derive(Clone, Copy, Debug)]
pub struct StackBounds {
    /// The highest address, where it begins.
    pub base: usize,
    /// The lowest address that may be used.
    pub limit: usize,
}

/// The language above the engine: how its program runs, what its tasks need to be switched, how its things are called.
///
/// Called on the thread of the search. The methods that name things are called only when a finding is written.
pub trait Front {
    /// Puts everything back into the state in which each execution starts; called before each, outside any task.
    fn reset(&self);
    /// Runs the program once, as the main task.
    ///
    /// Returns when the program has ended as far as its language is concerned; tasks that still live then are unwound if
    /// [`Front::daemons`] says so, else waited for.
    fn main(&self);
    /// Called after each execution, outside any task; returns what the program printed.
    fn finish(&self) -> String;
    /// Whether tasks that outlive the main one are cut off, as Python's daemon threads.
    fn daemons(&self) -> bool;

    /// Makes what a fiber on this stack needs of the language (a thread state); its number is handed back below.
    fn fiber_made(&self, stack: StackBounds) -> usize;
    /// The fiber is about to run, or the thread's own stack if `None`.
    fn fiber_resumed(&self, fiber: Option<usize>);
    /// The fiber's task has ended; stack and `fiber` will be used again for another.
    fn fiber_emptied(&self, fiber: usize);

    /// The running task's frames of the user's code, innermost first; empty if the language leaves that to source locations.
    fn stack(&self) -> Vec<Frame>;
    /// The text of a line of source.
    fn source_line(&self, file: &str, line: u32) -> String;
    /// What the user calls these objects, where a name can be found.
    fn object_names(&self, objects: &[ObjectId]) -> Vec<Option<String>>;
    /// What the user calls this task.
    fn task_name(&self, task: TaskId) -> Option<String>;
    /// A fresh process's answer, where the language can give one: replays `schedule` elsewhere and returns the finding.
    fn current_value(&self, _location: u64) -> Option<String> {
        None
    }
}
