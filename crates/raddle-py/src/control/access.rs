//! Accesses: what the hooks announce, and what is remembered of it.
//!
//! Owners are known by their addresses. None is kept alive for that, where its class allows weak references: a program may rely on
//! what its destructors do. An address that is used again is noticed when the new owner is accessed. Lists, dictionaries and the like
//! allow none: they are kept, and let go of now and then if nobody else has them.

use super::container::{self, Container, is_immutable};
use super::place::{Kept, Place, instance_dict, own_dict};
use super::sites::After;
use super::unseen::{self, blurs};
use super::{deaths, generators, given, hooks, imports, order, outcome, sites, tasks};
use crate::blocking::operate;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyWeakrefMethods, PyWeakrefReference};
use raddle::engine::explore::{How, Member, Order, Touch, forget as forget_owner, recording, touch};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// An object that is known by its address.
#[derive(Debug)]
pub(super) enum Held {
    Weak(Py<PyWeakrefReference>),
    Strong(Py<PyAny>),
}

impl Held {
    fn new(object: &Bound<'_, PyAny>) -> Self {
        let strong = object.is_exact_instance_of::<PyDict>() || object.is_exact_instance_of::<PyList>();
        let offset = || object.get_type().getattr(intern!(object.py(), "__weakrefoffset__"))?.extract::<usize>();
        if strong || offset().is_ok_and(|offset| offset == 0) {
            return Held::Strong(object.clone().unbind());
        }
        Held::weak(object).unwrap_or_else(|| Held::Strong(object.clone().unbind()))
    }

    /// An object that is not kept alive, if its class allows that.
    pub(super) fn weak(object: &Bound<'_, PyAny>) -> Option<Self> {
        PyWeakrefReference::new(object).ok().map(|weak| Held::Weak(weak.unbind()))
    }

    /// The object, unless it is no more.
    pub(super) fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        match self {
            Held::Weak(weak) => weak.bind(py).upgrade(),
            Held::Strong(object) => Some(object.bind(py).clone()),
        }
    }

    pub(super) fn is(&self, object: &Bound<'_, PyAny>) -> bool {
        match self {
            Held::Weak(weak) => weak.bind(object.py()).upgrade().is_some_and(|found| found.is(object)),
            // Nothing else can be at the address of an object that is kept alive.
            Held::Strong(_) => true,
        }
    }

    fn is_ours_alone(&self) -> bool {
        match self {
            Held::Weak(_) => false,
            // SAFETY: a live object, of which this holds a reference.
            Held::Strong(object) => unsafe { ffi::Py_REFCNT(object.as_ptr()) == 1 },
        }
    }
}

/// Spreads addresses, which end in zeros (Knuth's multiplicative hashing).
#[derive(Default)]
pub(super) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    fn write_usize(&mut self, number: usize) {
        self.0 = (self.0 ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(26);
    }
}

/// What the execution of this thread remembers.
#[derive(Default)]
struct Memory {
    owners: HashMap<usize, Held, BuildHasherDefault<AddressHasher>>,
    /// How many owners were kept alive since they were last looked through.
    kept: usize,
    /// Places by owner and member, while a finding is recorded.
    places: HashMap<(usize, Member), Kept>,
    /// The addresses of instances by those of their dictionaries, once the program has asked for one.
    instances: HashMap<usize, usize>,
}

/// So many owners are kept alive before those that nobody else has are let go of.
const KEPT: usize = 256;

impl Memory {
    /// Takes note of an owner; what was at its address before is forgotten.
    fn hold(&mut self, owner: &Bound<'_, PyAny>) {
        let address = owner.as_ptr().addr();
        match self.owners.get(&address) {
            Some(held) if held.is(owner) => return,
            Some(_) => {
                forget_owner(address);
                self.places.retain(|(place, _), _| *place != address);
            }
            None => {}
        }
        let held = Held::new(owner);
        self.kept += usize::from(matches!(held, Held::Strong(_)));
        self.owners.insert(address, held);
    }

    fn owner<'py>(&self, py: Python<'py>, address: usize) -> Option<Bound<'py, PyAny>> {
        self.owners.get(&address)?.get(py)
    }

    /// Takes out the owners that nobody else has any more.
    fn let_go(&mut self) -> Vec<Held> {
        self.kept = 0;
        let gone: Vec<(usize, Held)> = self.owners.extract_if(|_, held| held.is_ours_alone()).collect();
        gone.iter().for_each(|(address, _)| forget_owner(*address));
        gone.into_iter().map(|(_, held)| held).collect()
    }
}

thread_local! {
    static HUSHED: Cell<bool> = const { Cell::new(false) };
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Runs `f`, which is our own doing; accesses in it are not the program's.
pub(crate) fn hushed<R>(f: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            HUSHED.set(self.0);
        }
    }
    let _restore = Restore(HUSHED.replace(true));
    f()
}

/// Whether what runs is our own doing.
pub(super) fn is_hushed() -> bool {
    HUSHED.get()
}

/// Whether accesses at `site` are to be announced now.
#[inline]
pub(super) fn is_wanted(site: u32) -> bool {
    sites::is_live(site) && tasks::execution().is_some() && !HUSHED.get() && !raddle::engine::explore::is_alone()
}

/// Forgets an execution that is over. What was kept alive for it goes, which may run destructors.
pub(super) fn forget() {
    drop(MEMORY.take());
    deaths::forget();
    generators::forget();
    given::forget();
    hooks::forget();
    imports::forget();
    unseen::forget();
    container::forget();
    outcome::forget();
}

/// Takes note of an owner, so that another one at its address is told apart.
pub(super) fn hold(owner: &Bound<'_, PyAny>) {
    let is_crowded = MEMORY.with_borrow_mut(|memory| {
        memory.hold(owner);
        memory.kept > KEPT
    });
    if is_crowded {
        let_go();
    }
}

/// Lets go of owners that nobody else has any more, which may run destructors.
pub(super) fn let_go() {
    let gone = MEMORY.with_borrow_mut(|memory| if memory.kept == 0 { Vec::new() } else { memory.let_go() });
    drop(gone);
}

thread_local! {
    /// What is about to be stored, where that is known and may have been changed in place.
    static STORED: RefCell<Option<Py<PyAny>>> = const { RefCell::new(None) };
}

/// Announces that something is about to be stored.
pub(super) fn storing(value: &Bound<'_, PyAny>, announce: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
    if is_immutable(value) {
        return announce();
    }
    STORED.set(Some(value.clone().unbind()));
    let announced = announce();
    STORED.take();
    announced
}

/// Announces an access, just before it is made.
pub(super) fn announce(how: How, written: &Place<'_>, site: u32) -> PyResult<()> {
    announce_after(how, written, site, sites::after(site))
}

/// Announces an access; of a whole container by somebody who is after this in it.
pub(super) fn announce_after(how: How, written: &Place<'_>, site: u32, after: After) -> PyResult<()> {
    announce_as(how, written, site, (after, sites::races(site)))
}

/// Announces that all of a container or an instance may be changed, by code that nobody has rewritten.
pub(super) fn announce_unsure(owner: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    announce_as(How::Write, &whole(owner), site, (After::Content, false))
}

fn announce_as(how: How, written: &Place<'_>, site: u32, (after, is_sure): (After, bool)) -> PyResult<()> {
    // Others may store something else before this is stored.
    let stored = STORED.take();
    let place = &where_kept(written);
    if let (Cow::Owned(Place::Item(..)), Place::Attribute(object, name)) = (place, written) {
        // Which dictionary it is has been read before.
        let pointer = Place::Attribute(object.clone(), intern!(name.py(), "__dict__").clone());
        announce(How::Read, &pointer, site)?;
    }
    let (py, owner) = (place.owner().py(), place.owner().as_ptr().addr());
    let member = if is_length(how, place, after) { LENGTH } else { place.member() };
    hold(place.owner());
    if how == How::Write && is_modules(place.owner()) && sites::races(site) {
        // Imports look there.
        unseen::changes_for_all(site);
    }
    if recording() {
        MEMORY.with_borrow_mut(|memory| {
            memory.places.entry((owner, member)).or_insert_with(|| place.keep());
        });
    }
    let is_stale = |read: u32| outcome::is_stale(py, site, read);
    let is_there = || stored.as_ref().is_some_and(|stored| hushed(|| place.holds(stored.bind(py))));
    let (is_new, shown) = (|| order::is_new(place), || order::shown(place, after));
    let order = match () {
        () if order::may_add(how, place) => Order::Adds(&is_new),
        () if order::may_show(place, after) => Order::Shows(&shown),
        () => Order::Kept,
    };
    operate(|| touch(&Touch { how, owner, member, site, is_stale: &is_stale, is_there: &is_there, order, is_sure }))?;
    match how {
        // What it sees is settled after its point.
        How::Read if sites::is_asked(site) => outcome::read(place, site),
        How::Read => {}
        How::Write => outcome::wrote(owner, member),
    }
    Ok(())
}

/// How many items a sequence has, apart from what they are: whoever stores another one in the place of one leaves it as it is.
const LENGTH: Member = Member::Key(u64::MAX);

/// Whether only that is asked for.
fn is_length(how: How, place: &Place<'_>, after: After) -> bool {
    let is_asked = how == How::Read && matches!(after, After::Truth | After::Length);
    is_asked && matches!(place, Place::Whole(whole) if Container::of(whole) == Some(Container::Sequence))
}

/// Whether it is the dictionary of all modules.
fn is_modules(object: &Bound<'_, PyAny>) -> bool {
    static MODULES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = object.py();
    let modules = MODULES.get_or_try_init(py, || py.import("sys")?.getattr("modules").map(Bound::unbind));
    modules.is_ok_and(|modules| modules.is(object))
}

/// A function of the standard library accesses what all share: an item of a dictionary, or something of an object's.
#[pyfunction]
pub(super) fn access(site: u32, owner: Bound<'_, PyAny>, key: Bound<'_, PyAny>, how: &str) -> PyResult<()> {
    if !is_wanted(site) {
        return Ok(());
    }
    let place = match key.cast_into::<PyString>() {
        Ok(name) => Place::Attribute(owner, name),
        Err(e) => Place::Item(owner, e.into_inner()),
    };
    announce(if how == "load" { How::Read } else { How::Write }, &place, site)?;
    if how == "steps" {
        blurs(site);
    }
    Ok(())
}

/// The owner at an address, if it is still alive.
pub(super) fn owner(py: Python<'_>, address: usize) -> Option<Bound<'_, PyAny>> {
    MEMORY.with_borrow(|memory| memory.owner(py, address))
}

/// The value at a location now, for a report.
pub(super) fn shown(owner: usize, member: Member) -> Option<String> {
    Python::attach(|py| {
        let place =
            MEMORY.with_borrow(|memory| memory.places.get(&(owner, member))?.place(memory.owner(py, owner)?))?;
        hushed(|| place.shown())
    })
}

/// The program has got hold of an instance's dictionary: its items are the instance's attributes.
pub(super) fn exposes(instance: &Bound<'_, PyAny>, dict: &Bound<'_, PyAny>) {
    // Any item of the dictionary may be stored under the attribute's name.
    sites::stores("");
    MEMORY.with_borrow_mut(|memory| {
        memory.hold(instance);
        memory.hold(dict);
        memory.instances.insert(dict.as_ptr().addr(), instance.as_ptr().addr());
    });
}

/// The instance whose dictionary this is, if the program has asked for that.
fn instance_of<'py>(dict: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    MEMORY.with_borrow(|memory| {
        let instance = memory.instances.get(&dict.as_ptr().addr())?;
        memory.owner(dict.py(), *instance)
    })
}

/// The place in the object that stands for it, however it is reached.
///
/// An instance stands for its dictionary. Where instances may share one, it is the dictionary that stands for them.
fn where_kept<'a, 'py>(place: &'a Place<'py>) -> Cow<'a, Place<'py>> {
    let other = match place {
        Place::Attribute(object, name) if sites::swaps_dicts() && name != "__dict__" => {
            own_dict(object, name).map(|dict| Place::Item(dict.into_any(), name.clone().into_any()))
        }
        Place::Item(container, key) if !sites::swaps_dicts() => through_instance(container, key),
        _ => None,
    };
    other.map_or(Cow::Borrowed(place), Cow::Owned)
}

/// An item of an instance's dictionary as the attribute that it is.
fn through_instance<'py>(container: &Bound<'py, PyAny>, key: &Bound<'py, PyAny>) -> Option<Place<'py>> {
    let (instance, name) = (instance_of(container)?, key.cast::<PyString>().ok()?);
    sites::stores(&name.to_string_lossy());
    Some(Place::Attribute(instance, name.clone()))
}

/// All of an instance's dictionary as all of the instance, or the other way round.
pub(super) fn whole<'py>(container: &Bound<'py, PyAny>) -> Place<'py> {
    if sites::swaps_dicts() {
        let dict = Container::of(container).is_none().then(|| instance_dict(container)).flatten();
        return Place::Whole(dict.map_or_else(|| container.clone(), Bound::into_any));
    }
    Place::Whole(instance_of(container).unwrap_or_else(|| container.clone()))
}
