//! `raddle check`: searches the interleavings of a program for bugs.
//!
//! Exits with [`Exit::Clean`], [`Exit::Finding`], [`Exit::Usage`], [`Exit::Failed`], [`Exit::Inconclusive`] or [`Exit::Interrupted`].

use crate::answer::command;
use crate::console::Console;
use crate::format::Format;
use crate::fresh::{Confirmation, confirm};
use crate::jobs::{Desk, Jobs};
use crate::part::{self, Division, Kept};
use crate::progress::ProgressLine;
use crate::settings::{Resolved, Settings};
use crate::source::{self, Words};
use crate::store::{self, Store};
use crate::{Exit, Interpreter, Problem, Program, Saved, verdict};
use clap::Args;
use raddle::engine::explore::{Progress, StrategyKind};
use raddle::engine::record::{Found, Outcome, Verdict};
use std::ffi::OsString;
use std::path::PathBuf;

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
  dpor     one schedule of each kind: proves small programs right after the fewest
  dfs      every schedule, depth first

Examples:
  raddle check shop.py                   the defaults: 10,000 executions or 10 seconds
  raddle check --time 60 shop.py --fast  look for a minute; --fast is handed to shop.py
  raddle check --strategy dpor -m shop   every interleaving of the module shop
  raddle check --jobs auto shop.py       the same search by a process for each core

Options come before PROGRAM. They can also stand in [tool.raddle] of pyproject.toml; there
--no-shrink is `shrink = false`.
Exit codes: 0 no bug, 1 a bug, 2 wrong use, 3 fails on its own, 4 no answer, 130 stopped.")]
pub(crate) struct Check {
    #[command(flatten)]
    words: Words,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    division: Division,
    /// Where the process that started this one hears of it, and it of that
    #[arg(long, hide = true, requires = "shard")]
    desk: Option<PathBuf>,
}

impl Check {
    /// Does it; `words` are those that it was read from.
    ///
    /// # Errors
    /// When the check could not be made at all.
    pub(crate) fn run(
        &self,
        words: &[OsString],
        console: &mut Console<'_>,
        interpreter: &mut dyn Interpreter,
    ) -> Result<Exit, Problem> {
        let program = self.words.program(&console.directory)?;
        let Resolved { mut options, include, jobs } = self.settings.resolve(&console.directory)?;
        options.share = self.division.shard;
        // What samplers do depends on what else is done in their process.
        let is_alone = matches!(options.strategy, StrategyKind::Dpor | StrategyKind::Dfs);
        options.desk = self.desk.clone().filter(|_| is_alone);
        options.known = part::known(&self.division.with, &console.directory)?;
        let starts_others = jobs > 1 && options.share.is_none();
        if !starts_others {
            interpreter.take_control()?;
        }
        let source = source::fingerprint(&program, &console.directory, interpreter)?;
        let store = Store::open(&console.directory)?;
        if store.is_new() {
            console.say(GREETING);
        }
        self.warn_of_late_options(&program, console);
        let line = ProgressLine::new(console.lively);
        if self.settings.has_jobs() && options.share.is_some() && self.desk.is_none() {
            return Err(Problem::new("a part of a search is searched by one process").help(
                "leave out `--jobs`, or make more parts: `--shard 1/8` for one of four machines with two cores",
            ));
        }
        if starts_others {
            let jobs = Jobs { count: jobs, words, options: &options, directory: &console.directory };
            let (outcome, saved) = jobs.search(&line, interpreter)?;
            drop(line);
            verdict::tell(&outcome, &saved, None, self.format, console)?;
            return Ok(Exit::of(&outcome));
        }
        let mut desk = self.desk.as_ref().zip(options.share).map(|(desk, share)| Desk::new(desk, share));
        let mut progress = |progress: &Progress| {
            line.show(progress);
            desk.as_mut().is_none_or(|desk| desk.goes_on(progress))
        };
        let mut outcome = interpreter.check(&program, &options, &include, &mut progress)?;
        drop(line);
        // Whoever stopped the search has not asked yet to stop what follows.
        outcome.interrupted |= interpreter.interrupted();
        if desk.as_ref().is_some_and(Desk::is_late) {
            outcome.findings.clear();
            outcome.verdict = Verdict::CleanSoFar;
        }
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
        let saved = confirmed(&mut outcome, saved, &store, console, interpreter)?;
        let exit = Exit::of(&outcome);
        let Some(share) = options.share else {
            verdict::tell(&outcome, &saved, None, self.format, console)?;
            return Ok(exit);
        };
        let search = part::search(&program, (&options, &include), interpreter.version(), source);
        if let Some(desk) = desk {
            Kept::new(search, outcome, saved).write(&desk.place())?;
            return Ok(exit);
        }
        let file = self.division.into.clone().unwrap_or_else(|| part::usual_place(share));
        let kept = Kept::new(search, outcome, saved);
        kept.write(&console.directory.join(&file))?;
        verdict::tell(&kept.outcome, &kept.saved, None, self.format, console)?;
        let whole = format!("note: part {share} is kept in {}; `raddle merge` joins the parts\n", file.display());
        console.say(&whole);
        Ok(exit)
    }

    /// Says so when an option of ours stands where the program gets it.
    fn warn_of_late_options(&self, program: &Program, console: &mut Console<'_>) {
        let command = Check::augment_args(clap::Command::new("check"));
        let is_ours = |word: &str| {
            command.get_arguments().filter(|known| !known.is_hide_set()).any(|known| {
                let long = known.get_long().is_some_and(|long| word.strip_prefix("--") == Some(long));
                long || known.get_short().is_some_and(|short| word == format!("-{short}"))
            })
        };
        let late = program.args.iter().find(|arg| is_ours(arg.split('=').next().unwrap_or_default()));
        if let Some(late) = late {
            console.say(&format!("note: `{late}` stands after the program and is handed to it\n"));
        }
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
) -> Result<Vec<Saved>, Problem> {
    let mut all = Vec::new();
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
                all.push(saved);
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
    Ok(all)
}
