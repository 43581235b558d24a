//! What operations are called in sentences.

use crate::layout::{Cut, Role, Row};
use crate::names::Names;
use raddle_record::Blocked;

/// The words for one operation on one kind of object.
pub(super) struct Words {
    /// A task that is about to do it, or stuck in it: `wants`.
    pub(super) now: &'static str,
    /// A task that did it: `took`.
    past: &'static str,
    /// What has to come about for it to go on; `{}` is the object.
    need: &'static str,
    /// What to do if that never comes about; `{}` is the object.
    fix: &'static str,
}

impl Words {
    /// The words for what `blocked` does to an object of this kind.
    pub(super) fn of(blocked: &Blocked, kind: &str) -> Words {
        let (now, past, need, fix) = match (blocked.op.as_str(), kind) {
            ("acquire", "semaphore") => (
                "wants",
                "took a permit of",
                "a permit of {}",
                "release {} on every path, once for each time it is acquired, or start it with more permits",
            ),
            // A thread's object is let go of when the thread is over.
            ("release", "thread" | "threads") => ("ends", "ended", "{}", "let {} end"),
            ("acquire", _) => {
                ("wants", "took", "{}", "release {} on every path, errors too: a `with` block or a guard does it")
            }
            ("wait", "event") => {
                ("waits for", "saw", "{} to be set", "set {} on every path, errors too, or wait with a timeout")
            }
            ("wait", _) => (
                "waits on",
                "waited on",
                "a notify of {}",
                "wait on {} only while what it announces is not there yet, and notify it after each change",
            ),
            ("put", _) => (
                "puts into",
                "put into",
                "room in {}",
                "keep a consumer of {} until its producers have ended, or put with a timeout and look at the stop signal",
            ),
            ("get", _) => (
                "gets from",
                "got from",
                "an item in {}",
                "put an end mark for each consumer into {} after the last item, or get with a timeout",
            ),
            ("join-queue", _) => (
                "joins",
                "joined",
                "a task_done() for every item of {}",
                "call task_done() once for every item got from {}, errors too: put it in a `finally`",
            ),
            ("pass" | "arrive", _) => (
                "waits at",
                if blocked.op == "pass" { "passed" } else { "arrived at" },
                "the others to arrive at {}",
                "give {} as many parties as tasks come to it, each time round, or a timeout",
            ),
            ("join", _) => ("joins", "joined", "{} to end", "let {} end before it is joined, or join with a timeout"),
            ("result", _) => {
                ("waits for", "got", "the result of {}", "settle {} on every path, errors too, or wait with a timeout")
            }
            ("shutdown", _) => {
                ("shuts down", "shut down", "the workers of {} to end", "let the work of {} end before it is shut down")
            }
            (other, _) => return Words::plain(other),
        };
        Words { now, past, need, fix }
    }

    /// The words for operations that seldom block.
    fn plain(op: &str) -> Words {
        let (now, past) = match op {
            "release" => ("releases", "released"),
            "notify" => ("notifies", "notified"),
            "task-done" => ("marks done", "marked done"),
            "set" => ("sets", "set"),
            "clear" => ("clears", "cleared"),
            "look" => ("looks at", "looked at"),
            "abort" => ("breaks", "broke"),
            "read" => ("reads", "read"),
            "write" => ("writes", "wrote"),
            "update" => ("updates", "updated"),
            "spawn" => ("starts", "started"),
            "submit" => ("submits to", "submitted to"),
            "resolve" => ("settles", "settled"),
            "cancel" => ("cancels", "cancelled"),
            "sleep" => ("sleeps", "slept"),
            "yield" => ("yields", "yielded"),
            "clock" => ("reads", "read"),
            _ => ("is in", "was in"),
        };
        Words { now, past, need: "{}", fix: "see to it that {} comes about, or wait with a timeout" }
    }

    /// What has to come about for `blocked` to go on.
    pub(super) fn need(&self, names: &Names<'_>, blocked: &Blocked) -> String {
        self.need.replacen("{}", &target(names, blocked), 1)
    }

    /// What to do if that never comes about.
    pub(super) fn fix(&self, names: &Names<'_>, blocked: &Blocked) -> String {
        self.fix.replacen("{}", &target(names, blocked), 1)
    }
}

/// What `blocked` acts on: for a join or a start the task, else the object, if the operation's word does not say it all.
pub(super) fn target(names: &Names<'_>, blocked: &Blocked) -> String {
    match blocked.waits_for.as_slice() {
        [task] if matches!(blocked.op.as_str(), "join" | "spawn") => names.task(*task).to_owned(),
        _ if matches!(
            (blocked.op.as_str(), names.kind(blocked.object)),
            ("sleep" | "yield", _) | ("release", "thread" | "threads")
        ) =>
        {
            String::new()
        }
        _ => names.object(blocked.object).to_owned(),
    }
}

/// A row that says what a task is about to do or is stuck in.
pub(crate) fn does(blocked: &Blocked, names: &Names<'_>) -> Row {
    row(blocked, names, Words::of(blocked, names.kind(blocked.object)).now)
}

/// A row that says what a task did.
pub(crate) fn did(blocked: &Blocked, names: &Names<'_>) -> Row {
    row(blocked, names, Words::of(blocked, names.kind(blocked.object)).past)
}

/// What a task did, as part of a sentence: `took ledger.lock at bank.py:12`.
pub(crate) fn done(blocked: &Blocked, names: &Names<'_>) -> String {
    let past = Words::of(blocked, names.kind(blocked.object)).past;
    let target = target(names, blocked);
    let gap = if target.is_empty() { "" } else { " " };
    format!("{past}{gap}{target}{}", blocked.stack.first().map(|frame| names.at(frame)).unwrap_or_default())
}

/// A row with this verb.
fn row(blocked: &Blocked, names: &Names<'_>, verb: &str) -> Row {
    let stands = blocked.stack.first();
    Row::new(2)
        .cell(Role::Task, Cut::End, names.task(blocked.task))
        .cell(Role::Verb, Cut::End, verb)
        .cell(Role::Thing, Cut::Start, target(names, blocked))
        .cell(Role::Place, Cut::Start, stands.map(|frame| names.place(frame)).unwrap_or_default())
        .source(stands.map_or("", |frame| &frame.text))
}
