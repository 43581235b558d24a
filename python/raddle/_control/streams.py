"""What an execution prints and reads."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

from raddle._raddle import control


class _Kept(io.BytesIO):
    """A buffer that outlives its streams, which the program may close."""

    def close(self) -> None:
        """Stay open."""


class _Captured(io.TextIOWrapper):
    """A standard stream of an execution; to code that wants a descriptor it is the process's own."""

    def __init__(self, buffer: io.BytesIO, descriptor: int, errors: str) -> None:
        super().__init__(buffer, encoding="utf-8", errors=errors, newline="\n", write_through=True)
        self._descriptor = descriptor

    def fileno(self) -> int:
        """Return the descriptor of the process's stream; what is written to that is not captured."""
        return self._descriptor


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
        self._nothing = io.TextIOWrapper(_Kept(), encoding="utf-8", errors="replace")
        self._input: bytes | None = None
        self._buffer = _Kept()
        self._end: int | None = None

    def begin(self) -> None:
        """Begin an execution."""
        self._buffer, self._end = _Kept(), None
        sys.stdout = sys.__stdout__ = _Captured(self._buffer, 1, "strict")  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = _Captured(self._buffer, 2, "backslashreplace")  # type: ignore[misc]
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
