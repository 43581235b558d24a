//! What can be done in this repository, beside what Cargo does: `cargo xtask VERB`.

#![forbid(unsafe_code)]

mod accept;
mod ci;
mod corpus;
mod python;
mod showcase;
mod step;
mod tidy;
mod tree;

use std::process::ExitCode;

/// A verb: its name, what it does, and the function that does it.
type Verb = (&'static str, &'static str, fn() -> Result<(), String>);

/// The verbs. Each has a module; a new one gets a row here.
const VERBS: [Verb; 5] = [
    ("try", "build, install into .venv, check an example and replay what is found", showcase::run),
    ("ci", "run every test, as CI does", ci::run),
    ("accept", "run the long acceptance runs, all or the named ones, and print their figures", accept::run),
    ("index", "write the index of the corpus anew", corpus::run),
    ("tidy", "check the rules of the repository", tidy::run),
];

fn main() -> ExitCode {
    let named = std::env::args().nth(1);
    let Some((.., run)) = VERBS.iter().find(|(name, ..)| Some(*name) == named.as_deref()) else {
        eprintln!("usage: cargo xtask VERB");
        for (name, what, _) in VERBS {
            eprintln!("  {name:6} {what}");
        }
        return ExitCode::from(2);
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
