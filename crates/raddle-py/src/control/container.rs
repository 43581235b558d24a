//! The interpreter's own containers, what keeps its items in one, and who may change them.

use super::access::AddressHasher;
use super::function::is_function;
use super::iteration::referents;
use super::place::{class_attribute, is_heap_type, plain_attribute};
use super::{sites, tasks};
use crate::error;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyByteArray, PyCFunction, PyDict, PyFrozenSet, PyList, PyMappingProxy, PySet, PyString, PyTuple, PyType,
    PyWeakrefReference,
};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::OnceLock;

/// How a container's items are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// By key: `dict`, `OrderedDict`, `defaultdict`, `Counter`.
    Dict,
    /// By themselves.
    Set,
    /// By index: `list`, `deque`, `bytearray`, `array`.
    Sequence,
    /// Not at all: what is read and written in one place, which moves on (`StringIO`, `BytesIO`, files), and what else keeps to
    /// itself what it holds: a hash, a generator of random numbers.
    Stream,
}

impl Container {
    /// What sort of container it is, if it is one of the interpreter's that can change.
    pub(super) fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
        match () {
            () if object.is_instance_of::<PyDict>() => Some(Container::Dict),
            () if object.is_instance_of::<PyList>() => Some(Container::Sequence),
            () if object.is_instance_of::<PySet>() => Some(Container::Set),
            () if object.is_instance_of::<PyByteArray>() => Some(Container::Sequence),
            () => of_library(object),
        }
    }
}

/// What the standard library's own classes are, whose modules give them away at the start.
static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

struct Classes {
    sequences: Vec<Py<PyType>>,
    streams: Vec<Py<PyType>>,
    files: Vec<Py<PyType>>,
    wrappers: Vec<Wrapper>,
}

/// What is known of classes, by their addresses; they are kept.
type Sorts = HashMap<usize, (Py<PyType>, Option<Container>), BuildHasherDefault<AddressHasher>>;

thread_local! {
    /// What an execution has learned.
    static SORTS: RefCell<Sorts> = RefCell::default();
}

/// Forgets the classes of an execution that is over.
pub(super) fn forget() {
    SORTS.take();
}

/// A class of the standard library, written in Python, whose instances keep what they hold in a container.
struct Wrapper {
    class: Py<PyType>,
    /// The attribute that the container is.
    attribute: Py<PyString>,
    keys: Keys,
}

/// Under what an item is kept that is asked for under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keys {
    /// Under that.
    Plain,
    /// Under a weak reference to it.
    Weak,
    /// Under what the instance's `encodekey` makes of it.
    Encoded,
    /// Under that, in the first of several containers that has it; a new one goes into the first.
    Chained,
}

/// The names of the classes that keep to themselves what they hold, in modules that are not imported for this; `module.*` for all.
static OPAQUE: OnceLock<HashSet<String>> = OnceLock::new();

/// Takes note of classes that keep to themselves what they hold, and of attributes of theirs that their methods store.
#[pyfunction]
pub(super) fn keep_opaque(classes: HashSet<String>, stored: HashSet<String>) -> PyResult<()> {
    stored.iter().for_each(|name| sites::stores(name));
    OPAQUE.set(classes).map_err(|_| error::runtime("the classes were noted before"))
}

/// Takes note of the standard library's classes: what is like a list, what is like a stream, and what keeps its items elsewhere.
#[pyfunction]
pub(super) fn keep_classes(
    py: Python<'_>,
    sequences: Vec<Py<PyType>>,
    streams: Vec<Py<PyType>>,
    files: Vec<Py<PyType>>,
    wrappers: Vec<(Py<PyType>, Py<PyString>, String)>,
) -> PyResult<()> {
    let wrapper = |(class, attribute, keys): (_, _, String)| {
        let keys = match keys.as_str() {
            "weak" => Keys::Weak,
            "encoded" => Keys::Encoded,
            "chained" => Keys::Chained,
            _ => Keys::Plain,
        };
        Wrapper { class, attribute, keys }
    };
    let wrappers = wrappers.into_iter().map(wrapper).collect();
    CLASSES
        .set(py, Classes { sequences, streams, files, wrappers })
        .map_err(|_| error::runtime("the classes were noted before"))
}

fn of_library(object: &Bound<'_, PyAny>) -> Option<Container> {
    let class = object.get_type();
    let address = class.as_ptr().addr();
    if let Some(known) = SORTS.with_borrow(|sorts| sorts.get(&address).map(|(_, sort)| *sort)) {
        return known;
    }
    let sort = sort_of(&class);
    if tasks::execution().is_some() {
        SORTS.with_borrow_mut(|sorts| sorts.insert(address, (class.unbind(), sort)));
    }
    sort
}

pub(super) fn sort_of(class: &Bound<'_, PyType>) -> Option<Container> {
    let classes = CLASSES.get(class.py())?;
    match () {
        () if classes.sequences.iter().any(|known| is_below(class, known)) => Some(Container::Sequence),
        () if classes.streams.iter().any(|known| is_below(class, known)) => Some(Container::Stream),
        () if classes.files.iter().any(|known| known.is(class)) => Some(Container::Stream),
        () if class.mro().iter().any(|base| is_opaque(&base)) => Some(Container::Stream),
        () if is_array(class) => Some(Container::Sequence),
        () => None,
    }
}

/// Whether a class is one of the standard library's that keep to themselves what they hold.
fn is_opaque(class: &Bound<'_, PyAny>) -> bool {
    let Some(known) = OPAQUE.get() else { return false };
    let text = |name: &Bound<'_, PyString>| class.getattr(name).ok()?.extract::<String>().ok();
    let Some(module) = text(intern!(class.py(), "__module__")) else { return false };
    let named =
        text(intern!(class.py(), "__qualname__")).is_some_and(|name| known.contains(&format!("{module}.{name}")));
    named || known.contains(&format!("{module}.*"))
}

/// Whether a class is another, or a subclass of it; a class's own idea of that is not asked for.
pub(super) fn is_below(class: &Bound<'_, PyType>, other: &Py<PyType>) -> bool {
    // SAFETY: both are classes; the thread is attached, as the first argument shows.
    unsafe { ffi::PyType_IsSubtype(class.as_type_ptr(), other.as_ptr().cast()) != 0 }
}

/// An `array.array`: the module is not imported for this.
fn is_array(class: &Bound<'_, PyType>) -> bool {
    static ARRAY: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = class.py();
    let known = ARRAY.get(py).or_else(|| {
        let modules = py.import(intern!(py, "sys")).ok()?.getattr(intern!(py, "modules")).ok()?;
        let module = modules.cast::<PyDict>().ok()?.get_item(intern!(py, "array")).ok()??;
        let found: Bound<'_, PyType> = module.getattr(intern!(py, "array")).ok()?.cast_into().ok()?;
        Some(ARRAY.get_or_init(py, || found.unbind()))
    });
    known.is_some_and(|known| is_below(class, known))
}

/// A view, or an instance of a class written in Python, as what it really reads and changes.
#[derive(Debug)]
pub(super) struct Behind<'py> {
    containers: Vec<Bound<'py, PyAny>>,
    keys: Option<Keys>,
}

/// What never changes: `str`, `int`, `tuple`, `range`, …
pub(super) fn is_immutable(object: &Bound<'_, PyAny>) -> bool {
    object.is_none()
        || object.is_instance_of::<pyo3::types::PyInt>()
        || object.is_instance_of::<PyString>()
        || object.is_instance_of::<pyo3::types::PyFloat>()
        || object.is_instance_of::<PyTuple>()
        || object.is_instance_of::<PyFrozenSet>()
        || object.is_instance_of::<pyo3::types::PyBytes>()
        || object.is_instance_of::<pyo3::types::PyRange>()
}

/// Writers of writers are followed so deep.
const DEPTH: usize = 3;

/// The stream that another one reads or writes by a method of it: what a `csv.writer` or a `Pickler` moves on.
fn end_of<'py>(stream: Bound<'py, PyAny>, depth: usize) -> Bound<'py, PyAny> {
    let class = stream.get_type();
    if depth == 0 || !class.mro().iter().any(|base| is_opaque(&base)) {
        return stream;
    }
    let end = |found: &Bound<'py, PyAny>| {
        let method = found.cast::<PyCFunction>().ok();
        let end = method.map_or_else(|| Ok(found.clone()), |method| method.getattr(intern!(method.py(), "__self__")));
        // The parts of an element are elements.
        end.ok().filter(|end| !end.get_type().is(&class) && Container::of(end) == Some(Container::Stream))
    };
    match referents(&stream).unwrap_or_default().iter().find_map(end) {
        Some(next) => end_of(next, depth - 1),
        None => stream,
    }
}

/// What keeps the items of an object that is no container itself, if there is such a thing.
fn wrapped<'py>(object: &Bound<'py, PyAny>) -> Option<(Keys, Bound<'py, PyAny>)> {
    let py = object.py();
    let class = object.get_type();
    if !is_heap_type(&class) {
        return None;
    }
    let wrapper = CLASSES.get(py)?.wrappers.iter().find(|wrapper| is_below(&class, &wrapper.class))?;
    Some((wrapper.keys, plain_attribute(object, wrapper.attribute.bind(py))?))
}

/// The interpreter's own containers that an object's items are in: itself, what it is a view of, what it keeps them in.
pub(super) fn behind<'py>(object: &Bound<'py, PyAny>) -> Behind<'py> {
    let container = behind_view(object);
    if let Some(sort) = Container::of(&container) {
        let container = if sort == Container::Stream { end_of(container, DEPTH) } else { container };
        return Behind { containers: vec![container], keys: None };
    }
    match wrapped(object) {
        Some((Keys::Chained, chain)) => {
            let links = chain.cast::<PyList>().map_or_else(|_| Vec::new(), |chain| chain.iter().collect());
            let mut containers: Vec<_> = links.iter().flat_map(|link| behind(link).containers).collect();
            // Which links there are is read, too.
            containers.push(chain);
            Behind { containers, keys: Some(Keys::Chained) }
        }
        Some((keys, found)) => Behind { containers: behind(&found).containers, keys: Some(keys) },
        None => Behind { containers: Vec::new(), keys: None },
    }
}

impl<'py> Behind<'py> {
    pub(super) fn containers(self) -> Vec<Bound<'py, PyAny>> {
        self.containers
    }

    /// What sort of container it is, if there is one.
    pub(super) fn sort(&self) -> Option<Container> {
        Container::of(self.containers.first()?)
    }

    /// Whether the object keeps its items elsewhere.
    pub(super) fn is_wrapper(&self) -> bool {
        self.keys.is_some()
    }

    /// The containers that an access of one item asks, with the key under which each has it; a writer asks the first alone.
    pub(super) fn items(
        self,
        object: &Bound<'py, PyAny>,
        key: &Bound<'py, PyAny>,
        writes: bool,
    ) -> Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let py = object.py();
        let kept = match self.keys {
            Some(Keys::Weak) => PyWeakrefReference::new(key).ok().map(Bound::into_any),
            Some(Keys::Encoded) => object.call_method1(intern!(py, "encodekey"), (key,)).ok(),
            _ => None,
        };
        let kept = kept.unwrap_or_else(|| key.clone());
        let mut asked = Vec::new();
        let mut containers = self.containers;
        let links = if self.keys == Some(Keys::Chained) && !writes { containers.pop() } else { None };
        let last = containers.len().saturating_sub(1);
        for (place, container) in containers.into_iter().enumerate() {
            let is_last = writes || place == last || container.contains(&kept).unwrap_or(true);
            asked.push((container, kept.clone()));
            if is_last {
                break;
            }
        }
        asked.extend(links.map(|links| (links, kept)));
        asked
    }
}

/// The dictionary that a read-only proxy stands for (`types.MappingProxyType(d)`, a class's `__dict__`), or the object itself.
pub(super) fn behind_proxy<'py>(object: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    if !object.is_exact_instance_of::<PyMappingProxy>() {
        return object.clone();
    }
    let referents = referents(object).unwrap_or_default();
    referents.into_iter().find(|found| found.is_instance_of::<PyDict>()).unwrap_or_else(|| object.clone())
}

/// The dictionary that a view of one (`d.items()`) or a proxy looks into, or the object itself.
fn behind_view<'py>(object: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
    let py = object.py();
    let object = &behind_proxy(object);
    let is_view = object.is_instance_of::<pyo3::types::PyDictKeys>()
        || object.is_instance_of::<pyo3::types::PyDictValues>()
        || object.is_instance_of::<pyo3::types::PyDictItems>();
    let mapping = is_view.then(|| object.getattr(intern!(py, "mapping")).ok()).flatten();
    // A read-only proxy of the dictionary, which gives away what it stands for only by a method that copies nothing.
    mapping.and_then(|proxy| dict_of_proxy(&proxy)).unwrap_or_else(|| object.clone())
}

fn dict_of_proxy<'py>(proxy: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    // `proxy | x` asks the dictionary itself: an object whose `__ror__` returns its argument gets hold of it.
    let catcher = Bound::new(proxy.py(), Catcher).ok()?;
    proxy.bitor(catcher).ok()
}

#[pyclass(frozen)]
struct Catcher;

#[pymethods]
impl Catcher {
    fn __ror__<'py>(&self, other: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        other.clone()
    }
}

/// Whose code a special method of an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// There is none.
    Missing,
    /// Compiled code, or Python code that was not rewritten: it announces nothing.
    Unseen,
    /// The user's own, rewritten: it announces its accesses itself.
    Rewritten,
}

/// Whose code `type(object).name` is.
pub(super) fn code_of<'py>(object: &Bound<'py, PyAny>, name: &Bound<'py, PyString>) -> Code {
    let Some(found) = class_attribute(&object.get_type(), name) else { return Code::Missing };
    if is_function(&found) && super::frames::is_users(&found) { Code::Rewritten } else { Code::Unseen }
}
