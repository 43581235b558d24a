//! Tests and what was read for them, so that it can be told whether one would come out differently by now.
//!
//! What a test is, is known from the source (`conditions` in Python), and evaluated by `outcomes` there; here is what each task
//! remembers for that: the places that its reads looked at, values that would not be found again, and how the tests came out.

use super::access::{self, Held, hushed};
use super::place::{Kept, Now, Place, class_attribute};
use super::sites;
use crate::error;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString};
use raddle::engine::explore::Member;
use raddle::engine::kernel::{TaskId, current};
use std::cell::RefCell;
use std::collections::HashMap;

/// A place that a read looked at.
struct Asked {
    owner: usize,
    member: Member,
    place: Kept,
    /// Whether the task has written there itself since: what it finds there now says nothing of others.
    is_outdated: bool,
}

/// What a task remembers, by site; each site's last time counts.
#[derive(Default)]
struct Notes {
    asked: Vec<(u32, Asked)>,
    values: Vec<(u32, Option<Held>)>,
    outcomes: Vec<(u32, Option<bool>)>,
}

thread_local! {
    static NOTES: RefCell<HashMap<TaskId, Notes>> = RefCell::default();
}

/// Puts a note in the place of the one from the same site, which is returned.
fn put<T>(notes: &mut Vec<(u32, T)>, site: u32, note: T) -> Option<T> {
    match notes.iter_mut().find(|(place, _)| *place == site) {
        Some((_, old)) => Some(std::mem::replace(old, note)),
        None => {
            notes.push((site, note));
            None
        }
    }
}

fn find<T>(notes: &[(u32, T)], site: u32) -> Option<&T> {
    notes.iter().find(|(place, _)| *place == site).map(|(_, note)| note)
}

/// Takes note of a read that a test may be made of.
pub(super) fn read(place: &Place<'_>, site: u32) {
    let (owner, member) = (place.owner().as_ptr().addr(), place.member());
    let asked = Asked { owner, member, place: place.keep(), is_outdated: false };
    let before = NOTES.with_borrow_mut(|notes| put(&mut notes.entry(current()).or_default().asked, site, asked));
    drop(before);
}

/// The running task has written to a place.
pub(super) fn wrote(owner: usize, member: Member) {
    NOTES.with_borrow_mut(|notes| {
        let Some(notes) = notes.get_mut(&current()) else { return };
        for (_, asked) in notes.asked.iter_mut().filter(|(_, asked)| asked.owner == owner) {
            asked.is_outdated |= asked.member == member || asked.member == Member::Whole || member == Member::Whole;
        }
    });
}

/// Takes note of a value that a test is made from, or of how the test came out.
pub(super) fn keep(site: u32, value: &Bound<'_, PyAny>) {
    if sites::decides(site) {
        let outcome = truth(value);
        NOTES.with_borrow_mut(|notes| put(&mut notes.entry(current()).or_default().outcomes, site, outcome));
    } else {
        let held = lasting(value);
        let before = NOTES.with_borrow_mut(|notes| put(&mut notes.entry(current()).or_default().values, site, held));
        drop(before);
    }
}

/// Forgets an execution that is over.
pub(super) fn forget() {
    drop(NOTES.take());
}

/// A value to look at later, if that keeps nothing alive.
pub(super) fn lasting(value: &Bound<'_, PyAny>) -> Option<Held> {
    let is_scalar = value.is_none()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyBytes>();
    if is_scalar { Some(Held::Strong(value.clone().unbind())) } else { Held::weak(value) }
}

/// Whether a value counts as true, where asking it runs no code of the user's.
pub(super) fn truth(value: &Bound<'_, PyAny>) -> Option<bool> {
    if value.is_exact_instance_of::<PyBool>() {
        return value.is_truthy().ok();
    }
    let (py, class) = (value.py(), value.get_type());
    let asked =
        class_attribute(&class, intern!(py, "__bool__")).or_else(|| class_attribute(&class, intern!(py, "__len__")));
    match asked {
        None => Some(true),
        Some(asked) if asked.get_type().name().is_ok_and(|name| name == "wrapper_descriptor") => value.is_truthy().ok(),
        Some(_) => None,
    }
}

static OUTCOME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static RECALL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static LOOK_UP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Takes note of the function that evaluates tests.
#[pyfunction]
pub(super) fn keep_outcome(outcome: Bound<'_, PyAny>) -> PyResult<()> {
    let py = outcome.py();
    OUTCOME.set(py, outcome.unbind()).map_err(|_| error::runtime("the function was noted before"))
}

type Recalled<'py> = (&'static str, Option<Bound<'py, PyAny>>, Option<Bound<'py, PyAny>>);

/// What is to be found now where the running task has read at `site`, or what it kept there: a word, the value, the owner.
#[pyfunction]
fn recall(py: Python<'_>, site: u32) -> Option<Recalled<'_>> {
    enum Found {
        Value(Option<Py<PyAny>>),
        Asked(usize, Kept, bool),
    }
    let found = NOTES.with_borrow(|notes| {
        let notes = notes.get(&current())?;
        match find(&notes.values, site) {
            Some(held) => Some(Found::Value(held.as_ref()?.get(py).map(Bound::unbind))),
            None => find(&notes.asked, site).map(|a| Found::Asked(a.owner, a.place.again(py), a.is_outdated)),
        }
    })?;
    match found {
        Found::Value(value) => Some(("kept", Some(value?.into_bound(py)), None)),
        Found::Asked(.., true) => Some(("outdated", None, None)),
        Found::Asked(owner, place, false) => {
            let owner = access::owner(py, owner)?;
            let place = place.place(owner.clone())?;
            let (word, value) = match place.now() {
                Now::Is(value) => ("is", Some(value)),
                Now::Something => ("something", None),
                Now::Missing => ("missing", None),
                Now::Unknown => ("unknown", None),
            };
            Some((word, value, Some(owner)))
        }
    }
}

/// What an attribute is now, where finding it runs no code.
#[pyfunction]
fn look_up<'py>(object: Bound<'py, PyAny>, name: Bound<'py, PyString>) -> (&'static str, Option<Bound<'py, PyAny>>) {
    match super::place::attribute(&object, &name).map(|place| place.now()) {
        Some(Now::Is(value)) => ("is", Some(value)),
        Some(Now::Missing) => ("missing", None),
        _ => ("unknown", None),
    }
}

/// Whether a test that an earlier read of the running task was made for, and that decided what happens at `store`, would come out
/// differently now; false where nobody can know.
pub(super) fn is_stale(py: Python<'_>, store: u32, read: u32) -> bool {
    hushed(|| sites::tests(py, store, read).iter().any(|(site, test)| would_differ(py, *site, test.bind(py), read)))
}

fn would_differ(py: Python<'_>, site: u32, test: &Bound<'_, PyAny>, read: u32) -> bool {
    // Of some tests it is known from the source alone how they came out.
    let holds = test.get_item(0).is_ok_and(|word| word.extract::<&str>().is_ok_and(|word| word == "holds"));
    let noted = || NOTES.with_borrow(|notes| *find(&notes.get(&current())?.outcomes, site)?);
    let Some(before) = Some(true).filter(|_| holds).or_else(noted) else { return false };
    let now = || -> PyResult<Option<bool>> {
        let Some(outcome) = OUTCOME.get(py) else { return Ok(None) };
        let recall = RECALL.get_or_try_init(py, || wrap_pyfunction!(recall, py).map(|f| f.into_any().unbind()))?;
        let look_up = LOOK_UP.get_or_try_init(py, || wrap_pyfunction!(look_up, py).map(|f| f.into_any().unbind()))?;
        outcome.bind(py).call1((test, read, recall, look_up))?.extract()
    };
    now().ok().flatten().is_some_and(|now| now != before)
}
