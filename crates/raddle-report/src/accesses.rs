//! Findings about accesses to one location: lost updates, stale checks, races.

use crate::layout::{Cut, Line, Role, Row, WIDTH, clean, cut, fit, table};
use crate::names::{Names, listed};
use crate::text::{Story, fitting};
use raddle_record::{Access, Detail, Finding, FindingKind, Mode};

/// The most columns of a value.
const VALUE: usize = 28;
/// The most columns of a location in a sentence.
const LOCATION: usize = 40;
/// The most columns of what failed in the end.
const FAILURE: usize = 84;

/// The accesses of a story by the part that they play.
struct Parts<'a> {
    /// What the author of `over` saw before.
    seen: &'a Access,
    /// What another task wrote in between.
    other: &'a Access,
    /// What was done without knowing of `other`.
    over: &'a Access,
}

impl<'a> Parts<'a> {
    /// The parts, if the accesses tell such a story.
    fn of(accesses: &'a [Access]) -> Option<Self> {
        let (over, before) = accesses.split_last()?;
        let seen = before.iter().find(|access| access.task == over.task)?;
        let other = before.iter().rev().find(|access| access.task != over.task)?;
        Some(Parts { seen, other, over })
    }
}

/// What the accesses come to.
pub(crate) fn story(finding: &Finding, names: &Names<'_>) -> Story {
    let Detail::Accesses { location, accesses, .. } = &finding.detail else { return Story::untold() };
    let location = cut(&clean(location), Cut::Start, LOCATION);
    let told = match (finding.kind, Parts::of(accesses)) {
        (FindingKind::DataRace, _) | (_, None) => race(finding.kind, &location, accesses, names),
        (FindingKind::StaleCheck, Some(parts)) => stale(&location, &parts, names),
        (_, Some(parts)) => lost(&location, &parts, names),
    };
    let mut told = told;
    if told.title.is_empty() {
        told.title = Line::new().add(Role::Thing, &location);
    }
    told
}

/// A write over what its author had not seen.
fn lost(location: &str, parts: &Parts<'_>, names: &Names<'_>) -> Story {
    let (first, second) = (names.task(parts.over.task), names.task(parts.other.task));
    let title = Line::new().plain("an update of ").add(Role::Thing, location).plain(" is overwritten");
    let said = Line::new()
        .add(Role::Task, first)
        .plain(format!(" read {}, then ", value_or(parts.seen, location)))
        .add(Role::Task, second)
        .plain(format!(" wrote {}, then ", value_or(parts.other, "it")))
        .add(Role::Task, first)
        .plain(format!(" wrote {} over that: the update of ", value_or(parts.over, "its own")))
        .add(Role::Task, second)
        .plain(" is lost.");
    Story { title, said, fix: Some(lock_fix(location, parts, ["read", "write"], names)) }
}

/// An act on a test that was no longer true.
fn stale(location: &str, parts: &Parts<'_>, names: &Names<'_>) -> Story {
    let (first, second) = (names.task(parts.over.task), names.task(parts.other.task));
    let title =
        Line::new().plain("a test of ").add(Role::Thing, location).plain(" is no longer true when it is acted on");
    let saw = shown(parts.seen).map(|value| format!(" and saw {value}")).unwrap_or_default();
    let became = shown(parts.other).map(|value| format!(" to {value}")).unwrap_or_default();
    let said = Line::new()
        .add(Role::Task, first)
        .plain(format!(" tested {location}{saw}, then "))
        .add(Role::Task, second)
        .plain(format!(" changed it{became}, then "))
        .add(Role::Task, first)
        .plain(format!(" went on{} as if its test still held.", names.at(&parts.over.at)));
    Story { title, said, fix: Some(lock_fix(location, parts, ["test", "act"], names)) }
}

/// Accesses that nothing orders.
fn race(kind: FindingKind, location: &str, accesses: &[Access], names: &Names<'_>) -> Story {
    let title = Line::new().plain("nothing orders the accesses to ").add(Role::Thing, location);
    let [.., first, second] = accesses else { return Story { title, ..Story::untold() } };
    let one = |access: &Access| {
        Line::new()
            .plain(format!("the {} by ", noun(access.mode)))
            .add(Role::Task, names.task(access.task))
            .plain(names.at(&access.at))
    };
    let said = Line::new()
        .plain("Nothing orders ")
        .join(one(first))
        .plain(" and ")
        .join(one(second))
        .plain(": which of them comes first is left to chance.");
    let guard = first.holding.iter().chain(&second.holding).next();
    let fix = match guard {
        Some(&lock) if kind == FindingKind::DataRace => {
            let bare = if first.holding.contains(&lock) { second } else { first };
            format!("hold {}{} too", names.object(lock), names.at(&bare.at))
        }
        _ => format!(
            "guard every access to {location} with one lock, or hand it over through a queue, an event or a join"
        ),
    };
    Story { title, said, fix: Some(Line::new().plain(fix)) }
}

/// Which lock to hold from where to where; `words` are what the author's two accesses are called.
fn lock_fix(location: &str, parts: &Parts<'_>, words: [&str; 2], names: &Names<'_>) -> Line {
    let Parts { seen, other, over } = parts;
    let [from, to] = words;
    let (start, end) = (names.place(&seen.at), names.place(&over.at));
    let stretch =
        if start == end { format!("around {end}") } else { format!("from the {from} at {start} to the {to} at {end}") };
    let of = |access: &Access, lock: &usize| access.holding.contains(lock);
    let every = format!("in every task that writes {location}");
    let all = seen.holding.iter().find(|lock| of(other, lock) && of(over, lock));
    let mine = seen.holding.iter().find(|lock| of(over, lock));
    let any = over.holding.iter().chain(&other.holding).chain(&seen.holding).next();
    Line::new().plain(match (all, mine, any) {
        (Some(&lock), ..) => format!("hold {} {stretch}, without releasing it in between", names.object(lock)),
        (_, Some(&lock), _) => format!("hold {}{} too, {every}", names.object(lock), names.at(&other.at)),
        (.., Some(&lock)) => format!("hold {} {stretch}, {every}", names.object(lock)),
        _ => format!("hold one lock {stretch}, {every}"),
    })
}

/// The table of accesses, what was held, what failed.
pub(crate) fn body(finding: &Finding, names: &Names<'_>, room: usize) -> Vec<Line> {
    let Detail::Accesses { location, accesses, failure } = &finding.detail else { return Vec::new() };
    let mut after = Vec::new();
    if accesses.iter().any(|access| !access.holding.is_empty()) {
        after.extend(Line::new().plain("  ").join(held(accesses, names)).wrap(WIDTH, 2).into_iter().take(2));
    }
    if let Some(failure) = failure {
        after.push(Line::new().plain("  then failed: ").plain(cut(
            clean(failure).trim_end_matches(": "),
            Cut::End,
            FAILURE,
        )));
    }
    let mut rows = rows(location, accesses, names);
    if !fit(&rows) {
        rows = self::rows("", accesses, names);
    }
    let mut lines = fitting(table(rows), room.saturating_sub(after.len()), "accesses");
    lines.extend(after);
    lines
}

/// A row for each access, with `location` unless that takes too much room.
pub(crate) fn rows(location: &str, accesses: &[Access], names: &Names<'_>) -> Vec<Row> {
    let row = |access: &Access| {
        let shows = match shown(access) {
            Some(value) if location.is_empty() => value,
            Some(value) => format!("{} = {value}", clean(location)),
            None => clean(location),
        };
        Row::new(2)
            .cell(Role::Task, Cut::Middle, names.task(access.task))
            .cell(Role::Verb, Cut::End, verb(access.mode))
            .cell(Role::Thing, if location.is_empty() { Cut::End } else { Cut::Start }, shows)
            .cell(Role::Place, Cut::Start, names.place(&access.at))
            .source(&access.at.text)
    };
    accesses.iter().map(row).collect()
}

/// Who held what.
fn held(accesses: &[Access], names: &Names<'_>) -> Line {
    if accesses.iter().all(|access| access.holding == accesses[0].holding) {
        return Line::new().plain(format!("each of them held {}", names.objects(&accesses[0].holding)));
    }
    let mut tasks: Vec<usize> = Vec::new();
    for access in accesses {
        if !tasks.contains(&access.task) {
            tasks.push(access.task);
        }
    }
    let phrases = tasks.into_iter().map(|task| {
        let own: Vec<&Access> = accesses.iter().filter(|access| access.task == task).collect();
        let what = |access: &Access| match access.holding.as_slice() {
            [] => "no lock".to_owned(),
            locks => names.objects(locks),
        };
        if own.iter().all(|access| access.holding == own[0].holding) {
            format!("{} held {}", names.task(task), what(own[0]))
        } else {
            let parts: Vec<String> = own.iter().map(|a| format!("{} at the {}", what(a), noun(a.mode))).collect();
            format!("{} held {}", names.task(task), listed(&parts))
        }
    });
    Line::new().plain(phrases.collect::<Vec<_>>().join("; "))
}

/// The value of an access, short.
fn shown(access: &Access) -> Option<String> {
    access.value.as_ref().map(|value| cut(&clean(value), Cut::End, VALUE))
}

/// The value of an access, or another word for it.
fn value_or(access: &Access, otherwise: &str) -> String {
    shown(access).unwrap_or_else(|| otherwise.to_owned())
}

/// What an access did.
const fn verb(mode: Mode) -> &'static str {
    match mode {
        Mode::Read => "read",
        Mode::Wrote => "wrote",
        Mode::Updated => "updated",
    }
}

/// What an access is.
pub(crate) const fn noun(mode: Mode) -> &'static str {
    match mode {
        Mode::Read => "read",
        Mode::Wrote => "write",
        Mode::Updated => "update",
    }
}
