//! The laws that futures and pools keep, natively, and the points and effects that each operation announces.

mod announced;
mod futures;
mod pools;
#[path = "../../../raddle-sync/tests/it/recorder.rs"]
mod recorder;
