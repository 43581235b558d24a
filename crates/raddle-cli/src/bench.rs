//! `raddle bench`: Raddle's primitives beside the interpreter's own.
//!
//! Exits with 0 when everything was measured, 1 when more instructions were counted than a ceiling allows, or
//! [`Exit::Usage`](crate::Exit::Usage) when a row is not known or there is nothing to count with.

use crate::format::Format;
use crate::{Interpreter, Problem};
use std::ffi::OsString;

/// Measure Raddle's primitives beside the standard library's
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Each row is measured with both in turn, in small blocks; its ratio is the middle one of the ratios of neighbouring blocks.
Times are nanoseconds of one turn, the loop around it included.")]
pub(crate) struct Bench {
    /// Measure the rows whose names contain NAME; may be repeated
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Print the names of the rows
    #[arg(long)]
    list: bool,
    /// Count instructions under valgrind instead of measuring time
    #[arg(long)]
    instructions: bool,
    #[command(flatten)]
    format: Format,
}

impl Bench {
    /// Does it: the exit code.
    ///
    /// # Errors
    /// When the interpreter's benchmark cannot be started.
    pub(crate) fn run(&self, interpreter: &mut dyn Interpreter) -> Result<u8, Problem> {
        let only = self.only.iter().flat_map(|name| ["--only".into(), name.into()]);
        let flags =
            [(self.list, "--list"), (self.instructions, "--instructions"), (self.format.is_json(), "--format=json")];
        let flags = flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.into());
        let words: Vec<OsString> = only.chain(flags).collect();
        interpreter.bench(words)
    }
}
