//! What stops a program that does not stop itself: the user's Ctrl-C, and the watchdog when no point is reached for a while.
//!
//! Both ask the task that runs: it is made to raise, wherever it is, what ends a task. A signal's handler alone would not do,
//! because from CPython 3.13 on signals are announced to the main thread's own state only, which no task runs on; a pending call
//! reaches whoever takes the interpreter's lock on the main thread, and where there is no such lock, whoever runs.
//! Only where asking helps nothing (code that neither returns to the interpreter nor can be interrupted, or that swallows every
//! exception) the process is ended.

#[cfg(not(Py_GIL_DISABLED))]
use super::fiber::CURRENT;
use super::{frames, tasks};
use crate::error::Unwind;
#[cfg(Py_GIL_DISABLED)]
use crate::symbol::Symbol;
use pyo3::ffi;
use pyo3::prelude::*;
use raddle::engine::explore::{Alarm, Progress};
use raddle::engine::kernel::{Deadline, sleep_until};
use raddle::engine::record::{Frame, Outcome, Verdict};
use std::ffi::{c_int, c_void};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The user asked to stop.
static ASKED: AtomicBool = AtomicBool::new(false);
/// The search is to end, for whatever reason.
static STOPPED: AtomicBool = AtomicBool::new(false);
/// A search is running.
static SEARCHING: AtomicBool = AtomicBool::new(false);
/// An execution of it is running.
static RUNNING: AtomicBool = AtomicBool::new(false);
// All of these are looked at again and again, and nothing else is read by their order: Relaxed.

/// The thread of the search, if it is the main one, which alone handles signals.
static SEARCHER: OnceLock<libc::pthread_t> = OnceLock::new();

#[derive(Default)]
struct State {
    /// Where something blocks that is not ours.
    blocked: Option<Blocked>,
    /// Where the search stood when it last said so.
    progress: Progress,
    seed: u64,
    strategy: &'static str,
}

#[derive(Clone, Debug)]
struct Blocked(Option<Frame>);

impl Blocked {
    fn reason(&self) -> String {
        match &self.0 {
            Some(at) => {
                format!("no point was reached for 5 s: the program stood at {}:{}, `{}`", at.file, at.line, at.text)
            }
            None => "no point was reached for 5 s: the program stood in code that is not Python".to_owned(),
        }
    }
}

static STATE: Mutex<Option<State>> = Mutex::new(None);

fn state() -> MutexGuard<'static, Option<State>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a look at the program may take: what blocks may not let go of the interpreter.
#[cfg(not(Py_GIL_DISABLED))]
const LOOK: Duration = Duration::from_secs(1);
/// How often a program that is to end is reminded.
const REMINDER: Duration = Duration::from_millis(20);
/// How long the program gets to end when the user asked for it.
const GRACE: Duration = Duration::from_millis(350);
/// How long it gets when the watchdog asked.
const PATIENCE: Duration = Duration::from_secs(2);

/// The handler of SIGINT while the command runs.
#[pyfunction]
#[pyo3(signature = (_signal, _frame))]
pub(super) fn interrupted(_signal: &Bound<'_, PyAny>, _frame: &Bound<'_, PyAny>) -> PyResult<()> {
    // The watchdog sends the same signal.
    if !STOPPED.swap(true, Relaxed) {
        ASKED.store(true, Relaxed);
    }
    if tasks::execution().is_some() {
        stands_here();
        Err(Unwind::new_err(()))
    } else {
        Ok(())
    }
}

/// Starts the thread that hears of signals while a task runs; returns the descriptor for `signal.set_wakeup_fd`.
#[pyfunction]
pub(super) fn listen_to_signals() -> PyResult<c_int> {
    let (mut reader, writer) = std::io::pipe()?;
    // SAFETY: has no preconditions.
    let _ = SEARCHER.set(unsafe { libc::pthread_self() });
    let listen = move || {
        let mut signal = [0u8];
        while reader.read_exact(&mut signal).is_ok() {
            if c_int::from(signal[0]) == libc::SIGINT && SEARCHING.load(Relaxed) && !STOPPED.swap(true, Relaxed) {
                ASKED.store(true, Relaxed);
                if !ends_within(GRACE) {
                    end_process();
                }
            }
        }
    };
    std::thread::Builder::new().name("raddle-signals".to_owned()).spawn(listen)?;
    let descriptor = writer.as_raw_fd();
    // Open for as long as the process lives, as the interpreter may write to it at any moment.
    std::mem::forget(writer);
    Ok(descriptor)
}

/// Whether the user asked to stop; the wish counts as dealt with then.
pub(super) fn is_asked() -> bool {
    ASKED.swap(false, Relaxed)
}

/// A search begins.
pub(super) fn search_begins(seed: u64, strategy: &'static str) {
    *state() = Some(State { seed, strategy, ..State::default() });
    // Who asked before it began wants no search either.
    STOPPED.store(ASKED.load(Relaxed), Relaxed);
    SEARCHING.store(true, Relaxed);
}

/// The search stands here; false if it is to end.
pub(super) fn search_goes_on(progress: &Progress) -> bool {
    if let Some(state) = state().as_mut() {
        state.progress = *progress;
    }
    !STOPPED.load(Relaxed)
}

/// The search has ended; says why in its outcome, if that was not its own doing.
pub(super) fn search_ends(outcome: &mut Outcome) {
    SEARCHING.store(false, Relaxed);
    outcome.interrupted = is_asked();
    let blocked = state().take().and_then(|state| state.blocked);
    if let Some(blocked) = blocked {
        outcome.reasons.push(blocked.reason());
        if outcome.findings.is_empty() {
            outcome.verdict = Verdict::Inconclusive;
        }
    }
}

/// The replay has ended.
pub(super) fn replay_ends() {
    SEARCHING.store(false, Relaxed);
    *state() = None;
}

/// An execution begins or ends.
pub(super) fn execution_runs(runs: bool) {
    RUNNING.store(runs, Relaxed);
}

/// Reminds the task that is about to run, if the search is to end.
pub(super) fn remind() {
    if STOPPED.load(Relaxed) {
        ask();
    }
}

/// What to do when no point was reached for a while.
pub(super) fn alarm() -> Alarm {
    Box::new(|_| {
        if !RUNNING.load(Relaxed) || STOPPED.load(Relaxed) {
            return;
        }
        let at = look();
        if let Some(state) = state().as_mut() {
            state.blocked = Some(Blocked(at));
        }
        STOPPED.store(true, Relaxed);
        if !ends_within(PATIENCE) {
            end_process();
        }
    })
}

/// Where the program stands, if it was asked to end because it stood still and nobody could see where.
fn stands_here() {
    if !state().as_ref().is_some_and(|state| matches!(state.blocked, Some(Blocked(None)))) {
        return;
    }
    let at = Python::attach(|py| {
        // SAFETY: the thread is attached.
        let here = unsafe { ffi::PyThreadState_Get() };
        // SAFETY: it is this thread's own.
        unsafe { nearest(py, here) }
    });
    if let Some(state) = state().as_mut() {
        state.blocked = Some(Blocked(at));
    }
}

/// The user's frame that a thread state is in, or the innermost.
///
/// # Safety
/// - The state is live, and runs nowhere but here.
unsafe fn nearest(py: Python<'_>, state: *mut ffi::PyThreadState) -> Option<Frame> {
    // SAFETY: the caller's duty.
    let frame = unsafe { ffi::PyThreadState_GetFrame(state) };
    // SAFETY: the function returns a new reference or null.
    let frame = unsafe { Bound::from_owned_ptr_or_opt(py, frame.cast()) }?;
    frames::nearest(&frame)
}

/// Asks the running task to end, until the execution has.
fn ends_within(grace: Duration) -> bool {
    let started = Instant::now();
    while RUNNING.load(Relaxed) {
        if started.elapsed() > grace {
            return false;
        }
        ask();
        if let Some(searcher) = SEARCHER.get().filter(|_| state().as_ref().is_some_and(|state| state.blocked.is_some()))
        {
            // SAFETY: the main thread lives as long as the process; the interpreter's own handler is installed for this signal.
            unsafe { libc::pthread_kill(*searcher, libc::SIGINT) };
        }
        hand_over();
        // Nothing interrupts it here: this thread has no hook.
        let _ = sleep_until(Deadline::after(REMINDER));
    }
    true
}

/// Has `raise` called by the main thread, as soon as it runs Python code.
fn ask() {
    // SAFETY: may be called by any thread; the function takes no notice of its argument.
    unsafe { ffi::Py_AddPendingCall(Some(raise), null_mut()) };
    #[cfg(Py_GIL_DISABLED)]
    if let (Some(add), Some(main)) = (ADD_PENDING_CALL.get(), MAIN_INTERPRETER.get()) {
        extern "C" fn nothing(_nothing: *mut c_void) -> c_int {
            0
        }
        // The main thread is told of its calls only while it runs its own state. A call for all makes every state look.
        // SAFETY: may be called by any thread.
        let main = unsafe { main() };
        // SAFETY: as above; the interpreter lives, as this thread is attached to it or waits for one that is.
        unsafe { add(main, nothing, null_mut(), 0) };
    }
}

#[cfg(Py_GIL_DISABLED)]
static MAIN_INTERPRETER: Symbol<unsafe extern "C" fn() -> *mut ffi::PyInterpreterState> =
    // SAFETY: declared so in CPython's `cpython/pystate.h`.
    unsafe { Symbol::new(c"PyInterpreterState_Main") };
#[cfg(Py_GIL_DISABLED)]
static ADD_PENDING_CALL: Symbol<AddPendingCall> =
    // SAFETY: declared so in CPython's `internal/pycore_ceval.h`.
    unsafe { Symbol::new(c"_PyEval_AddPendingCall") };
#[cfg(Py_GIL_DISABLED)]
type AddPendingCall = unsafe extern "C" fn(
    *mut ffi::PyInterpreterState,
    extern "C" fn(*mut c_void) -> c_int,
    *mut c_void,
    c_int,
) -> c_int;

/// Raises what ends a task.
extern "C" fn raise(_nothing: *mut c_void) -> c_int {
    if tasks::execution().is_none() || !STOPPED.load(Relaxed) {
        return 0;
    }
    stands_here();
    Python::attach(|py| Unwind::new_err(()).restore(py));
    -1
}

/// Takes the interpreter's lock for a moment, so that whoever has it notices pending calls when it takes it back.
fn hand_over() {
    let (done, heard) = channel();
    let attach = move || {
        Python::try_attach(|_| ());
        let _nobody_waits = done.send(());
    };
    if std::thread::Builder::new().spawn(attach).is_ok() {
        let _too_long = heard.recv_timeout(REMINDER);
    }
}

/// Where the program stands: without the interpreter's lock nobody can look at it while it runs. It will say so itself.
#[cfg(Py_GIL_DISABLED)]
fn look() -> Option<Frame> {
    None
}

/// Where the program stands, if that can be found out.
#[cfg(not(Py_GIL_DISABLED))]
fn look() -> Option<Frame> {
    let (tell, told) = channel();
    let find = move || {
        let frame = Python::try_attach(|py| {
            // Acquire: pairs with the Release in `fiber`.
            let state = CURRENT.load(std::sync::atomic::Ordering::Acquire);
            if state.is_null() {
                return None;
            }
            // SAFETY: the state is one that is never deleted while the session lasts, and it does not run: this thread is attached.
            unsafe { nearest(py, state) }
        });
        let _nobody_waits = tell.send(frame.flatten());
    };
    std::thread::Builder::new().spawn(find).ok()?;
    told.recv_timeout(LOOK).ok().flatten()
}

/// The last resort: says what is known, and ends the process.
fn end_process() {
    let asked = ASKED.load(Relaxed);
    let (progress, reason, seed, strategy) = match state().as_ref() {
        Some(state) => {
            let why = state.blocked.as_ref().map(Blocked::reason);
            (state.progress, why, state.seed, state.strategy)
        }
        None => (Progress::default(), None, 0, ""),
    };
    let outcome = Outcome {
        verdict: if asked { Verdict::CleanSoFar } else { Verdict::Inconclusive },
        executions: progress.executions,
        preliminary: 0,
        redundant: 0,
        distinct: progress.distinct,
        exhausted: false,
        points: progress.points,
        seconds: progress.elapsed.as_secs_f64(),
        seed,
        strategy: strategy.to_owned(),
        preemptions: None,
        delays: None,
        covered: None,
        uncontrolled: Vec::new(),
        notes: Vec::new(),
        reasons: reason.into_iter().collect(),
        findings: Vec::new(),
        interrupted: asked,
        part: None,
    };
    super::command::say_and_exit(&outcome);
}
