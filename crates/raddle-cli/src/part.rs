//! A part of a search as it lies in a file, for `raddle merge` and `raddle check --with`.

use crate::{Problem, Program, Saved};
use raddle::engine::explore::Options;
use raddle::engine::record::{Known, Outcome, Part, Share, decode, encode};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Which part of a search a check is.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Many cores and machines")]
pub(crate) struct Division {
    /// Search only part K of N, as on one of N machines, with one Nth of --executions, but all of --time; `raddle merge` joins what
    /// they came to
    #[arg(long, value_name = "K/N", value_parser = share)]
    pub(crate) shard: Option<Share>,
    /// Keep the part in FILE [default: raddle-K-of-N.json]
    #[arg(long, value_name = "FILE", requires = "shard")]
    pub(crate) into: Option<PathBuf>,
    /// Begin with what a part knew that was searched before, as `raddle merge` may ask for (may be repeated)
    #[arg(long, value_name = "FILE", requires = "shard")]
    pub(crate) with: Vec<PathBuf>,
}

/// A share.
fn share(text: &str) -> Result<Share, String> {
    Share::from_text(text)
        .ok_or_else(|| "has to be K/N with K from 1 to N: 2/3 is the second of three parts".to_owned())
}

/// What a part of a search came to, and which search that was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What has to be the same in all parts, and what each is called.
    search: Vec<(String, String)>,
    /// What it came to; the findings have been confirmed.
    pub(crate) outcome: Outcome,
    /// The findings, in their order.
    pub(crate) saved: Vec<Saved>,
}

impl Kept {
    pub(crate) fn new(search: Vec<(String, String)>, outcome: Outcome, saved: Vec<Saved>) -> Self {
        Kept { search, outcome, saved }
    }

    /// Reads a file that holds a part; `directory` is what its path is relative to.
    ///
    /// # Errors
    /// When there is none, or it holds something else.
    pub(crate) fn read(path: &Path, directory: &Path) -> Result<Self, Problem> {
        let shown = path.display();
        let none = |why: &dyn fmt::Display| {
            Problem::new(format!("{shown} holds no part of a search: {why}"))
                .help("a part is what `raddle check --shard` writes")
        };
        let text = fs::read_to_string(directory.join(path)).map_err(|e| match e.kind() {
            ErrorKind::NotFound => Problem::new(format!("there is no file {shown}")),
            ErrorKind::InvalidData => none(&"not UTF-8"),
            _ => Problem::new(format!("cannot read {shown}: {e}")),
        })?;
        let kept: Kept = decode(&text).map_err(|e| none(&e))?;
        if kept.outcome.part.is_none() || kept.saved.len() != kept.outcome.findings.len() {
            return Err(Problem::new(format!("{shown} holds no part of a search")));
        }
        Ok(kept)
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Problem> {
        let problem = |e| Problem::new(format!("cannot keep the part in {}: {e}", path.display()));
        let new = path.with_extension("new");
        fs::write(&new, encode(self)).and_then(|()| fs::rename(&new, path)).map_err(problem)
    }

    /// What this part left.
    pub(crate) fn part(&self) -> Option<&Part> {
        self.outcome.part.as_deref()
    }

    /// In what this is another search than `other`: what it is called, how that is here, and how there.
    pub(crate) fn differs<'a>(&'a self, other: &'a Kept) -> Option<(&'a str, &'a str, &'a str)> {
        let pairs = self.search.iter().zip(&other.search);
        let mut differing = pairs.filter(|(mine, theirs)| mine != theirs);
        differing.next().map(|((what, here), (_, there))| (what.as_str(), here.as_str(), there.as_str()))
    }

    /// The command that searches another part of the same search; the budget is the user's.
    pub(crate) fn command(&self, share: Share) -> String {
        let value = |of: &str| self.search.iter().find(|(what, _)| what == of).map_or("", |(_, value)| value);
        let mut words = format!("raddle check --shard {share}");
        for (what, usual) in searching(&Options::default(), &[]) {
            match (what, value(what)) {
                (_, same) if same == usual => {}
                ("packages", names) => names.split(' ').for_each(|name| words.push_str(&format!(" --include {name}"))),
                (_, "true") => words.push_str(&format!(" --{what}")),
                (_, value) => words.push_str(&format!(" --{} {value}", what.replace(' ', "-"))),
            }
        }
        format!("{words} {}", value("program"))
    }
}

/// What has to be the same in all parts of a search.
pub(crate) fn search(
    program: &Program,
    (options, include): (&Options, &[String]),
    interpreter: String,
    source: String,
) -> Vec<(String, String)> {
    let mut words = vec![program.target.to_string()];
    words.extend(program.args.iter().cloned());
    let named = [
        ("program", words.join(" ")),
        ("source", source),
        ("interpreter", interpreter),
        ("number of parts", options.share.map_or(1, |share| share.of).to_string()),
    ];
    let named = named.into_iter().chain(searching(options, include));
    named.map(|(what, value)| (what.to_owned(), value)).collect()
}

/// What has to be the same of the options.
fn searching(options: &Options, include: &[String]) -> [(&'static str, String); 8] {
    let bound = |most: Option<u64>| most.map_or("any".to_owned(), |most| most.to_string());
    [
        ("strategy", options.strategy.slug().to_owned()),
        ("seed", options.seed.to_string()),
        ("preemptions", bound(options.preemptions)),
        ("delays", bound(options.delays)),
        ("step bound", options.step_bound.to_string()),
        ("races", options.races.to_string()),
        ("timing", options.timing.to_string()),
        ("packages", include.join(" ")),
    ]
}

/// What the parts in these files knew.
///
/// # Errors
/// When one of them holds none.
pub(crate) fn known(files: &[PathBuf], directory: &Path) -> Result<Known, Problem> {
    let mut known = Known::default();
    for file in files {
        if let Some(part) = Kept::read(file, directory)?.part() {
            known.learn(&part.known);
        }
    }
    Ok(known)
}

/// Where a part is kept if nobody says so.
pub(crate) fn usual_place(share: Share) -> PathBuf {
    PathBuf::from(format!("raddle-{}-of-{}.json", share.number, share.of))
}
