//! Another process that replays a finding, so that none is told that only this process can show.

use crate::Interpreter;
use crate::answer::Answer;
use raddle::engine::kernel::{Deadline, sleep_until};
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;

/// How often one looks whether it has ended: it takes about a tenth of a second.
const LOOK: Duration = Duration::from_millis(2);

/// What came of a replay in a fresh process.
#[derive(Debug)]
pub(crate) enum Confirmation {
    /// It answered.
    Answer(Box<Answer>),
    /// It did not; part of a sentence says why.
    Silence(String),
    /// The user stopped it.
    Interrupted,
}

/// Replays the finding called `id` in a fresh process that runs in `directory`.
pub(crate) fn confirm(
    id: &str,
    directory: &Path,
    patience: Duration,
    interpreter: &mut dyn Interpreter,
) -> Confirmation {
    let mut command = match interpreter.fresh() {
        Ok(command) => command,
        Err(problem) => return Confirmation::Silence(problem.to_string()),
    };
    command.args(["replay", "--format", "json", id]).current_dir(directory);
    let answered = answer(&mut command, patience, interpreter);
    match answered {
        Err(e) => Confirmation::Silence(format!("{} does not start: {e}", command.get_program().to_string_lossy())),
        Ok((End::Stopped, ..)) => Confirmation::Interrupted,
        Ok((End::Impatience, ..)) => Confirmation::Silence(format!("it had not ended after {} s", patience.as_secs())),
        Ok((End::Itself(status), said, complaint)) => match serde_json::from_slice::<Answer>(&said) {
            Ok(answer) if answer.id == id => Confirmation::Answer(Box::new(answer)),
            _ => {
                let complaint = String::from_utf8_lossy(&complaint);
                let last = complaint.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
                Confirmation::Silence(format!("it ended with {}: {}", code(status), last.trim()))
            }
        },
    }
}

/// How the process came to its end, what it said, and what it complained of.
fn answer(
    command: &mut Command,
    patience: Duration,
    interpreter: &mut dyn Interpreter,
) -> io::Result<(End, Vec<u8>, Vec<u8>)> {
    // Files, not pipes: when the process has ended all that it said is there, whoever of its children lives on with them.
    let (out, err) = (NamedTempFile::new()?, NamedTempFile::new()?);
    let mut child = command.stdin(Stdio::null()).stdout(out.reopen()?).stderr(err.reopen()?).spawn()?;
    let ended = wait(&mut child, patience, interpreter);
    if !matches!(ended, Ok(End::Itself(_))) {
        end(&mut child);
    }
    Ok((ended?, fs::read(out.path())?, fs::read(err.path())?))
}

/// What a process ended with: `code 1`, `signal 9 (SIGKILL)`.
pub(crate) fn code(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string().replacen(": ", " ", 1), |code| format!("code {code}"))
}

/// How a process came to its end.
enum End {
    Itself(ExitStatus),
    /// The user did not want to wait for it.
    Stopped,
    /// It was given up.
    Impatience,
}

fn wait(child: &mut Child, patience: Duration, interpreter: &mut dyn Interpreter) -> io::Result<End> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            // A signal from the terminal reaches it, too.
            return Ok(if interpreter.interrupted() { End::Stopped } else { End::Itself(status) });
        }
        if interpreter.interrupted() {
            return Ok(End::Stopped);
        }
        if started.elapsed() >= patience {
            return Ok(End::Impatience);
        }
        let _ = sleep_until(Deadline::after(LOOK));
    }
}

/// Ends a process that is not needed any more.
fn end(child: &mut Child) {
    let _ended_already = child.kill();
    let _ended = child.wait();
}
