//! `raddle run`: runs a program natively, on Raddle's primitives.
//!
//! Exits as the program does, or with [`Exit::Usage`](crate::Exit::Usage).

use crate::console::Console;
use crate::source::{self, Words};
use crate::{Interpreter, Problem};

/// Run a program as Python would, on Raddle's locks, queues and pools
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "raddle run PROGRAM [ARGS]...
       raddle run -m MODULE [ARGS]...")]
#[command(after_help = "Output and exit code are the program's own.")]
pub(crate) struct Run {
    #[command(flatten)]
    words: Words,
}

impl Run {
    /// Does it: the program's exit code.
    ///
    /// # Errors
    /// When there is no such program.
    pub(crate) fn run(&self, console: &mut Console<'_>, interpreter: &mut dyn Interpreter) -> Result<u8, Problem> {
        let program = self.words.program(&console.directory)?;
        source::fingerprint(&program, &console.directory, interpreter)?;
        Ok(interpreter.run(&program))
    }
}
