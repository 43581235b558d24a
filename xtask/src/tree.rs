//! The repository: its root, its files, its crates.

use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The paths of all files that belong to the repository, relative to its root.
///
/// # Errors
/// When Git does not say.
pub(crate) fn files() -> Result<Vec<PathBuf>, String> {
    let words = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let listed = output(Command::new("git").args(words).current_dir(root()))?;
    let mut files: Vec<PathBuf> = listed.split('\0').filter(|path| !path.is_empty()).map(PathBuf::from).collect();
    files.retain(|path| root().join(path).is_file());
    files.sort_unstable();
    files.dedup();
    Ok(files)
}

/// A package as `cargo metadata` tells it.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    /// `None` for the packages of this repository.
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// What a package depends on.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev`, `build`, or nothing for what the package itself uses.
    pub(crate) kind: Option<String>,
}

/// The workspace as `cargo metadata` tells it.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    pub(crate) packages: Vec<Package>,
    pub(crate) target_directory: PathBuf,
}

/// The workspace, with everything that it depends on.
///
/// # Errors
/// When Cargo does not say.
pub(crate) fn workspace() -> Result<Workspace, String> {
    let told = output(cargo().args(["metadata", "--format-version", "1", "--locked"]))?;
    serde_json::from_str(&told).map_err(|e| format!("cannot understand cargo metadata: {e}"))
}

/// Cargo, in the root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// What a command prints.
///
/// # Errors
/// When it does not start, fails, or prints what is not UTF-8.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let done = command.output().map_err(|e| format!("cannot start {shown}: {e}"))?;
    if !done.status.success() {
        return Err(format!("{shown} failed: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("{shown} printed what is not UTF-8"))
}
