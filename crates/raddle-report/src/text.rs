//! A finding as text for people.

use crate::layout::{Line, Role, Style, WIDTH};
use crate::names::{Names, listed};
use crate::{accesses, failure, spinning, stuck};
use raddle_record::{Detail, Finding};

/// No text of a finding is longer.
pub const MOST_LINES: usize = 20;

/// What the parts of a finding's text are.
#[derive(Debug)]
pub(crate) struct Story {
    /// After the kind: what the bug is, in a few words.
    pub(crate) title: Line,
    /// What went wrong, in one sentence.
    pub(crate) said: Line,
    /// What to do about it, if that can be said.
    pub(crate) fix: Option<Line>,
}

impl Story {
    /// A story without words, for data that does not fit its kind.
    pub(crate) fn untold() -> Self {
        Story { title: Line::new(), said: Line::new().plain("There is no more to say about it."), fix: None }
    }
}

/// `finding` as plain text; `replay` is the command that shows it again.
///
/// At most [`MOST_LINES`] lines, each with a line end; the last one is the command.
pub fn text(finding: &Finding, replay: Option<&str>) -> String {
    text_in(Style::Plain, finding, replay)
}

/// As [`text()`], dressed for a terminal or not.
pub fn text_in(style: Style, finding: &Finding, replay: Option<&str>) -> String {
    let names = Names::new(finding);
    let story = match &finding.detail {
        Detail::Accesses { .. } => accesses::story(finding, &names),
        Detail::Stuck { .. } => stuck::story(finding, &names),
        Detail::Failure { .. } => failure::story(finding, &names),
        Detail::Spinning { .. } => spinning::story(finding, &names),
    };
    let title = Line::new().add(Role::Kind, finding.kind.slug()).plain(": ").join(story.title);
    let title = if finding.timing { title.plain(early(finding, &names)) } else { title };
    let head = shortened(title.wrap(WIDTH, 2), if finding.timing { 3 } else { 2 });
    let mut foot = shortened(story.said.wrap(WIDTH, 0), 4);
    let fix = story.fix.map(|fix| Line::new().add(Role::Good, "fix:").plain(" ").join(fix));
    foot.extend(fix.map(|fix| shortened(fix.wrap(WIDTH, 5), 3)).unwrap_or_default());
    if let Some(command) = replay {
        foot.push(Line::new().add(Role::Place, "replay:").plain(" ").add(Role::Command, command));
    }
    let room = MOST_LINES - head.len() - foot.len() - 2;
    let body = match &finding.detail {
        Detail::Accesses { .. } => accesses::body(finding, &names, room),
        Detail::Stuck { .. } => stuck::body(finding, &names, room),
        Detail::Failure { .. } => failure::body(finding, &names, room),
        Detail::Spinning { .. } => spinning::body(finding, &names, room),
    };
    let spoken: String = body.iter().chain(&foot).map(Line::text).collect();
    let mut body = body;
    let left = room.saturating_sub(body.len());
    body.extend(names.origins(&spoken).into_iter().map(Line::cut).take(left));
    let parts = [head, body, foot];
    let mut out = String::new();
    for (i, part) in parts.iter().filter(|part| !part.is_empty()).enumerate() {
        if i > 0 {
            out.push('\n');
        }
        for line in part {
            line.write(style, &mut out);
            out.push('\n');
        }
    }
    out
}

/// Which timers its schedule lets fire early.
fn early(finding: &Finding, names: &Names<'_>) -> String {
    let places: Vec<String> = finding.early.iter().map(|at| names.place(at)).collect();
    match places.as_slice() {
        [] => " (only when a timer fires early)".to_owned(),
        [one] => format!(" (only when the timer at {one} fires early)"),
        several => format!(" (only when the timers at {} fire early)", listed(several)),
    }
}

/// The first `most` of `lines`; if some are missing, the last says so.
fn shortened(mut lines: Vec<Line>, most: usize) -> Vec<Line> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.pop() {
            lines.push(last.plain(" …"));
        }
    }
    lines
}

/// At most `room` of `lines`, which are about `what`; the last says how many are missing.
pub(crate) fn fitting(mut lines: Vec<Line>, room: usize, what: &str) -> Vec<Line> {
    if lines.len() > room {
        let missing = lines.len() - room.saturating_sub(1);
        lines.truncate(room.saturating_sub(1));
        lines.push(Line::new().plain(format!("  … and {missing} more {what}")));
    }
    lines
}
