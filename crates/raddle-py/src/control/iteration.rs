//! Iteration: every step of a loop over a container reads it, and other tasks may change it between two steps.
//!
//! The rewriter hands the iterables of loops, comprehensions and generator expressions to a hook. Where one leads to a container that
//! can change (itself, a view of a dictionary, an iterator of the interpreter's own such as `enumerate(items)`), the loop gets an
//! iterator that announces a read before each step; anything else stays as it is.
//! What walks through a container in C without running Python code (`list(d)`, `sum(items)`) is one read: nobody can come in between.

use super::access::{announce, hushed, is_wanted, whole};
use super::container::{Code, Container, behind, code_of, is_immutable};
use super::function::is_function;
use super::generators::{self, Entered};
use super::memory::{announce_walk, is_memory};
use super::place::class_attribute;
use crate::error;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyIterator, PyList, PyString, PyTuple, PyType};
use raddle::engine::explore::{How, at_once, moment};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The classes of the interpreter's own iterators that keep to containers, and the function that tells what an object refers to.
struct Iterators {
    classes: Vec<Py<PyType>>,
    /// Those that keep to nothing that can change.
    others: Vec<Py<PyType>>,
    generators: Vec<Py<PyType>>,
    referents: Py<PyAny>,
}

static ITERATORS: PyOnceLock<Iterators> = PyOnceLock::new();

/// Iterators in iterators are followed so deep.
const DEPTH: usize = 8;

/// Takes note of the classes of iterators behind which there may be containers.
#[pyfunction]
pub(super) fn keep_iterators(
    classes: Vec<Py<PyType>>,
    others: Vec<Py<PyType>>,
    generators: Vec<Py<PyType>>,
    referents: Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = referents.py();
    ITERATORS
        .set(py, Iterators { classes, others, generators, referents: referents.unbind() })
        .map_err(|_| error::runtime("the iterators were noted before"))
}

/// The interpreter's own containers that reading `object` reads: itself, what it is a view of, what it iterates over.
pub(super) fn containers<'py>(object: &Bound<'py, PyAny>, found: &mut Vec<Bound<'py, PyAny>>) -> PyResult<()> {
    collect(object, found, DEPTH)
}

fn collect<'py>(object: &Bound<'py, PyAny>, found: &mut Vec<Bound<'py, PyAny>>, depth: usize) -> PyResult<()> {
    if is_immutable(object) {
        return Ok(());
    }
    let behind = behind(object);
    if behind.sort().is_some() {
        let is_unseen =
            |object: &Bound<'py, PyAny>| code_of(object, intern!(object.py(), "__iter__")) != Code::Rewritten;
        let is_stream = behind.sort() == Some(Container::Stream);
        if is_unseen(object) {
            found.extend(behind.containers().into_iter().filter(|container| is_unseen(container)));
        }
        if is_stream && depth > 0 {
            // What a reader of rows gets its lines from.
            let sources = referents(object)?;
            sources
                .iter()
                .filter(|source| is_known_iterator(source))
                .try_for_each(|source| collect(source, found, depth - 1))?;
        }
        return Ok(());
    }
    if let Some(container) = walked_by(object) {
        return collect(&container, found, depth);
    }
    if !is_known_iterator(object) || depth == 0 {
        return Ok(());
    }
    let class = object.get_type().name()?;
    let is_chain = class == "chain";
    // What it has got last is none of what it walks through.
    let keeps_items = ["_grouper", "accumulate", "groupby", "pairwise"].iter().any(|keeper| class == *keeper);
    let referents = referents(object)?;
    for (place, referent) in referents.iter().enumerate().filter(|(_, it)| !keeps_items || is_known_iterator(it)) {
        let Ok(parts) = referent.cast_exact::<PyTuple>() else {
            collect(referent, found, depth - 1)?;
            if is_chain && place + 1 == referents.len() && is_known_iterator(referent) {
                collect_links(referent, found, depth - 1)?;
            }
            continue;
        };
        // What several iterators are walked through with, or what `chain` goes through; the other tuples are results.
        let is_source = class == "tuple_iterator";
        for part in parts {
            if is_source || is_known_iterator(&part) {
                collect(&part, found, depth - 1)?;
            }
        }
    }
    Ok(())
}

/// What is in what a chain gets its links from: each of them is walked through.
fn collect_links<'py>(links: &Bound<'py, PyAny>, found: &mut Vec<Bound<'py, PyAny>>, depth: usize) -> PyResult<()> {
    if links.get_type().name()? == "tuple_iterator" {
        // They were all found.
        return Ok(());
    }
    let mut sources = Vec::new();
    collect(links, &mut sources, depth)?;
    for source in sources {
        let links: Vec<_> = hushed(|| source.try_iter()?.collect::<PyResult<_>>())?;
        links.iter().try_for_each(|link| collect(link, found, depth))?;
    }
    Ok(())
}

/// The weak container that a generator of its own walks through.
fn walked_by<'py>(object: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let py = object.py();
    let frame = is_generator(object).then(|| object.getattr(intern!(py, "gi_frame")).ok())??;
    let module = frame.getattr(intern!(py, "f_globals")).ok()?.get_item(intern!(py, "__name__")).ok()?;
    let is_weak = module.cast::<PyString>().is_ok_and(|module| module == "weakref");
    is_weak.then(|| frame.getattr(intern!(py, "f_locals")).ok()?.get_item(intern!(py, "self")).ok())?
}

/// The iterators that an iterator goes on with, as far as somebody else may have them: if it is shared itself, they are.
fn inner_iterators<'py>(
    object: &Bound<'py, PyAny>,
    found: &mut Vec<Bound<'py, PyAny>>,
    (is_shared, depth): (bool, usize),
) -> PyResult<()> {
    if !is_known_iterator(object) || depth == 0 {
        return Ok(());
    }
    for referent in referents(object)? {
        let parts = match referent.cast_exact::<PyTuple>() {
            Ok(parts) => parts.iter().collect(),
            Err(_) => vec![referent],
        };
        for part in parts.into_iter().filter(is_iterator) {
            // SAFETY: a live object. One reference is ours, and one the iterator's.
            let is_shared = is_shared || unsafe { ffi::Py_REFCNT(part.as_ptr()) } > 2;
            inner_iterators(&part, found, (is_shared, depth - 1))?;
            if is_shared {
                found.push(part);
            }
        }
    }
    Ok(())
}

/// What an object refers to.
pub(super) fn referents<'py>(object: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    let py = object.py();
    let Some(iterators) = ITERATORS.get(py) else { return Ok(Vec::new()) };
    let found = iterators.referents.bind(py).call1((object,))?;
    Ok(found.cast::<PyList>()?.iter().collect())
}

fn is_known_iterator(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    ITERATORS.get(object.py()).is_some_and(|known| known.classes.iter().any(|known| known.is(&class)))
}

/// Whether somebody else may have the object that a hook was given.
fn is_shared(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a live object. If nobody but the caller of the hook has a reference, nobody else can have the object.
    unsafe { ffi::Py_REFCNT(object.as_ptr()) > 1 }
}

/// Whether it runs code of its own at each step.
pub(super) fn is_generator(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    ITERATORS.get(object.py()).is_some_and(|known| known.generators.iter().any(|known| known.is(&class)))
}

/// Whether it is one of the interpreter's own iterators, or a generator: a step changes it.
pub(super) fn is_iterator(object: &Bound<'_, PyAny>) -> bool {
    let class = object.get_type();
    let known = || ITERATORS.get(object.py()).is_some_and(|known| known.others.iter().any(|known| known.is(&class)));
    is_known_iterator(object) || is_generator(object) || known()
}

/// Announces that an iterator goes on, if somebody else may have it, and those that it goes on with.
pub(super) fn advance(iterator: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    let mut found = Vec::new();
    let is_shared = is_shared(iterator);
    inner_iterators(iterator, &mut found, (is_shared, DEPTH))?;
    if is_shared {
        found.push(iterator.clone());
    }
    let _entered = enter(found.iter().map(|iterator| (iterator, site)))?;
    found.iter().try_for_each(|iterator| read(iterator, site))?;
    begin(found.iter());
    Ok(())
}

/// Enters the generators among what is about to go on.
fn enter<'a>(iterators: impl Iterator<Item = (&'a Bound<'a, PyAny>, u32)>) -> PyResult<Entered> {
    let mut entered = Entered::default();
    for (generator, site) in iterators.filter(|(iterator, _)| is_generator(iterator)) {
        entered.enter(generator, site)?;
    }
    Ok(entered)
}

/// Takes note of the generators among what goes on, once nobody can come in between any more.
fn begin<'a>(iterators: impl Iterator<Item = &'a Bound<'a, PyAny>>) {
    iterators.filter(|iterator| is_generator(iterator)).for_each(generators::begins);
}

/// When the iterator itself is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// In one go with the first step: nobody can come in between.
    AtTheFirstStep,
    /// Before, and others can come in between: a generator expression's.
    Now,
}

/// What a loop over `iterable` walks through: an iterator that announces each step, or `iterable` itself where nothing is to be announced.
pub(super) fn steps<'py>(iterable: &Bound<'py, PyAny>, sites: &[u32], begin: Begin) -> PyResult<Bound<'py, PyAny>> {
    let py = iterable.py();
    if is_memory(iterable) {
        let walked = sites.first().copied().filter(|site| is_wanted(*site));
        walked.map_or(Ok(()), |site| announce_walk(iterable, site))?;
        return Ok(iterable.clone());
    }
    let mut found = Vec::new();
    containers(iterable, &mut found)?;
    let moves = is_shared(iterable) && is_iterator(iterable);
    inner_iterators(iterable, &mut found, (moves, DEPTH))?;
    let is_generator = moves && is_generator(iterable);
    if moves {
        found.push(iterable.clone());
    }
    let (iterable, begun) = if found.is_empty() {
        // The user's own code may return an iterator of a container.
        let name = intern!(py, "__iter__");
        if !class_attribute(&iterable.get_type(), name).is_some_and(|found| is_function(&found)) {
            return Ok(iterable.clone());
        }
        let iterator = iterable.try_iter()?;
        containers(iterator.as_any(), &mut found)?;
        if found.is_empty() && !asks_again(&iterator) {
            return Ok(iterator.into_any());
        }
        (iterator.clone().into_any(), Some(iterator))
    } else if begin == Begin::Now {
        if !moves && !is_known_iterator(iterable) && !iterable.is_exact_instance_of::<PyList>() {
            // Its size is looked at.
            found.iter().zip(spread(sites)).try_for_each(|(container, site)| read(container, site))?;
        }
        (iterable.clone(), Some(iterable.try_iter()?))
    } else {
        (iterable.clone(), None)
    };
    let iterator = begun.map_or_else(OnceLock::new, |begun| OnceLock::from(begun.unbind()));
    let read = found.into_iter().map(Bound::unbind).zip(spread(sites)).collect();
    let steps = Steps { iterable: iterable.unbind(), iterator, read, is_generator, seen: AtomicU64::new(NEVER) };
    Ok(Bound::new(py, steps)?.into_any())
}

/// Whether asking an iterator for its iterator runs code of the user's, which plain Python does not do a second time.
fn asks_again(iterator: &Bound<'_, PyIterator>) -> bool {
    let name = intern!(iterator.py(), "__iter__");
    class_attribute(&iterator.get_type(), name).is_none_or(|found| is_function(&found))
}

/// The sites for any number of containers: the last one stands for those that have none.
fn spread(sites: &[u32]) -> impl Iterator<Item = u32> {
    let last = sites.last().copied().into_iter().cycle();
    sites.iter().copied().chain(last)
}

/// Announces that a step reads a container, or moves a stream or an iterator on.
fn read(container: &Bound<'_, PyAny>, site: u32) -> PyResult<()> {
    let how = match Container::of(container) {
        Some(Container::Stream) | None => How::Write,
        Some(_) => How::Read,
    };
    if is_wanted(site) { announce(how, &whole(container), site) } else { Ok(()) }
}

/// No moment.
const NEVER: u64 = u64::MAX;

/// An iterator that announces each step.
#[pyclass(frozen, module = "builtins", name = "iterator")]
struct Steps {
    iterable: Py<PyAny>,
    /// Made from it.
    iterator: OnceLock<Py<PyIterator>>,
    /// What each step reads, with the sites of the reads.
    read: Vec<(Py<PyAny>, u32)>,
    is_generator: bool,
    /// The moment of the last read that was announced.
    seen: AtomicU64,
}

impl Steps {
    fn iterator<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyIterator>> {
        if let Some(made) = self.iterator.get() {
            return Ok(made.bind(py));
        }
        let made = self.iterable.bind(py).try_iter()?.unbind();
        Ok(self.iterator.get_or_init(|| made).bind(py))
    }

    fn moment(&self) -> u64 {
        let mut moments = self.read.iter().map(|(_, site)| moment(*site));
        let first = moments.next().flatten();
        first.filter(|_| moments.all(|moment| moment.is_some())).unwrap_or(NEVER)
    }

    fn announce(&self, py: Python<'_>) -> PyResult<()> {
        if !self.read.iter().any(|(_, site)| is_wanted(*site)) {
            return Ok(());
        }
        let _entered = enter(self.read.iter().map(|(container, site)| (container.bind(py), *site)))?;
        let _at_once = at_once();
        // Relaxed: the tasks of a run share a thread.
        let now = self.moment();
        if now == NEVER || now != self.seen.load(Relaxed) {
            self.read.iter().try_for_each(|(container, site)| read(container.bind(py), *site))?;
            self.seen.store(self.moment(), Relaxed);
        }
        begin(self.read.iter().map(|(container, _)| container.bind(py)));
        Ok(())
    }
}

#[pymethods]
impl Steps {
    fn __iter__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.announce(py)?;
        let iterator = self.iterator(py)?;
        if self.is_generator || self.read.is_empty() {
            // An iterator of the user's: what it says with its end is handed on.
            let next = iterator.get_type().getattr(intern!(py, "__next__"))?;
            return next.call1((iterator,)).map(Some);
        }
        iterator.clone().next().transpose()
    }

    fn __length_hint__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.iterator(py)?.call_method0(intern!(py, "__length_hint__"))
    }

    fn __getattr__<'py>(&self, name: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        self.iterator(name.py())?.getattr(name)
    }

    fn __traverse__(&self, visit: pyo3::PyVisit<'_>) -> Result<(), pyo3::PyTraverseError> {
        visit.call(&self.iterable)?;
        self.iterator.get().map_or(Ok(()), |iterator| visit.call(iterator))?;
        self.read.iter().try_for_each(|(container, _)| visit.call(container))
    }
}
