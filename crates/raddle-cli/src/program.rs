//! The program under the command.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What to run, and with which arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// What to run.
    pub target: Target,
    /// Its `sys.argv[1:]`.
    pub args: Vec<String>,
}

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// A file, relative to the working directory where it lies below it.
    Script(PathBuf),
    /// A module, as `python -m` names it.
    Module(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Script(path) => write!(f, "{}", path.display()),
            Target::Module(name) => write!(f, "-m {name}"),
        }
    }
}
