//! The command on its own: finds a Python that has Raddle, and becomes it.

use raddle_cli::{Exit, plain_answer};
use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    if let Some(code) = plain_answer(&args) {
        return ExitCode::from(code);
    }
    let problem = match interpreter() {
        Ok(python) => format!("cannot start {}: {}", python.display(), become_python(&python, &args)),
        Err(problem) => problem,
    };
    let _unheard = writeln!(std::io::stderr(), "error: {problem}");
    ExitCode::from(Exit::Usage.code())
}

/// The Python to use: `$RADDLE_PYTHON`, or the first of the usual ones that has Raddle.
fn interpreter() -> Result<PathBuf, String> {
    if let Some(named) = env::var_os("RADDLE_PYTHON").filter(|name| !name.is_empty()) {
        let python = PathBuf::from(named);
        let shown = python.display().to_string();
        let missing = || format!("$RADDLE_PYTHON is {shown}, which is no Python with the package raddle");
        return if has_raddle(&python) { Ok(python) } else { Err(missing()) };
    }
    let environment = env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let bins = environment.into_iter().chain([PathBuf::from(".venv")]).map(|home| home.join("bin/python"));
    let candidates: Vec<PathBuf> = bins.chain(["python3".into(), "python".into()]).collect();
    candidates.iter().find(|python| has_raddle(python)).cloned().ok_or_else(|| {
        let tried: Vec<String> = candidates.iter().map(|python| python.display().to_string()).collect();
        format!(
            "no Python with the package raddle was found (tried {})\n\
             help: install it (`pip install raddle`), or name the interpreter in $RADDLE_PYTHON",
            tried.join(", ")
        )
    })
}

/// Whether this Python has the package; `-P` keeps a folder called raddle in the working directory out of it.
fn has_raddle(python: &PathBuf) -> bool {
    let asked = Command::new(python)
        .args(["-P", "-c", "import raddle._raddle"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

/// Runs Python and ends as it does; returns only if it cannot be started.
#[cfg(not(unix))]
fn become_python(python: &PathBuf, args: &[OsString]) -> std::io::Error {
    match Command::new(python).args(["-P", "-m", "raddle"]).args(args).status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

/// Hands this process over; returns only if that fails.
#[cfg(unix)]
fn become_python(python: &PathBuf, args: &[OsString]) -> std::io::Error {
    use std::os::unix::process::CommandExt;
    Command::new(python).args(["-P", "-m", "raddle"]).args(args).exec()
}
