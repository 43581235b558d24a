//! The relation of dependence on random programs: each class is met, and met once, by parts of a search, too; and faults put into the relation are noticed.

use super::faults::{Fault, try_all};
use super::{Stage, cargo_in, fresh_clone};
use crate::step::command;
use std::path::Path;

/// So many random programs.
const PROGRAMS: &str = "1000";
/// So many are tried with a fault; some are too large to be searched in full.
const WITH_FAULT: &str = "1000";

const FILE: &str = "crates/raddle-explore/src/dependence.rs";

/// One kind of effect that depends on nothing.
const fn alone(name: &'static str, from: &'static str, to: &'static str) -> Fault {
    Fault { name, file: FILE, from, to, seen_by: "" }
}

const FAULTS: [Fault; 24] = [
    alone("a release of a lock", "        | Effect::Released\n        | Effect::Gave", "        | Effect::Gave"),
    alone(
        "a release of a permit",
        "        | Effect::Gave { .. }\n        | Effect::Enqueued",
        "        | Effect::Enqueued",
    ),
    alone(
        "an acquisition of a permit",
        "Effect::Got { fifo: true, .. } | Effect::Took { .. } => [Not, Changes],",
        "Effect::Got { fifo: true, .. } => [Not, Changes],",
    ),
    alone("the beginning of a wait for a change", "        | Effect::Enqueued\n", "        "),
    alone(
        "a notification that wakes somebody",
        "Effect::Notified { woken } => [if woken == 0 { Looks } else { Changes }, Not],",
        "Effect::Notified { woken } => [if woken == 0 { Looks } else { Not }, Not],",
    ),
    alone(
        "a notification that wakes nobody",
        "Effect::Notified { woken } => [if woken == 0 { Looks } else { Changes }, Not],",
        "Effect::Notified { woken } => [if woken == 0 { Not } else { Changes }, Not],",
    ),
    alone("a wait for a change that is given up", "        | Effect::GaveUp\n", "        "),
    alone(
        "a wait that ends in vain",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => [Looks, Looks],",
        "Effect::Refused | Effect::Looked | Effect::Saw => [Looks, Looks],",
    ),
    alone("an event that is set", "        | Effect::Set { changed: true }\n", "        "),
    alone("an event that is cleared", "        | Effect::Cleared { changed: true }\n", "        "),
    alone("the beginning of a wait for an event", "| Effect::Begun | Effect::Read => {", "| Effect::Read => {"),
    alone("an arrival at a barrier", "        | Effect::Arrived { .. }\n", "        "),
    alone("a barrier that is broken", "        | Effect::Broke\n", "        "),
    alone("a write", "        | Effect::Wrote\n", "        "),
    alone("an update", "        | Effect::Updated\n", "        "),
    alone("a read", "| Effect::Begun | Effect::Read => {", "| Effect::Begun => {"),
    alone("an item that is dealt with", "        | Effect::Finished { .. }\n", "        "),
    alone(
        "a put",
        "Effect::Put { fifo: true, .. } => [Changes, Not],",
        "Effect::Put { fifo: true, .. } => [Not, Not],",
    ),
    alone(
        "a get",
        "Effect::Got { fifo: true, .. } | Effect::Took { .. } => [Not, Changes],",
        "Effect::Took { .. } => [Not, Changes],",
    ),
    alone(
        "a get from the top of a stack",
        "Effect::Put { fifo: false, .. } | Effect::Got { fifo: false, .. } | Effect::Closed",
        "Effect::Put { fifo: false, .. } | Effect::Closed",
    ),
    alone(
        "a queue that is closed",
        "Effect::Got { fifo: false, .. } | Effect::Closed => [Changes, Changes],",
        "Effect::Got { fifo: false, .. } => [Changes, Changes],",
    ),
    alone(
        "a try in vain",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => [Looks, Looks],",
        "Effect::TimedOut | Effect::Looked | Effect::Saw => [Looks, Looks],",
    ),
    alone(
        "a look",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => [Looks, Looks],",
        "Effect::Refused | Effect::TimedOut | Effect::Saw => [Looks, Looks],",
    ),
    alone(
        "a wait that ends",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => [Looks, Looks],",
        "Effect::Refused | Effect::TimedOut | Effect::Looked => [Looks, Looks],",
    ),
];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let clone = stage.target.join("classes");
    fresh_clone(&clone)?;
    programs(&clone, PROGRAMS, "dependence::")?;
    try_all(&clone, &FAULTS, |_| programs(&clone, WITH_FAULT, "each_class_is"))
}

/// Tries so many programs.
fn programs(clone: &Path, count: &str, name: &str) -> Result<(), String> {
    let mut tests = cargo_in(clone);
    tests.args(["test", "--release", "--quiet", "-p", "raddle", "--test", "it", name, "--", "--nocapture"]);
    command(tests.env("RADDLE_PROGRAMS", count))
}
