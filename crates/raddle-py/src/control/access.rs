//! Accesses: what the hooks announce, and what is remembered of it.

use super::place::{Kept, Place};
use super::{sites, tasks};
use crate::blocking::operate;
use pyo3::prelude::*;
use pyo3::types::PyString;
use raddle::engine::explore::{How, Member, Touch};
use raddle::engine::kernel::TaskId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

/// What a read saw that may decide a later write.
struct Asked {
    place: Kept,
    /// Whether it only asked if something is there.
    presence: bool,
    answer: u64,
}

/// What the execution of this thread remembers.
#[derive(Default)]
struct Memory {
    /// Owners, kept alive so that their addresses mean one object while the execution lasts.
    pinned: HashMap<usize, Py<PyAny>>,
    asked: HashMap<(TaskId, u32), Asked>,
    /// Places by owner and member, while a finding is recorded.
    places: HashMap<(usize, Member), Kept>,
    /// Instances by the address of their dictionary, once the program has asked for that.
    instances: HashMap<usize, Py<PyAny>>,
}

thread_local! {
    /// Where the program has handed shared state to code that nobody has rewritten; 0 if nowhere.
    static ESCAPED: Cell<u32> = const { Cell::new(0) };
    static HUSHED: Cell<bool> = const { Cell::new(false) };
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Runs `f`, which is our own doing; accesses in it are not the program's.
pub(super) fn hushed<R>(f: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            HUSHED.set(self.0);
        }
    }
    let _restore = Restore(HUSHED.replace(true));
    f()
}

/// Whether accesses at `site` are to be announced now.
#[inline]
pub(super) fn is_wanted(site: u32) -> bool {
    sites::is_live(site) && tasks::execution().is_some() && !HUSHED.get() && !raddle::engine::explore::is_alone()
}

/// The program hands shared state to code that nobody has rewritten.
pub(super) fn escapes(site: u32) {
    ESCAPED.set(site);
}

/// Where the program has handed shared state to such code last, since this was last asked.
pub(super) fn escaped_at() -> Option<u32> {
    let site = ESCAPED.take();
    (site != 0).then_some(site)
}

/// Forgets an execution that is over. What was kept alive for it goes, which may run destructors.
pub(super) fn forget() {
    drop(MEMORY.take());
}

/// Announces an access, just before it is made.
pub(super) fn announce(how: How, place: &Place<'_>, site: u32) -> PyResult<()> {
    let place = match place {
        Place::Item(container, key) => &through_instance(container, key).unwrap_or_else(|| place.clone()),
        place => place,
    };
    let (py, owner, member) = (place.owner().py(), place.owner().as_ptr().addr(), place.member());
    MEMORY.with_borrow_mut(|memory| {
        memory.pinned.entry(owner).or_insert_with(|| place.owner().clone().unbind());
        if raddle::engine::explore::recording() {
            memory.places.entry((owner, member)).or_insert_with(|| place.keep());
        }
    });
    let recheck = |read: u32| recheck(py, read);
    operate(|| raddle::engine::explore::touch(&Touch { how, owner, member, site, answer: SAME, recheck: &recheck }))?;
    if how == How::Read && sites::guards(site) {
        remember(place, site, false);
    }
    Ok(())
}

/// Announces that the program asks whether an item is there.
pub(super) fn announce_presence(place: &Place<'_>, site: u32) -> PyResult<()> {
    announce(How::Read, place, site)?;
    if sites::guards(site) {
        remember(place, site, true);
    }
    Ok(())
}

/// What a read sees now is compared with what it saw, and the engine is told only whether that is the same:
/// a read is remembered after its point, when what it sees is settled.
const SAME: u64 = 0;
const OTHER: u64 = 1;

fn answer(place: &Place<'_>, presence: bool, site: u32) -> u64 {
    hushed(|| if presence { u64::from(place.is_there()) } else { place.answer(site) })
}

fn remember(place: &Place<'_>, site: u32, presence: bool) {
    let asked = Asked { place: place.keep(), presence, answer: answer(place, presence, site) };
    let before = MEMORY.with_borrow_mut(|memory| memory.asked.insert((raddle::engine::kernel::current(), site), asked));
    drop(before);
}

/// Whether an earlier read of the running task would see the same now.
fn recheck(py: Python<'_>, read: u32) -> Option<u64> {
    let asked = MEMORY.with_borrow(|memory| {
        let asked = memory.asked.get(&(raddle::engine::kernel::current(), read))?;
        Some((asked.place.place(py), asked.presence, asked.answer))
    });
    let (place, presence, before) = asked?;
    Some(if answer(&place, presence, read) == before { SAME } else { OTHER })
}

/// The value at a location now, for a report.
pub(super) fn shown(owner: usize, member: Member) -> Option<String> {
    Python::attach(|py| {
        let place = MEMORY.with_borrow(|memory| Some(memory.places.get(&(owner, member))?.place(py)))?;
        hushed(|| place.shown())
    })
}

/// The program has got hold of an instance's dictionary: its items are the instance's attributes.
pub(super) fn exposes(instance: &Bound<'_, PyAny>, dict: &Bound<'_, PyAny>) {
    MEMORY.with_borrow_mut(|memory| {
        memory.pinned.entry(dict.as_ptr().addr()).or_insert_with(|| dict.clone().unbind());
        memory.instances.entry(dict.as_ptr().addr()).or_insert_with(|| instance.clone().unbind());
    });
}

/// An item of an instance's dictionary as the attribute that it is.
fn through_instance<'py>(container: &Bound<'py, PyAny>, key: &Bound<'py, PyAny>) -> Option<Place<'py>> {
    let py = container.py();
    let instance = MEMORY.with_borrow(|memory| {
        let instance = memory.instances.get(&container.as_ptr().addr())?;
        Some(instance.bind(py).clone())
    });
    let (instance, name) = (instance?, key.cast::<PyString>().ok()?);
    sites::stores(&name.to_string_lossy());
    Some(Place::Attribute(instance, name.clone()))
}

/// All of an instance's dictionary as all of the instance.
pub(super) fn whole<'py>(container: &Bound<'py, PyAny>) -> Place<'py> {
    let py = container.py();
    let instance = MEMORY.with_borrow(|memory| {
        let instance = memory.instances.get(&container.as_ptr().addr())?;
        Some(instance.bind(py).clone())
    });
    Place::Whole(instance.unwrap_or_else(|| container.clone()))
}
