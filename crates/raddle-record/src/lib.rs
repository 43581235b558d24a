//! Plain data: what a search chose, what it found, and how that is written down.
//!
//! Nothing here computes. The encoding is JSON with a version number; a file of an older version is read, a newer one is refused
//! with a clear error.

mod encoding;
mod finding;
mod fingerprint;
mod folder;
mod outcome;
mod part;
mod schedule;

pub use encoding::{Error, VERSION, decode, encode};
pub use finding::{
    Access, Blocked, Detail, Finding, FindingKind, Frame, Held, Missed, Mode, ObjectInfo, Race, Starved, TaskInfo,
};
pub use fingerprint::Fingerprint;
pub use folder::Folder;
pub use outcome::{Covered, Divergence, Found, Note, Outcome, Replayed, Uncontrolled, Verdict};
pub use part::{Known, Part, Share};
pub use schedule::{Choice, Schedule, Shrunk, Stopped};
