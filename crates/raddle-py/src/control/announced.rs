//! Functions of the interpreter's own that announce what they do when they are called: `items.append`, wherever it is called,
//! `setattr` under another name, a getter that was made earlier.

use super::access::{announce, is_wanted, whole};
use super::container::{Code, Container, behind, code_of};
use super::deep::{announce_deep, compares_in_python};
use super::frames;
use super::function::is_function;
use super::generators;
use super::given::{Treatment, announce_given, is_reader, runs_own, treatment};
use super::hook::Args;
use super::hooks::{
    Result, announce_access, announce_attribute, announce_item, announce_items, announce_load, announce_made,
    announce_search, announce_whole, consume, method_of, read_after,
};
use super::iteration::{Begin, is_generator, is_iterator, steps};
use super::place::{class_attribute, is_heap_type, plain_attribute};
use super::sites::{self, After};
use super::unseen::{blurs, hands_over};
use super::{memory, tasks};
use crate::error;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyTuple, PyType, PyWeakrefReference};
use raddle::engine::explore::{How, at_once};

/// Functions, and a method, that compare items by what a function makes of them.
const COMPARERS: [&str; 4] = ["max", "min", "sort", "sorted"];

/// What the interpreter's own functions do to their first argument, as the method that does the same; "" reads what is in it, too.
static FUNCTIONS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();

/// Takes note of functions that access what they are given.
#[pyfunction]
pub(super) fn keep_functions(functions: Bound<'_, PyDict>) -> PyResult<()> {
    let py = functions.py();
    FUNCTIONS.set(py, functions.unbind()).map_err(|_| error::runtime("the functions were noted before"))
}

/// A function that the program gets hold of, and may call where nobody knows what it is.
pub(super) fn function<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    announcing(args.get(0), site)
}

/// A function that code from elsewhere is about to call, to compare what it returns.
pub(super) fn handed<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    ranking(args.get(0), site)
}

/// What announces what a key function reads, and that what it returns is compared.
fn ranking<'py>(key: &Bound<'py, PyAny>, site: u32) -> Result<'py> {
    if !key.is_callable() {
        return Ok(key.clone());
    }
    let key = plain(key).unwrap_or_else(|| key.clone());
    Announced::made(&calling(&key, site)?, Does::Ranks, site)
}

/// What is about to be called, or what announces what that does with what it is given.
pub(super) fn called<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    calling(args.get(0), site)
}

/// What is kept, to be called with something later; a class stays itself, whoever asks for it.
pub(super) fn target<'py>(args: &Args<'_, 'py>, site: u32) -> Result<'py> {
    let found = args.get(0);
    if found.is_instance_of::<PyType>() { Ok(found.clone()) } else { calling(found, site) }
}

/// A callable, or what announces what it does with what it is given, wherever it is called.
pub(super) fn calling<'py>(found: &Bound<'py, PyAny>, site: u32) -> Result<'py> {
    if is_function(found) {
        return given_to(found.clone(), site);
    }
    let announcing = announcing(found, site)?;
    let is_told = match announcing.cast::<Announced>() {
        Ok(announced) => !announced.get().asks_arguments(found.py()),
        Err(_) => false,
    };
    if is_told { Ok(announcing) } else { given_to(announcing, site) }
}

/// What stands behind a callable that announces what it does.
pub(super) fn plain<'py>(callable: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let announced = callable.cast::<Announced>().ok()?;
    Some(announced.get().method.bind(callable.py()).clone())
}

/// The callable itself, or what announces what it does with what it is given.
pub(super) fn given_to<'py>(found: Bound<'py, PyAny>, site: u32) -> Result<'py> {
    // Of what is no callable as others are, nobody knows what it does.
    match treatment(&found).unwrap_or(Some(Treatment::Uses)) {
        Some(treatment) => Announced::made(&found, Does::With(treatment), site),
        None => Ok(found),
    }
}

/// The function itself, or what announces its accesses.
fn announcing<'py>(found: &Bound<'py, PyAny>, site: u32) -> Result<'py> {
    let py = found.py();
    let known = || FUNCTIONS.get(py).map(|known| known.bind(py).get_item(found)).transpose().map(Option::flatten);
    if found.is_instance_of::<PyWeakrefReference>() {
        return Announced::to(found, Some(found), intern!(py, "__call__"), site);
    }
    if found.is_instance_of::<PyType>() {
        return known()?.map_or_else(|| Ok(found.clone()), |name| Announced::to(found, None, name.cast()?, site));
    }
    let class = found.get_type();
    if is_heap_type(&class) && class.module()? != "operator" {
        return Ok(found.clone());
    }
    match &*class.name()?.to_string_lossy() {
        "attrgetter" | "itemgetter" => {
            let (_, asked) = made_from(found)?;
            Announced::made(found, Does::Gets(asked.unbind()), site)
        }
        "methodcaller" => {
            let (maker, given) = made_from(found)?;
            let (name, args, kwargs) = match maker.getattr(intern!(py, "keywords")) {
                // With arguments by name, it is made by a `partial` that has the method's name.
                Ok(named) => {
                    (maker.getattr(intern!(py, "args"))?.get_item(0)?, given, Some(named.cast_into()?.unbind()))
                }
                Err(_) => (given.get_item(0)?, given.get_slice(1, given.len()), None),
            };
            let does = Does::Named { name: name.cast_into()?.unbind(), args: args.unbind(), kwargs };
            Announced::made(found, does, site)
        }
        "method_descriptor" | "wrapper_descriptor" => Announced::to(found, None, &name_of(found)?, site),
        class @ ("builtin_function_or_method" | "builtin_method" | "method-wrapper") => {
            if let Some(name) = known()? {
                return Announced::to(found, None, name.cast()?, site);
            }
            match bound_to(found).filter(|receiver| is_accessed(receiver, class == "method-wrapper")) {
                Some(receiver) => Announced::to(found, Some(&receiver), &name_of(found)?, site),
                None => Ok(found.clone()),
            }
        }
        _ => Ok(found.clone()),
    }
}

/// What makes a getter once more, and what that is given.
fn made_from<'py>(getter: &Bound<'py, PyAny>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
    getter.call_method0(intern!(getter.py(), "__reduce__"))?.extract()
}

/// Whether it does more with what it is given than to keep it, or to announce it with its items.
pub(super) fn is_stream(receiver: &Bound<'_, PyAny>) -> bool {
    behind(receiver).sort() == Some(Container::Stream)
}

/// Whether calling a special method of an object, or another one, accesses something.
fn is_accessed(receiver: &Bound<'_, PyAny>, is_special: bool) -> bool {
    is_special && (is_slot(receiver) || is_heap_type(&receiver.get_type())) || behind(receiver).sort().is_some()
}

/// Whether it is where the instances of a class keep an attribute.
fn is_slot(object: &Bound<'_, PyAny>) -> bool {
    object.get_type().name().is_ok_and(|name| name == "member_descriptor")
}

fn name_of<'py>(function: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    Ok(function.getattr(intern!(function.py(), "__name__"))?.cast_into()?)
}

/// What a method is bound to, if its code announces nothing.
pub(super) fn bound_to<'py>(method: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let py = method.py();
    let class = method.get_type().name().ok()?;
    let is_unseen = match &*class.to_string_lossy() {
        "builtin_function_or_method" | "builtin_method" | "method-wrapper" => true,
        "method" => {
            let function = method.getattr(intern!(py, "__func__")).ok()?;
            is_function(&function) && !frames::is_users(&function)
        }
        _ => false,
    };
    is_unseen.then(|| method.getattr(intern!(py, "__self__")).ok()).flatten()
}

/// A callable that announces what it does when it is called, after its arguments were evaluated.
#[pyclass(frozen, module = "builtins", name = "builtin_function_or_method")]
pub(super) struct Announced {
    method: Py<PyAny>,
    does: Does,
    site: u32,
}

/// What calling it does.
enum Does {
    /// What the method of this name does to the receiver, which is the first argument where there is none.
    To(Option<Py<PyAny>>, Py<PyString>),
    /// What the method of this name does that its argument has, with these arguments.
    Named { name: Py<PyString>, args: Py<PyTuple>, kwargs: Option<Py<PyDict>> },
    /// What has these names, or these keys, is read.
    Gets(Py<PyTuple>),
    /// What is done with the arguments.
    With(Treatment),
    /// What it says itself; what it returns is compared later.
    Ranks,
}

#[pymethods]
impl Announced {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__<'py>(&self, args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> Result<'py> {
        let py = args.py();
        let method = self.method.bind(py);
        let plain = method.cast::<Announced>().map_or(method, |inner| inner.get().method.bind(py));
        if !is_wanted(self.site) {
            return plain.call(args, kwargs);
        }
        if let Some((kwargs, key)) = kwargs.zip(self.key(kwargs)?) {
            return self.call_with_key(plain, args, kwargs, &key);
        }
        if matches!(self.does, Does::Ranks) {
            // What it reads is part of what calls it, as far as nobody can come in between.
            self.announce(args, kwargs)?;
            let returned = plain.call(args, kwargs)?;
            announce_deep(&returned, After::Ranking, self.site)?;
            hands_over(&returned, self.site);
            return Ok(returned);
        }
        let at_once = at_once();
        self.announce(args, kwargs)?;
        // What is called for each item belongs to what walks through them.
        let _at_once = self.is_mapped(args)?.then_some(at_once);
        plain.call(args, kwargs)
    }

    /// A class's method is bound as the plain one would be.
    fn __get__<'py>(
        this: &Bound<'py, Self>,
        object: &Bound<'py, PyAny>,
        class: Option<&Bound<'py, PyAny>>,
    ) -> Result<'py> {
        let py = object.py();
        let method = this.get().method.bind(py);
        if object.is_none() || !method.hasattr(intern!(py, "__get__"))? {
            return Ok(this.clone().into_any());
        }
        announcing(&method.call_method1(intern!(py, "__get__"), (object, class))?, this.get().site)
    }

    fn __copy__(this: Bound<'_, Self>) -> Bound<'_, Self> {
        this
    }

    fn __deepcopy__<'py>(this: Bound<'py, Self>, _known: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        this
    }

    /// It is pickled as the plain one.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyAny>,))> {
        Ok((py.import(intern!(py, "copy"))?.getattr(intern!(py, "copy"))?, (self.method.bind(py).clone(),)))
    }

    fn __getattr__<'py>(&self, name: &Bound<'py, PyString>) -> Result<'py> {
        self.method.bind(name.py()).getattr(name)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.method.bind(py).repr()?.to_string())
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = other.py();
        match other.cast::<Announced>() {
            Ok(other) => self.method.bind(py).eq(other.get().method.bind(py)),
            Err(_) => self.method.bind(py).eq(other),
        }
    }

    /// Whoever asks by `isinstance` is told what the plain one is.
    #[getter(__class__)]
    fn class<'py>(&self, py: Python<'py>) -> Bound<'py, PyType> {
        self.method.bind(py).get_type()
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.method.bind(py).hash()
    }
}

impl Announced {
    pub(super) fn to<'py>(
        method: &Bound<'py, PyAny>,
        receiver: Option<&Bound<'py, PyAny>>,
        name: &Bound<'py, PyString>,
        site: u32,
    ) -> Result<'py> {
        let receiver = receiver.map(|receiver| receiver.clone().unbind());
        Announced::made(method, Does::To(receiver, name.clone().unbind()), site)
    }

    fn made<'py>(method: &Bound<'py, PyAny>, does: Does, site: u32) -> Result<'py> {
        if tasks::execution().is_none() {
            return Ok(method.clone());
        }
        Ok(Bound::new(method.py(), Announced { method: method.clone().unbind(), does, site })?.into_any())
    }

    /// Whether it walks through items of which something is made while it does: `sum(map(attrgetter("n"), rows))`.
    fn is_mapped(&self, args: &Bound<'_, PyTuple>) -> PyResult<bool> {
        let Ok(walked) = args.get_item(0) else { return Ok(false) };
        Ok(matches!(self.does, Does::To(None, _)) && is_iterator(&walked) && !is_generator(&walked))
    }

    /// What items are compared by, if it compares any: `sorted(rows, key=attrgetter("n"))`.
    fn key<'py>(&self, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (Some(kwargs), Does::To(..)) = (kwargs, &self.does) else { return Ok(None) };
        let py = kwargs.py();
        let Some(key) = kwargs.get_item(intern!(py, "key"))?.filter(|key| !key.is_none()) else { return Ok(None) };
        let name = self.method.bind(py).getattr_opt(intern!(py, "__name__"))?;
        let compares = |name: Bound<'py, PyAny>| name.extract().is_ok_and(|name: String| COMPARERS.contains(&&*name));
        Ok(name.is_some_and(compares).then_some(key))
    }

    /// Compares items by a key function. If that is not the program's own, nobody comes in between.
    fn call_with_key<'py>(
        &self,
        plain: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
        key: &Bound<'py, PyAny>,
    ) -> Result<'py> {
        let py = args.py();
        let (is_own, name) = (runs_own(key)?, name_of(plain)?);
        let ranked = kwargs.copy()?;
        ranked.set_item(intern!(py, "key"), ranking(key, self.site)?)?;
        let at_once = at_once();
        let mut args = args.clone();
        if name == "sort" || args.len() == 1 {
            if is_own && (name == "max" || name == "min") {
                // It is called between one item and the next.
                args = PyTuple::new(py, [steps(&args.get_item(0)?, &[self.site], Begin::Now)?])?;
            } else {
                self.announce(&args, Some(kwargs))?;
            }
        }
        let _at_once = (!is_own).then_some(at_once);
        plain.call(args, Some(&ranked))
    }

    /// Whether it may do something with what it is given, besides what it does to its receiver.
    fn asks_arguments(&self, py: Python<'_>) -> bool {
        match &self.does {
            Does::To(receiver, name) => {
                is_reader(&name.bind(py).to_string_lossy(), py)
                    || receiver.as_ref().is_some_and(|receiver| is_stream(receiver.bind(py)))
            }
            Does::Named { .. } | Does::Gets(_) | Does::With(_) | Does::Ranks => false,
        }
    }

    fn announce(&self, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let py = args.py();
        let method = self.method.bind(py);
        match &self.does {
            Does::To(receiver, name) => self.announce_to(receiver.as_ref(), name.bind(py), args, kwargs)?,
            Does::Named { name, args: given, kwargs } => {
                let Ok(receiver) = args.get_item(0) else { return Ok(()) };
                let name = name.bind(py);
                if code_of(&receiver, name) != Code::Rewritten
                    && let Ok(called) = method_of(&receiver, name, self.site)
                    && let Ok(called) = called.cast::<Announced>()
                {
                    called.get().announce(given.bind(py), kwargs.as_ref().map(|named| named.bind(py)))?;
                }
            }
            Does::Gets(asked) => {
                let Ok(object) = args.get_item(0) else { return Ok(()) };
                let by_name = method.get_type().name()? == "attrgetter";
                asked.bind(py).iter().try_for_each(|asked| match asked.cast::<PyString>() {
                    Ok(path) if by_name => announce_path(&object, path, self.site),
                    _ => {
                        announce_item(How::Read, &object, &asked, self.site)?;
                        announce_made(&object, &asked, self.site)
                    }
                })?;
            }
            Does::With(treatment) => announce_given(method, *treatment, args, kwargs, self.site)?,
            Does::Ranks => {}
        }
        method.cast::<Announced>().map_or(Ok(()), |inner| inner.get().announce(args, kwargs))
    }

    fn announce_to(
        &self,
        bound: Option<&Py<PyAny>>,
        method: &Bound<'_, PyString>,
        args: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let py = args.py();
        let name = method.to_string_lossy();
        let mut given = args.iter();
        let Some(receiver) = bound.map(|receiver| receiver.bind(py).clone()).or_else(|| given.next()) else {
            return Ok(());
        };
        let receiver = &receiver;
        if let "__get__" | "__set__" | "__delete__" = &*name {
            let Some(object) = given.next().filter(|_| is_slot(receiver)) else { return Ok(()) };
            let attribute = name_of(receiver)?;
            let how = if name == "__get__" { How::Read } else { How::Write };
            if how == How::Write {
                sites::stores(&attribute.to_string_lossy());
            }
            return announce_attribute(how, &object, &attribute, self.site);
        }
        if let "__setattr__" | "__delattr__" | "__getattribute__" = &*name {
            let Some(attribute) = given.next() else { return Ok(()) };
            let Ok(attribute) = attribute.cast::<PyString>() else { return Ok(()) };
            if name == "__getattribute__" {
                return announce_load(receiver, attribute, self.site);
            }
            sites::stores(&attribute.to_string_lossy());
            return announce_attribute(How::Write, receiver, attribute, self.site);
        }
        match &*name {
            "" => return announce_deep(receiver, After::Copy, self.site),
            "__repr__" | "__str__" | "__format__" => return announce_deep(receiver, After::Text, self.site),
            "__iter__" | "__next__" if bound.is_none() => return consume(receiver, self.site),
            "all" | "any" if bound.is_none() => return read_after(receiver, After::Truths, self.site),
            "max" | "min" | "sorted" if bound.is_none() => {
                let after = match () {
                    () if self.key(kwargs)?.is_some() => After::Content,
                    () if args.len() == 1 => After::Sorted,
                    () => After::Ranking,
                };
                return args.iter().try_for_each(|compared| read_after(&compared, after, self.site));
            }
            _ if bound.is_none() && self.asks_the_class(receiver, method) => return Ok(()),
            _ => {}
        }
        if memory::is_memory(receiver) {
            return match (&*name, given.next()) {
                ("__getitem__", Some(key)) => memory::announce_item(How::Read, receiver, &key, self.site),
                ("__setitem__", Some(key)) => memory::announce_item(How::Write, receiver, &key, self.site),
                _ => memory::announce_all(How::Read, receiver, self.site),
            };
        }
        if receiver.is_instance_of::<PyWeakrefReference>() {
            return announce(How::Read, &whole(receiver), self.site);
        }
        if let "close" | "throw" = &*name
            && is_generator(receiver)
        {
            return generators::interrupt(receiver, self.site);
        }
        if is_iterator(receiver) {
            return consume(receiver, self.site);
        }
        let items = behind(receiver);
        let sort = items.sort();
        // What is done to one item only, where items are told apart by the first argument.
        let by_item = match sort {
            Some(Container::Dict) => matches!(
                &*name,
                "get" | "setdefault" | "pop" | "__getitem__" | "__setitem__" | "__delitem__" | "__contains__"
            ),
            Some(Container::Set) => matches!(&*name, "add" | "discard" | "remove" | "__contains__"),
            Some(Container::Sequence) => matches!(&*name, "__getitem__" | "__setitem__"),
            Some(Container::Stream) | None => false,
        };
        let how = if sites::writes(&name) { How::Write } else { How::Read };
        let compares = match sort {
            Some(Container::Sequence) if matches!(&*name, "__contains__" | "count" | "index") => true,
            sort => sort.is_some() && matches!(&*name, "__eq__" | "__ne__" | "__lt__" | "__le__" | "__gt__" | "__ge__"),
        };
        match given.next().filter(|_| by_item || compares) {
            Some(item) if compares => announce_search(receiver, &item, self.site)?,
            Some(key) if name == "__contains__" => {
                announce_items(items, receiver, &key, |place| announce(How::Read, place, self.site))?;
            }
            Some(key) => {
                announce_access(how, items, receiver, &key, self.site)?;
                if name == "__getitem__" {
                    announce_made(receiver, &key, self.site)?;
                }
            }
            None => {
                let containers = items.containers();
                let changed = if how == How::Write { 1 } else { containers.len() };
                containers
                    .iter()
                    .take(changed)
                    .try_for_each(|container| announce(how, &whole(container), self.site))?;
            }
        }
        if is_reader(&name, py) {
            // They were announced when they were evaluated, but are read only now.
            let mut given = args.iter().filter(|given| behind(given).sort().is_some());
            given.try_for_each(|given| announce_whole(How::Read, &given, self.site))?;
        }
        if is_several_steps(receiver, sort, &name, args, kwargs) {
            blurs(self.site);
        }
        Ok(())
    }

    /// Whether calling it runs code of the user's, which announces its accesses itself: `len` of a class that says how long it is.
    fn asks_the_class(&self, receiver: &Bound<'_, PyAny>, name: &Bound<'_, PyString>) -> bool {
        let py = receiver.py();
        let kind = self.method.bind(py).get_type();
        !kind.name().is_ok_and(|kind| kind == "method_descriptor" || kind == "wrapper_descriptor")
            && code_of(receiver, name) == Code::Rewritten
    }
}

/// Announces what `object.path` reads, from one dot to the next. Code of the program's own announces that itself.
fn announce_path(object: &Bound<'_, PyAny>, path: &Bound<'_, PyString>, site: u32) -> PyResult<()> {
    let path = path.to_string_lossy();
    let mut names = path.split('.').peekable();
    let mut holder = object.clone();
    while let Some(name) = names.next() {
        let name = PyString::new(object.py(), name);
        announce_load(&holder, &name, site)?;
        match plain_attribute(&holder, &name) {
            Some(found) => holder = found,
            None if names.peek().is_some() => {
                // Where the way goes on is not known.
                hands_over(&holder, site);
                break;
            }
            None => break,
        }
    }
    Ok(())
}

/// Whether a container's method runs Python code between its steps, in which others can come in between.
fn is_several_steps(
    receiver: &Bound<'_, PyAny>,
    sort: Option<Container>,
    name: &str,
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
) -> bool {
    let py = receiver.py();
    if name == "sort" {
        // Meanwhile the list is empty.
        let key = kwargs.and_then(|kwargs| kwargs.get_item(intern!(py, "key")).ok().flatten());
        return match key.filter(|key| !key.is_none()) {
            Some(key) => runs_own(&key).unwrap_or(true),
            None => compares_in_python(receiver, intern!(py, "__lt__")),
        };
    }
    if name == "remove" && sort == Some(Container::Sequence) {
        return compares_in_python(receiver, intern!(py, "__eq__"));
    }
    let in_python =
        || class_attribute(&receiver.get_type(), &PyString::new(py, name)).is_some_and(|found| is_function(&found));
    // A `Counter` counts the items of anything but a mapping in one go.
    let counts = || {
        receiver.is_instance_of::<PyDict>()
            && name == "update"
            && kwargs.is_none()
            && args.get_item(0).is_ok_and(|given| !given.is_instance_of::<PyDict>())
    };
    let written_out = matches!(name, "clear" | "pop" | "popitem" | "setdefault" | "subtract" | "update");
    written_out && sort == Some(Container::Dict) && in_python() && !counts()
}
