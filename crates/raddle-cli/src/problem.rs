//! Why the command could not do what it was asked to.

use std::fmt;

/// A wrong use, or a failure of the machinery: said in one sentence, exit code 2.
///
/// Never a finding: those are data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    what: String,
    help: Option<String>,
}

impl Problem {
    /// A problem; `what` is a lower-case fragment with names and paths in it, without a full stop.
    pub fn new(what: impl Into<String>) -> Self {
        Problem { what: what.into(), help: None }
    }

    /// With a line that says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to do, if that is known.
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Problem {}
