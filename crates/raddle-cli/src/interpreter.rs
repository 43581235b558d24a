//! What the command asks of the language whose programs it checks.

use crate::{Problem, Program, Saved};
use raddle::engine::explore::{Options, Progress};
use raddle::engine::record::{Outcome, Replayed};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// A running interpreter, as the command sees it.
///
/// The command has validated what it hands over: a script exists, is a file, and is UTF-8 or names its encoding.
/// Nothing here prints but [`run`](Self::run) and [`bench`](Self::bench); what a program prints in an explored execution is captured.
pub trait Interpreter {
    /// What runs here: `CPython 3.11.7`.
    fn version(&self) -> String;

    /// The command that starts this one in a fresh process, `python -m raddle` with full paths; a verb and its arguments are appended.
    ///
    /// # Errors
    /// When there is none.
    fn fresh(&self) -> Result<Command, Problem>;

    /// The source file that `-m name` would run, found without running any of it.
    ///
    /// # Errors
    /// When there is no such module, or it has no source.
    fn find_module(&mut self, name: &str) -> Result<PathBuf, Problem>;

    /// Whether the user asked to stop (Ctrl-C) since this was last asked; the wish counts as heard then.
    ///
    /// The command asks while it waits for another process, and after [`check`](Self::check) and [`replay`](Self::replay).
    /// During those the interpreter looks for itself: it ends the search as if `progress` had returned false,
    /// sets [`Outcome::interrupted`], and still answers true here when asked next.
    fn interrupted(&mut self) -> bool;

    /// Makes this process one in which programs are run under control, as [`check`](Self::check) and [`replay`](Self::replay) need it.
    ///
    /// The process may begin anew for that, with the same arguments and in the same directory: nothing may have been said before.
    ///
    /// # Errors
    /// When it cannot be made one.
    fn take_control(&mut self) -> Result<(), Problem>;

    /// Searches `program` for bugs; `include` names packages whose accesses are points, too.
    ///
    /// `progress` is called between executions, and within long ones where possible; the search ends when it returns false.
    ///
    /// # Errors
    /// When the program cannot be run at all: a syntax error in it is a verdict ([`raddle::engine::record::Verdict::Failed`]), not an error.
    fn check(
        &mut self,
        program: &Program,
        options: &Options,
        include: &[String],
        progress: &mut dyn FnMut(&Progress) -> bool,
    ) -> Result<Outcome, Problem>;

    /// Runs a saved schedule again; the working directory is the one that the paths in `saved` are relative to.
    ///
    /// # Errors
    /// When the program cannot be run at all.
    fn replay(&mut self, saved: &Saved) -> Result<Replayed, Problem>;

    /// Runs `program` natively with Raddle's primitives in place, output and exit code as plain Python's.
    fn run(&mut self, program: &Program) -> u8;

    /// Measures the primitives beside the language's own, as `words` say; what it exits with.
    ///
    /// # Errors
    /// When that cannot be started.
    fn bench(&mut self, words: Vec<OsString>) -> Result<u8, Problem>;
}
