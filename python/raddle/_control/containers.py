"""What is known about Python's own containers and builtins: who reads them and who changes them.

The names are those of `list`, `dict`, `set`, `bytearray`, `array`, `deque`, `OrderedDict`, `defaultdict`, `Counter`,
`StringIO` and `BytesIO`.
A class of the user may have methods of the same names; the hook looks at the object and tells them apart.
"""

from __future__ import annotations

import builtins
import collections
import gc
import io
import itertools
import operator
import os
import weakref
from collections.abc import Callable, MappingView
from typing import Any, Literal

Sought = Literal[
    "truth", "truths", "length", "content", "fields", "copy", "text", "comparison", "ranking", "sorted", "sum", "pairs"
]
"""What a read of a whole container is after.

Whether it holds anything, whether its items do, how much, its items, these or an instance's attributes, what is in those as well,
the same for a text, for a comparison, and for one with each other, by something else or by themselves; what they add up to;
what a dictionary is made of (see `After` in the extension).
"""


def names(text: str) -> frozenset[str]:
    """Return the names listed in `text`, apart by spaces, without what follows a `#` on a line."""
    return frozenset(name for line in text.splitlines() for name in line.partition("#")[0].split())


WRITING_METHODS = names(
    """
    add append appendleft clear difference_update discard extend extendleft frombytes fromfile fromlist insert
    intersection_update move_to_end pop popitem popleft remove reverse rotate setdefault sort subtract
    symmetric_difference_update update
    read readinto readline readlines seek truncate write writelines  # a stream's
    __delitem__ __iadd__ __iand__ __imul__ __ior__ __isub__ __ixor__ __setitem__
    """
)
"""Methods that may change their receiver."""

READING_METHODS = names(
    """
    copy count difference elements get index intersection isdisjoint issubset issuperset items keys most_common
    symmetric_difference total union values
    decode endswith find hex rfind rindex split startswith tobytes tolist  # of bytes and numbers
    getvalue tell  # a stream's
    __contains__ __getitem__ __iter__ __len__ __reversed__
    """
)
"""Methods that read their receiver and leave it as it is."""

METHODS = WRITING_METHODS | READING_METHODS
"""Every method whose call is announced as an access of the receiver's content."""

OPAQUE_METHODS = names(
    """
    __next__ aclose asend athrow close send throw  # a generator's
    betavariate choice choices expovariate gauss getrandbits normalvariate randbytes randint random randrange sample seed
    setstate shuffle uniform getstate
    compress decompress flush peek digest hexdigest
    writerow detach dump load feed set findall findtext itertext
    callback enter_context pop_all push enter enterabs run
    add_argument parse_args add_section read_dict read_file read_string remove_option remove_section
    has_option has_section options sections
    cache_clear cache_info cache_parameters  # a function's that keeps its results
    cancel empty  # a scheduler's
    __format__ __init__ __repr__ __str__ __subclasses__ add_note
    """
)
"""Methods of objects that keep to themselves what they hold: their calls are announced where the object is one of these."""

CALLED_METHODS = METHODS | OPAQUE_METHODS

BOUND_METHODS = names(
    """
    add append appendleft clear discard extend extendleft get insert pop popitem popleft remove setdefault update
    __contains__ __delitem__ __getitem__ __len__ __setitem__
    """
)
"""Methods that are announced even where they are only mentioned (`Thread(target=items.append)`).

The others are nouns, which data attributes have for names as well (`self.count`, `self.items`).
"""

VALUE_METHODS = names(
    """
    __getitem__ copy decode get getvalue hex items pop popitem popleft read readline readlines setdefault split tobytes tolist
    values
    """
)
"""Methods whose result carries values that were stored in the receiver (keys and lengths do not count)."""

ARGUMENT_READERS = names(
    """
    difference difference_update extend extendleft intersection intersection_update isdisjoint issubset issuperset
    join maketrans put_many safe_substitute substitute subtract symmetric_difference symmetric_difference_update translate
    union update writelines
    """
)
"""Methods that walk through the containers given to them."""

WHOLE_BUILTINS = names(
    """
    all any ascii bool bytearray bytes dict dir enumerate filter format frozenset hash iter len list map max min print repr
    reversed set sorted str sum tuple zip
    """
)
"""Builtins that read all of a container given to them."""

BUILTIN_READERS: dict[str, Sought] = {
    "bool": "truth",
    "len": "length",
    **dict.fromkeys(("ascii", "format", "print", "repr", "str"), "text"),
    "dir": "fields",
    **dict.fromkeys(("all", "any"), "truths"),
    **dict.fromkeys(("max", "min", "sorted"), "sorted"),
    "hash": "comparison",
    "sum": "sum",
    "dict": "pairs",
}
"""What they are after, where that is not just the items."""

WALKING_BUILTINS = names("enumerate filter iter map reversed zip")
"""Builtins whose result walks through what is given to them while it is walked through itself."""

FRESH_BUILTINS = names(
    """
    all any ascii bin bool bytearray bytes callable chr complex dict dir divmod float format frozenset hasattr hash hex id
    input int isinstance issubclass len list oct open ord print range repr round set sorted str sum tuple
    """
)
"""Builtins whose result is a container or an iterator that nobody else can have yet, or none at all."""

COPYING_BUILTINS = names("dict frozenset list set sorted tuple")
"""Those among them whose result holds what is in a container given to them."""

VIEWS = names("items keys values")
"""Methods of dictionaries that read nothing yet: who walks through their result reads."""

_CONTAINERS: list[Any] = [
    *((), [], bytearray(), {}, {}.keys(), {}.values(), {}.items(), set()),
    *(collections.deque(), collections.OrderedDict(), collections.OrderedDict().items()),
]

ITERATORS: list[type] = [
    *(enumerate, filter, map, reversed, zip),
    *(itertools.accumulate, itertools.chain, itertools.compress, itertools.cycle, itertools.dropwhile, itertools.filterfalse),
    *(itertools.groupby, itertools.islice, itertools.pairwise, itertools.starmap, itertools.takewhile, itertools.zip_longest),
    *([itertools.batched] if hasattr(itertools, "batched") else []),
    *(type(group) for _, group in itertools.groupby([0])),
    *{type(itertools.tee(())[0]), *map(type, gc.get_referents(itertools.tee(())[0]))} - {type},
    *{type(iter(container)) for container in _CONTAINERS},
    *{type(reversed(container)) for container in _CONTAINERS if hasattr(container, "__reversed__")},
]
"""The interpreter's own iterators behind which there may be a container."""

OTHER_ITERATORS: list[type] = [
    *(itertools.combinations, itertools.count, itertools.permutations, itertools.product, itertools.repeat),
    *{type(iter(nothing)) for nothing in ("", b"", range(0))},
    type(iter(int, 0)),
]
"""Iterators of the interpreter's own that are shared state like any, with nothing behind them that others could change."""

SEQUENCES: list[type] = [collections.deque]
"""The standard library's own classes that are like lists, but for `array`, which is not imported for this."""

STREAMS: list[type] = [io.StringIO, io.BytesIO]
"""The standard library's own classes that are read and written in one place, which moves on."""

FILES: list[type] = [io.BufferedRandom, io.BufferedReader, io.BufferedWriter, io.FileIO, io.TextIOWrapper]
"""The classes of open files, which are streams as well; the classes below them are not: the process's own streams are silent."""

OPAQUE = names(
    """
    _random.Random _csv.reader _csv.writer _csv.Writer csv.DictReader csv.DictWriter
    _blake2.* _bz2.* _hashlib.* _lzma.* _md5.* _sha1.* _sha2.* _sha256.* _sha3.* _sha512.* hmac.* zlib.*
    _pickle.Pickler _pickle.Unpickler xml.etree.ElementTree.Element _contextvars.Context
    contextlib.ExitStack sched.scheduler configparser.RawConfigParser argparse._ActionsContainer
    tempfile._TemporaryFileWrapper tempfile.SpooledTemporaryFile weakref.finalize
    """
)
"""Classes of objects that keep to themselves what they hold, as streams do, in modules that are not imported for this."""

KNOWN = names(
    """
    builtins raddle _raddle threading _thread queue _queue concurrent  # Raddle controls these itself.
    # Their methods are announced.
    array collections _collections ctypes _ctypes io _io itertools os types weakref _weakref _weakrefset

    # These change nothing that others see, or what they do is silent.
    _abc _contextvars _functools _operator _sre _struct abc argparse ast contextlib contextvars dataclasses datetime
    enum functools importlib inspect ipaddress json logging numbers operator pathlib posix random re signal string
    struct sys textwrap time traceback typing unittest uuid warnings zoneinfo
    """
)
"""Modules whose classes are known: what their instances do is announced, or shows nothing that depends on an order."""

LOOKS = names(
    """
    alive ag_frame ag_running closed cr_frame cr_running eof gi_frame gi_running gi_yieldfrom line_num queue unused_data
    """
)
"""Attributes of such objects that no program stores, and their methods change."""

WRAPPERS: list[tuple[type, str, str]] = [
    (collections.ChainMap, "maps", "chained"),
    (collections.UserDict, "data", "plain"),
    (collections.UserList, "data", "plain"),
    (MappingView, "_mapping", "plain"),
    (type(os.environ), "_data", "encoded"),
    (weakref.WeakKeyDictionary, "data", "weak"),
    (weakref.WeakSet, "data", "weak"),
    (weakref.WeakValueDictionary, "data", "plain"),
]
"""The standard library's classes, written in Python, that keep what they hold in a container.

With each goes the attribute that the container is, and what its keys are made of (see `Keys` in the extension).
"""

CACHES = names("functools.cache functools.cached_property functools.lru_cache")
"""Decorators that keep a function's results, and run it where there is none yet."""

WEAK = names("weakref.ReferenceType weakref.WeakMethod weakref.finalize weakref.proxy weakref.ref")
"""What makes weak references to what is given to it."""

UNSEEN_BUILTINS = frozenset({"eval", "exec"})
"""Builtins that run code nobody has rewritten on what is given to them."""

TYPE_BUILTINS = names("dict frozenset list set tuple type")
"""Builtins whose item access makes a generic alias (`list[int]`)."""

NAMESPACE_BUILTINS = names("globals vars")
"""Builtins that hand out the dictionary behind a module's variables or an object's attributes."""

ATTRIBUTE_METHODS = {
    "__delattr__": ("delete", 0),
    "__getattribute__": ("load", 0),
    "__setattr__": ("store", 1),
}
"""Methods that access an attribute by name: the kind of access, and how many arguments follow the name."""

ATTRIBUTE_BUILTINS = {
    "delattr": ("__raddle_delattr__", "delete"),
    "getattr": ("__raddle_getattr__", "load"),
    "hasattr": ("__raddle_hasattr__", "load"),
    "setattr": ("__raddle_setattr__", "store"),
}
"""Builtins that access an attribute by name: the hook in their place, and the kind of access."""


FUNCTIONS: dict[Callable[..., Any], str] = {
    delattr: "__delattr__",
    getattr: "__getattribute__",
    hasattr: "__getattribute__",
    len: "__len__",
    next: "__next__",
    setattr: "__setattr__",
    **{function: function.__name__ for function in (all, any, max, min, sorted)},
    **dict.fromkeys((sum, bytearray, bytes, dict, frozenset, list, set, tuple), "__iter__"),
    **dict.fromkeys((ascii, format, repr, str), ""),
    operator.contains: "__contains__",
    operator.delitem: "__delitem__",
    operator.getitem: "__getitem__",
    operator.iadd: "__iadd__",
    operator.iand: "__iand__",
    operator.iconcat: "__iadd__",
    operator.imul: "__imul__",
    operator.ior: "__ior__",
    operator.isub: "__isub__",
    operator.ixor: "__ixor__",
    operator.setitem: "__setitem__",
}
"""Functions that a program may call under another name, and the method that does the same with their first argument.

Those without one read what is in it as well; those that look at the items are told by their own name. A class is one of these
where it is called, and stays itself where it is mentioned.
"""

READING_CLASSES = frozenset(function.__name__ for function in FUNCTIONS if isinstance(function, type))
"""The builtin classes that read what their instances are made from."""

CONSUMERS = frozenset(function.__name__ for function, does in FUNCTIONS.items() if does in ("__iter__", function.__name__))
"""The builtins that walk through what they are given at once."""

FUNCTION_NAMES = frozenset(
    function.__name__ if hasattr(builtins, function.__name__) else f"operator.{function.__name__}"
    for function in FUNCTIONS
    if not isinstance(function, type)
)
"""What they are called in the source."""

GETTERS = names("operator.attrgetter operator.itemgetter operator.methodcaller")
"""What makes functions that read, or call a method."""

DESCRIPTOR_METHODS = names("__delete__ __get__ __set__")
"""Methods of a class's attribute by which its instances' is accessed."""
