//! The findings that `raddle check` has kept.

use crate::{Problem, Saved};
use raddle::engine::record::{Folder, Schedule, decode};
use serde::Deserialize;
use std::fs;
use std::io::ErrorKind;
use std::iter;
use std::path::{Path, PathBuf};

/// The file whose presence says that the user has read what a check repeats.
const GREETED: &str = "greeted";
/// The most findings that an error lists.
const LISTED: usize = 8;

/// The findings of a directory.
#[derive(Debug)]
pub(crate) struct Store {
    folder: Folder,
}

impl Store {
    /// The store of a working directory, made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn open(working: &Path) -> Result<Self, Problem> {
        let folder = Folder::of(working);
        folder.make().map_err(|e| {
            Problem::new(format!("cannot keep findings in {}: {e}", Folder::NAME))
                .help("run this in a directory that can be written to")
        })?;
        Ok(Store { folder })
    }

    /// Whether this is the first time that anybody asks.
    pub(crate) fn is_new(&self) -> bool {
        let marker = fs::OpenOptions::new().write(true).create_new(true).open(self.folder.directory().join(GREETED));
        marker.is_ok()
    }

    /// Keeps a finding under `id`, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn save(&self, id: &str, saved: &Saved) -> Result<(), Problem> {
        let problem = |e| Problem::new(format!("cannot save a finding as {}/{id}.json: {e}", Folder::NAME));
        self.folder.keep(id, saved).map_err(problem)
    }

    /// Forgets a finding.
    pub(crate) fn forget(&self, id: &str) {
        let _gone_already = fs::remove_file(self.folder.path(id));
    }
}

/// The name of a finding: short, and the same wherever and whenever it is found.
pub(crate) fn id(saved: &Saved) -> String {
    let program = &saved.program;
    saved.finding.id(&saved.schedule, iter::once(&program.target.to_string()).chain(&program.args))
}

/// A finding that was found again on disk.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its name.
    pub(crate) id: String,
    /// The directory that its paths are relative to.
    pub(crate) home: PathBuf,
    /// The finding.
    pub(crate) saved: Saved,
}

/// Finds a finding by its id, the start of its id, or the path of its file.
///
/// # Errors
/// When there is none, more than one, or its file cannot be read.
pub(crate) fn find(working: &Path, wanted: &str) -> Result<Kept, Problem> {
    let path = if wanted.contains('/') || wanted.ends_with(".json") {
        working.join(wanted)
    } else {
        by_prefix(&Folder::of(working), wanted)?
    };
    let shown = path.strip_prefix(working).unwrap_or(&path).display().to_string();
    let text = fs::read(&path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => Problem::new(format!("there is no file {shown}")),
        _ => Problem::new(format!("cannot read {shown}: {e}")),
    })?;
    let damaged = "check the program again to make a new one";
    let text =
        String::from_utf8(text).map_err(|_| Problem::new(format!("{shown} is damaged: not UTF-8")).help(damaged))?;
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let saved: Saved = decode(&text).map_err(|e| match decode::<OfTest>(&text) {
        Ok(OfTest { test, .. }) => Problem::new(format!("{shown} is a finding of a test in Rust"))
            .help(format!("replay it with `RADDLE_REPLAY={id} cargo test {}`", test.unwrap_or_default().trim())),
        Err(_) if e.is_newer() => Problem::new(format!("cannot use {shown}: {e}"))
            .help("replay it with the Raddle that wrote it, or a newer one"),
        Err(_) => Problem::new(format!("cannot use {shown}: {e}")).help(damaged),
    })?;
    let folder = path.parent().unwrap_or(working);
    let home =
        if folder.file_name().is_some_and(|name| name == Folder::NAME) { folder.parent() } else { Some(working) };
    Ok(Kept { id, home: home.unwrap_or(working).to_owned(), saved })
}

/// A finding that a test in Rust has kept, as far as it can be told from one of ours.
#[derive(Debug, Deserialize)]
struct OfTest {
    test: Option<String>,
    #[serde(rename = "schedule")]
    _schedule: Schedule,
}

/// The file in `folder` whose name starts so.
fn by_prefix(folder: &Folder, prefix: &str) -> Result<PathBuf, Problem> {
    let ids = ids(folder.directory());
    let matching: Vec<&String> = ids.iter().filter(|id| id.starts_with(prefix) && !prefix.is_empty()).collect();
    let exact = matching.iter().find(|id| **id == prefix);
    match (exact, matching.as_slice()) {
        (Some(id), _) | (None, [id]) => Ok(folder.path(id)),
        (None, []) if ids.is_empty() => {
            Err(Problem::new(format!("there is no finding `{prefix}`: {} holds none", Folder::NAME))
                .help("run `raddle check` here first, or name the file of a finding"))
        }
        (None, []) => Err(Problem::new(format!("there is no finding `{prefix}`")).help(format!(
            "{} holds {}",
            Folder::NAME,
            list(&ids)
        ))),
        (None, several) => Err(Problem::new(format!("`{prefix}` can be any of {}", list(several)))),
    }
}

/// The names of all findings in `directory`, sorted.
fn ids(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut ids: Vec<String> =
        names.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned())).collect();
    ids.sort_unstable();
    ids
}

/// Names for an error, not too many.
fn list<T: AsRef<str>>(ids: &[T]) -> String {
    let shown: Vec<&str> = ids.iter().take(LISTED).map(AsRef::as_ref).collect();
    let more = if ids.len() > LISTED { format!(" and {} more", ids.len() - LISTED) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}
