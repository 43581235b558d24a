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
    /// The choices, in order.
    pub choices: Vec<Choice>,
}

/// One choice: this task went on, to do this.
///
/// Tasks and operations are named so that the choice can be checked when it is made again, and survives another interpreter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// The chosen task: `0` is the main task, `0.2` the second that it started.
    pub task: String,
    /// What it was about to do: an operation's slug, with `timer` when its timer fired instead.
    pub op: String,
    /// To which object, by its stable name.
    pub object: String,
}
