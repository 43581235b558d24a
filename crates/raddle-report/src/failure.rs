//! Findings about exceptions, panics and assertions.

use crate::layout::{Cut, Line, Role, Row, clean, cut, table};
use crate::names::Names;
use crate::stuck;
use crate::text::{Story, fitting};
use raddle_record::{Detail, Finding, FindingKind, Frame};

/// The most columns of a message.
const MESSAGE: usize = 120;
/// The most frames of a stack.
const FRAMES: usize = 6;

/// What the failure comes to.
pub(crate) fn story(finding: &Finding, names: &Names<'_>) -> Story {
    let Detail::Failure { task, class, message, stack, before } = &finding.detail else { return Story::untold() };
    let class = cut(&clean(class), Cut::Start, MESSAGE / 2);
    let mut lines = message.trim().lines();
    let first = lines.next().map(|line| format!(": {}", cut(&clean(line), Cut::End, MESSAGE))).unwrap_or_default();
    let more = if lines.next().is_some() { " …" } else { "" };
    let who = names.task(*task);
    let title = Line::new().plain(format!("{class} in ")).add(Role::Task, who).plain(format!("{first}{more}"));
    let spot = stack.first().map(|frame| names.at(frame)).unwrap_or_default();
    let (said, fix) = if finding.kind == FindingKind::Assertion {
        let said = Line::new().plain("The assertion of ").add(Role::Task, who).plain(format!("{spot} does not hold"));
        (said, "hold one lock for the change and the look, or look only once the others have ended")
    } else {
        let said = Line::new().add(Role::Task, who).plain(format!(" ends with {class}{spot}"));
        (said, "make what this line relies on stay true: hold one lock from the check to the use, or wait for it")
    };
    let said = match before.first() {
        Some(last) => said
            .plain(", after ")
            .add(Role::Task, names.task(last.task))
            .plain(format!(" {}.", stuck::done(last, names))),
        None => said.plain("."),
    };
    Story { title, said, fix: Line::new().plain(fix) }
}

/// The stack, and what came just before.
pub(crate) fn body(finding: &Finding, names: &Names<'_>, room: usize) -> Vec<Line> {
    let Detail::Failure { task, stack, before, .. } = &finding.detail else { return Vec::new() };
    let (shown, rest) = stack.split_at(stack.len().min(FRAMES));
    let row = |(i, frame): (usize, &Frame)| {
        Row::new(4)
            .cell(Role::Verb, Cut::End, if i == 0 { "raised in" } else { "called by" })
            .cell(Role::Task, Cut::End, &frame.function)
            .cell(Role::Place, Cut::Start, names.place(frame))
            .source(&frame.text)
    };
    let mut lines = vec![Line::new().plain("  ").add(Role::Task, names.task(*task))];
    lines.extend(table(shown.iter().enumerate().map(row).collect()));
    if !rest.is_empty() {
        lines.push(Line::new().plain(format!("    … and {} more calls", rest.len())));
    }
    if !before.is_empty() && lines.len() + 2 <= room {
        lines.push(Line::new().plain("  just before"));
        let newest = &before[..before.len().min(room - lines.len())];
        lines.extend(table(newest.iter().rev().map(|step| stuck::did(step, names).indented(4)).collect()));
    }
    fitting(lines, room, "lines")
}
