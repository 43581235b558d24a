//! Another process that replays a finding, so that none is told that only this process can show.

use crate::Interpreter;
use crate::answer::Answer;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How often the user's wish to stop is looked for.
const LOOK: Duration = Duration::from_millis(50);

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
    let words = interpreter.fresh();
    let Some((program, rest)) = words.split_first() else {
        return Confirmation::Silence("there is no command for one".to_owned());
    };
    let mut command = Command::new(program);
    command.args(rest).args(["replay", "--format", "json", id]).current_dir(directory);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(e) => return Confirmation::Silence(format!("{} does not start: {e}", program.to_string_lossy())),
    };
    let (out, err) = (collect(child.stdout.take()), collect(child.stderr.take()));
    let heard = listen(&out, &mut child, patience, interpreter);
    if heard.is_err() {
        end(&mut child);
    }
    let code = child.wait().ok().and_then(|status| status.code());
    if interpreter.interrupted() {
        return Confirmation::Interrupted;
    }
    match heard {
        Err(why) => why,
        Ok(said) => match serde_json::from_slice::<Answer>(&said) {
            Ok(answer) if answer.id == id => Confirmation::Answer(Box::new(answer)),
            _ => {
                let complaint: Vec<u8> = std::iter::from_fn(|| err.recv_timeout(LOOK).ok()).flatten().collect();
                let complaint = String::from_utf8_lossy(&complaint);
                let last = complaint.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
                let code = code.map_or("a signal".to_owned(), |code| format!("code {code}"));
                Confirmation::Silence(format!("it ended with {code}: {}", last.trim()))
            }
        },
    }
}

/// Reads a stream to its end, on a thread of its own, and hands over piece by piece.
fn collect(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (hand_over, pieces) = channel();
    thread::spawn(move || {
        let Some(mut stream) = stream else { return };
        let mut piece = vec![0; 8192];
        while let Ok(length @ 1..) = stream.read(&mut piece) {
            if hand_over.send(piece[..length].to_vec()).is_err() {
                return;
            }
        }
    });
    pieces
}

/// What the process said, or why it was not heard out.
fn listen(
    out: &Receiver<Vec<u8>>,
    child: &mut Child,
    patience: Duration,
    interpreter: &mut dyn Interpreter,
) -> Result<Vec<u8>, Confirmation> {
    let started = Instant::now();
    let mut said = Vec::new();
    loop {
        match out.recv_timeout(LOOK.min(patience)) {
            Ok(piece) => said.extend(piece),
            Err(RecvTimeoutError::Disconnected) => return Ok(said),
            Err(RecvTimeoutError::Timeout) if interpreter.interrupted() => return Err(Confirmation::Interrupted),
            // Its children may hold the stream open; they have nothing to say to us.
            Err(RecvTimeoutError::Timeout) if matches!(child.try_wait(), Ok(Some(_))) => return Ok(said),
            Err(RecvTimeoutError::Timeout) if started.elapsed() >= patience => {
                return Err(Confirmation::Silence(format!("it had not ended after {} s", patience.as_secs())));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Ends a process that is not needed any more.
fn end(child: &mut Child) {
    let _ended_already = child.kill();
}
