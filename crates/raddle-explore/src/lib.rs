//! Controlled runs: every interleaving that matters of a program, on fibers of one thread.

mod front;
mod options;

pub use front::{Front, StackBounds};
pub use options::{Options, Progress, StrategyKind};
