//! The command `raddle`: a library, so that the wheel and the binary carry the same one.
//!
//! [`main`] is the command; an [`Interpreter`] is what it needs of the language whose programs it checks.
//! There is one file for each verb.

#![forbid(unsafe_code)]

mod answer;
mod bench;
mod check;
mod console;
mod exit;
mod format;
mod fresh;
mod interpreter;
mod jobs;
mod merge;
mod part;
mod problem;
mod program;
mod progress;
mod replay;
mod run;
mod saved;
mod settings;
mod source;
mod store;
mod verdict;

pub use console::Console;
pub use exit::Exit;
pub use interpreter::Interpreter;
pub use problem::Problem;
pub use program::{Program, Target};
pub use saved::Saved;

use clap::{Parser, Subcommand};
use raddle::engine::report::Style;
use std::ffi::OsString;
use std::io::Write;

/// Find, explain and replay concurrency bugs in unmodified programs.
#[derive(Debug, Parser)]
#[command(name = "raddle", version, term_width = 100, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(Box<check::Check>),
    Merge(merge::Merge),
    Replay(replay::Replay),
    Run(run::Run),
    Bench(bench::Bench),
}

/// The command, on the process's own streams: its exit code.
///
/// `args` are the words after the command's name.
pub fn main(args: Vec<OsString>, interpreter: &mut dyn Interpreter) -> u8 {
    match Console::of_process(|console| command(args, interpreter, console)) {
        Ok(code) => code,
        Err(problem) => {
            let _unheard = writeln!(std::io::stderr(), "error: {problem}");
            Exit::Usage.code()
        }
    }
}

/// What [`main`] does when it needs no interpreter: help, the version, a word that it does not know.
pub fn plain_answer(args: &[OsString]) -> Option<u8> {
    let error = parse(args.to_vec()).err()?;
    Console::of_process(|console| refuse(&error, console)).ok()
}

/// As [`main`], in these surroundings.
pub fn command(args: Vec<OsString>, interpreter: &mut dyn Interpreter, console: &mut Console<'_>) -> u8 {
    let words = args.get(1..).unwrap_or_default().to_vec();
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, console),
    };
    let code = match cli.verb {
        Verb::Check(check) => check.run(&words, console, interpreter).map(Exit::code),
        Verb::Merge(merge) => merge.run(console).map(Exit::code),
        Verb::Replay(replay) => replay.run(console, interpreter).map(Exit::code),
        Verb::Run(run) => run.run(console, interpreter),
        Verb::Bench(bench) => bench.run(interpreter),
    };
    code.unwrap_or_else(|problem| {
        console.complain(&problem);
        Exit::Usage.code()
    })
}

/// The command line, understood.
fn parse(args: Vec<OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once(OsString::from("raddle")).chain(args))
}

/// Help, the version, or what is wrong with the command line.
fn refuse(error: &clap::Error, console: &mut Console<'_>) -> u8 {
    let said = |style| match style {
        Style::Colour => error.render().ansi().to_string(),
        Style::Plain => error.render().to_string(),
    };
    if error.use_stderr() {
        console.say(&said(console.err_style));
        return Exit::Usage.code();
    }
    match console.tell(&said(console.out_style)) {
        Ok(()) => Exit::Clean.code(),
        Err(problem) => {
            console.complain(&problem);
            Exit::Usage.code()
        }
    }
}
