//! Pythons, virtual environments, and the wheel.

use crate::step::command;
use crate::tree::{output, root, workspace};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest minor version of Python 3 that we run on, and one that does not exist yet.
const MINORS: std::ops::Range<u32> = 11..30;

/// An interpreter that we run on.
#[derive(Clone, Debug)]
pub(crate) struct Python {
    pub(crate) path: PathBuf,
    /// The version without the patch: `3.11`, `3.13t`.
    pub(crate) version: String,
}

impl Python {
    /// Whether the wheel for the stable ABI fits: it does not fit free-threaded builds.
    pub(crate) fn is_stable(&self) -> bool {
        !self.version.ends_with('t')
    }

    /// A command of this Python, in the root.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.path);
        command.args(words).current_dir(root());
        // A build must not pick up another environment than the one that it is for.
        command.env_remove("VIRTUAL_ENV").env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        command
    }
}

/// The interpreters on this machine that we run on, one for each version, the default one first.
///
/// # Errors
/// When there is none.
pub(crate) fn interpreters() -> Result<Vec<Python>, String> {
    let mut found: BTreeMap<(u32, bool), Python> = BTreeMap::new();
    let mut first = None;
    for path in candidates() {
        let Some((minor, free)) = look(&path) else { continue };
        let version = format!("3.{minor}{}", if free { "t" } else { "" });
        first.get_or_insert((minor, free));
        found.entry((minor, free)).or_insert(Python { path, version });
    }
    let mut pythons = Vec::new();
    pythons.extend(first.and_then(|version| found.remove(&version)));
    pythons.extend(found.into_values());
    if pythons.is_empty() { Err("no Python 3.11 or newer was found".to_owned()) } else { Ok(pythons) }
}

/// Where interpreters usually are.
fn candidates() -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from("python3"), PathBuf::from("python")];
    paths.extend(MINORS.flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}t")]).map(PathBuf::from));
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or(home.map(|home| home.join(".pyenv")));
    let versions = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok());
    let mut versions: Vec<PathBuf> =
        versions.into_iter().flatten().flatten().map(|entry| entry.path().join("bin/python3")).collect();
    versions.sort_unstable();
    paths.extend(versions);
    paths
}

/// The minor version of an interpreter, and whether it is free-threaded, if it is one that can make an environment.
fn look(path: &Path) -> Option<(u32, bool)> {
    let question = "import sys, sysconfig, venv, ensurepip; \
                    print(*sys.version_info[:2], int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))";
    let answer = output(Command::new(path).args(["-I", "-c", question])).ok()?;
    let numbers: Vec<u32> = answer.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers.as_slice() {
        [3, minor, free] if MINORS.contains(minor) => Some((*minor, *free == 1)),
        _ => None,
    }
}

/// The Python of a virtual environment at `home`, made from `base` if it is missing.
///
/// # Errors
/// When it cannot be made, or something else is there.
pub(crate) fn environment(home: &Path, base: &Python) -> Result<Python, String> {
    let path = home.join("bin/python");
    if !path.exists() {
        command(&mut base.command([OsStr::new("-m"), OsStr::new("venv"), home.as_os_str()]))?;
    }
    let shown = home.strip_prefix(root()).unwrap_or(home).display().to_string();
    match look(&path) {
        Some((minor, free)) => Ok(Python { path, version: format!("3.{minor}{}", if free { "t" } else { "" }) }),
        None => Err(format!("{shown} is no environment of Python 3.11 or newer: remove it and try again")),
    }
}

/// Installs packages into an environment.
///
/// # Errors
/// When that fails.
pub(crate) fn install(python: &Python, packages: &[&str]) -> Result<(), String> {
    let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    command(&mut python.command(words.iter().chain(packages)))
}

/// Builds the wheel with the maturin of this environment; its path.
///
/// A free-threaded build of Python gets a wheel of its own, and what is compiled for it a folder of its own: the two sorts would
/// otherwise be compiled anew in turn.
///
/// # Errors
/// When that fails.
pub(crate) fn wheel(python: &Python, folder: &Path) -> Result<PathBuf, String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| format!("cannot empty {}: {e}", folder.display()))?;
    }
    let words = ["-m", "maturin", "build", "--release", "--locked", "--interpreter"].map(OsStr::new);
    let rest = [python.path.as_os_str(), OsStr::new("--out"), folder.as_os_str()];
    let mut build = python.command(words.into_iter().chain(rest));
    if !python.is_stable() {
        build.arg("--target-dir").arg(workspace()?.target_directory.join("free-threaded"));
    }
    command(&mut build)?;
    let wheels = fs::read_dir(folder).map_err(|e| format!("cannot read {}: {e}", folder.display()))?;
    let mut wheels = wheels.flatten().map(|entry| entry.path());
    let wheel = wheels.find(|path| path.extension().is_some_and(|end| end == "whl"));
    wheel.ok_or_else(|| "maturin made no wheel".to_owned())
}

/// Puts the wheel into an environment, whatever was there before.
///
/// # Errors
/// When that fails.
pub(crate) fn install_wheel(python: &Python, wheel: &Path) -> Result<(), String> {
    let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--force-reinstall"];
    command(&mut python.command(words.iter().map(OsStr::new).chain([wheel.as_os_str()])))
}
