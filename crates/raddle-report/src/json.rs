//! An outcome as JSON for programs; `docs/reference/json.md` describes it.

use crate::schedule::shrunk;
use raddle_record::{Covered, FindingKind, Found, Frame, Note, Outcome, Schedule, Uncontrolled};
use serde::Serialize;

/// The version of the JSON that this build writes: raised when a field changes its meaning or goes, not when one is added.
const FORMAT: u32 = 1;

/// What a finding was told as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The text, as [`text`](crate::text()) gives it.
    pub text: String,
    /// The command that shows it again, if there is one.
    pub replay: Option<String>,
}

#[derive(Serialize)]
struct Page<'a> {
    format: u32,
    verdict: &'static str,
    executions: u64,
    preliminary: u64,
    redundant: u64,
    distinct: u64,
    exhausted: bool,
    interrupted: bool,
    points: u64,
    seconds: f64,
    seed: u64,
    shard: Option<String>,
    strategy: &'a str,
    preemptions: Option<u64>,
    delays: Option<u64>,
    covered: Option<Covered>,
    uncontrolled: Vec<Place<'a>>,
    notes: Vec<Place<'a>>,
    reasons: &'a [String],
    findings: Vec<Bug<'a>>,
}

#[derive(Serialize)]
struct Bug<'a> {
    kind: FindingKind,
    text: &'a str,
    timing: bool,
    schedule: &'a Schedule,
    shrunk: Option<String>,
    replay: Option<&'a str>,
    output: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    text: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
}

impl<'a> Place<'a> {
    fn new(kind: Option<&'a str>, text: &'a str, at: Option<&'a Frame>) -> Self {
        let at = at.filter(|frame| !frame.file.is_empty());
        let line = at.map(|frame| frame.line).filter(|line| *line > 0);
        Place { kind, text, file: at.map(|frame| frame.file.as_str()), line }
    }
}

/// `outcome` as one JSON object with a line end; `reports` are what its findings were told as, in their order.
///
/// # Panics
/// When there is not one report for each finding.
pub fn json(outcome: &Outcome, reports: &[Report]) -> String {
    assert_eq!(outcome.findings.len(), reports.len(), "each finding has its report");
    let page = Page {
        format: FORMAT,
        verdict: outcome.verdict.slug(),
        executions: outcome.executions,
        preliminary: outcome.preliminary,
        redundant: outcome.redundant,
        distinct: outcome.distinct,
        exhausted: outcome.exhausted,
        interrupted: outcome.interrupted,
        points: outcome.points,
        seconds: outcome.seconds,
        seed: outcome.seed,
        shard: outcome.part.as_ref().map(|part| part.share.to_string()),
        strategy: &outcome.strategy,
        preemptions: outcome.preemptions,
        delays: outcome.delays,
        covered: outcome.covered,
        uncontrolled: outcome
            .uncontrolled
            .iter()
            .map(|Uncontrolled { what, at }| Place::new(None, what, at.as_ref()))
            .collect(),
        notes: outcome.notes.iter().map(|Note { kind, text, at }| Place::new(Some(kind), text, at.as_ref())).collect(),
        reasons: &outcome.reasons,
        findings: outcome.findings.iter().zip(reports).map(|(found, report)| bug(found, report)).collect(),
    };
    written(&page)
}

/// One finding.
fn bug<'a>(found: &'a Found, report: &'a Report) -> Bug<'a> {
    Bug {
        kind: found.finding.kind,
        text: &report.text,
        timing: found.finding.timing,
        schedule: &found.schedule,
        shrunk: shrunk(&found.schedule),
        replay: report.replay.as_deref(),
        output: &found.output,
    }
}

/// The page as text.
fn written<T: Serialize>(page: &T) -> String {
    let mut text = serde_json::to_string_pretty(page).unwrap_or_else(|e| panic!("plain data is encodable: {e}"));
    text.push('\n');
    text
}
