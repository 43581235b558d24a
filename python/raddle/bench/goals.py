"""What each row must reach: at most so many times a peer's time."""

from __future__ import annotations

import sys

Goal = dict[str, float]
"""The peers that a row is compared with, and the highest ratio of our time to theirs."""

STDLIB = "stdlib"
FUTEX = "futex round trip"
LOCKS = "stdlib Lock round trip"
EVENT = "our Event ping-pong"

# The standard library's primitives have become faster since.
_LATE = sys.version_info >= (3, 14)

NATIVE: Goal = {STDLIB: 1.05 if _LATE else 1.0}
"""What is written in C there, too."""
LIBRARY: Goal = {STDLIB: 1 / 5 if _LATE else 1 / 8}
"""What is written in Python there."""
READY: Goal = {STDLIB: 1 / 3}
"""What does little more than take a lock there."""
NOT_SLOWER: Goal = {STDLIB: 1.0}
HAND_OFF: Goal = {STDLIB: 1.0, FUTEX: 1.1, LOCKS: 1.1}
"""What puts threads to sleep and wakes them up: beside two threads without an interpreter, and two that have one."""
SUBMIT: Goal = {STDLIB: 1.0, EVENT: 1.1}
"""Work handed to a thread, its result handed back."""
BATCH: Goal = {STDLIB: 1 / 2}
"""Work handed over by the hundred."""

SLACK = 1.1
"""How much more than a goal allows may be counted in instructions.

A method of C's own takes fewer than one behind the stable ABI, and how many more depends on how the interpreter was built;
an atomic operation counts as one and takes as long as twenty, of which the standard library's locks make more.
"""
