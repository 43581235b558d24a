//! A schedule: the choices of one execution, so that it can be run again.

use serde::{Deserialize, Serialize};

/// The choices that make an execution: at each point where more than one task could go on, who did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The strategy that made it, by its name on the command line.
    pub strategy: String,
    /// The seed of the search.
    pub seed: u64,
    /// Which execution of the search it was, from 1.
    pub execution: u64,
    /// Whether timers could fire while others were ready.
    pub timing: bool,
    /// Whether every race counts as a finding.
    pub races: bool,
    /// The most points an execution may have.
    pub step_bound: u64,
    /// The places whose accesses were points, by stable names.
    pub visible: Vec<String>,
    /// How often a task was chosen although the one that took the last step could go on.
    #[serde(default)]
    pub preemptions: u64,
    /// How many points the execution has had when the bug is complete.
    #[serde(default)]
    pub operations: u64,
    /// How it was made smaller, if it was.
    #[serde(default)]
    pub shrunk: Option<Shrunk>,
    /// The choices, in order.
    pub choices: Vec<Choice>,
}

impl Schedule {
    /// What tells it from others: not how small it is, nor how it was made so.
    #[must_use]
    pub fn bare(&self) -> Schedule {
        Schedule { preemptions: 0, operations: 0, shrunk: None, ..self.clone() }
    }
}

/// One choice: this task went on, to do this.
///
/// Tasks and operations are named so that the choice can be checked when it is made again, and survives another interpreter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// The chosen task: `0` is the main task, `0.2` the second that it started.
    pub task: String,
    /// What it was about to do: an operation's slug, with `timer` when its timer fired instead, and in which of how
    /// many ways (`2/3`) where there were several.
    pub op: String,
    /// To which object, by its stable name.
    pub object: String,
}

/// How a schedule was made as small as it is: the fewest preemptions, then the fewest operations, that still show the bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrunk {
    /// How many preemptions it had before.
    pub preemptions_before: u64,
    /// How many operations it had before.
    pub operations_before: u64,
    /// How many executions that took.
    pub executions: u64,
    /// Whether all schedules with fewer preemptions were tried, so that it is known that none of them shows the bug.
    pub fewest_preemptions: bool,
    /// Whether all those with as many were tried, too.
    pub fewest_operations: bool,
    /// What ended the attempts early, if anything did.
    pub stopped: Option<Stopped>,
}

/// What ends something before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stopped {
    /// So many executions, or operations in all of them, are enough.
    Executions,
    /// So much time is.
    Time,
    /// The user asked for it.
    User,
}
