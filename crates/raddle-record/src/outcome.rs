//! What a search came to.

use crate::{Finding, Frame, Part, Schedule};
use serde::{Deserialize, Serialize};

/// The answer of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every interleaving was tried.
    Clean,
    /// The budget ended first.
    CleanSoFar,
    /// A bug was found.
    Finding,
    /// The program fails before a second task exists.
    Failed,
    /// No answer can be given; [`Outcome::reasons`] says why.
    Inconclusive,
}

impl Verdict {
    /// The word for it in JSON.
    pub const fn slug(self) -> &'static str {
        match self {
            Verdict::Clean => "clean",
            Verdict::CleanSoFar => "clean-so-far",
            Verdict::Finding => "finding",
            Verdict::Failed => "failed",
            Verdict::Inconclusive => "inconclusive",
        }
    }

    /// The exit code of `raddle check`.
    pub const fn exit_code(self) -> u8 {
        match self {
            Verdict::Clean | Verdict::CleanSoFar => 0,
            Verdict::Finding => 1,
            Verdict::Failed => 3,
            Verdict::Inconclusive => 4,
        }
    }
}

/// Something that ran but was not controlled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncontrolled {
    /// What: `subprocess.Popen`, `a thread of the operating system`.
    pub what: String,
    /// Where, if known.
    pub at: Option<Frame>,
}

/// Worth knowing, but no finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// A slug: `data-race`.
    pub kind: String,
    /// One sentence.
    pub text: String,
    /// Where, if at a place.
    pub at: Option<Frame>,
}

/// A finding with the schedule that shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The bug.
    pub finding: Finding,
    /// How to get there again.
    pub schedule: Schedule,
    /// What the failing execution printed, if its output was captured.
    pub output: String,
}

/// What executions have covered.
///
/// An operation is told by its task, its place, what that did just before, and the how-manieth time it comes there (of four and
/// more all are one); only those count that are done to something that another task uses, too, in a conflicting way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// How many operations.
    pub operations: u64,
    /// How many pairs of them conflict: two tasks do them to one thing, one of them changes it, and one came right after the other.
    pub pairs: u64,
    /// How many of these have come in both orders. Not all others could.
    pub both_orders: u64,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The answer.
    pub verdict: Verdict,
    /// How many executions ran to their end; the preliminary ones are not among them.
    pub executions: u64,
    /// How many an exhaustive strategy did again, as more places had turned out to be points, or a simpler one had to take over.
    pub preliminary: u64,
    /// How many were ended since whatever came had been seen: work in vain.
    pub redundant: u64,
    /// How many of them were inequivalent.
    pub distinct: u64,
    /// Whether the strategy had nothing left to try.
    pub exhausted: bool,
    /// How many points the executions had in all.
    pub points: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The seed.
    pub seed: u64,
    /// The strategy's name.
    pub strategy: String,
    /// The most preemptions that an execution could have.
    #[serde(default)]
    pub preemptions: Option<u64>,
    /// The most delays that it could have.
    #[serde(default)]
    pub delays: Option<u64>,
    /// What the executions have covered, if the strategy learns from that.
    #[serde(default)]
    pub covered: Option<Covered>,
    /// What ran but was not controlled.
    pub uncontrolled: Vec<Uncontrolled>,
    /// Worth knowing.
    pub notes: Vec<Note>,
    /// Why the verdict is no better: one sentence each.
    pub reasons: Vec<String>,
    /// The bugs.
    pub findings: Vec<Found>,
    /// Whether the user ended it early.
    pub interrupted: bool,
    /// If this is a part of a search: what it leaves for those who join the parts.
    #[serde(default)]
    pub part: Option<Box<Part>>,
}

impl Outcome {
    /// How many executions were run in all, those that were done again or in vain with them.
    pub const fn tried(&self) -> u64 {
        self.executions + self.preliminary + self.redundant
    }

    /// Whether everything was tried that it was to try, and no bug found: of a search that makes it clean, of a part of one no more
    /// than that.
    pub const fn is_complete(&self) -> bool {
        let clean = matches!(self.verdict, Verdict::Clean | Verdict::CleanSoFar);
        clean && self.exhausted && self.reasons.is_empty() && !self.interrupted
    }
}

/// Where a schedule could not be followed any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// The choice that could not be made, counted from 0.
    pub at: usize,
    /// What the schedule says: who, doing what to which object.
    pub expected: String,
    /// What the program offered instead.
    pub got: String,
}

/// What came of running a schedule again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The bug, if it showed itself.
    pub found: Option<Found>,
    /// Where the execution left the schedule, if it did.
    pub diverged: Option<Divergence>,
    /// What the execution printed.
    pub output: String,
}
