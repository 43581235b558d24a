//! Findings about tasks that run without getting on.

use crate::layout::{Line, Role, table};
use crate::names::Names;
use crate::stuck;
use crate::text::{Story, fitting};
use raddle_record::{Detail, Finding};

/// What the running round comes to.
pub(crate) fn story(finding: &Finding, names: &Names<'_>) -> Story {
    let Detail::Spinning { loops } = &finding.detail else { return Story::untold() };
    let (title, said) = match loops.as_slice() {
        [only] => (
            Line::new().add(Role::Task, names.task(only.task)).plain(" runs without getting on"),
            Line::new()
                .add(Role::Task, names.task(only.task))
                .plain(" repeats the same steps, and no other task is left that would change what it looks at."),
        ),
        _ => (
            Line::new().plain(format!("{} tasks run without getting on", loops.len())),
            Line::new().plain("Each repeats the same steps, and nothing that one of them does lets another get on."),
        ),
    };
    let fix = "wait for the change itself (an event, a condition, a blocking get) instead of looking again and again; \
               where tasks step back for each other, take their locks in one order";
    Story { title, said, fix: Some(Line::new().plain(fix)) }
}

/// Where each runs round.
pub(crate) fn body(finding: &Finding, names: &Names<'_>, room: usize) -> Vec<Line> {
    let Detail::Spinning { loops } = &finding.detail else { return Vec::new() };
    fitting(table(loops.iter().map(|one| stuck::does(one, names)).collect()), room, "tasks")
}
