//! The command, with this interpreter under it.

use super::front::PythonFront;
use super::{alarm, unseen};
use pyo3::exceptions::{PyKeyboardInterrupt, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use raddle::engine::explore::{Front, Options, Progress, explore, replay};
use raddle::engine::record::{Found, Note, Outcome, Replayed, Verdict};
use raddle::engine::report::{Report, json, summary, text};
use raddle_cli::{Exit, Interpreter, Problem, Program, Saved, Target};
use std::ffi::OsString;
use std::io::Write;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};

/// Whether answers are to be JSON.
static AS_JSON: AtomicBool = AtomicBool::new(false);

/// No descriptor.
const NONE: i32 = -1;
/// The command's standard output, while the process's own is kept from the programs that it runs.
static OUTPUT: AtomicI32 = AtomicI32::new(NONE);

/// Takes note of the descriptor that is the command's standard output; none when the process's own is again.
#[pyfunction]
pub(super) fn keep_output(descriptor: Option<i32>) {
    OUTPUT.store(descriptor.unwrap_or(NONE), Relaxed);
}

/// This interpreter, as the command sees it.
struct Python3<'py> {
    py: Python<'py>,
}

impl<'py> Python3<'py> {
    /// The module `raddle._control.launcher`, which is not loaded before it is needed: a process that only starts others need not
    /// wait for it.
    fn launcher(&self) -> PyResult<Bound<'py, PyModule>> {
        self.py.import("raddle._control.launcher")
    }

    /// The module `raddle._control.process`.
    fn process(&self) -> PyResult<Bound<'py, PyModule>> {
        self.py.import("raddle._control.process")
    }

    /// Calls a function of the launcher's; an exception is a problem that the user is told in one line.
    fn launch(&self, function: &str, program: &Program, include: &[String]) -> Result<Bound<'py, PyAny>, Problem> {
        let (kind, target) = match &program.target {
            Target::Script(path) => ("script", path.as_os_str().to_owned()),
            Target::Module(name) => ("module", OsString::from(name)),
        };
        self.launcher()
            .and_then(|launcher| launcher.getattr(function))
            .and_then(|function| function.call1((kind, target, program.args.clone(), include.to_vec())))
            .map_err(|e| problem(self.py, &e))
    }

    /// Runs `search` over the program, and puts everything back afterwards.
    fn with_front<R>(
        &self,
        program: &Program,
        include: &[String],
        search: impl FnOnce(&Rc<dyn Front>, &Bound<'_, PyAny>) -> R,
    ) -> Result<R, Problem> {
        let launched = self.launch("launch", program, include)?;
        let found = searched(&launched, |front| search(front, &launched));
        let restored = launched.call_method0(intern!(self.py, "restore"));
        found.and_then(|found| restored.map(|_| found)).map_err(|e| problem(self.py, &e))
    }
}

/// Runs `search` over a launched program.
fn searched<R>(launched: &Bound<'_, PyAny>, search: impl FnOnce(&Rc<dyn Front>) -> R) -> PyResult<R> {
    let front: Rc<dyn Front> = Rc::new(PythonFront::new(launched)?);
    Ok(search(&front))
}

/// Searches, heeding the user's wish to stop and the watchdog.
fn guarded_explore(
    front: &Rc<dyn Front>,
    launched: &Bound<'_, PyAny>,
    options: &Options,
    progress: &mut dyn FnMut(&Progress) -> bool,
) -> Outcome {
    alarm::search_begins(options.seed, options.strategy.slug());
    let mut outcome = explore(front, options, &mut |stands| alarm::search_goes_on(stands) && progress(stands));
    alarm::search_ends(&mut outcome);
    admit_unseen(launched, &mut outcome);
    outcome.notes.extend(asked(launched, "unfound").iter().map(|package| Note {
        kind: "include".to_owned(),
        text: format!("there is no package {package}: nothing is watched by that name"),
        at: None,
    }));
    outcome
}

/// What the launched program answers; nothing if it cannot.
fn asked(launched: &Bound<'_, PyAny>, question: &str) -> Vec<String> {
    launched.call_method0(question).and_then(|answer| answer.extract()).unwrap_or_else(|e| {
        e.write_unraisable(launched.py(), None);
        Vec::new()
    })
}

/// Nothing is proved about code whose accesses nobody sees.
fn admit_unseen(launched: &Bound<'_, PyAny>, outcome: &mut Outcome) {
    let mut reasons: Vec<String> = asked(launched, "unseen")
        .iter()
        .map(|what| format!("accesses to shared state in {what} are not seen"))
        .collect();
    reasons.extend(unseen::reasons());
    if !reasons.is_empty() && outcome.is_complete() {
        outcome.verdict = Verdict::CleanSoFar;
        outcome.reasons.extend(reasons);
    }
}

impl Interpreter for Python3<'_> {
    fn version(&self) -> String {
        let version = self.py.version_info();
        format!("CPython {}.{}.{}", version.major, version.minor, version.patch)
    }

    fn fresh(&self) -> Result<Command, Problem> {
        let told = self.process().and_then(|process| process.call_method0("fresh")).and_then(|told| told.extract());
        let (words, names): (Vec<OsString>, Vec<(OsString, OsString)>) = told.map_err(|e| problem(self.py, &e))?;
        let (program, rest) = words.split_first().ok_or_else(|| Problem::new("there is no command for it"))?;
        let mut command = Command::new(program);
        command.args(rest).envs(names);
        Ok(command)
    }

    fn take_control(&mut self) -> Result<(), Problem> {
        let taken = self.process().and_then(|process| process.call_method0("take_control"));
        taken.map(|_| ()).map_err(|e| problem(self.py, &e))
    }

    fn find_module(&mut self, name: &str) -> Result<PathBuf, Problem> {
        let found = self.launcher().and_then(|launcher| launcher.call_method1("find_module", (name,)));
        let found = found.map_err(|e| problem(self.py, &e))?;
        found.extract().map_err(|e: PyErr| problem(self.py, &e))
    }

    fn interrupted(&mut self) -> bool {
        // Lets the handler of a signal that has just arrived run; it raises nothing outside of executions.
        let _ = self.py.check_signals();
        alarm::is_asked()
    }

    fn check(
        &mut self,
        program: &Program,
        options: &Options,
        include: &[String],
        progress: &mut dyn FnMut(&Progress) -> bool,
    ) -> Result<Outcome, Problem> {
        self.with_front(program, include, |front, launched| guarded_explore(front, launched, options, progress))
    }

    fn replay(&mut self, saved: &Saved) -> Result<Replayed, Problem> {
        self.with_front(&saved.program, &saved.include, |front, _| {
            alarm::search_begins(saved.schedule.seed, "replay");
            let replayed = replay(front, &saved.schedule);
            alarm::replay_ends();
            replayed
        })
    }

    fn run(&mut self, program: &Program) -> u8 {
        let code =
            self.launch("run", program, &[]).and_then(|code| code.extract().map_err(|e: PyErr| problem(self.py, &e)));
        code.unwrap_or_else(|problem| {
            let _nobody_listens = writeln!(std::io::stderr(), "error: {problem}");
            Exit::Usage.code()
        })
    }

    fn bench(&mut self, words: Vec<OsString>) -> Result<u8, Problem> {
        let code = self.py.import("raddle.bench.__main__").and_then(|bench| bench.call_method1("main", (words,)));
        code.and_then(|code| code.extract()).map_err(|e| problem(self.py, &e))
    }
}

fn problem(py: Python<'_>, error: &PyErr) -> Problem {
    let text = error.value(py).to_string();
    Problem::new(if text.is_empty() { error.to_string() } else { text })
}

/// The command: what it exits with. `args` are the words after its name.
#[pyfunction]
pub(super) fn command(py: Python<'_>, args: Vec<OsString>) -> PyResult<u8> {
    let as_json = args.windows(2).any(|two| two[0] == "--format" && two[1] == "json")
        || args.iter().any(|arg| arg == "--format=json");
    AS_JSON.store(as_json, Relaxed);
    Ok(raddle_cli::main(args, &mut Python3 { py }))
}

/// The last resort of a search that cannot be stopped.
pub(super) fn say_and_exit(outcome: &Outcome) {
    let text = if AS_JSON.load(Relaxed) { json(outcome, &[]) } else { summary(outcome) };
    let _nobody_listens = match OUTPUT.load(Relaxed) {
        NONE => std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()),
        descriptor => {
            // SAFETY: the launcher keeps the descriptor open while it has a program in hand.
            let output = unsafe { BorrowedFd::borrow_raw(descriptor) };
            output.try_clone_to_owned().and_then(|output| std::fs::File::from(output).write_all(text.as_bytes()))
        }
    };
    let code = if outcome.interrupted { Exit::Interrupted } else { Exit::from(outcome.verdict) };
    // SAFETY: no destructor may run: the program's are what does not end.
    unsafe { libc::_exit(i32::from(code.code())) }
}

/// Searches a launched program for `raddle.check`; the outcome as JSON.
#[pyfunction]
pub(super) fn explore_launched(launched: &Bound<'_, PyAny>, options: &Bound<'_, PyDict>) -> PyResult<String> {
    let options = options_of(options)?;
    let outcome = searched(launched, |front| guarded_explore(front, launched, &options, &mut |_| true))?;
    if outcome.interrupted {
        return Err(PyKeyboardInterrupt::new_err(()));
    }
    let report = |found: &Found| Report { text: text(&found.finding, None), replay: None };
    Ok(json(&outcome, &outcome.findings.iter().map(report).collect::<Vec<_>>()))
}

fn options_of(given: &Bound<'_, PyDict>) -> PyResult<Options> {
    let mut options = Options::default();
    for (name, value) in given {
        let name: String = name.extract()?;
        match name.as_str() {
            "strategy" => {
                let slug: String = value.extract()?;
                let unknown = || PyValueError::new_err(format!("no strategy is called '{slug}'"));
                options.strategy = raddle::Strategy::from_slug(&slug).ok_or_else(unknown)?;
            }
            "executions" => options.executions = value.extract()?,
            "seconds" => {
                let seconds: Option<f64> = value.extract()?;
                let duration = |seconds| std::time::Duration::try_from_secs_f64(seconds);
                let negative = |e| PyValueError::new_err(format!("seconds: {e}"));
                options.time = seconds.map(duration).transpose().map_err(negative)?;
            }
            "seed" => options.seed = value.extract()?,
            "races" => options.races = value.extract()?,
            "timing" => options.timing = value.extract()?,
            "preemptions" => options.preemptions = value.extract()?,
            "delays" => options.delays = value.extract()?,
            "shrink" => options.shrink = value.extract()?,
            "keep_going" => options.keep_going = value.extract()?,
            _ => return Err(PyValueError::new_err(format!("no option is called '{name}'"))),
        }
    }
    Ok(options)
}
