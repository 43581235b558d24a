"""Stand-ins for the hooks of the extension: they note what is announced, and perform the access.

The real hooks are C functions and have no frame of their own; frames of this file are to be left out of tracebacks.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from raddle._control.containers import ATTRIBUTE_METHODS


class Announcement(NamedTuple):
    """One call of a hook: what was announced about which site; `value` is shown, so that no object is kept alive."""

    kind: str
    subject: object
    site: int
    value: str = ""


class AttributeReference:
    """Stands for an attribute that is read and then stored, through item zero."""

    def __init__(self, hooks: Hooks, target: Any, name: str, load: int, store: int) -> None:
        self.hooks, self.target, self.name, self.load, self.store = hooks, target, name, load, store

    def __getitem__(self, zero: int) -> Any:
        self.hooks.note("load", self.name, self.load)
        return getattr(self.target, self.name)

    def __setitem__(self, zero: int, value: Any) -> None:
        self.hooks.note("store", self.name, self.store)
        setattr(self.target, self.name, value)


class ItemReference:
    """Stands for an item that is read, stored or deleted, through item zero."""

    def __init__(self, hooks: Hooks, target: Any, key: Any, load: int, store: int) -> None:
        self.hooks, self.target, self.key, self.load, self.store = hooks, target, key, load, store

    def __getitem__(self, zero: int) -> Any:
        assert self.load != 0
        self.hooks.note("load", self.key, self.load)
        return self.target[self.key]

    def __setitem__(self, zero: int, value: Any) -> None:
        self.hooks.note("store", self.key, self.store)
        self.target[self.key] = value

    def __delitem__(self, zero: int) -> None:
        self.hooks.note("delete", self.key, self.store)
        del self.target[self.key]


class Hooks:
    """All hooks of the ABI, and the announcements they got."""

    def __init__(self) -> None:
        self.announced: list[Announcement] = []
        self.scopes: list[object] = []
        """The scopes of the variables that were announced, in the same order."""

    def note(self, kind: str, subject: object, site: int, value: str = "") -> None:
        """Keep an announcement."""
        assert type(site) is int
        self.announced.append(Announcement(kind, subject, site, value))

    def _object(self, kind: str, target: Any, name: str, site: int) -> Any:
        self.note(kind, name, site)
        return target

    def _getitem(self, target: Any, key: Any, site: int) -> Any:
        self.note("load", key, site)
        return target[key]

    def _name(self, scope: object, name: str, site: int) -> bool:
        self.note("load", name, site)
        self.scopes.append(scope)
        return True

    def _value(self, value: Any, scope: object, name: str, site: int) -> Any:
        self.note("store", name, site, repr(value) if isinstance(value, int | str) else "")
        self.scopes.append(scope)
        return value

    def _name_delete(self, scope: object, name: str, site: int) -> None:
        self.note("delete", name, site)
        self.scopes.append(scope)

    def _method(self, target: Any, name: str, site: int) -> Any:
        receiver = target.__self__ if isinstance(target, super) else target
        if isinstance(receiver, list | dict | set | bytearray):
            return self._announcing("method", target, name, site)
        return getattr(target, name)

    def _announcing(self, kind: str, target: Any, name: str, site: int) -> Any:
        method = getattr(target, name)

        def announcing(*args: Any, **kwargs: Any) -> Any:
            self.note(kind, name, site)
            return method(*args, **kwargs)

        return announcing

    def _contains(self, item: Any, container: Any, site: int) -> bool:
        self.note("contains", item, site)
        return item in container

    def _whole(self, target: Any, site: int) -> Any:
        self.note("whole", None, site)
        return target

    def _together(self, target: Any, *sites: int) -> Any:
        for site in sites:
            self.note("whole", None, site)
        return target

    def _each(self, target: Any, *sites: int) -> Any:
        for site in sites:
            self.note("each", None, site)
        return target

    def _escape(self, target: Any, site: int) -> Any:
        self.note("escape", None, site)
        return target

    def _change(self, target: Any, site: int) -> Any:
        self.note("change", None, site)
        return target

    def _by_name(self, kind: str, access: Any, site: int, *args: Any) -> Any:
        self.note(kind, args[1] if len(args) > 1 else None, site)
        return access(*args)

    def table(self) -> dict[str, object]:
        """Return the hooks by their names among the builtins."""
        return {
            "__raddle_load__": lambda *args: self._object("load", *args),
            "__raddle_store__": lambda *args: self._object("store", *args),
            "__raddle_delete__": lambda *args: self._object("delete", *args),
            "__raddle_attr_ref__": lambda *args: AttributeReference(self, *args),
            "__raddle_item_ref__": lambda *args: ItemReference(self, *args),
            "__raddle_getitem__": self._getitem,
            "__raddle_slice__": slice,
            "__raddle_name__": self._name,
            "__raddle_value__": self._value,
            "__raddle_name_delete__": self._name_delete,
            "__raddle_method__": self._method,
            "__raddle_by_name__": lambda target, name, site: self._announcing(ATTRIBUTE_METHODS[name][0], target, name, site),
            "__raddle_contains__": self._contains,
            "__raddle_whole__": self._whole,
            "__raddle_held__": lambda target, site: target,
            "__raddle_together__": self._together,
            "__raddle_each__": self._each,
            "__raddle_iter__": lambda target, *sites: iter(self._each(target, *sites)),
            "__raddle_escape__": self._escape,
            "__raddle_change__": self._change,
            "__raddle_kept__": lambda value, site: value,
            "__raddle_weak__": lambda value, site: value,
            "__raddle_called__": lambda function, site: function,
            "__raddle_steps__": lambda value, site: value,
            "__raddle_used__": lambda value, site: value,
            "__raddle_target__": lambda function, site: function,
            "__raddle_getattr__": lambda *args: self._by_name("load", getattr, *args),
            "__raddle_hasattr__": lambda *args: self._by_name("load", hasattr, *args),
            "__raddle_setattr__": lambda *args: self._by_name("store", setattr, *args),
            "__raddle_delattr__": lambda *args: self._by_name("delete", delattr, *args),
            "__raddle_function__": lambda function, site: function,
            "__raddle_handed__": lambda function, site: function,
            "__raddle_scope__": object,
        }


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    """Put stand-ins for the hooks among the builtins during a test."""
    hooks = Hooks()
    table = hooks.table()
    before = {name: getattr(builtins, name) for name in table if hasattr(builtins, name)}
    vars(builtins).update(table)
    yield hooks
    for name in table:
        delattr(builtins, name)
    vars(builtins).update(before)
