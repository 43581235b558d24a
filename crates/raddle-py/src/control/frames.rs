//! Frames: which code is the user's, and where a task is in it.

use super::access::AddressHasher;
use super::sites::shown;
use super::value;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;
use raddle::engine::record::Frame;
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::{OnceLock, PoisonError, RwLock};

/// The files of the user's modules, as their code names them, with their lines.
static FILES: OnceLock<RwLock<HashMap<String, Vec<String>>>> = OnceLock::new();

fn files() -> &'static RwLock<HashMap<String, Vec<String>>> {
    FILES.get_or_init(RwLock::default)
}

/// Takes note of a file of the user's.
#[pyfunction]
pub(super) fn add_file(file: String, lines: Vec<String>) {
    files().write().unwrap_or_else(PoisonError::into_inner).insert(file, lines);
    // Code of that name may have been another's.
    drop(CODES.take());
}

/// Whether code that names this file is the user's.
#[pyfunction]
pub(super) fn is_users_file(file: &str) -> bool {
    files().read().unwrap_or_else(PoisonError::into_inner).contains_key(file)
}

/// The text of a line, by the file's name in code or as it is shown.
pub(super) fn line(file: &str, line: u32) -> String {
    let files = files().read().unwrap_or_else(PoisonError::into_inner);
    let lines =
        files.get(file).or_else(|| files.iter().find(|(known, _)| shown(known) == file).map(|(_, lines)| lines));
    let text = lines.and_then(|lines| lines.get((line as usize).checked_sub(1)?));
    text.map_or_else(String::new, |text| text.trim().to_owned())
}

/// Whether a function was written by the user.
pub(super) fn is_users(function: &Bound<'_, PyAny>) -> bool {
    function.getattr(intern!(function.py(), "__code__")).is_ok_and(|code| is_users_code(&code))
}

type Codes = HashMap<usize, (Py<PyAny>, bool), BuildHasherDefault<AddressHasher>>;

thread_local! {
    /// Whose code is whose, by its address: executions share it.
    static CODES: RefCell<Codes> = RefCell::default();
}

/// So much code is remembered.
const MOST_CODE: usize = 10_000;

fn is_users_code(code: &Bound<'_, PyAny>) -> bool {
    let address = code.as_ptr().addr();
    if let Some(known) = CODES.with_borrow(|codes| codes.get(&address).map(|(_, is_users)| *is_users)) {
        return known;
    }
    let file = code.getattr(intern!(code.py(), "co_filename")).and_then(|file| file.extract());
    let is_users = file.is_ok_and(|file: String| is_users_file(&file));
    let forgotten = CODES.with_borrow_mut(|codes| {
        let forgotten = (codes.len() == MOST_CODE).then(|| std::mem::take(codes));
        codes.insert(address, (code.clone().unbind(), is_users));
        forgotten
    });
    drop(forgotten);
    is_users
}

/// Whether a class was written by the user.
pub(super) fn is_users_class(class: &Bound<'_, PyType>) -> bool {
    let py = class.py();
    let module = class.getattr(intern!(py, "__module__"));
    let modules = py.import(intern!(py, "sys")).and_then(|sys| sys.getattr(intern!(py, "modules")));
    let file = modules
        .and_then(|modules| modules.get_item(module?))
        .and_then(|module| module.getattr(intern!(py, "__file__")))
        .and_then(|file| file.extract::<String>());
    file.is_ok_and(|file| is_users_file(&file))
}

/// The user's frames from `innermost` outwards.
pub(super) fn of_frames(innermost: Option<Bound<'_, PyAny>>) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut next = innermost;
    while let Some(frame) = next.filter(|frame| !frame.is_none()) {
        let py = frame.py();
        let line = frame.getattr(intern!(py, "f_lineno")).and_then(|line| line.extract()).unwrap_or(0);
        frames.extend(frame_at(&frame, line));
        next = frame.getattr(intern!(py, "f_back")).ok();
    }
    frames
}

/// The innermost of the user's frames, or the innermost of all if there is none of his.
pub(super) fn nearest(innermost: &Bound<'_, PyAny>) -> Option<Frame> {
    let py = innermost.py();
    let users = of_frames(Some(innermost.clone())).into_iter().next();
    users.or_else(|| {
        let line = innermost.getattr(intern!(py, "f_lineno")).ok()?.extract().ok()?;
        let code = innermost.getattr(intern!(py, "f_code")).ok()?;
        let file: String = code.getattr(intern!(py, "co_filename")).ok()?.extract().ok()?;
        let function: String = code.getattr(intern!(py, "co_qualname")).ok()?.extract().ok()?;
        Some(Frame { text: function.clone(), file, line, function })
    })
}

/// The user's frames of a traceback, innermost first.
pub(super) fn of_traceback(outermost: Option<Bound<'_, PyAny>>) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut next = outermost;
    while let Some(entry) = next.filter(|entry| !entry.is_none()) {
        let py = entry.py();
        let line = entry.getattr(intern!(py, "tb_lineno")).and_then(|line| line.extract()).unwrap_or(0);
        if let Ok(frame) = entry.getattr(intern!(py, "tb_frame")) {
            frames.extend(frame_at(&frame, line));
        }
        next = entry.getattr(intern!(py, "tb_next")).ok();
    }
    frames.reverse();
    frames
}

/// The frame, if its code is the user's.
fn frame_at(frame: &Bound<'_, PyAny>, line: u32) -> Option<Frame> {
    let py = frame.py();
    let code = frame.getattr(intern!(py, "f_code")).ok()?;
    let file: String = code.getattr(intern!(py, "co_filename")).ok()?.extract().ok()?;
    if !is_users_file(&file) {
        return None;
    }
    let function = code.getattr(intern!(py, "co_qualname")).and_then(|name| name.extract()).unwrap_or_default();
    Some(Frame { text: self::line(&file, line), file: shown(&file), line, function })
}

/// Frames looked at for [`standing`]: what makes a loop end is near the innermost.
const LOOKED_AT: usize = 12;

/// A number for where the running task is in its code and what its local variables hold.
pub(super) fn standing(py: Python<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let sys = py.import(intern!(py, "sys"));
    let mut next = sys.and_then(|sys| sys.getattr(intern!(py, "_getframe"))?.call0()).ok();
    for _ in 0..LOOKED_AT {
        let Some(frame) = next.filter(|frame| !frame.is_none()) else { break };
        let place: Option<i64> = frame.getattr(intern!(py, "f_lasti")).ok().and_then(|place| place.extract().ok());
        place.hash(&mut hasher);
        if let Ok(locals) = frame.getattr(intern!(py, "f_locals"))
            && let Ok(values) = locals.call_method0(intern!(py, "values"))
            && let Ok(values) = values.try_iter()
        {
            values.flatten().for_each(|value| value::number(&value).hash(&mut hasher));
        }
        next = frame.getattr(intern!(py, "f_back")).ok();
    }
    hasher.finish()
}

/// Whether the running task is in an `except` or `finally`, or leaves a `with`, because of an exception.
pub(super) fn handles(py: Python<'_>) -> bool {
    let exception = py.import(intern!(py, "sys")).and_then(|sys| sys.call_method0(intern!(py, "exception")));
    exception.is_ok_and(|exception| !exception.is_none())
}

/// The running task's frames.
pub(super) fn here(py: Python<'_>) -> Vec<Frame> {
    let frame = py.import(intern!(py, "sys")).and_then(|sys| sys.getattr(intern!(py, "_getframe"))?.call0());
    of_frames(frame.ok())
}
