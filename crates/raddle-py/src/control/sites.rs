//! The places in the user's source that access shared state.

use pyo3::prelude::*;
use raddle::engine::explore::Evidence;
use raddle::engine::record::Frame;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::Relaxed};
use std::sync::{OnceLock, PoisonError, RwLock, RwLockReadGuard};

/// Accesses here are announced.
const LIVE: u16 = 1;
/// What a read here sees may decide a later write: its place is kept.
const ASKED: u16 = 2;
/// Some module stores an attribute of the name.
const NAMED: u16 = 4;
/// Here something is computed that a cache did not have.
const COMPUTES: u16 = 8;
/// Here it is kept how a test comes out.
const DECIDES: u16 = 16;
/// Four bits from here on tell what a read of a whole container is after, by its place in `AFTER`.
const AFTER_SHIFT: u32 = 5;
/// Here a module is imported.
const IMPORTS: u16 = 512;
const AFTER: [(&str, After); 12] = [
    ("content", After::Content),
    ("truth", After::Truth),
    ("truths", After::Truths),
    ("length", After::Length),
    ("fields", After::Fields),
    ("copy", After::Copy),
    ("text", After::Text),
    ("comparison", After::Comparison),
    ("ranking", After::Ranking),
    ("sorted", After::Sorted),
    ("sum", After::Sum),
    ("pairs", After::Pairs),
];

/// Methods that may change their receiver, among those that are announced.
const WRITING_METHODS: [&str; 90] = [
    "__delitem__",
    "__iadd__",
    "__iand__",
    "__imul__",
    "__ior__",
    "__isub__",
    "__ixor__",
    "__setitem__",
    "add",
    "append",
    "appendleft",
    "clear",
    "difference_update",
    "discard",
    "extend",
    "extendleft",
    "frombytes",
    "fromfile",
    "fromkeys",
    "fromlist",
    "insert",
    "intersection_update",
    "move_to_end",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "reverse",
    "rotate",
    "setdefault",
    "sort",
    "subtract",
    "symmetric_difference_update",
    "update",
    "read",
    "readinto",
    "readline",
    "readlines",
    "seek",
    "truncate",
    "write",
    "writelines",
    // Of what keeps to itself what it holds.
    "__init__",
    "__next__",
    "aclose",
    "add_argument",
    "add_section",
    "asend",
    "athrow",
    "betavariate",
    "callback",
    "cancel",
    "choice",
    "choices",
    "close",
    "compress",
    "decompress",
    "detach",
    "dump",
    "enter",
    "enter_context",
    "enterabs",
    "expovariate",
    "feed",
    "flush",
    "gauss",
    "getrandbits",
    "load",
    "normalvariate",
    "pop_all",
    "push",
    "randbytes",
    "randint",
    "random",
    "randrange",
    "read_dict",
    "read_file",
    "read_string",
    "remove_option",
    "remove_section",
    "run",
    "sample",
    "seed",
    "send",
    "set",
    "setstate",
    "shuffle",
    "throw",
    "uniform",
    "writerow",
];

/// Methods that show nothing of the order of a container's items, and return no container.
const UNORDERED_METHODS: [&str; 8] =
    ["__ior__", "__len__", "clear", "isdisjoint", "issubset", "issuperset", "move_to_end", "update"];

/// Whether a container's method may change it.
pub(super) fn writes(method: &str) -> bool {
    WRITING_METHODS.contains(&method)
}

/// One place.
#[derive(Debug)]
struct Site {
    /// `load`, `store`, `method`, …
    kind: String,
    line: u32,
    /// What the user wrote.
    text: String,
    /// How many before it in the module have the same label but for this.
    namesakes: u32,
    /// The attribute's, variable's or method's name; for a whole container, or a view of one, what the reader is after.
    name: String,
    /// The enclosing function's.
    function: String,
    /// Reads whose values may flow into what is stored here.
    flow: Vec<u32>,
    /// Reads that decide whether this happens, and the test that each is part of.
    guards: Vec<(u32, u32)>,
    /// What is tested here, and the reads that tell how that comes out.
    test: Option<(Vec<u32>, Py<PyAny>)>,
}

type Words =
    (String, u32, u32, u32, u32, String, String, String, Vec<u32>, Vec<(u32, u32)>, Option<(Vec<u32>, Py<PyAny>)>);

impl From<Words> for Site {
    fn from((kind, line, _, _, _, text, name, function, flow, guards, test): Words) -> Self {
        Site { kind, line, text, namesakes: 0, name, function, flow, guards, test }
    }
}

impl Site {
    /// The word for it in labels; what changes something is called so.
    fn word(&self) -> &str {
        match self.kind.as_str() {
            "method" if writes(&self.name) => "update",
            "escape" | "order" => "update",
            kind => kind,
        }
    }

    /// What is accessed, as the user wrote it: a method accesses its receiver.
    fn location(&self) -> &str {
        let receiver = (self.kind == "method").then(|| self.text.rsplit_once('.')).flatten();
        receiver.map_or(&*self.text, |(receiver, _)| receiver.trim_end())
    }

    /// What it is called in its module: an edit elsewhere in the file does not change that.
    fn label(&self) -> String {
        let label = format!("{} {} {}", self.function, self.word(), self.text);
        if self.namesakes == 0 { label } else { format!("{label} #{}", self.namesakes + 1) }
    }
}

/// The sites of one module.
struct Module {
    base: u32,
    /// The file as the user would name it.
    file: String,
    /// Whether it is the program's own; the standard library's sites have no folder.
    is_users: bool,
    sites: Vec<Site>,
}

#[derive(Default)]
struct Table {
    /// In the order of their bases.
    modules: Vec<Module>,
    /// Attribute and variable names that some module stores.
    stored: HashSet<String>,
    /// Whether some module stores attributes by names that are not in its source.
    stores_any: bool,
    /// Loads of names that no module stores.
    asleep: HashMap<String, Vec<u32>>,
}

static TABLE: OnceLock<RwLock<Table>> = OnceLock::new();

/// The name of an access whose name is not in the source: `getattr(object, name)`.
const ANY: &str = "*";

/// The name of a call without arguments, which may be that of a weak reference.
const CALL: &str = "()";

/// Whether some module of the user's may call weak references that others make, and says nothing of it.
static OVERLOOKS_WEAK: AtomicBool = AtomicBool::new(false);

/// Whether some module gives instances another dictionary.
static SWAPS_DICTS: AtomicBool = AtomicBool::new(false);

const CHUNK: usize = 4096;
const CHUNKS: usize = 1024;
/// What a hook needs to know of its site, without a lock.
static FLAGS: [OnceLock<Box<[AtomicU16; CHUNK]>>; CHUNKS] = [const { OnceLock::new() }; CHUNKS];

fn flags(site: u32) -> Option<&'static AtomicU16> {
    let chunk = FLAGS.get(site as usize / CHUNK)?;
    Some(&chunk.get_or_init(|| Box::new([const { AtomicU16::new(0) }; CHUNK]))[site as usize % CHUNK])
}

fn has(site: u32, flag: u16) -> bool {
    // Relaxed: flags are only ever added, and a hook that misses one by a moment ran before it.
    flags(site).is_some_and(|flags| flags.load(Relaxed) & flag != 0)
}

fn set(site: u32, flag: u16) {
    if let Some(flags) = flags(site) {
        flags.fetch_or(flag, Relaxed);
    }
}

/// Whether accesses at `site` are announced.
pub(super) fn is_live(site: u32) -> bool {
    has(site, LIVE)
}

/// Whether something is computed at `site` that a cache did not have.
pub(super) fn computes(site: u32) -> bool {
    has(site, COMPUTES)
}

/// Whether an attribute of the name at `site` is stored anywhere.
pub(super) fn is_named(site: u32) -> bool {
    has(site, NAMED)
}

/// Whether what a read at `site` sees may decide a later write.
pub(super) fn is_asked(site: u32) -> bool {
    has(site, ASKED)
}

/// Whether a test is made at `site` that decides a later write.
pub(super) fn decides(site: u32) -> bool {
    has(site, DECIDES)
}

/// What a read of a whole container is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// Whether there is anything.
    Truth,
    /// The items, and whether there is anything in them.
    Truths,
    /// How many items there are.
    Length,
    /// The items.
    Content,
    /// The items, or an instance's attributes.
    Fields,
    /// The items or attributes, and what is in them.
    Copy,
    /// The same, where the class has not said itself what its text is.
    Text,
    /// The same, where the class has not said itself what it equals.
    Comparison,
    /// The same, of items that are compared with each other, perhaps by something else.
    Ranking,
    /// The same, by themselves.
    Sorted,
    /// What the items add up to.
    Sum,
    /// The items, and what is in them where they are pairs.
    Pairs,
}

impl After {
    /// What the rewriter calls by this name.
    pub(super) fn named(name: &str) -> Self {
        AFTER.iter().find(|(known, _)| *known == name).map_or(After::Content, |(_, after)| *after)
    }
}

/// What a read of a whole container at `site` is after.
pub(super) fn after(site: u32) -> After {
    let flags = flags(site).map_or(0, |flags| flags.load(Relaxed));
    AFTER.get((flags >> AFTER_SHIFT & 15) as usize).map_or(After::Content, |(_, after)| *after)
}

fn table() -> &'static RwLock<Table> {
    TABLE.get_or_init(RwLock::default)
}

fn read() -> RwLockReadGuard<'static, Table> {
    table().read().unwrap_or_else(PoisonError::into_inner)
}

/// The number that the first site of the next module gets.
#[pyfunction]
pub(super) fn next_site() -> u32 {
    // 0 stands for "no site".
    read().modules.last().map_or(1, |last| last.base + last.sites.len() as u32)
}

/// Takes in the sites of a module.
///
/// `file` is the name that its code carries, and `is_main` whether it is the program itself:
/// what another module does while it is imported is no access, because nobody else can see it yet.
#[pyfunction]
pub(super) fn add_sites(base: u32, file: &str, sites: Vec<Bound<'_, PyAny>>, is_main: bool) -> PyResult<()> {
    let words = |site: &Bound<'_, PyAny>| site.extract::<Words>().map(Site::from);
    let mut sites = sites.iter().map(words).collect::<PyResult<Vec<Site>>>()?;
    number_namesakes(&mut sites);
    let is_users = Path::new(file).is_absolute();
    if is_users && !sites.iter().any(|site| site.kind == "weak" || site.name == CALL) {
        OVERLOOKS_WEAK.store(true, Relaxed);
    }
    let mut table = table().write().unwrap_or_else(PoisonError::into_inner);
    let table = &mut *table;
    for (number, site) in (base..).zip(&sites) {
        for read in site.test.iter().flat_map(|(reads, _)| reads) {
            set(*read, ASKED);
        }
        if site.kind == "test" {
            set(number, DECIDES);
        }
        let sought = match site.kind.as_str() {
            "whole" => &*site.name,
            "method" if UNORDERED_METHODS.contains(&&*site.name) => "length",
            // A view that is walked through.
            "method" => &*site.name,
            _ => "",
        };
        if let Some(place) = AFTER.iter().position(|(name, _)| *name == sought) {
            set(number, (place as u16) << AFTER_SHIFT);
        }
        let stores = matches!(site.kind.as_str(), "store" | "delete");
        if stores && site.name == ANY {
            wake_all(table);
        }
        if stores && site.name == "__dict__" {
            SWAPS_DICTS.store(true, Relaxed);
        }
        if site.kind == "import" {
            set(number, IMPORTS);
        }
        if site.kind == "compute" {
            set(number, COMPUTES);
        }
        if site.kind == "fills" {
            wake(table, "");
        }
        if site.kind == "weak" {
            wake(table, CALL);
        }
        if site.function == "<module>" && !is_main {
            continue;
        }
        match site.kind.as_str() {
            "store" | "delete" => wake(table, &site.name),
            // Items have no names.
            "escape" | "function" | "order" => wake(table, ""),
            "method" if writes(&site.name) => wake(table, ""),
            _ => {}
        }
        let is_stored = table.stores_any || table.stored.contains(&site.name);
        if matches!(site.kind.as_str(), "load" | "method") && !is_stored {
            table.asleep.entry(site.name.clone()).or_default().push(number);
        }
        // Whoever gets hold of an instance's dictionary can store any of its attributes.
        if site.kind != "load" || matches!(site.name.as_str(), ANY | "__dict__") || is_stored {
            set(number, LIVE);
        }
        if is_stored {
            set(number, NAMED);
        }
    }
    table.modules.push(Module { base, file: shown(file), is_users, sites });
    table.modules.sort_by_key(|module| module.base);
    Ok(())
}

fn number_namesakes(sites: &mut [Site]) {
    let mut counts: HashMap<String, u32> = HashMap::new();
    for site in sites {
        let count = counts.entry(site.label()).or_default();
        site.namesakes = *count;
        *count += 1;
    }
}

/// Loads of `name` count from now on: somebody stores it.
///
/// A replay begins with the sites alone, so what can be told from the source is told when a module is added.
pub(super) fn stores(name: &str) {
    if !read().stored.contains(name) {
        wake(&mut table().write().unwrap_or_else(PoisonError::into_inner), name);
    }
}

fn wake(table: &mut Table, name: &str) {
    if table.stored.insert(name.to_owned()) {
        for site in table.asleep.remove(name).unwrap_or_default() {
            set(site, LIVE | NAMED);
        }
    }
}

fn wake_all(table: &mut Table) {
    table.stores_any = true;
    for site in table.asleep.drain().flat_map(|(_, sites)| sites) {
        set(site, LIVE | NAMED);
    }
}

/// Whether the program may look at weak references without a word.
pub(super) fn overlooks_weak() -> bool {
    // Relaxed: set when a module is added, before its code runs.
    OVERLOOKS_WEAK.load(Relaxed)
}

/// Whether some module gives instances another dictionary, which several of them may share.
pub(super) fn swaps_dicts() -> bool {
    // Relaxed: set when a module is added, before its code runs.
    SWAPS_DICTS.load(Relaxed)
}

/// A file's name as the user would write it: relative to the working directory where it lies below.
pub(super) fn shown(file: &str) -> String {
    let below =
        std::env::current_dir().ok().and_then(|here| Path::new(file).strip_prefix(here).ok().map(Path::to_owned));
    below.map_or_else(|| file.to_owned(), |path| path.display().to_string())
}

fn with<R>(site: u32, f: impl FnOnce(&Module, &Site) -> R) -> Option<R> {
    let table = read();
    let after = table.modules.partition_point(|module| module.base <= site);
    let module = table.modules.get(after.checked_sub(1)?)?;
    module.sites.get((site - module.base) as usize).map(|found| f(module, found))
}

/// What a read at `read` has to do with a write at `store`.
pub(super) fn evidence(store: u32, read: u32) -> Evidence {
    let found = with(store, |_, site| match () {
        () if site.flow.contains(&read) => Evidence::Flow,
        () if site.guards.iter().any(|(guard, _)| *guard == read) => Evidence::Guard,
        () => Evidence::None,
    });
    found.unwrap_or(Evidence::None)
}

/// Methods that leave what else their receiver holds.
const KEEPING_METHODS: [&str; 11] =
    ["add", "append", "appendleft", "discard", "extend", "extendleft", "insert", "pop", "popitem", "popleft", "remove"];

/// Whether an access at `site` races where it conflicts: imports have a lock of their own.
pub(super) fn races(site: u32) -> bool {
    !has(site, IMPORTS)
}

/// Whether the program reads an attribute of one of these names, and never stores one: it is that of somebody else's class.
pub(crate) fn only_reads(names: &[&str]) -> bool {
    let table = read();
    names.iter().any(|name| table.asleep.contains_key(*name))
}

/// Whether a change at `site` brings items into an order.
pub(super) fn orders(site: u32) -> bool {
    with(site, |_, site| site.kind == "order").unwrap_or(false)
}

/// Whether a write at `store` replaces what was there.
pub(super) fn replaces(store: u32) -> bool {
    with(store, |_, site| match site.kind.as_str() {
        "import" => false,
        "method" => !KEEPING_METHODS.contains(&&*site.name),
        _ => true,
    })
    .unwrap_or(true)
}

/// The tests that `read` is part of and that decide what happens at `store`, by their sites.
pub(super) fn tests(py: Python<'_>, store: u32, read: u32) -> Vec<(u32, Py<PyAny>)> {
    let sites = |_: &Module, site: &Site| -> Vec<u32> {
        site.guards.iter().filter(|(guard, _)| *guard == read).map(|(_, test)| *test).collect()
    };
    let test = |site: u32| with(site, |_, found| Some((site, found.test.as_ref()?.1.clone_ref(py)))).flatten();
    with(store, sites).unwrap_or_default().into_iter().filter_map(test).collect()
}

/// `bank.py Account.deposit load self.balance`.
pub(super) fn label(number: u32) -> String {
    with(number, |module, site| format!("{} {}", module.file, site.label())).unwrap_or_else(|| format!("site {number}"))
}

/// What the user calls what is accessed there: `account.value`, and `items` for `items.append`.
pub(super) fn text(number: u32) -> String {
    with(number, |_, site| site.location().to_owned()).unwrap_or_default()
}

/// Whether the text of a site says what is called, rather than what that is done with.
pub(super) fn is_call(number: u32) -> bool {
    with(number, |_, site| matches!(site.kind.as_str(), "call" | "function")) == Some(true)
}

/// Whether a site is in the program's own code.
pub(super) fn is_users(number: u32) -> bool {
    with(number, |module, _| module.is_users) == Some(true)
}

/// The place, without the text of its line.
pub(super) fn frame(number: u32) -> Frame {
    let frame = with(number, |module, site| Frame {
        file: module.file.clone(),
        line: site.line,
        function: site.function.clone(),
        text: String::new(),
    });
    frame.unwrap_or_default()
}
