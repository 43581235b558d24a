//! `raddle replay`: shows a finding again.
//!
//! Exits with [`Exit::Finding`], [`Exit::Usage`], [`Exit::Inconclusive`] or [`Exit::Interrupted`].

use crate::answer::Answer;
use crate::console::Console;
use crate::format::Format;
use crate::store::{self, Kept};
use crate::{Exit, Interpreter, Problem, source};
use raddle::engine::record::Replayed;
use raddle::engine::report::{Style, captured, text_in, wrapped};

/// Show a finding again, exactly
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
The program is run once, with the choices of the execution that showed the bug.
Exit codes: 1 the bug showed itself again, 2 wrong use, 4 it did not, 130 stopped.")]
pub(crate) struct Replay {
    /// The finding: its id as `raddle check` printed it, the start of that, or a file under .raddle/
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    format: Format,
}

impl Replay {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such finding, or it cannot be replayed at all.
    pub(crate) fn run(&self, console: &mut Console<'_>, interpreter: &mut dyn Interpreter) -> Result<Exit, Problem> {
        let Kept { id, home, saved } = store::find(&console.directory, &self.id)?;
        interpreter.take_control()?;
        if home != console.directory {
            let problem = |e| Problem::new(format!("cannot work in {}: {e}", home.display()));
            std::env::set_current_dir(&home).map_err(problem)?;
        }
        let now = source::fingerprint(&saved.program, &home, interpreter)
            .map_err(|problem| Problem::new(format!("cannot replay {id}: {problem}")))?;
        let mut differs = Vec::new();
        if now != saved.source {
            differs.push(format!("{} has changed since", saved.program.target));
        }
        let version = interpreter.version();
        if version != saved.interpreter {
            differs.push(format!("it was found by {}, this is {version}", saved.interpreter));
        }
        let replayed = interpreter.replay(&saved)?;
        if interpreter.interrupted() {
            return Ok(Exit::Interrupted);
        }
        let answer = Answer::new(&id, &saved, &replayed);
        if self.format.is_json() {
            let mut text = serde_json::to_string_pretty(&answer).map_err(|e| Problem::new(e.to_string()))?;
            text.push('\n');
            console.tell(&text)?;
        } else if answer.reproduced {
            shown(&answer, &replayed, &saved.text, &differs, console)?;
        } else {
            missed(&answer, &differs, console)?;
        }
        Ok(if answer.reproduced { Exit::Finding } else { Exit::Inconclusive })
    }
}

/// The bug showed itself again.
fn shown(
    answer: &Answer,
    replayed: &Replayed,
    before: &str,
    differs: &[String],
    console: &mut Console<'_>,
) -> Result<(), Problem> {
    let output = captured(&answer.output);
    if !output.is_empty() {
        console.say(&format!("{output}\n"));
    }
    match (&replayed.found, console.out_style) {
        (Some(found), style @ Style::Colour) => console.tell(&text_in(style, &found.finding, Some(&answer.replay)))?,
        _ => console.tell(&answer.text)?,
    }
    if answer.text != before {
        let why =
            if differs.is_empty() { "some value or name differs from run to run" } else { &differs.join(", and ") };
        console.say(&format!("note: this is the same bug, but not in the same words: {why}\n"));
    }
    Ok(())
}

/// It did not.
fn missed(answer: &Answer, differs: &[String], console: &mut Console<'_>) -> Result<(), Problem> {
    let mut text = wrapped(&format!("not reproduced: {}", answer.why_not()));
    for (i, one) in differs.iter().enumerate() {
        text.push_str(&format!("  {}: {one}\n", if i == 0 { "because" } else { "and" }));
    }
    text.push_str("next: check the program again\n");
    console.tell(&text)
}
