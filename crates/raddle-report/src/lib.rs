//! Findings and outcomes in; text and JSON out.
//!
//! Nothing here reads a clock, a file or a terminal: the same data, the same bytes.

#![forbid(unsafe_code)]

mod accesses;
mod failure;
mod json;
mod layout;
mod names;
mod schedule;
mod spinning;
mod stuck;
mod summary;
mod text;

pub use json::{Report, json};
pub use layout::Style;
pub use schedule::shrunk;
pub use summary::{captured, counted, effort, summary, summary_in, wrapped};
pub use text::{MOST_LINES, text, text_in};
