//! Findings about tasks that cannot go on: deadlocks, lost wake-ups, starved pools, leaked locks.

mod words;

use crate::layout::{Cut, Line, Role, Row, table};
use crate::names::{Names, listed};
use crate::text::{Story, fitting};
use raddle_record::{Blocked, Detail, Finding, FindingKind, Frame, Held, Missed, Starved};
use words::Words;

pub(crate) use words::{did, does, done};

/// The most locks shown for one task.
const HELD: usize = 3;
/// The most tasks of a ring that a sentence names.
const RING: usize = 5;

/// A stuck finding, taken apart.
struct Stuck<'a> {
    finding: &'a Finding,
    names: &'a Names<'a>,
    blocked: &'a [Blocked],
    /// The first of `blocked`, each waiting for the next; empty if there is no ring.
    ring: &'a [Blocked],
    held: &'a [Held],
    missed: Option<&'a Missed>,
    starved: Option<&'a Starved>,
    spent: &'a [Held],
}

impl<'a> Stuck<'a> {
    /// The parts of `finding`, if it is about tasks that are stuck.
    fn of(finding: &'a Finding, names: &'a Names<'a>) -> Option<Self> {
        let Detail::Stuck { blocked, cycle, held, missed, starved, spent } = &finding.detail else { return None };
        Some(Stuck {
            finding,
            names,
            blocked,
            ring: &blocked[..(*cycle).min(blocked.len())],
            held,
            missed: missed.as_ref(),
            starved: starved.as_ref(),
            spent,
        })
    }

    /// What the operation of `blocked` is called.
    fn words(&self, blocked: &Blocked) -> Words {
        Words::of(blocked, self.names.kind(blocked.object))
    }

    /// Whether the task with this index has ended.
    fn ended(&self, task: usize) -> bool {
        self.finding.tasks.get(task).is_some_and(|task| task.ended)
    }

    /// The lock that an ended task still holds, if that is the bug.
    fn leak(&self) -> Option<&'a Held> {
        if self.finding.kind != FindingKind::LockLeaked {
            return None;
        }
        self.held.iter().find(|held| self.ended(held.task)).or(self.held.first())
    }

    /// The tasks that want this object, as one would say them.
    fn wanters(&self, object: usize) -> Vec<&str> {
        self.blocked.iter().filter(|b| b.object == object).map(|b| self.names.task(b.task)).collect()
    }

    /// Whether what `blocked` wants is a lock inside of something: its holder did not say that he took it.
    fn wants_inner(&self, blocked: &Blocked) -> bool {
        self.held.iter().any(|held| held.object == blocked.object && held.since.file.is_empty())
    }

    /// The task that `blocked` waits for in the end, as far as that is known.
    fn up_to(&self, blocked: &Blocked) -> usize {
        let mut task = blocked.task;
        for _ in self.blocked {
            let next = self.blocked.iter().find(|b| b.task == task).and_then(|b| b.waits_for.first());
            task = *next.unwrap_or(&task);
        }
        task
    }

    /// The locks that this task holds.
    fn holds(&self, task: usize) -> Vec<usize> {
        self.held.iter().filter(|held| held.task == task).map(|held| held.object).collect()
    }
}

/// What being stuck comes to.
pub(crate) fn story(finding: &Finding, names: &Names<'_>) -> Story {
    let Some(stuck) = Stuck::of(finding, names) else { return Story::untold() };
    if let Some(missed) = stuck.missed {
        lost_wakeup(&stuck, missed)
    } else if let Some(starved) = stuck.starved {
        starvation(&stuck, starved)
    } else if let Some(leak) = stuck.leak() {
        leaked(&stuck, leak)
    } else if let [only] = stuck.ring {
        own_trap(&stuck, only)
    } else if stuck.ring.len() > 1 {
        ring(&stuck)
    } else {
        dead_end(&stuck)
    }
}

/// A notify that came before the wait.
fn lost_wakeup(stuck: &Stuck<'_>, missed: &Missed) -> Story {
    let (notifier, waiter) = (stuck.names.task(missed.notifier), stuck.names.task(missed.waiter));
    let what = condition(stuck, missed);
    let title =
        Line::new().add(Role::Thing, what).plain(" is notified before ").add(Role::Task, waiter).plain(" waits for it");
    let said = Line::new()
        .add(Role::Task, notifier)
        .plain(format!(" notified {what}{} when nobody waited; ", stuck.names.at(&missed.notified)))
        .add(Role::Task, waiter)
        .plain(" came to its wait after that, and nobody is left to notify it again.");
    let fix = format!(
        "let the notifier set a flag while it holds {what}, and wait{} only while the flag is not set",
        stuck.names.at(&missed.waited)
    );
    Story { title, said, fix: Some(Line::new().plain(fix)) }
}

/// What the late waiter waits on.
fn condition<'a>(stuck: &'a Stuck<'_>, missed: &Missed) -> &'a str {
    let waits = stuck.blocked.iter().find(|b| b.task == missed.waiter);
    waits.map_or("the condition", |b| stuck.names.object(b.object))
}

/// A pool whose workers wait for what is queued behind them.
fn starvation(stuck: &Stuck<'_>, starved: &Starved) -> Story {
    let pool = stuck.names.object(starved.pool);
    let title = Line::new().plain("every worker of ").add(Role::Thing, pool).plain(" waits for work queued behind it");
    let workers = match starved.workers {
        1 => "The only worker".to_owned(),
        2 => "Both workers".to_owned(),
        n => format!("All {n} workers"),
    };
    let verb = if starved.workers == 1 { "waits" } else { "wait" };
    let said = Line::new().plain(format!(
        "{workers} of {pool} {verb} for results of work that {pool} has not begun; no worker is left to begin it."
    ));
    let fix = format!(
        "do not wait inside a task of {pool} for another task of {pool}: return the future, or give the inner work a pool of its own"
    );
    Story { title, said, fix: Some(Line::new().plain(fix)) }
}

/// A lock whose holder is gone.
fn leaked(stuck: &Stuck<'_>, leak: &Held) -> Story {
    let (lock, holder) = (stuck.names.object(leak.object), stuck.names.task(leak.task));
    let title = Line::new().add(Role::Thing, lock).plain(" is never released");
    let wanters = match stuck.wanters(leak.object).as_slice() {
        [] => "others".to_owned(),
        some => listed(some),
    };
    let said = Line::new()
        .add(Role::Task, holder)
        .plain(format!(" took {lock}{} and ended without releasing it; ", stuck.names.at(&leak.since)))
        .add(Role::Task, &wanters)
        .plain(format!(" can never have {lock}."));
    let after =
        if leak.since.file.is_empty() { String::new() } else { format!(" after {}", stuck.names.place(&leak.since)) };
    let fix = format!("release {lock} on every path{after}, errors too: a `with` block or a guard does it");
    Story { title, said, fix: Some(Line::new().plain(fix)) }
}

/// A task that waits for itself.
fn own_trap(stuck: &Stuck<'_>, only: &Blocked) -> Story {
    let task = stuck.names.task(only.task);
    let title = Line::new().add(Role::Task, task).plain(" waits for itself");
    let (what, words) = (stuck.names.object(only.object), stuck.words(only));
    let own = stuck.held.iter().find(|held| held.object == only.object && held.task == only.task);
    let Some(own) = own else {
        let said = Line::new()
            .add(Role::Task, task)
            .plain(format!(" waits for {}, which only itself could bring about.", words.need(stuck.names, only)));
        return Story { title, said, fix: Some(Line::new().plain("let another task do it, or do it before the wait")) };
    };
    let said = Line::new()
        .add(Role::Task, task)
        .plain(format!(" has held {what} since {} and asks for it again", stuck.names.place(&own.since)))
        .plain(format!("{}.", only.stack.first().map(|frame| stuck.names.at(frame)).unwrap_or_default()));
    let fix = format!("do not take {what} while holding it, or make it a re-entrant lock");
    Story { title, said, fix: Some(Line::new().plain(fix)) }
}

/// Tasks each waiting for the next.
fn ring(stuck: &Stuck<'_>) -> Story {
    let tasks: Vec<&str> = stuck.ring.iter().map(|b| stuck.names.task(b.task)).collect();
    let title = if let [first, second] = tasks.as_slice() {
        Line::new().add(Role::Task, first).plain(" and ").add(Role::Task, second).plain(" wait for each other")
    } else {
        Line::new().plain(format!("{} tasks wait for each other in a ring", tasks.len()))
    };
    let mut said = Line::new().add(Role::Task, tasks[0]);
    let shown = if tasks.len() > RING { RING - 2 } else { tasks.len() };
    for task in &tasks[1..shown] {
        said = said.plain(" waits for ").add(Role::Task, task).plain(", which");
    }
    if shown < tasks.len() {
        said = said.plain(format!(" waits for {} more in turn, the last of which", tasks.len() - shown));
    }
    let none = if tasks.len() == 2 { "neither" } else { "none of them" };
    said = said.plain(" waits for ").add(Role::Task, tasks[0]).plain(format!(": {none} can go on."));
    Story { title, said, fix: Some(Line::new().plain(ring_fix(stuck))) }
}

/// How to open a ring.
fn ring_fix(stuck: &Stuck<'_>) -> String {
    let Some(other) = stuck.ring.iter().find(|b| b.op != "acquire" || stuck.wants_inner(b)) else {
        let mut locks: Vec<usize> = stuck.ring.iter().map(|b| b.object).collect();
        locks.sort_unstable();
        let names: Vec<&str> = locks.iter().map(|lock| stuck.names.object(*lock)).collect();
        return if names.len() > RING {
            "take these locks in one order in every task".to_owned()
        } else {
            format!("take {} in one order in every task, for instance always {} first", listed(&names), names[0])
        };
    };
    let need = stuck.words(other).need(stuck.names, other);
    release_fix(stuck, other).unwrap_or_else(|| format!("let {} go on without {need}", stuck.names.task(other.task)))
}

/// What to release before the wait that `blocked` stands in, if it holds locks that others wait for.
fn release_fix(stuck: &Stuck<'_>, blocked: &Blocked) -> Option<String> {
    let locks = stuck.holds(blocked.task);
    let spot = blocked.stack.first().map(|frame| stuck.names.at(frame)).unwrap_or_default();
    let need = stuck.words(blocked).need(stuck.names, blocked);
    (!locks.is_empty()).then(|| format!("release {} before waiting{spot} for {need}", stuck.names.objects(&locks)))
}

/// Tasks that wait for what nobody will do.
fn dead_end(stuck: &Stuck<'_>) -> Story {
    let causes: Vec<&Blocked> = stuck.blocked.iter().filter(|b| b.op != "join").collect();
    let mut causes = if causes.is_empty() { stuck.blocked.iter().collect() } else { causes };
    causes.sort_by_key(|blocked| remoteness(stuck, blocked));
    let Some(first) = causes.first().copied() else { return Story::untold() };
    let title = match causes.as_slice() {
        [only] => Line::new()
            .add(Role::Task, stuck.names.task(only.task))
            .plain(format!(" waits for ever for {}", stuck.words(only).need(stuck.names, only))),
        all => Line::new().plain(format!("{} tasks wait for what nobody is left to do", all.len())),
    };
    let mut said = Line::new();
    for (i, cause) in causes.iter().take(2).enumerate() {
        said = said
            .plain(if i == 0 { "" } else { ", " })
            .add(Role::Task, stuck.names.task(cause.task))
            .plain(format!(" needs {}", stuck.words(cause).need(stuck.names, cause)));
    }
    if causes.len() > 2 {
        said = said.plain(format!(", {} more need the like", causes.len() - 2));
    }
    said = said.plain("; no task is left that could bring it about.");
    let spent = stuck.spent.iter().find(|spent| spent.object == first.object);
    if let Some(spent) = spent {
        said = said.plain(" ").join(spent_on(stuck, spent));
    }
    Story { title, said, fix: dead_end_fix(stuck, first, spent.is_some()).map(|fix| Line::new().plain(fix)) }
}

/// How far from what went wrong a task that cannot go on may stand: others may have to get on before it does.
fn remoteness(stuck: &Stuck<'_>, blocked: &Blocked) -> u8 {
    let joins_it = |other: &Blocked| other.op == "join-queue" && other.object == blocked.object;
    match &*blocked.op {
        _ if blocked.waits_for.iter().any(|task| stuck.blocked.iter().any(|other| other.task == *task)) => 4,
        "result" | "shutdown" => 3,
        // It has done what it got, as long as nobody is to blame for that.
        "get" if stuck.blocked.iter().any(joins_it) => 2,
        "join-queue" => 1,
        _ => 0,
    }
}

/// What became of what `first` waits for.
fn spent_on(stuck: &Stuck<'_>, spent: &Held) -> Line {
    let (what, spot) = (stuck.names.object(spent.object), stuck.names.at(&spent.since));
    let said = Line::new().add(Role::Task, stuck.names.task(spent.task));
    said.plain(if stuck.names.kind(spent.object) == "event" {
        format!(" cleared {what}{spot} after it was set.")
    } else {
        format!(" notified {what}{spot} and woke another.")
    })
}

/// What to do about it, where that is known.
fn dead_end_fix(stuck: &Stuck<'_>, first: &Blocked, is_spent: bool) -> Option<String> {
    let fix = stuck.words(first).fix(stuck.names, first);
    if !is_spent {
        // Who could bring it about waits for the locks of who needs it, if that is all that the others wait for.
        let all_wait = stuck.blocked.len() > 1 && stuck.blocked.iter().all(|b| stuck.up_to(b) == first.task);
        return release_fix(stuck, first).filter(|_| all_wait).or(Some(fix));
    }
    let object = first.object;
    let mut places = stuck.blocked.iter().filter(|b| b.object == object).map(|b| b.stack.first());
    let place = places.next()?;
    match stuck.names.kind(object) {
        "event" => None,
        _ if places.all(|other| other == place) => Some(fix),
        _ => Some(format!(
            "notify all who wait on {0}, as they wait for different things, or give each of these a condition of its own",
            stuck.names.object(object)
        )),
    }
}

/// The tasks with what they hold and want, in as much detail as there is room for.
pub(crate) fn body(finding: &Finding, names: &Names<'_>, room: usize) -> Vec<Line> {
    let Some(stuck) = Stuck::of(finding, names) else { return Vec::new() };
    let mut rows = Vec::new();
    if let Some(missed) = stuck.missed {
        let what = condition(&stuck, missed);
        rows.push(row(names, missed.notifier, "notified", what, &missed.notified));
        rows.push(row(names, missed.waiter, "waits on", what, &missed.waited));
        rows.extend(stuck.blocked.iter().filter(|b| b.task != missed.waiter).map(|b| does(b, names)));
    } else if let Some(leak) = stuck.leak() {
        rows.push(row(names, leak.task, "took", names.object(leak.object), &leak.since));
        rows.extend(stuck.blocked.iter().map(|b| does(b, names)));
    } else {
        let wordy = [true, false].map(|callers| in_full(&stuck, callers));
        let worth = stuck.starved.is_none() && !(stuck.held.is_empty() && stuck.ring.is_empty());
        if let Some(lines) = wordy.into_iter().find(|lines| worth && lines.len() <= room) {
            return lines;
        }
        rows.extend(stuck.blocked.iter().map(|b| does(b, names).remark(holder(&stuck, b))));
    }
    fitting(table(rows), room, "tasks")
}

/// A row about one task.
fn row(names: &Names<'_>, task: usize, verb: &str, what: &str, frame: &Frame) -> Row {
    Row::new(2)
        .cell(Role::Task, Cut::End, names.task(task))
        .cell(Role::Verb, Cut::End, verb)
        .cell(Role::Thing, Cut::Start, what)
        .cell(Role::Place, Cut::Start, names.place(frame))
        .source(&frame.text)
}

/// Per task a heading, a row for each lock that it holds, and one for what it wants.
fn in_full(stuck: &Stuck<'_>, with_callers: bool) -> Vec<Line> {
    let mut rows = Vec::new();
    let mut headings = Vec::new();
    let inner = |verb: &str, what: &str, frame: &Frame, when: &str| {
        let spot = if frame.file.is_empty() { String::new() } else { format!("{when} {}", stuck.names.place(frame)) };
        Row::new(4)
            .cell(Role::Verb, Cut::End, verb)
            .cell(Role::Thing, Cut::Start, what)
            .cell(Role::Place, Cut::Start, spot)
            .source(&frame.text)
    };
    for blocked in stuck.blocked {
        headings.push((rows.len(), stuck.names.task(blocked.task)));
        for held in stuck.held.iter().filter(|held| held.task == blocked.task).take(HELD) {
            rows.push(inner("holds", stuck.names.object(held.object), &held.since, "since"));
        }
        let nowhere = Frame::default();
        let stands = blocked.stack.first().unwrap_or(&nowhere);
        let target = words::target(stuck.names, blocked);
        rows.push(inner(stuck.words(blocked).now, &target, stands, "at").remark(holder(stuck, blocked)));
        if let (true, Some(caller)) = (with_callers, blocked.stack.get(1)) {
            rows.push(inner("", "", caller, "from"));
        }
    }
    let mut lines = table(rows);
    for (row, task) in headings.into_iter().rev() {
        lines.insert(row, Line::new().plain("  ").add(Role::Task, task));
    }
    lines
}

/// Who holds what `blocked` wants, or could bring it about.
fn holder(stuck: &Stuck<'_>, blocked: &Blocked) -> Line {
    let holders: Vec<&Held> = stuck.held.iter().filter(|held| held.object == blocked.object).collect();
    if let [one] = holders.as_slice() {
        let who = if one.task == blocked.task { "itself" } else { stuck.names.task(one.task) };
        let gone = if stuck.ended(one.task) { ", which has ended" } else { "" };
        return Line::new().add(Role::Place, "held by ").add(Role::Task, who).add(Role::Place, gone);
    }
    match blocked.waits_for.as_slice() {
        [one] if blocked.op != "join" => Line::new().add(Role::Place, "up to ").add(Role::Task, stuck.names.task(*one)),
        _ => Line::new(),
    }
}
