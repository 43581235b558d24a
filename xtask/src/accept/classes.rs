//! The relation of dependence on random programs: each class is met, and met once, by parts of a search, too; and faults put into the
//! relation, or into what is made of it, are noticed.

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

const FAULTS: [Fault; 30] = [
    alone("a release of a lock", "        | Effect::Released\n        | Effect::Gave", "        | Effect::Gave"),
    alone(
        "a release of a permit",
        "        | Effect::Gave { .. }\n        | Effect::Enqueued",
        "        | Effect::Enqueued",
    ),
    alone(
        "an acquisition of a permit",
        "Effect::Got { fifo: true, .. } | Effect::Took { .. } => TAKEN,",
        "Effect::Got { fifo: true, .. } => TAKEN,",
    ),
    alone("the beginning of a wait for a change", "        | Effect::Enqueued\n", "        "),
    alone(
        "a notification that wakes somebody",
        "Effect::Notified { .. } => CHANGED,",
        "Effect::Notified { .. } => NOTHING,",
    ),
    alone(
        "a notification that wakes nobody",
        "Effect::Notified { woken: 0 } => SEEN,",
        "Effect::Notified { woken: 0 } => NOTHING,",
    ),
    alone("a wait for a change that is given up", "        | Effect::GaveUp\n", "        "),
    alone(
        "a wait that ends in vain",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => IN_VAIN,",
        "Effect::Refused | Effect::Looked | Effect::Saw => IN_VAIN,",
    ),
    alone("an event that is set", "Effect::Set { changed: true }\n        | Effect::Cleared", "Effect::Cleared"),
    alone("an event that is cleared", "        | Effect::Cleared { changed: true }\n", "        "),
    alone("the beginning of a wait for an event or a job", "Effect::Begun => WAITING,", "Effect::Begun => NOTHING,"),
    alone(
        "a job that depends on who has begun to wait",
        "        | Effect::Put { fifo: true, hires: Some(_), .. } => CHANGED_FOR_WAITERS,",
        "        => CHANGED_FOR_WAITERS,",
    ),
    alone("an arrival at a barrier", "        | Effect::Arrived { .. }\n", "        "),
    alone("a barrier that is broken", "        | Effect::Broke\n", "        "),
    alone("a write", "        | Effect::Wrote\n", "        "),
    alone("an update", "        | Effect::Updated\n", "        "),
    alone("the start of a job", "        | Effect::Started\n", "        "),
    alone(
        "a read",
        "Effect::Cleared { changed: false } | Effect::Read => SEEN,",
        "Effect::Cleared { changed: false } => SEEN,",
    ),
    alone("an item that is dealt with", "        | Effect::Finished { .. }\n", "        "),
    alone("a put", "Effect::Put { fifo: true, .. } => CHANGED,", "Effect::Put { fifo: true, .. } => NOTHING,"),
    alone("a get", "Effect::Got { fifo: true, .. } | Effect::Took { .. } => TAKEN,", "Effect::Took { .. } => TAKEN,"),
    alone(
        "a get from the top of a stack",
        "Effect::Put { fifo: false, .. } | Effect::Got { fifo: false, .. } | Effect::Closed { .. }",
        "Effect::Put { fifo: false, .. } | Effect::Closed { .. }",
    ),
    alone(
        "a queue that is closed",
        "Effect::Got { fifo: false, .. } | Effect::Closed { .. } => BOTH,",
        "Effect::Got { fifo: false, .. } => BOTH,",
    ),
    alone(
        "a try in vain",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => IN_VAIN,",
        "Effect::TimedOut | Effect::Looked | Effect::Saw => IN_VAIN,",
    ),
    alone(
        "a look",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => IN_VAIN,",
        "Effect::Refused | Effect::TimedOut | Effect::Saw => IN_VAIN,",
    ),
    alone(
        "a wait that ends",
        "Effect::Refused | Effect::TimedOut | Effect::Looked | Effect::Saw => IN_VAIN,",
        "Effect::Refused | Effect::TimedOut | Effect::Looked => IN_VAIN,",
    ),
    alone(
        "what comes too late for a queue or a pool",
        "Some(Effect::Saw) => self.now.most,",
        "Some(Effect::Saw) => Some(self.now.level()),",
    ),
    Fault {
        name: "all of an owner, and a part of it",
        file: "crates/raddle-explore/src/trace.rs",
        from: "(one == other || one == WHOLE || other == WHOLE)",
        to: "one == other",
        seen_by: "",
    },
    Fault {
        name: "what is accessed beside something else",
        file: "crates/raddle-explore/src/strategy/dpor/tree.rs",
        from: "taken.unknown.retain(|touch| !matches!(touch.place, Place::Object(_)));",
        to: "taken.unknown.clear();",
        seen_by: "",
    },
    Fault {
        name: "what is read and written at once",
        file: "crates/raddle-explore/src/strategy/dpor/history.rs",
        from: "own.effect == Effect::Read && trace",
        to: "false && trace",
        seen_by: "",
    },
];

pub(super) fn run(stage: &Stage) -> Result<(), String> {
    let clone = stage.target.join("classes");
    fresh_clone(&clone)?;
    programs(&clone, PROGRAMS, &["accesses::", "dependence::"])?;
    try_all(&clone, &FAULTS, |_| programs(&clone, WITH_FAULT, &["each_class_"]))
}

/// Tries so many programs.
fn programs(clone: &Path, count: &str, tests: &[&str]) -> Result<(), String> {
    let mut cargo = cargo_in(clone);
    cargo.args(["test", "--release", "--quiet", "-p", "raddle-explore", "-p", "raddle", "--test", "it", "--"]);
    command(cargo.args(tests).arg("--nocapture").env("RADDLE_PROGRAMS", count))
}
