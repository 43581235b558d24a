"""What an execution prints and reads."""

from __future__ import annotations

import io
import sys
from typing import TextIO


class _Kept(io.BytesIO):
    """A buffer that outlives its streams, which the program may close."""

    name = "<captured>"

    def close(self) -> None:
        """Stay open."""


class Streams:
    """Captures the standard streams of executions; what went in is read anew by each."""

    def __init__(self) -> None:
        self._host = (sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__)
        self._nothing = io.TextIOWrapper(_Kept(), encoding="utf-8", errors="replace")
        self._input: bytes | None = None
        self._buffer = _Kept()
        self._end: int | None = None

    def begin(self) -> None:
        """Begin an execution."""
        self._buffer, self._end = _Kept(), None
        out = io.TextIOWrapper(self._buffer, encoding="utf-8", newline="\n", write_through=True)
        err = io.TextIOWrapper(self._buffer, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)
        sys.stdout = sys.__stdout__ = out  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = err  # type: ignore[misc]
        sys.stdin = sys.__stdin__ = _Input(self)  # type: ignore[misc]

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
        self._nothing.seek(0)
        self._nothing.truncate()

    def restore(self) -> None:
        """Give the process its own streams back."""
        sys.stdin, sys.stdout, sys.stderr = self._host[:3]
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = self._host[3:]  # type: ignore[misc]

    def read_input(self) -> bytes:
        """Return all that the process was given to read; somebody at a terminal is not asked once for each execution."""
        if self._input is None:
            given: TextIO | None = self._host[0]
            try:
                self._input = b"" if given is None or given.isatty() else given.buffer.read()
            except (OSError, ValueError, AttributeError):
                self._input = b""
        return self._input


class _Input(io.TextIOWrapper):
    """Standard input, read when it is first asked for."""

    def __init__(self, streams: Streams) -> None:
        super().__init__(io.BufferedReader(_Lazy(streams)), encoding="utf-8", errors="surrogateescape")


class _Lazy(io.RawIOBase):
    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._position = 0

    def readable(self) -> bool:
        """Input can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read some of it."""
        part = self._streams.read_input()[self._position : self._position + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)
