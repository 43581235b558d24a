//! What is told about a schedule.

use crate::summary::counted;
use raddle_record::{Schedule, Stopped};

/// How small a schedule is, and whether it could be smaller; none if nobody tried to make it so.
pub fn shrunk(schedule: &Schedule) -> Option<String> {
    let shrunk = schedule.shrunk?;
    let size = |preemptions, operations| {
        format!("{} and {}", counted(preemptions, "preemption"), counted(operations, "operation"))
    };
    let told = size(schedule.preemptions, schedule.operations);
    let found = size(shrunk.preemptions_before, shrunk.operations_before);
    let from = if found == told { String::new() } else { format!(" (found with {found})") };
    let proved = match (shrunk.fewest_preemptions, shrunk.fewest_operations) {
        (true, true) => "fewer do not show it",
        (true, false) => "fewer preemptions do not show it, fewer operations may",
        _ => "fewer may show it, too",
    };
    let stopped = match shrunk.stopped {
        None => String::new(),
        Some(Stopped::Executions) => format!(" (stopped after {})", counted(shrunk.executions, "execution")),
        Some(Stopped::Time) => " (stopped for lack of time)".to_owned(),
        Some(Stopped::User) => " (stopped by you)".to_owned(),
    };
    Some(format!("{told}{from}; {proved}{stopped}"))
}
