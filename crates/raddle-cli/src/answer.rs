//! What `raddle replay --format json` says; `docs/reference/json.md` describes it.

use crate::Saved;
use raddle::engine::record::{Divergence, Finding, FindingKind, Replayed};
use raddle::engine::report::text;
use serde::{Deserialize, Serialize};

/// The version of this JSON: raised when a field changes its meaning or goes, not when one is added.
const FORMAT: u32 = 1;

/// The answer of a replay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    format: u32,
    /// The finding's name.
    pub(crate) id: String,
    /// Whether the schedule was followed to its end and showed the same bug.
    pub(crate) reproduced: bool,
    /// The kind of the bug that showed itself, if one did.
    pub(crate) kind: Option<FindingKind>,
    /// That bug as text; empty if there is none.
    pub(crate) text: String,
    /// Whether only a schedule in which a timer fired early shows it.
    pub(crate) timing: bool,
    /// The command for this.
    pub(crate) replay: String,
    /// What the execution printed.
    pub(crate) output: String,
    /// Where the execution left the schedule, if it did.
    pub(crate) diverged: Option<Divergence>,
}

impl Answer {
    /// What came of replaying the finding called `id`.
    pub(crate) fn new(id: &str, saved: &Saved, replayed: &Replayed) -> Self {
        let finding = replayed.found.as_ref().map(|found| &found.finding);
        let replay = command(id);
        Answer {
            format: FORMAT,
            id: id.to_owned(),
            reproduced: replayed.diverged.is_none() && finding.is_some_and(|finding| is_again(finding, &saved.finding)),
            kind: finding.map(|finding| finding.kind),
            text: finding.map(|finding| text(finding, Some(&replay))).unwrap_or_default(),
            timing: finding.is_some_and(|finding| finding.timing),
            replay,
            output: replayed.output.clone(),
            diverged: replayed.diverged.clone(),
        }
    }

    /// Why the bug did not show itself again, as part of a sentence.
    pub(crate) fn why_not(&self) -> String {
        match (&self.diverged, self.kind) {
            (Some(Divergence { at, expected, got }), _) => {
                format!("choice {} of its schedule was {expected}, but the program offered {got}", at + 1)
            }
            (None, Some(kind)) => format!("the same choices led to another bug ({})", kind.slug()),
            (None, None) => "the same choices led to no bug".to_owned(),
        }
    }
}

/// Whether a finding that the same choices led to is the one that was found: its lines may have been edited since.
fn is_again(finding: &Finding, found: &Finding) -> bool {
    fn functions(finding: &Finding) -> Vec<(&str, &str)> {
        finding.places(|at| (at.file.as_str(), at.function.as_str()))
    }
    finding.same_bug(found) || (finding.kind == found.kind && functions(finding) == functions(found))
}

/// The command that replays the finding called `id`.
pub(crate) fn command(id: &str) -> String {
    format!("raddle replay {id}")
}
