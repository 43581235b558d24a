//! Findings about exceptions, panics and assertions.

use crate::layout::{Cut, Line, Role, Row, clean, cut, table};
use crate::names::Names;
use crate::summary::counted;
use crate::text::{Story, fitting};
use crate::{accesses, stuck};
use raddle_record::{Access, Detail, Finding, FindingKind, Frame, Race};

/// The most columns of a message.
const MESSAGE: usize = 120;
/// The most columns of a location in a sentence.
const LOCATION: usize = 40;
/// The most frames of a stack.
const FRAMES: usize = 6;

/// What the failure comes to.
pub(crate) fn story(finding: &Finding, names: &Names<'_>) -> Story {
    let Detail::Failure { task, class, message, stack, before, race, written } = &finding.detail else {
        return Story::untold();
    };
    let class = cut(&clean(class), Cut::Start, MESSAGE / 2);
    let mut lines = message.trim().lines();
    let first = lines.next().map(|line| format!(": {}", cut(&clean(line), Cut::End, MESSAGE))).unwrap_or_default();
    let more = if lines.next().is_some() { " …" } else { "" };
    let who = names.task(*task);
    let title = Line::new().plain(format!("{class} in ")).add(Role::Task, who).plain(format!("{first}{more}"));
    let spot = stack.first().map(|frame| names.at(frame)).unwrap_or_default();
    let said = if finding.kind == FindingKind::Assertion {
        Line::new().plain("The assertion of ").add(Role::Task, who).plain(format!("{spot} does not hold"))
    } else {
        Line::new().add(Role::Task, who).plain(format!(" ends with {class}{spot}"))
    };
    if let Some(race) = race
        && let Some(sides) = Sides::of(race, *task, stack)
    {
        let (said, fix) = unordered(said, race, &sides, names);
        return Story { title, said, fix: Some(fix) };
    }
    let last_write = written.as_ref().and_then(|written| Some((location(written), written.accesses.last()?)));
    let said = match (last_write, before.first()) {
        (Some((what, last)), _) => said
            .plain("; ")
            .add(Role::Task, names.task(last.task))
            .plain(format!(" was the last to write {what}{}.", names.at(&last.at))),
        (None, Some(last)) => said
            .plain(", after ")
            .add(Role::Task, names.task(last.task))
            .plain(format!(" {}.", stuck::done(last, names))),
        (None, None) => said.plain("."),
    };
    // Without a race on its own line nobody knows what the failure comes of.
    Story { title, said, fix: None }
}

/// The accesses of a race by who made them.
struct Sides<'a> {
    /// The failing task's, on a line that the failure came through.
    own: &'a Access,
    other: &'a Access,
    /// Whether the failing task's came first.
    too_early: bool,
}

impl<'a> Sides<'a> {
    fn of(race: &'a Race, failed: usize, stack: &[Frame]) -> Option<Self> {
        let through = |at: &Frame| stack.iter().any(|frame| (&frame.file, frame.line) == (&at.file, at.line));
        let own = race.accesses.iter().position(|access| access.task == failed && through(&access.at))?;
        let other = race.accesses.iter().position(|access| access.task != failed)?;
        Some(Sides { own: &race.accesses[own], other: &race.accesses[other], too_early: own < other })
    }
}

/// What the race has to do with it, and what to do about that.
fn unordered(said: Line, race: &Race, sides: &Sides<'_>, names: &Names<'_>) -> (Line, Line) {
    let location = location(race);
    // Who looked before the other wrote came too early; else the other did, whose write he met with.
    let Sides { own, other, too_early } = *sides;
    let (first, second) = if too_early { (other, own) } else { (own, other) };
    let said = said
        .plain(format!(", and nothing orders its {} of {location} and the {} by ", noun(own), noun(other)))
        .add(Role::Task, names.task(other.task))
        .plain(format!("{}.", names.at(&other.at)));
    let fix = Line::new()
        .plain("let ")
        .add(Role::Task, names.task(second.task))
        .plain(format!(" come to {} only after ", names.place(&second.at)))
        .add(Role::Task, names.task(first.task))
        .plain(format!(" is past {} (a join, an event, a queue), ", names.place(&first.at)))
        .plain("or hold one lock over all that belongs together in each");
    (said, fix)
}

fn location(race: &Race) -> String {
    cut(&clean(&race.location), Cut::Start, LOCATION)
}

fn noun(access: &Access) -> &'static str {
    accesses::noun(access.mode)
}

/// The stack, accesses that nothing orders, and what came just before.
pub(crate) fn body(finding: &Finding, names: &Names<'_>, room: usize) -> Vec<Line> {
    let Detail::Failure { task, stack, before, race, written, .. } = &finding.detail else { return Vec::new() };
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
        lines.push(Line::new().plain(format!("    … and {}", counted(rest.len() as u64, "more call"))));
    }
    if let Some(race) = race.as_ref().filter(|race| lines.len() + 1 + race.accesses.len() <= room) {
        lines.push(Line::new().plain("  nothing orders the accesses to ").add(Role::Thing, location(race)));
        lines.extend(table(accesses::rows("", &race.accesses, names).into_iter().map(|row| row.indented(4)).collect()));
    }
    let earlier: Vec<Row> = match (race, written) {
        (None, Some(written)) => accesses::rows(&location(written), &written.accesses, names),
        _ => before.iter().rev().map(|step| stuck::did(step, names)).collect(),
    };
    if !earlier.is_empty() && lines.len() + 2 <= room {
        lines.push(Line::new().plain("  just before"));
        let too_many = earlier.len().saturating_sub(room - lines.len());
        lines.extend(table(earlier.into_iter().skip(too_many).map(|row| row.indented(4)).collect()));
    }
    fitting(lines, room, "lines")
}
