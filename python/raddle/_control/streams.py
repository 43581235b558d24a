"""What an execution prints and reads."""

from __future__ import annotations

import io
import os
import sys
from typing import Any, ClassVar, TextIO

from raddle._raddle import control


class _Kept(io.BytesIO):
    """A buffer that outlives its streams, which the program may close."""

    def close(self) -> None:
        """Stay open."""


class _Stream(io.TextIOWrapper):
    """A standard stream of an execution, good for the next if nobody has touched it: three new ones cost as much as a thread."""

    def reconfigure(self, **changes: Any) -> None:
        """Change how text is read or written."""
        self._is_changed = True
        super().reconfigure(**changes)

    def detach(self) -> Any:
        """Give the buffer away."""
        self._is_changed = True
        return super().detach()

    def is_as_made(self) -> bool:
        """Return whether nobody has changed or closed it."""
        return not vars(self) and not self.closed


class _Captured(_Stream):
    """An output stream; to code that wants a descriptor it is the process's own."""

    descriptor: ClassVar[int]

    def __init__(self, buffer: io.BytesIO, errors: str) -> None:
        super().__init__(buffer, encoding="utf-8", errors=errors, newline="\n", write_through=True)

    def fileno(self) -> int:
        """Return the descriptor of the process's stream; what is written to that is not captured."""
        return self.descriptor


class _Output(_Captured):
    descriptor = 1


class _Errors(_Captured):
    descriptor = 2


class Streams:
    """Captures the standard streams of executions; what went in is read anew by each."""

    def __init__(self, owns_process: bool) -> None:
        """`owns_process`: what programs write to the process's standard output itself is lost, for that is the command's."""
        self._output = os.dup(1) if owns_process else None
        if self._output is not None:
            control.keep_output(self._output)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.close(nowhere)
        self._host = (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__)
        self._nothing = io.TextIOWrapper(_Kept(), encoding="utf-8", errors="replace", write_through=True)
        self._input: bytes | None = None
        self._make()
        self._end: int | None = None

    def _make(self) -> None:
        self._buffer = _Kept()
        self._lazy = _Lazy(self)
        self._streams = (_Input(self._lazy), _Output(self._buffer, "strict"), _Errors(self._buffer, "backslashreplace"))

    def begin(self) -> None:
        """Begin an execution."""
        self._end = None
        buffer = self._buffer
        is_used = buffer.tell() or buffer.getvalue() or vars(buffer) or self._lazy.is_asked
        if is_used or not all(stream.is_as_made() for stream in self._streams):
            self._make()
        sys.stdin, sys.stdout, sys.stderr = self._streams
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = self._streams  # type: ignore[misc]

    def close(self) -> None:
        """Let nothing that is printed from here on count: the tasks only unwind."""
        if self._end is None:
            self._end = self._buffer.tell()

    def end(self) -> str:
        """End the execution; return what it printed."""
        printed = self._buffer.getvalue()[: self._end]
        self.mute()
        return printed.decode("utf-8", "replace")

    def mute(self) -> None:
        """Let what is printed between executions, by destructors, be lost."""
        sys.stdout = sys.stderr = self._nothing
        if self._nothing.tell():
            self._nothing.seek(0)
            self._nothing.truncate()

    def restore(self) -> None:
        """Give the process its own streams back."""
        sys.stdin, sys.stdout, sys.stderr = self._host[:3]
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = self._host[3:]  # type: ignore[misc]
        if self._output is not None:
            control.keep_output(None)
            os.dup2(self._output, 1)
            os.close(self._output)
            self._output = None

    def read_input(self) -> bytes:
        """Return all that the process was given to read; somebody at a terminal is not asked once for each execution."""
        if self._input is None:
            given: TextIO | None = self._host[0]
            try:
                self._input = b"" if given is None or given.isatty() else given.buffer.read()
            except (OSError, ValueError, AttributeError):
                self._input = b""
        return self._input


class _Input(_Stream):
    """Standard input, read when it is first asked for."""

    def __init__(self, lazy: _Lazy) -> None:
        super().__init__(io.BufferedReader(lazy), encoding="utf-8", errors="surrogateescape")


class _Lazy(io.RawIOBase):
    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._position = 0
        self.is_asked = False

    def readable(self) -> bool:
        """Input can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read some of it."""
        self.is_asked = True
        part = self._streams.read_input()[self._position : self._position + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)
