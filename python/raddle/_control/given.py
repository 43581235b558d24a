"""What a callable that is not the program's own does with what it is given: found out where another name is called.

`dumps(stock)`, `encoder.encode(stock)`, `Thread(target=dumps, args=(stock,))`: the source does not say which function that is.
"""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any, Literal

from raddle._raddle import control

from .containers import ARGUMENT_READERS, READING_CLASSES, Sought, names
from .pure import Treatment, sought, treatment

_MODULES = {"posix": "os", "nt": "os", "posixpath": "os.path", "ntpath": "os.path"}
"""What the documentation calls modules that others stand for."""

_CONTAINERS = ("array", "builtins", "collections")
"""Modules whose classes read what is given to some of their methods, and otherwise keep it."""


_LOOKING = names(
    """
    format format_map print
    __add__ __and__ __eq__ __ge__ __gt__ __iadd__ __iand__ __ior__ __isub__ __ixor__ __le__ __lt__ __mod__ __ne__ __or__
    __radd__ __rand__ __rmod__ __ror__ __rsub__ __rxor__ __sub__ __xor__
    """
)
"""Methods that read what is in their arguments."""

READERS = ARGUMENT_READERS | _LOOKING
"""Methods that read their arguments."""

_FOR_ALL = ("add_note", "type.__subclasses__", "singledispatch.<locals>.register")
"""Methods that show or change what is not given to them."""


def given(function: Any) -> tuple[Treatment | Literal["for all"], Sought]:
    """Return what calling `function` does with the content of its arguments, and what it is after in them."""
    if isinstance(function, type):
        return _made(function)
    if not isinstance(function, FunctionType) and not hasattr(function, "__qualname__"):
        # An instance that can be called.
        function = type(function).__call__
    if is_users_function(inspect.unwrap(function)):
        return "keeps", "content"
    owner = getattr(function, "__objclass__", None) or function
    module = getattr(owner, "__module__", None) or ""
    name: str = function.__qualname__
    if name.endswith(_FOR_ALL):
        return "for all", "content"
    if module in _CONTAINERS or (not module and owner is not function):
        method = name.rpartition(".")[2]
        if method in _LOOKING:
            return "reads", "copy"
        return ("reads" if method in ARGUMENT_READERS else "keeps"), "content"
    return _treated(module, name)


def _made(made: type) -> tuple[Treatment, Sought]:
    """Return what making an instance does with what it is given."""
    maker = next(base for base in made.__mro__ if not vars(base).keys().isdisjoint(("__init__", "__new__")))
    makers = [vars(maker).get(name) for name in ("__init__", "__new__")]
    if any(map(is_users_function, makers)):
        return "keeps", "content"
    if maker.__module__ in _CONTAINERS:
        reads = maker.__name__ in READING_CLASSES or maker.__module__ != "builtins"
        return ("reads" if reads else "keeps"), "content"
    # What a `namedtuple` or an enumeration does is what a tuple does, or nothing.
    return ("keeps", "content") if issubclass(maker, tuple) else _treated(maker.__module__, maker.__qualname__)


def _treated(module: str, name: str) -> tuple[Treatment, Sought]:
    dotted = f"{_MODULES.get(module) or module.lstrip('_').replace('._', '.')}.{name}"
    return treatment(dotted), sought(dotted)


def is_users_function(function: Any) -> bool:
    """Whether a function is the program's own, or was made for a class of its own."""
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        return False
    files = (function.__code__.co_filename, function.__globals__.get("__file__"))
    return any(isinstance(file, str) and control.is_users_file(file) for file in files)
