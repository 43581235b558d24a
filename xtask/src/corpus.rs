//! The corpus: what its programs say about themselves, and the index of them (`cargo xtask index`).

use crate::tree::{files, root};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDER: &str = "corpus";
const INDEX: &str = "corpus/index.json";

/// A program of the corpus.
pub(crate) struct Program {
    /// Relative to the root.
    pub(crate) path: PathBuf,
    /// What it shows: the first paragraph of its head.
    about: String,
    pub(crate) verdict: String,
    shows: Option<String>,
    source: Option<String>,
    pub(crate) options: Vec<String>,
    pub(crate) within: u64,
    pub(crate) classes: Option<u64>,
}

impl Program {
    /// What a file says of itself; nothing if it states no verdict.
    fn read(path: PathBuf, text: &str) -> Option<Self> {
        let head = head(&path, text);
        let (about, rest) = head.split_once("\n\n")?;
        let stated = |key: &str| {
            let value = |line: &str| Some(line.strip_prefix(key)?.strip_prefix(": ")?.trim().to_owned());
            rest.lines().take_while(|line| !line.is_empty()).find_map(value)
        };
        let number = |key: &str| stated(key).and_then(|value| value.parse().ok());
        Some(Self {
            about: about.replace('\n', " "),
            verdict: stated("verdict")?,
            shows: stated("shows"),
            source: stated("source"),
            options: stated("options").unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
            within: number("within").unwrap_or(1_000),
            classes: number("classes"),
            path,
        })
    }

    /// Its path without what all paths of its language begin with.
    pub(crate) fn name(&self) -> String {
        self.path.components().skip(2).collect::<PathBuf>().display().to_string()
    }

    pub(crate) fn is_buggy(&self) -> bool {
        self.verdict.starts_with("finding")
    }

    pub(crate) fn is_python(&self) -> bool {
        self.path.extension().is_some_and(|end| end == "py")
    }
}

/// The comment that a program begins with.
fn head(path: &Path, text: &str) -> String {
    if path.extension().is_some_and(|end| end == "py") {
        return text.split("\"\"\"").nth(1).unwrap_or_default().to_owned();
    }
    let comments = text.lines().map_while(|line| line.strip_prefix("//"));
    comments.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The programs of the corpus, in order.
///
/// # Errors
/// When one can not be read, or there is none.
pub(crate) fn programs() -> Result<Vec<Program>, String> {
    let mut programs = Vec::new();
    for path in files()?.into_iter().filter(|path| path.starts_with(FOLDER)) {
        if path.extension().is_some_and(|end| end == "py" || end == "rs") {
            let text = fs::read_to_string(root().join(&path)).map_err(|e| format!("{}: {e}", path.display()))?;
            programs.extend(Program::read(path, &text));
        }
    }
    if programs.is_empty() { Err("the corpus is empty".to_owned()) } else { Ok(programs) }
}

/// A program as the index tells it; `corpus/README.md` says what the fields mean.
#[derive(Serialize)]
struct Entry {
    id: String,
    language: &'static str,
    file: String,
    about: String,
    verdict: String,
    kind: Option<String>,
    shows: Option<String>,
    source: Option<String>,
    options: Vec<String>,
    classes: Option<u64>,
    twin: Option<String>,
}

/// The index of the programs as they are.
fn index() -> Result<String, String> {
    let programs = programs()?;
    let id = |path: &Path| path.strip_prefix(FOLDER).unwrap_or(path).with_extension("").display().to_string();
    let ids: Vec<String> = programs.iter().map(|program| id(&program.path)).collect();
    let mut entries = Vec::new();
    for program in programs {
        let file = program.path.strip_prefix(FOLDER).unwrap_or(&program.path).display().to_string();
        let language = if program.is_python() { "python" } else { "rust" };
        let (verdict, kind) = match program.verdict.split_once(' ') {
            Some((verdict, kind)) => (verdict.to_owned(), Some(kind.to_owned())),
            None => (program.verdict, None),
        };
        let other = if kind.is_some() { "fixed" } else { "buggy" };
        let id = id(&program.path);
        let twin = Path::new(&id).with_file_name(other).display().to_string();
        entries.push(Entry {
            twin: (twin != id && ids.contains(&twin)).then_some(twin),
            id,
            language,
            file,
            about: program.about,
            verdict,
            kind,
            shows: program.shows,
            source: program.source,
            options: program.options,
            classes: program.classes,
        });
    }
    serde_json::to_string_pretty(&entries).map(|text| text + "\n").map_err(|e| e.to_string())
}

/// Writes the index.
///
/// # Errors
/// When a program can not be read, or the index not be written.
pub(crate) fn run() -> Result<(), String> {
    fs::write(root().join(INDEX), index()?).map_err(|e| format!("cannot write {INDEX}: {e}"))?;
    println!("wrote {INDEX}");
    Ok(())
}

/// What is wrong with the index.
///
/// # Errors
/// When a program can not be read.
pub(crate) fn check() -> Result<Option<String>, String> {
    let kept = fs::read_to_string(root().join(INDEX)).unwrap_or_default();
    let stale = kept != index()?;
    Ok(stale.then(|| format!("{INDEX}: does not tell the corpus as it is; `cargo xtask index` writes it")))
}
