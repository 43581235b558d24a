//! Where the command speaks and works.

use crate::Problem;
use raddle::engine::report::Style;
use std::fmt;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

/// The command's surroundings: its streams and its directory.
pub struct Console<'a> {
    /// For data: verdicts and findings.
    pub out: &'a mut dyn Write,
    /// For talk: progress, hints, problems.
    pub err: &'a mut dyn Write,
    /// How data is dressed.
    pub out_style: Style,
    /// How talk is dressed.
    pub err_style: Style,
    /// Whether talk may move about, as a progress line does.
    pub lively: bool,
    /// The working directory.
    pub directory: PathBuf,
    /// How long a fresh process may take to show a finding again.
    pub patience: Duration,
}

impl fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Console<'_> {
    /// Hands the process's own streams and directory to `work`.
    ///
    /// # Errors
    /// When the process has no working directory any more.
    pub(crate) fn of_process<T>(work: impl FnOnce(&mut Console<'_>) -> T) -> Result<T, Problem> {
        let directory = std::env::current_dir().map_err(|e| Problem::new(format!("no working directory: {e}")))?;
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let style = |terminal: bool| if terminal && !dumb && !set("NO_COLOR") { Style::Colour } else { Style::Plain };
        let (out_style, err_style) = (style(out.is_terminal()), style(err.is_terminal()));
        let lively = err.is_terminal() && !dumb;
        let patience = Duration::from_secs(60);
        // The streams are not locked: what runs under the command may write, too.
        Ok(work(&mut Console { out: &mut out, err: &mut err, out_style, err_style, lively, directory, patience }))
    }

    /// Writes data.
    ///
    /// # Errors
    /// When it cannot be written; that nobody reads any more is none.
    pub(crate) fn tell(&mut self, text: &str) -> Result<(), Problem> {
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        match written {
            Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Problem::new(format!("cannot write the answer: {e}"))),
            _ => Ok(()),
        }
    }

    /// Writes talk; where nobody can hear it, it is lost.
    pub(crate) fn say(&mut self, text: &str) {
        let _unheard = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }

    /// Says what went wrong and what to do about it.
    pub(crate) fn complain(&mut self, problem: &Problem) {
        let (start, end) = if self.err_style == Style::Colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let mut text = format!("{start}error:{end} {problem}\n");
        if let Some(advice) = problem.advice() {
            text.push_str(&format!("help: {advice}\n"));
        }
        self.say(&text);
    }
}
