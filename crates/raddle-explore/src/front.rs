//! What the engine asks of the language above it.

use crate::watchdog::Alarm;
use raddle_kernel::{ObjectId, TaskId};
use raddle_record::{Frame, Note};

/// What an earlier read has to do with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing that is known.
    None,
    /// The value read may flow into the value written.
    Flow,
    /// The value read decided that the write happens.
    Guard,
}

/// Which part of an owner is accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Member {
    /// One attribute, item or variable, by a hash of its name or key.
    Key(u64),
    /// All of it: iteration, how many keys a dictionary has, or a method that moves items about.
    Whole,
}

impl Member {
    /// A number for it: 0 for all of an owner.
    pub(crate) const fn number(self) -> u64 {
        match self {
            Member::Key(0) => 1,
            Member::Key(key) => key,
            Member::Whole => 0,
        }
    }
}

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
    /// What is worth knowing about the execution that [`Front::finish`] has ended; told if it ran to its end without a bug.
    fn notes(&self) -> Vec<Note> {
        Vec::new()
    }
    /// Whether tasks that outlive the main one are cut off, as Python's daemon threads.
    fn daemons(&self) -> bool;

    /// What to do, on another thread, when no point has been reached for five seconds: something blocks that is not ours.
    /// It is told where the last point stands in Rust's source.
    fn alarm(&self) -> Alarm;

    /// Whether a race alone is a bug in this language, whatever the options say.
    fn races_are_bugs(&self) -> bool {
        false
    }

    /// Makes what a fiber on this stack needs of the language (a thread state); its number is handed back below.
    fn fiber_made(&self, stack: StackBounds) -> usize;
    /// The fiber is about to run, or the thread's own stack if `None`.
    fn fiber_resumed(&self, fiber: Option<usize>);
    /// The fiber's task has ended; stack and `fiber` will be used again for another.
    fn fiber_emptied(&self, fiber: usize);

    /// Nothing orders an access and a change that no access tells of: the search does not see all.
    fn unproved(&self, _owner: usize) {}
    /// The running task stands at a point: others may run before it goes on.
    fn stands(&self) {}

    /// Whether [`Front::stack`] is the only source of places; else the source locations of operations are used.
    fn has_frames(&self) -> bool {
        true
    }
    /// The running task's frames of the user's code, innermost first; empty if the language leaves that to source locations.
    fn stack(&self) -> Vec<Frame>;
    /// The text of a line of source.
    fn source_line(&self, file: &str, line: u32) -> String;
    /// Whether an assertion stands at a place in the source.
    fn asserts(&self, _file: &str, _line: u32, _column: u32) -> bool {
        false
    }
    /// A number for what the running task's own variables hold and where it is in its code, if the language can tell:
    /// a loop that will end comes by with another number each time, one that spins does not.
    fn standing(&self) -> Option<u64> {
        None
    }
    /// Whether the running task handles an exception, which may leave it in the end.
    fn handling(&self) -> bool {
        false
    }
    /// What the user calls these objects, where a name can be found.
    fn object_names(&self, objects: &[ObjectId]) -> Vec<Option<String>>;
    /// What the user calls this task.
    fn task_name(&self, task: TaskId) -> Option<String>;

    /// What an access at `read` has to do with a later write at `store`, as far as the program's text tells.
    fn evidence(&self, _store: u32, _read: u32) -> Evidence {
        Evidence::None
    }
    /// Whether a write at `site` replaces what was there; else it adds something, or takes something away.
    fn replaces(&self, _site: u32) -> bool {
        true
    }
    /// The stable name of an access site, the same in every process: `bank.py Account.deposit load self.balance`.
    fn site_label(&self, site: u32) -> String {
        format!("site {site}")
    }
    /// The place of an access site.
    fn site_frame(&self, _site: u32) -> Frame {
        Frame::default()
    }
    /// What the user wrote there: `account.value`.
    fn site_text(&self, site: u32) -> String {
        self.site_label(site)
    }
    /// The value at a location now, shortened.
    fn value(&self, _owner: usize, _member: Member) -> Option<String> {
        None
    }
}
