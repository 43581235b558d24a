//! A finding as it lies under `.raddle/`.

use crate::Program;
use raddle::engine::record::{Finding, Schedule};
use serde::{Deserialize, Serialize};

/// All that another process needs to show a finding again.
///
/// Written by [`raddle::engine::record::encode`], read by [`raddle::engine::record::decode`].
/// Paths are relative to the directory that holds `.raddle/`, which is the working directory of the replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The program.
    pub program: Program,
    /// The packages whose accesses are points, beside the program's own modules.
    pub include: Vec<String>,
    /// The interpreter that found it: `CPython 3.11.7`.
    pub interpreter: String,
    /// A fingerprint of the program's source as it was then.
    pub source: String,
    /// The bug, with its kind.
    pub finding: Finding,
    /// The bug as it was told.
    pub text: String,
    /// How to get there.
    pub schedule: Schedule,
}
