//! The command `raddle`: a library, so that the wheel and the binary carry the same one.

mod interpreter;
mod problem;
mod program;
mod saved;

pub use interpreter::Interpreter;
pub use problem::Problem;
pub use program::{Program, Target};
pub use saved::Saved;
