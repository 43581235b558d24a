"""The importer: loads the user's own modules rewritten, and leaves all others as they are.

It asks the finders that are there already, so that a module is found where plain Python finds it,
and only then puts its loader in the place of the normal one.
The loader has no step of its own between the import and the module's code,
so tracebacks through an import, and syntax errors in it, look as they do in plain Python.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import NamedTuple

from .rewrite import Draft, Site

__all__ = ["INSTALLED", "Importer", "is_inside", "nested"]

INSTALLED = frozenset({"dist-packages", "site-packages"})
"""Folders that hold what was installed, not what the user is writing."""

_REFUSALS = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What parsing and compiling raise; whoever then loads the file plainly gets the error that Python itself gives."""


class _Entry(NamedTuple):
    """What became of a file as it was at one moment; `code` is None if it cannot be rewritten."""

    modified: int
    size: int
    code: CodeType | None


class _Loader(SourceFileLoader):
    """A loader of source files whose code is the rewritten one."""

    def __init__(self, fullname: str, path: str, importer: Importer) -> None:
        super().__init__(fullname, path)
        self._importer = importer

    def get_code(self, fullname: str) -> CodeType | None:
        code = self._importer.load(fullname, self.path)
        return super().get_code(fullname) if code is None else code


class Importer:
    """A finder for `sys.meta_path` that has the user's own modules rewritten.

    The user's own are the source files under `roots`, except what is installed or belongs to Python,
    and the packages named in `include`, wherever they are.
    `allocate` is given a file and the number of its sites and returns the number of the first;
    `publish` is then given the file, that number and the sites.
    A file is read, rewritten and published once, however often its module is imported afresh, until it changes.
    """

    def __init__(
        self,
        roots: Iterable[str | os.PathLike[str]],
        include: Iterable[str],
        allocate: Callable[[str, int], int],
        publish: Callable[[str, int, list[Site]], None],
    ) -> None:
        self._roots = [os.path.realpath(root) for root in roots]
        self._include = frozenset(include)
        self._allocate = allocate
        self._publish = publish
        self._entries: dict[str, _Entry] = {}
        self._program = ""
        self._own_folders: dict[str, bool] = {}
        self._own_names: dict[str, bool] = {}
        self._loaded: dict[str, None] = {}
        self._unseen: dict[str, None] = {}
        self._standard = [os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
        self._raddle = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

    def install(self) -> None:
        """Take over the imports of this process."""
        sys.meta_path.insert(0, self)

    def uninstall(self) -> None:
        """Give the imports of this process back."""
        sys.meta_path.remove(self)

    @property
    def unseen(self) -> list[str]:
        """The user's modules that are not rewritten: extensions, bytecode, source that cannot be rewritten."""
        return list(self._unseen)

    def user_modules(self) -> list[str]:
        """Return the names of the modules that were loaded rewritten and are imported, in the order of loading."""
        return [name for name in self._loaded if name in sys.modules]

    def compile_program(self, path: str | os.PathLike[str]) -> CodeType:
        """Return the rewritten code of a program, to be run as `__main__`.

        Raises OSError if the file cannot be read, and SyntaxError exactly as compiling it plainly does.
        """
        filename = os.fspath(path)
        self._program = filename
        code = self._rewritten(filename)
        if code is None:
            with open(filename, "rb") as file:
                code = compile(file.read(), filename, "exec", dont_inherit=True)
            self._unseen["__main__"] = None
        return code

    def compile_module(self, path: str) -> CodeType | None:
        """Return the rewritten code of a module that others may import, or None if it cannot be rewritten.

        Raises OSError if the file cannot be read.
        """
        return self._rewritten(path)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module as Python does; if it is the user's own, let it be loaded rewritten."""
        spec = self._find(fullname, path, target)
        if spec is None or spec.origin is None or not spec.has_location or not self._is_own(fullname, spec.origin):
            return spec
        if type(spec.loader) is SourceFileLoader and self._can_rewrite(spec.origin):
            spec.loader = _Loader(fullname, spec.origin, self)
        else:
            self._unseen[fullname] = None
        return spec

    def load(self, fullname: str, path: str) -> CodeType | None:
        """Return the code that a module is about to run, or None if its file can no longer be rewritten."""
        code = self._rewritten(path)
        (self._unseen if code is None else self._loaded)[fullname] = None
        return code

    def _find(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if find and finder is not self else None
            if spec is not None:
                return spec
        return None

    def _can_rewrite(self, path: str) -> bool:
        try:
            return self._rewritten(path) is not None
        except OSError:
            return False

    def _rewritten(self, path: str) -> CodeType | None:
        status = os.stat(path)
        entry = self._entries.get(path)
        if entry is None or (entry.modified, entry.size) != (status.st_mtime_ns, status.st_size):
            entry = _Entry(status.st_mtime_ns, status.st_size, self._rewrite(path))
            self._entries[path] = entry
        return entry.code

    def _rewrite(self, path: str) -> CodeType | None:
        with open(path, "rb") as file:
            source = file.read()
        try:
            draft = Draft(source, path, self._is_own_name, is_imported=path != self._program)
        except _REFUSALS:
            return None
        base = self._allocate(path, draft.site_count)
        try:
            code, sites = draft.finish(base)
        except _REFUSALS:
            return None
        self._publish(path, base, sites)
        return code

    # What is the user's own

    def is_own(self, fullname: str, origin: str) -> bool:
        """Whether a module is the user's own, by its name and the file that it comes from."""
        return self._is_own(fullname, origin)

    def _is_own(self, fullname: str, origin: str) -> bool:
        folder = os.path.dirname(origin)
        if folder not in self._own_folders:
            self._own_folders[folder] = self._is_own_folder(os.path.realpath(folder))
        return self._own_folders[folder] or self._is_included(fullname)

    def _is_included(self, fullname: str) -> bool:
        parts = fullname.split(".")
        return any(".".join(parts[:end]) in self._include for end in range(1, len(parts) + 1))

    def unfound(self) -> list[str]:
        """Return the packages named in `include` that the program has not imported, and could not."""
        known = {*sys.modules, *self._loaded, *self._unseen}
        tops = {name: name.partition(".")[0] for name in self._include - known}
        return sorted(name for name, top in tops.items() if top not in known and not self._find(top, None, None))

    def _is_own_folder(self, folder: str) -> bool:
        if is_inside(folder, self._raddle) or any(_is_directly_below(folder, root) for root in self._standard):
            return False
        return any(_is_directly_below(folder, root) for root in self._roots)

    def _is_own_name(self, module: str) -> bool:
        """Whether the top-level module `module` is rewritten, judged without importing it."""
        if module not in self._own_names:
            in_roots = any(self._has_module(root, module) for root in self._roots)
            self._own_names[module] = self._is_included(module) or in_roots or self._is_found_below(module)
        return self._own_names[module]

    def _is_found_below(self, module: str) -> bool:
        """Whether the path leads to it in one of the user's folders, as it does with a `src` folder."""
        spec = None if module in sys.stdlib_module_names else self._find(module, None, None)
        return spec is not None and spec.origin is not None and spec.has_location and self._is_own(module, spec.origin)

    @staticmethod
    def _has_module(root: str, module: str) -> bool:
        base = os.path.join(root, module)
        if os.path.isfile(f"{base}.py") or os.path.isfile(os.path.join(base, "__init__.py")):
            return True
        if module in sys.stdlib_module_names:
            return False
        return os.path.isdir(base) or os.path.basename(root) == module


def is_inside(folder: str, root: str) -> bool:
    return folder == root or folder.startswith(root.rstrip(os.sep) + os.sep)


def _is_directly_below(folder: str, root: str) -> bool:
    """Whether the way from `root` down to `folder` leads through no folder for installed packages."""
    return is_inside(folder, root) and INSTALLED.isdisjoint(os.path.relpath(folder, root).split(os.sep))


def nested(code: CodeType) -> Iterator[CodeType]:
    """Return the code of all that is defined inside."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from nested(constant)
