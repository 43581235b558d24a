"""State that the standard library keeps for all: its functions announce what they do with it, wherever they are called.

Each module's functions are wrapped when it is imported. What they access is named by an object and a key in it; the places that
do so are sites like those of the program.
"""

from __future__ import annotations

import functools
import os
import sys
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Literal, NamedTuple

from raddle._raddle import control

from .given import READERS, given
from .sites import Site

How = Literal["load", "store", "steps", "uses", "for all"]
"""Whether it is read, stored, stored in several steps between which others can come in, or used in a way that nobody sees;
or whether something is read or changes that all threads share, and nobody sees who else does that."""


class _Access(NamedTuple):
    """What some of a module's functions do."""

    functions: str
    how: How
    key: str
    """No name that an attribute could have, so that no other load of an attribute wakes."""
    owners: Callable[..., Iterator[tuple[Any, Any]]]
    """Given the key and the arguments, the objects that are accessed, each with the key in it."""

    def site(self, module: str, path: str, function: Any) -> Site:
        """Return the place where one of the functions does so; items have no names."""
        line = getattr(getattr(function, "__code__", None), "co_firstlineno", 1)
        text = self.key or ("os.environ" if module == "os" else f"{module}.{path}")
        return Site("store" if self.how in ("store", "steps") else "load", line, 0, line, 0, text, self.key, path, (), (), None)


def _first(key: str, owner: Any, *_: Any, **__: Any) -> Iterator[tuple[Any, Any]]:
    yield owner, key


def _process(key: str, *_: Any, **__: Any) -> Iterator[tuple[Any, Any]]:
    yield os, key


def _environment(_: str, key: Any = None, *__: Any, **___: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(key, str | bytes):
        yield os.environ._data, os.fsencode(key)  # type: ignore[attr-defined]


def _variables(_: str, path: Any, *__: Any) -> Iterator[tuple[Any, Any]]:
    for name in list(os.environ):
        if f"${name}" in str(path) or f"${{{name}}}" in str(path) or (name == "HOME" and str(path).startswith("~")):
            yield from _environment("", name)


def _setting(key: str, mock: Any, name: str, *_: Any) -> Iterator[tuple[Any, Any]]:
    if name in ("return_value", "side_effect"):
        yield mock, key


def _generator(key: str, *_: Any, **__: Any) -> Iterator[tuple[Any, Any]]:
    yield sys.modules["random"]._inst, key


def _parents(key: str, mock: Any, *_: Any, **__: Any) -> Iterator[tuple[Any, Any]]:
    while (mock := vars(mock).get("_mock_new_parent")) is not None:
        yield mock, key


_DRAWS = (
    "betavariate binomialvariate choice choices expovariate gammavariate gauss getrandbits getstate lognormvariate normalvariate "
    "paretovariate randbytes randint random randrange sample seed setstate shuffle triangular uniform vonmisesvariate "
    "weibullvariate"
)
_COUNTS = "get_count get_freeze_count get_objects get_referrers get_stats"
_SETS_UP = (
    "addLevelName basicConfig captureWarnings disable setLoggerClass setLogRecordFactory Filterer.addFilter "
    "Filterer.removeFilter Handler.setFormatter Handler.setLevel Logger.addHandler Logger.removeHandler Logger.setLevel"
)
_MOCK = "NonCallableMock."
_CALLS = "call_args call_args_list call_count called mock_calls"
_ASSERTIONS = "any_call called called_once called_once_with called_with has_calls not_called"
_ACCESSES: dict[str, list[_Access]] = {
    "abc": [_Access("ABCMeta.register", "for all", "", _process)],
    "atexit": [_Access("register unregister", "store", "what runs at the end", _process)],
    "contextlib": [_Access("_RedirectStream.__enter__ _RedirectStream.__exit__", "for all", "a redirection", _process)],
    "copyreg": [_Access("constructor pickle", "for all", "", _process)],
    "calendar": [_Access("setfirstweekday", "for all", "", _process)],
    "codecs": [_Access("register register_error unregister", "for all", "", _process)],
    "csv": [_Access("field_size_limit register_dialect unregister_dialect", "for all", "", _process)],
    "faulthandler": [_Access("disable enable is_enabled", "for all", "", _process)],
    "gc": [_Access(f"disable enable freeze set_debug set_threshold unfreeze {_COUNTS}", "for all", "", _process)],
    "locale": [_Access("setlocale", "for all", "", _process)],
    "logging": [_Access(_SETS_UP, "for all", "", _process)],
    "mimetypes": [_Access("MimeTypes.add_type add_type init", "for all", "", _process)],
    "posixpath": [_Access("expanduser expandvars", "load", "", _variables)],
    "random": [_Access(_DRAWS, "uses", "", _generator)],
    "warnings": [
        _Access("filterwarnings resetwarnings simplefilter", "for all", "", _process),
        _Access("catch_warnings.__enter__ catch_warnings.__exit__", "for all", "catch_warnings", _process),
    ],
    "os": [
        _Access("chdir fchdir", "store", "the working directory", _process),
        _Access("getcwd getcwdb", "load", "the working directory", _process),
        _Access("umask", "store", "the mask of new files", _process),
        _Access("getenv getenvb", "load", "", _environment),
    ],
    "sys": [
        _Access("setrecursionlimit", "store", "the recursion limit", _process),
        _Access("getrecursionlimit", "load", "the recursion limit", _process),
        _Access("getrefcount setdlopenflags set_int_max_str_digits setswitchinterval", "for all", "", _process),
    ],
    "socket": [_Access("setdefaulttimeout", "for all", "", _process)],
    "threading": [
        _Access("Thread.start", "store", "whether it has started", _first),
        _Access("Thread.join Thread.is_alive Thread.ident.fget Thread.native_id.fget", "load", "whether it has started", _first),
        _Access("Thread.__repr__ Thread.daemon.fset", "load", "whether it has started", _first),
        _Access("Thread.name.fget Thread.getName", "load", "its name", _first),
        _Access("Thread.name.fset Thread.setName", "store", "its name", _first),
        _Access("Thread.daemon.fget Thread.isDaemon", "load", "whether it is a daemon", _first),
        _Access("Thread.daemon.fset Thread.setDaemon", "store", "whether it is a daemon", _first),
    ],
    "time": [_Access("tzset", "for all", "", _process)],
    "unittest.mock": [
        _Access(f"{_MOCK}__setattr__", "store", "what it does", _setting),
        _Access("CallableMixin._execute_mock_call", "load", "what it does", _first),
        _Access("_patch.__enter__ _patch.__exit__ _patch_dict.__enter__ _patch_dict.__exit__", "for all", "mock.patch", _process),
        _Access("CallableMixin._increment_mock_call", "steps", "its calls", _first),
        _Access("CallableMixin._increment_mock_call", "store", "its calls", _parents),
        _Access(f"{_MOCK}reset_mock", "steps", "its calls", _first),
        *(_Access(f"{_MOCK}{name}.fget", "load", "its calls", _first) for name in _CALLS.split()),
        *(_Access(f"{_MOCK}assert_{name}", "load", "its calls", _first) for name in _ASSERTIONS.split()),
    ],
}
"""The functions of each module that access what all share."""


def concerns(name: str) -> bool:
    """Whether anything in the module of that name is wrapped."""
    return name in _ACCESSES


def keep_given() -> None:
    """Let callables tell what they do with what they are given, wherever they are called."""
    site = control.next_site()
    line = sys.modules["threading"].Thread.run.__code__.co_firstlineno
    text = "the function that a thread calls"
    control.add_sites(site, "threading.py", [Site("call", line, 0, line, 0, text, "", "Thread.run", (), (), None)], False)
    control.keep_given(given, set(READERS), site)


def watch_weak_containers() -> None:
    """Let the containers that keep what they hold by weak references tell when one of these dies."""
    containers: list[Any] = [weakref.WeakKeyDictionary, weakref.WeakSet, weakref.WeakValueDictionary]
    for container in containers:
        container._remove = property(_removing, _keep_removing)


def _removing(self: Any) -> Callable[[Any], None]:
    remove: Callable[[Any], None] = vars(self)["_remove"]
    return remove


def _keep_removing(self: Any, remove: Callable[[Any], None]) -> None:
    container = weakref.ref(self)

    def removing(reference: Any) -> None:
        found = container()
        if found is not None:
            control.dies(found.data)
        remove(reference)

    vars(self)["_remove"] = removing


def announce(module: ModuleType) -> None:
    """Let a module that has just been imported announce what it does."""
    found = [(*_find(module, path), path, access) for access in _ACCESSES[module.__name__] for path in access.functions.split()]
    base = control.next_site()
    sites = [access.site(module.__name__, path, function) for _, _, function, path, access in found]
    control.add_sites(base, f"{module.__name__.replace('.', '/')}.py", sites, False)
    for site, (owner, name, _, path, access) in enumerate(found, start=base):
        # An earlier line may have wrapped it already.
        function = _find(module, path)[2]
        announcing = _announcing(site, access, function)
        if path.endswith((".fget", ".fset")):
            whole = vars(owner)[name]
            setattr(owner, name, whole.getter(announcing) if path.endswith("fget") else whole.setter(announcing))
        elif function is not None:
            setattr(owner, name, announcing)


def _find(module: ModuleType, path: str) -> tuple[Any, str, Any]:
    """Return the class or the module that has a function, under which name, and the function; None where there is none."""
    owner: Any = module
    *names, name, part = *path.removesuffix(".fget").removesuffix(".fset").split("."), path.rpartition(".")[2]
    for outer in names:
        owner = vars(owner)[outer]
    found = vars(owner).get(name)
    return owner, name, getattr(found, part) if isinstance(found, property) else found


def _announcing(site: int, access: _Access, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def announcing(*args: Any, **kwargs: Any) -> Any:
        if control.in_execution():
            for owner, key in access.owners(access.key, *args, **kwargs):
                if access.how == "uses":
                    control.uses(site, owner)
                elif access.how == "for all":
                    # What the module does for itself, it does in one piece.
                    if sys._getframe(1).f_globals.get("__name__") != function.__module__:
                        control.changes_for_all(site)
                else:
                    control.access(site, owner, key, access.how)
        return function(*args, **kwargs)

    return announcing
