//! What a search is told, and what it tells while it runs.

use raddle_record::{Known, Share};
use std::path::PathBuf;
use std::time::Duration;

/// Who chooses at points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StrategyKind {
    /// The portfolio: the natural run first, then all others in turn, by what they bring, until DPOR has nothing left or the
    /// budget ends.
    #[default]
    Mixed,
    /// One execution: each task runs until it blocks.
    Natural,
    /// A uniform choice at each point.
    Random,
    /// Probabilistic concurrency testing: random priorities with a few random changes.
    Pct,
    /// Partial order sampling: random priorities of operations, drawn anew where they conflict.
    Pos,
    /// Selectively uniform random walk: the orders of what tasks do to one thing at a time, each as likely as any other.
    Surw,
    /// Reads-from guided fuzzing: each execution goes for a read that gets what it never has.
    Rff,
    /// Every schedule, depth first.
    Dfs,
    /// One schedule of each class of equivalent ones, by optimal dynamic partial-order reduction; where time decides what comes, every
    /// schedule, depth first.
    Dpor,
}

impl StrategyKind {
    /// Every kind, in the order of help texts.
    pub const ALL: [StrategyKind; 9] = [
        StrategyKind::Mixed,
        StrategyKind::Natural,
        StrategyKind::Random,
        StrategyKind::Pct,
        StrategyKind::Pos,
        StrategyKind::Surw,
        StrategyKind::Rff,
        StrategyKind::Dfs,
        StrategyKind::Dpor,
    ];

    /// Its name on the command line.
    pub const fn slug(self) -> &'static str {
        match self {
            StrategyKind::Mixed => "mixed",
            StrategyKind::Natural => "natural",
            StrategyKind::Random => "random",
            StrategyKind::Pct => "pct",
            StrategyKind::Pos => "pos",
            StrategyKind::Surw => "surw",
            StrategyKind::Rff => "rff",
            StrategyKind::Dfs => "dfs",
            StrategyKind::Dpor => "dpor",
        }
    }

    /// The kind of that name.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }
}

/// What a search is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Who chooses.
    pub strategy: StrategyKind,
    /// Ends the search after this many executions.
    pub executions: u64,
    /// Ends the search after this long.
    pub time: Option<Duration>,
    /// The seed of all random choices: same seed, same search.
    pub seed: u64,
    /// Go on after a finding, until the budget ends.
    pub keep_going: bool,
    /// Every unordered pair of accesses is a finding.
    pub races: bool,
    /// Timers may fire while others are ready.
    pub timing: bool,
    /// Ends an execution after this many points.
    pub step_bound: u64,
    /// No execution has more preemptions: wherever a task can go on after so many, it does.
    pub preemptions: Option<u64>,
    /// No execution has more delays: how many candidates are passed over, counted from the one that goes on by itself.
    pub delays: Option<u64>,
    /// Make the schedule of a finding as small as it can be.
    pub shrink: bool,
    /// How many bugs of each depth PCT looks for at most: its `d`.
    pub pct_depth: u32,
    /// Search only this part, with its share of the executions; [`merge`](crate::merge) joins what the parts came to.
    pub share: Option<Share>,
    /// Where parts on one machine settle who takes which branch of the tree, if they do: a directory that is theirs alone.
    pub desk: Option<PathBuf>,
    /// What is known from the beginning: what other parts had come to know.
    pub known: Known,
}

impl Default for Options {
    /// 10,000 executions or 10 seconds, whichever ends first.
    fn default() -> Self {
        Options {
            strategy: StrategyKind::Mixed,
            executions: 10_000,
            time: Some(Duration::from_secs(10)),
            seed: 0,
            keep_going: false,
            races: false,
            timing: false,
            step_bound: 100_000,
            preemptions: None,
            delays: None,
            shrink: true,
            pct_depth: 3,
            share: None,
            desk: None,
            known: Known::default(),
        }
    }
}

/// Where a search stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Executions so far.
    pub executions: u64,
    /// How many of them do not count any more, since more places have become points, or only divided the search.
    pub preliminary: u64,
    /// Inequivalent ones among the others.
    pub distinct: u64,
    /// Points so far.
    pub points: u64,
    /// Findings so far.
    pub findings: usize,
    /// In which branch of a tree that is divided the search is, counted from 1, where branches go to whoever asks first; 0 elsewhere.
    pub branch: u64,
    /// The time spent.
    pub elapsed: Duration,
}
