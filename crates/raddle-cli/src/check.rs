//! `raddle check`: searches the interleavings of a program for bugs.
//!
//! Exits with [`Exit::Clean`], [`Exit::Finding`], [`Exit::Usage`], [`Exit::Failed`], [`Exit::Inconclusive`] or [`Exit::Interrupted`].

use crate::answer::command;
use crate::console::Console;
use crate::format::Format;
use crate::fresh::{Confirmation, confirm};
use crate::progress::ProgressLine;
use crate::settings::Settings;
use crate::source::{self, Words};
use crate::store::{self, Store};
use crate::{Exit, Interpreter, Problem, Program, Saved};
use raddle::engine::explore::Progress;
use raddle::engine::record::{Found, Outcome, Verdict};
use raddle::engine::report::{Report, Style, captured, effort, json, summary_in, text_in};

/// Said once in each directory.
const GREETING: &str = "\
note: a check runs the program many times; what it does to files, the network and other processes
      happens each time. (Said once here; findings are kept in .raddle/, which is safe to delete.)
";

/// Search a program's interleavings for bugs
#[derive(Clone, Debug, clap::Args)]
#[command(override_usage = "raddle check [OPTIONS] PROGRAM [ARGS]...
       raddle check [OPTIONS] -m MODULE [ARGS]...")]
#[command(after_help = "\
The program is run again and again, unchanged, each time with its threads taking turns in another
order, until a bug is found, every order that matters was tried, or the budget ends.

Strategies:
  mixed    the natural run first, then all others in turn, by what they bring
  natural  one execution: each task runs until it blocks
  random   any task that can go on, with equal chances
  pct      random priorities with a few changes: good at bugs that need few of them
  pos      random priorities, drawn anew where operations conflict
  surw     all orders of the operations on one thing at a time, with equal chances
  rff      goes for reads that get what they never got: good at bugs among many tasks
  dfs      every schedule, depth first: can prove a small program right

Examples:
  raddle check shop.py                   the defaults: 10,000 executions or 10 seconds
  raddle check --time 60 shop.py --fast  look for a minute; --fast is handed to shop.py
  raddle check --strategy dfs -m shop    every interleaving of the module shop

Options come before PROGRAM. They can also stand in [tool.raddle] of pyproject.toml.
Exit codes: 0 no bug, 1 a bug, 2 wrong use, 3 fails on its own, 4 no answer, 130 stopped.")]
pub(crate) struct Check {
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    format: Format,
}

impl Check {
    /// Does it.
    ///
    /// # Errors
    /// When the check could not be made at all.
    pub(crate) fn run(&self, console: &mut Console<'_>, interpreter: &mut dyn Interpreter) -> Result<Exit, Problem> {
        let program = self.words.program(&console.directory)?;
        let (options, include) = self.settings.resolve(&console.directory)?;
        let source = source::fingerprint(&program, &console.directory, interpreter)?;
        let store = Store::open(&console.directory)?;
        if store.is_new() {
            console.say(GREETING);
        }
        self.warn_of_late_options(&program, console);
        let line = ProgressLine::new(console.lively);
        let mut progress = |progress: &Progress| {
            line.show(progress);
            true
        };
        let mut outcome = interpreter.check(&program, &options, &include, &mut progress)?;
        drop(line);
        // Whoever stopped the search has not asked yet to stop what follows.
        outcome.interrupted |= interpreter.interrupted();
        let blank = |found: &Found| Saved {
            program: program.clone(),
            include: include.clone(),
            interpreter: interpreter.version(),
            source: source.clone(),
            finding: found.finding.clone(),
            text: String::new(),
            schedule: found.schedule.clone(),
        };
        let saved: Vec<Saved> = outcome.findings.iter().map(blank).collect();
        let reports = confirmed(&mut outcome, saved, &store, console, interpreter)?;
        self.tell(&outcome, &reports, console)?;
        Ok(if outcome.interrupted { Exit::Interrupted } else { outcome.verdict.into() })
    }

    /// Says so when an option of ours stands where the program gets it.
    fn warn_of_late_options(&self, program: &Program, console: &mut Console<'_>) {
        let ours = [
            "--strategy",
            "--executions",
            "--time",
            "--seed",
            "--format",
            "--keep-going",
            "--races",
            "--timing",
            "--preemptions",
            "--delays",
            "--no-shrink",
        ];
        let late = program.args.iter().find(|arg| ours.contains(&arg.split('=').next().unwrap_or_default()));
        if let Some(late) = late {
            console.say(&format!("note: `{late}` stands after the program and is handed to it\n"));
        }
    }

    /// Says what the search came to.
    fn tell(&self, outcome: &Outcome, reports: &[Report], console: &mut Console<'_>) -> Result<(), Problem> {
        if self.format.is_json() {
            return console.tell(&json(outcome, reports));
        }
        if outcome.findings.is_empty() {
            console.tell(&summary_in(console.out_style, outcome))?;
            console.say(&effort(outcome));
            return Ok(());
        }
        let heading = summary_in(console.err_style, outcome);
        console.say(&heading);
        console.say(&effort(outcome));
        for (i, (found, report)) in outcome.findings.iter().zip(reports).enumerate() {
            console.say("\n");
            let output = captured(&found.output);
            if !output.is_empty() {
                console.say(&format!("{output}\n"));
            }
            let gap = if i == 0 { "" } else { "\n" };
            let plain = console.out_style == Style::Plain;
            let dressed = text_in(console.out_style, &found.finding, report.replay.as_deref());
            let same = !plain && text_in(Style::Plain, &found.finding, report.replay.as_deref()) == report.text;
            console.tell(&format!("{gap}{}", if same { &dressed } else { &report.text }))?;
        }
        Ok(())
    }
}

/// Keeps the findings that a fresh process shows, too, and tells them as it does.
///
/// The others are taken out of `outcome`, with the reason; if none is left, the search was inconclusive.
fn confirmed(
    outcome: &mut Outcome,
    saved: Vec<Saved>,
    store: &Store,
    console: &mut Console<'_>,
    interpreter: &mut dyn Interpreter,
) -> Result<Vec<Report>, Problem> {
    let mut reports = Vec::new();
    let mut kept = Vec::new();
    let mut stopped = false;
    for (mut found, mut saved) in std::mem::take(&mut outcome.findings).into_iter().zip(saved) {
        let id = store::id(&saved);
        let replay = command(&id);
        saved.text = raddle::engine::report::text(&found.finding, Some(&replay));
        store.save(&id, &saved)?;
        let slug = found.finding.kind.slug();
        let confirmation = if stopped {
            Confirmation::Interrupted
        } else {
            confirm(&id, &console.directory, console.patience, interpreter)
        };
        let why = match confirmation {
            Confirmation::Answer(answer) if answer.reproduced => {
                if answer.text != saved.text {
                    saved.text.clone_from(&answer.text);
                    store.save(&id, &saved)?;
                }
                found.output = answer.output;
                reports.push(Report { text: answer.text, replay: Some(replay) });
                kept.push(found);
                continue;
            }
            Confirmation::Answer(answer) => {
                format!("a fresh process did not show the {slug} again: {}", answer.why_not())
            }
            Confirmation::Silence(why) => format!("a {slug} could not be shown again by a fresh process: {why}"),
            Confirmation::Interrupted => {
                (stopped, outcome.interrupted) = (true, true);
                let why = "was found, but not yet shown again by a fresh process when this was stopped";
                outcome.reasons.push(format!("a {slug} {why}; `{replay}` does that"));
                continue;
            }
        };
        store.forget(&id);
        outcome.reasons.push(why);
    }
    outcome.findings = kept;
    if outcome.findings.is_empty() && outcome.verdict == Verdict::Finding {
        outcome.verdict = Verdict::Inconclusive;
    }
    Ok(reports)
}
