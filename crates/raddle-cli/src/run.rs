//! `raddle run`: runs a program natively, on Raddle's primitives.
//!
//! Exits as the program does, or with [`Exit::Usage`](crate::Exit::Usage).

use crate::console::Console;
use crate::format::Format;
use crate::source::{self, Words};
use crate::{Interpreter, Problem};
use std::time::Instant;

/// Run a program as Python would, on Raddle's locks, queues and pools
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "raddle run [OPTIONS] PROGRAM [ARGS]...
       raddle run [OPTIONS] -m MODULE [ARGS]...")]
#[command(after_help = "\
Output and exit code are the program's own.
With --format json one line on standard error says, when the main module has ended, how.")]
pub(crate) struct Run {
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    format: Format,
}

impl Run {
    /// Does it: the program's exit code.
    ///
    /// # Errors
    /// When there is no such program.
    pub(crate) fn run(&self, console: &mut Console<'_>, interpreter: &mut dyn Interpreter) -> Result<u8, Problem> {
        let program = self.words.program(&console.directory)?;
        source::fingerprint(&program, &console.directory, interpreter)?;
        let started = Instant::now();
        let exit = interpreter.run(&program);
        if self.format.is_json() {
            // Standard output is the program's.
            let answer = serde_json::json!({ "format": 1, "exit": exit, "seconds": started.elapsed().as_secs_f64() });
            console.say(&format!("{answer}\n"));
        }
        Ok(exit)
    }
}
