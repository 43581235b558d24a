//! The exit codes.

use raddle::engine::record::{Outcome, Verdict};

/// What the command's exit code says; a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// `check` found no bug.
    Clean,
    /// `check` found a bug, or `replay` showed it again.
    Finding,
    /// Wrong use, or something that the command needs is missing or damaged.
    Usage,
    /// The program fails before a second task exists.
    Failed,
    /// No answer can be given; for `replay`, the bug did not show itself again.
    Inconclusive,
    /// The user stopped it (Ctrl-C).
    Interrupted,
}

impl Exit {
    /// Every exit code, in order.
    pub const ALL: [Exit; 6] =
        [Exit::Clean, Exit::Finding, Exit::Usage, Exit::Failed, Exit::Inconclusive, Exit::Interrupted];

    /// What a search came to.
    pub const fn of(outcome: &Outcome) -> Self {
        match outcome.verdict {
            _ if outcome.interrupted => Exit::Interrupted,
            Verdict::Clean | Verdict::CleanSoFar => Exit::Clean,
            Verdict::Finding => Exit::Finding,
            Verdict::Failed => Exit::Failed,
            Verdict::Inconclusive => Exit::Inconclusive,
        }
    }

    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Finding => 1,
            Exit::Usage => 2,
            Exit::Failed => 3,
            Exit::Inconclusive => 4,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Clean | Verdict::CleanSoFar => Exit::Clean,
            Verdict::Finding => Exit::Finding,
            Verdict::Failed => Exit::Failed,
            Verdict::Inconclusive => Exit::Inconclusive,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;
    use raddle::engine::record::Verdict;
    use std::path::Path;

    #[test]
    fn each_code_is_documented() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/exit-codes.md");
        let page = std::fs::read_to_string(page).expect("the page is there");
        for exit in Exit::ALL {
            let row = format!("| {} |", exit.code());
            assert!(page.lines().any(|line| line.starts_with(&row)), "no row {row}");
        }
    }

    #[test]
    fn verdicts_and_exit_codes_agree() {
        let verdicts = [Verdict::Clean, Verdict::CleanSoFar, Verdict::Finding, Verdict::Failed, Verdict::Inconclusive];
        for verdict in verdicts {
            assert_eq!(Exit::from(verdict).code(), verdict.exit_code());
        }
    }
}
