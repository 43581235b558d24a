"""The one list of callables outside the user's modules that are known to leave their arguments alone.

A call into code that is not rewritten counts as a write to every mutable argument, unless the callable is listed here.
A wrong line hides races: list a callable only if its documentation or its source says what it does with its arguments.
`module.*` stands for everything that can be called under `module`.
"""

from __future__ import annotations

from typing import Literal

from .containers import Sought, names

Treatment = Literal["reads", "keeps", "changes", "writes"]


READS = names(
    """
    # Numbers in, a number out; sequences are walked through once.
    math.* cmath.* statistics.*
    decimal.Decimal fractions.Fraction

    # Text and bytes made from an object.
    json.* pickle.dumps pickle.loads pickle.Pickler.* marshal.* plistlib.dumps tomllib.loads csv.*
    pprint.* reprlib.*
    textwrap.* html.* shlex.* string.capwords
    base64.* binascii.* bz2.* lzma.* zlib.* hashlib.* hmac.* blake2.* md5.* sha1.* sha2.* sha256.* sha3.* sha512.*
    struct.pack struct.unpack struct.unpack_from struct.calcsize struct.Struct.pack struct.Struct.unpack struct.Struct.unpack_from
    io.BufferedRandom.write io.BufferedRWPair.write io.BufferedWriter.write io.BytesIO.write io.FileIO.write
    unittest.case.* argparse.ArgumentParser.parse_args configparser.RawConfigParser.read_dict

    # What is walked through at once; the function is called later, in another thread.
    concurrent.futures.base.Executor.map

    # Written into the file that is the other argument, whose own lock orders its writes.
    pickle.dump

    # A new object with the same content.
    copy.copy copy.deepcopy copy.replace
    collections.deque collections.Counter collections.OrderedDict collections.UserDict collections.UserList
    array.array

    # The argument is searched or walked through; a new list or iterator comes back.
    bisect.bisect bisect.bisect_left bisect.bisect_right heapq.nlargest heapq.nsmallest heapq.merge
    itertools.* functools.reduce
    random.choice random.choices random.sample secrets.choice
    difflib.* fnmatch.* glob.* re.*
    dataclasses.asdict dataclasses.astuple dataclasses.fields dataclasses.is_dataclass dataclasses.replace
    operator.eq operator.ne operator.lt operator.le operator.gt operator.ge operator.add operator.sub operator.mul
    operator.truth operator.not_ operator.countOf operator.indexOf operator.concat
    operator.index operator.length_hint

    # What it holds is counted, or handed out.
    sys.getsizeof gc.get_referents

    # Attributes are looked up.
    inspect.getattr_static inspect.getmembers inspect.getmembers_static

    # Paths are text or objects that never change.
    os.path.* pathlib.* os.fspath os.listdir os.scandir os.stat
    """
)
"""Callables that read their arguments while they run, and neither change nor keep them."""

CHANGES = names(
    """
    bisect.insort bisect.insort_left bisect.insort_right
    heapq.heapify heapq.heappop heapq.heappush heapq.heappushpop heapq.heapreplace
    """
)
"""Callables that change their first argument, in one go, and do nothing else to what they are given but keep it there."""

SHALLOW = names("copy.copy copy.replace dataclasses.replace inspect.getattr_static inspect.getmembers inspect.getmembers_static")
"""Those among them that read the attributes or the items of what they are given, but nothing in these."""

DEEP = names(
    """
    bisect.* heapq.* json.* pickle.* csv.* marshal.* plistlib.* copy.deepcopy dataclasses.asdict dataclasses.astuple
    pprint.* reprlib.* unittest.case.*
    functools.reduce itertools.accumulate itertools.starmap
    """
)
"""Those among them that read what is in the attributes or the items as well."""

COMPARING = names("operator.eq operator.ne operator.lt operator.le operator.gt operator.ge")
"""Those among them that read what is compared."""

STEPS = {
    "functools.reduce": (0, 1),
    **dict.fromkeys(("itertools.accumulate", "itertools.groupby"), (1, 0)),
    **dict.fromkeys(names("itertools.dropwhile itertools.filterfalse itertools.starmap itertools.takewhile"), (0, 1)),
}
"""Those that call a function between one item and the next, by the places of the function and of what is walked through."""

KEEPS = names(
    """
    # Raddle controls these itself: what they do with an argument is an operation of its own.
    threading.* queue.* concurrent.futures.* _thread.* thread.* raddle.*

    # The argument is a delay or a moment.
    time.*  datetime.*

    # The argument is described or looked up, its content is not touched.
    inspect.* types.* typing.* abc.* enum.* numbers.* weakref.* gc.* sys.getrefcount sys.intern sys.exit
    collections.namedtuple collections.defaultdict collections.ChainMap collections.abc.*
    csv.DictReader csv.DictWriter csv.reader json.JSONDecoder json.JSONEncoder pprint.PrettyPrinter
    dataclasses.field dataclasses.dataclass dataclasses.make_dataclass

    # A function is wrapped; it runs later, in the user's own code.
    functools.partial functools.partialmethod functools.wraps functools.update_wrapper functools.lru_cache
    functools.cache functools.cached_property functools.singledispatch functools.total_ordering
    functools.cmp_to_key functools.KeyWrapper.*
    contextlib.* contextvars.* operator.attrgetter operator.itemgetter operator.methodcaller atexit.register

    # Who it is, is asked, and not what is in it.
    operator.is_ operator.is_not

    # Text is formatted and printed; both are silent under control.
    logging.* warnings.* traceback.*

    # The arguments are numbers, text or flags.
    random.random random.randint random.randrange random.uniform random.gauss random.seed random.Random
    uuid.* secrets.token_bytes secrets.token_hex secrets.token_urlsafe secrets.randbelow
    os.getenv os.getpid os.getcwd os.cpu_count os.urandom os.remove os.unlink os.mkdir os.makedirs os.rename os.rmdir
    os.close os.kill signal.signal signal.getsignal importlib.import_module
    argparse.ArgumentParser io.StringIO io.BytesIO tempfile.* getpass.* platform.* locale.*
    unittest.main unittest.mock.* unittest.skip unittest.skipIf unittest.skipUnless
    """
)
"""Callables that do not look into their arguments while they run; some keep a reference."""


def _groups(dotted: str) -> list[str]:
    name, groups = dotted, [dotted]
    while "." in name:
        name = name.rpartition(".")[0]
        groups.append(f"{name}.*")
    return groups


def sought(dotted: str) -> Sought:
    """Return what calling `dotted` is after in its arguments, if it reads them."""
    groups = _groups(dotted)
    if dotted in COMPARING:
        return "comparison"
    return "fields" if not SHALLOW.isdisjoint(groups) else "copy" if not DEEP.isdisjoint(groups) else "content"


def treatment(dotted: str) -> Treatment:
    """Return what calling `dotted` (`"json.dumps"`) does with the content of its arguments."""
    for group in _groups(dotted):
        # The most exact entry decides: `collections.defaultdict` before `collections.*`.
        if group in READS:
            return "reads"
        if group in CHANGES:
            return "changes"
        if group in KEEPS:
            return "keeps"
    return "writes"
