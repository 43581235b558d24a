//! A finding: a bug that can be shown.

use crate::{Fingerprint, Schedule};
use serde::{Deserialize, Serialize};

/// The kinds of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Tasks wait for each other, or for what nobody will do.
    Deadlock,
    /// A condition was notified before the wait that needed it.
    LostWakeup,
    /// A lock's owner ended without releasing it, and others wait for it.
    LockLeaked,
    /// Every worker of a pool waits for work queued behind it.
    PoolStarvation,
    /// Tasks run for ever without getting on.
    Livelock,
    /// A write overwrote another that its author had not seen.
    LostUpdate,
    /// A task acted on a test that was no longer true.
    StaleCheck,
    /// An assertion failed.
    Assertion,
    /// An exception or panic left a task.
    UncaughtException,
    /// Two accesses, one a write, that nothing orders.
    DataRace,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: [FindingKind; 10] = [
        FindingKind::Deadlock,
        FindingKind::LostWakeup,
        FindingKind::LockLeaked,
        FindingKind::PoolStarvation,
        FindingKind::Livelock,
        FindingKind::LostUpdate,
        FindingKind::StaleCheck,
        FindingKind::Assertion,
        FindingKind::UncaughtException,
        FindingKind::DataRace,
    ];

    /// The word for it, as used in verdicts, files and page names.
    pub const fn slug(self) -> &'static str {
        match self {
            FindingKind::Deadlock => "deadlock",
            FindingKind::LostWakeup => "lost-wakeup",
            FindingKind::LockLeaked => "lock-leaked",
            FindingKind::PoolStarvation => "pool-starvation",
            FindingKind::Livelock => "livelock",
            FindingKind::LostUpdate => "lost-update",
            FindingKind::StaleCheck => "stale-check",
            FindingKind::Assertion => "assertion",
            FindingKind::UncaughtException => "uncaught-exception",
            FindingKind::DataRace => "data-race",
        }
    }
}

/// A place in the user's source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frame {
    /// The file, as the user named it (relative to the working directory where possible).
    pub file: String,
    /// The line, from 1; 0 if unknown.
    pub line: u32,
    /// The function, if known.
    pub function: String,
    /// The line's text, trimmed; empty if the source is not at hand.
    pub text: String,
}

impl Frame {
    /// What stays the same when lines are added above; the line's number only if its text is not known.
    fn wherever_in_file(&self) -> (&str, &str, &str, u32) {
        (&self.file, &self.function, &self.text, if self.text.is_empty() { self.line } else { 0 })
    }
}

/// A task that plays a part in a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskInfo {
    /// Its stable path: `0`, `0.2`.
    pub path: String,
    /// What to call it: `main`, `Thread-1 (deposit)`.
    pub name: String,
    /// Whether it had ended.
    pub ended: bool,
}

/// An object that plays a part in a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInfo {
    /// What it is: `lock`, `queue`.
    pub kind: String,
    /// The user's name for it (`accounts[0].lock`), if one was found.
    pub name: Option<String>,
    /// Where it was made, if known.
    pub created: Option<Frame>,
    /// Its stable name in schedules: `lock 0/1`.
    pub stable: String,
}

/// How a location was accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Read.
    Read,
    /// Written.
    Wrote,
    /// Read and written in one step.
    Updated,
}

/// One access to a shared location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// By whom: an index into [`Finding::tasks`].
    pub task: usize,
    /// How.
    pub mode: Mode,
    /// The value read or left there, shortened, if it can be shown.
    pub value: Option<String>,
    /// Where.
    pub at: Frame,
    /// The locks held then: indices into [`Finding::objects`].
    pub holding: Vec<usize>,
}

/// A lock that a task holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Which: an index into [`Finding::objects`].
    pub object: usize,
    /// By whom: an index into [`Finding::tasks`].
    pub task: usize,
    /// Where it was taken.
    pub since: Frame,
}

/// A task that can not go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Which task: an index into [`Finding::tasks`].
    pub task: usize,
    /// What it wants to do: an operation's slug.
    pub op: String,
    /// To which object: an index into [`Finding::objects`].
    pub object: usize,
    /// Where it stands; innermost frame of the user's code first.
    pub stack: Vec<Frame>,
    /// Who would have to act for it to go on, if that is known: indices into [`Finding::tasks`].
    pub waits_for: Vec<usize>,
}

/// Accesses to one location that nothing orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Race {
    /// The location as the user writes it: `account.value`.
    pub location: String,
    /// The accesses, in order of the execution.
    pub accesses: Vec<Access>,
}

/// A notify that found nobody, and the wait that came after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Who notified: an index into [`Finding::tasks`].
    pub notifier: usize,
    /// Where.
    pub notified: Frame,
    /// Who waited too late: an index into [`Finding::tasks`].
    pub waiter: usize,
    /// Where.
    pub waited: Frame,
}

/// A pool whose workers all wait for work queued behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Starved {
    /// The pool: an index into [`Finding::objects`].
    pub pool: usize,
    /// How many workers it has.
    pub workers: usize,
}

/// What is peculiar to a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Accesses to one location, in order of the execution.
    ///
    /// A lost update: read, the other's write, the overwriting write. A stale check: test, the other's write, the act.
    /// A data race: the two accesses.
    Accesses {
        /// The location as the user writes it: `account.value`.
        location: String,
        /// The accesses that tell the story.
        accesses: Vec<Access>,
        /// What failed because of it, if anything did.
        failure: Option<String>,
    },
    /// Nobody can go on.
    Stuck {
        /// The tasks that are stuck; the ones in the cycle first and in its order.
        blocked: Vec<Blocked>,
        /// How many of them form the cycle; 0 if there is none.
        cycle: usize,
        /// The locks that matter and who holds them.
        held: Vec<Held>,
        /// For a lost wake-up.
        missed: Option<Missed>,
        /// For a starved pool.
        starved: Option<Starved>,
        /// Who cleared, after it was set, an event that tasks wait for, or woke others than those who wait on a condition, and where.
        #[serde(default)]
        spent: Vec<Held>,
    },
    /// An exception, a panic, an assertion.
    Failure {
        /// In which task: an index into [`Finding::tasks`].
        task: usize,
        /// The exception's class; `panic` in Rust.
        class: String,
        /// Its message.
        message: String,
        /// Where it was raised; innermost frame of the user's code first.
        stack: Vec<Frame>,
        /// What each of the other tasks had done last before it, the newest first; for a join or a start, `waits_for` is its task.
        before: Vec<Blocked>,
        /// Accesses that nothing orders, if some belong to the failure: one of them is the failing task's.
        #[serde(default)]
        race: Option<Race>,
        /// What it read where it failed and others had written: the last write of each of them, in order.
        #[serde(default)]
        written: Option<Race>,
    },
    /// Tasks that run without getting on.
    Spinning {
        /// Where each runs round.
        loops: Vec<Blocked>,
    },
}

/// A bug that can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its kind.
    pub kind: FindingKind,
    /// Whether only a schedule in which a timer fired early shows it.
    pub timing: bool,
    /// What its schedule lets end early: a place for each sleep and each wait, once.
    #[serde(default)]
    pub early: Vec<Frame>,
    /// The tasks that play a part.
    pub tasks: Vec<TaskInfo>,
    /// The objects that play a part.
    pub objects: Vec<ObjectInfo>,
    /// The rest, by kind.
    pub detail: Detail,
}

impl Finding {
    /// Whether `other` is the same bug: the same kind at the same places in the source, which may have moved in their files.
    pub fn same_bug(&self, other: &Finding) -> bool {
        self.kind == other.kind && self.places(Frame::wherever_in_file) == other.places(Frame::wherever_in_file)
    }

    /// A short name that the same finding of the same program with the same schedule gets everywhere: eight hexadecimal digits.
    ///
    /// The program is told by what it was started with.
    pub fn id(&self, schedule: &Schedule, program: impl IntoIterator<Item = impl AsRef<str>>) -> String {
        let mut print = Fingerprint::new().with(self.kind.slug().as_bytes());
        for (file, line) in self.places(|frame| (frame.file.as_str(), frame.line)) {
            print = print.with(file.as_bytes()).with(&line.to_le_bytes());
        }
        for part in program {
            print = print.with(part.as_ref().as_bytes());
        }
        print.with(crate::encode(&schedule.bare()).as_bytes()).short()
    }

    /// What is to say about the places in the source that make it this finding, sorted.
    pub fn places<'a, T: Ord>(&'a self, of: impl FnMut(&'a Frame) -> T) -> Vec<T> {
        let frames: Vec<&Frame> = match &self.detail {
            Detail::Accesses { accesses, .. } => accesses.iter().map(|a| &a.at).collect(),
            Detail::Stuck { blocked, .. } => blocked.iter().filter_map(|b| b.stack.first()).collect(),
            Detail::Failure { stack, .. } => stack.first().into_iter().collect(),
            Detail::Spinning { loops } => loops.iter().filter_map(|b| b.stack.first()).collect(),
        };
        let mut places: Vec<T> = frames.into_iter().map(of).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}
