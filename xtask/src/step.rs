//! Steps of a long task: each is announced, timed, and remembered if it fails.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How one step ended.
#[derive(Debug)]
enum End {
    Done,
    Failed(String),
    Skipped(String),
}

/// The steps so far.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    ended: Vec<(String, Duration, End)>,
}

impl Steps {
    /// Does a step; a failure does not stop the ones after it. Returns what it made.
    pub(crate) fn run<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T, String>) -> Option<T> {
        println!("\n── {name}");
        let started = Instant::now();
        let done = work();
        let took = started.elapsed();
        let (made, end) = match done {
            Ok(made) => (Some(made), End::Done),
            Err(why) => (None, End::Failed(why)),
        };
        self.note(name, took, end);
        made
    }

    /// Says loudly that a step is left out.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("\n── {name}");
        self.note(name, Duration::ZERO, End::Skipped(why.to_owned()));
    }

    fn note(&mut self, name: &str, took: Duration, end: End) {
        println!("{}", line(name, took, &end));
        self.ended.push((name.to_owned(), took, end));
    }

    /// Sums up.
    ///
    /// # Errors
    /// When a step failed.
    pub(crate) fn finish(self) -> Result<(), String> {
        println!("\n── summary");
        for (name, took, end) in &self.ended {
            println!("{}", line(name, *took, end).lines().next().unwrap_or_default());
        }
        let failed: Vec<&str> = self
            .ended
            .iter()
            .filter(|(.., end)| matches!(end, End::Failed(_)))
            .map(|(name, ..)| name.as_str())
            .collect();
        if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
    }
}

/// A step in one line.
fn line(name: &str, took: Duration, end: &End) -> String {
    let seconds = took.as_secs_f64();
    match end {
        End::Done => format!("ok      {seconds:7.1} s  {name}"),
        End::Failed(why) => format!("FAILED  {seconds:7.1} s  {name}: {why}"),
        End::Skipped(why) => format!("SKIPPED            {name}: {why}"),
    }
}

/// Runs a command, its output where ours goes.
///
/// # Errors
/// When it does not start or fails.
pub(crate) fn command(command: &mut Command) -> Result<(), String> {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    let shown = std::iter::once(program.clone()).chain(words).collect::<Vec<_>>().join(" ");
    println!("$ {shown}");
    let status = command.status().map_err(|e| format!("cannot start {program}: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
}
