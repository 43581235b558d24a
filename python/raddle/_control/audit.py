"""What executions do that only the interpreter's audit events tell of: the verdict has to admit it.

The events: https://docs.python.org/3/library/audit_events.html.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from raddle._raddle import control


class Audit:
    """What some events have told since a program began."""

    def __init__(self, events: frozenset[str], tell: Callable[[str, tuple[Any, ...], FrameType], str]) -> None:
        """Let `tell` say in words what an event means, if anything, given its name, its arguments and where it came from."""
        self._events = events
        self._tell = tell
        self._seen: dict[str, None] = {}
        self._is_installed = False

    def watch(self) -> None:
        """Begin a program: nothing has been seen yet."""
        self._seen.clear()
        if not self._is_installed:
            # There is no way to take it out again; outside of executions it costs one look-up for each event.
            sys.addaudithook(self._hear)
            self._is_installed = True

    def seen(self) -> list[str]:
        """Return what was told, each thing once."""
        return list(self._seen)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event in self._events and (told := self._tell(event, args, sys._getframe(1))):
            self._seen[told] = None


def users_frame(frame: FrameType) -> FrameType:
    """Return the nearest frame of the user's own code, or the outermost."""
    while frame.f_back is not None and not control.is_users_file(frame.f_code.co_filename):
        frame = frame.f_back
    return frame
