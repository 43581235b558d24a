"""Memory that is reached through objects: structures and arrays of `ctypes`, and what a `memoryview` shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import check
from test_library import asked, program

INNER = "class Inner(ctypes.Structure):\n    _fields_ = [('n', ctypes.c_int)]\n"
FIELDS = "[('n', ctypes.c_int), ('m', ctypes.c_int), ('low', ctypes.c_int, 4), ('high', ctypes.c_int, 4), ('all', Inner * 2)]"
DATA = f"import ctypes\n{INNER}class Data(ctypes.Structure):\n    _fields_ = {FIELDS}\ns = Data()"
UNION = "import ctypes\nclass Either(ctypes.Union):\n    _fields_ = [('a', ctypes.c_int), ('b', ctypes.c_short)]\ns = Either()"
INT = "import ctypes\ns = ctypes.c_int(0)"
INTS = "import ctypes\ns = (ctypes.c_int * 2)()"
TEXT = "import ctypes\ns = ctypes.create_string_buffer(4)"
PART = "import ctypes\nb = bytearray(8)\ns = ctypes.c_int.from_buffer(b, 4)"
BYTES = "s = bytearray(4); v = memoryview(s)"

SHARED = {
    "a field": (DATA, "s.n += 1", "assert s.n == 2"),
    "a field by name": (DATA, "setattr(s, 'n', getattr(s, 'n') + 1)", "assert s.n == 2"),
    "a field of some bits": (DATA, "s.high += 1", "assert s.high == 2"),
    "a field of an item": (DATA, "it = s.all[1]\nit.n += 1", "assert s.all[1].n == 2"),
    "a field replaced with all of it": asked(DATA, "s.all[0].n == 0", "s.all[0] = Inner(1)"),
    "a field, through a pointer": (f"{DATA}\np = ctypes.pointer(s)", "p.contents.n = s.n + 1", "assert s.n == 2"),
    "another member of a union": (UNION, "s.a = s.b + 1", "assert s.a == 2"),
    "a number": (INT, "s.value += 1", "assert s.value == 2"),
    "a number, through a pointer": (f"{INT}\np = ctypes.pointer(s)", "p[0] = s.value + 1", "assert s.value == 2"),
    "an item": (INTS, "s[-1] = s[1] + 1", "assert s[1] == 2"),
    "an item, cast": (f"{INTS}\np = ctypes.cast(s, ctypes.POINTER(ctypes.c_int))", "p[0] = s[0] + 1", "assert s[0] == 2"),
    "a slice": asked(INTS, "s[:] == [0, 0]", "s[0] = 1"),
    "all items": asked(INTS, "list(s) == [0, 0]", "s[0] = 1"),
    "each item": asked(INTS, "all(n == 0 for n in s)", "s[1] = 1"),
    "bytes of a structure": asked(DATA, "bytes(s)[0] == 0", "s.n = 1"),
    "a text": asked(TEXT, "s.value == b''", "s.value = b'ok'"),
    "a raw text": asked(TEXT, "s.raw == bytes(4)", "s[3] = b'a'"),
    "a number in bytes": asked(PART, "b[5] == 0", "s.value = 1 << 8"),
    "a byte": (BYTES, "s[0] = v[0] + 1", "assert s[0] == 2"),
    "a byte of a part": asked(f"{BYTES}\na, b = v[1:3], v[2:]", "b[0] == 0", "a[1] = 1"),
    "a part that is stored": asked(BYTES, "s[1] == 0", "v[1:3] = b'ab'"),
    "bytes, cast": asked(f"{BYTES}\ni = v.cast('i')", "s[1] == 0", "i[0] = 1 << 8"),
    "bytes of a view": asked(BYTES, "v.tobytes() == bytes(4)", "s[0] = 1"),
    "a view compared": asked(BYTES, "v == bytes(4)", "s[0] = 1"),
    "each byte": asked(BYTES, "all(n == 0 for n in v)", "s[0] = 1"),
    "an array's item": ("s = array.array('i', [0]); v = memoryview(s)", "s[0] = v[0] + 1", "assert s[0] == 2"),
}


@pytest.mark.parametrize("name", SHARED)
def test_shared_memory_is_seen(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(*SHARED[name], locked=False))
    assert answer["verdict"] == "finding", answer
    answer = check(tmp_path, program(*SHARED[name], locked=True))
    assert answer["verdict"] == "clean", answer


WHO = "who = threads.index(threading.current_thread())\n"

APART = {
    "fields": (DATA, f"{WHO}if who:\n    s.n += 1\nelse:\n    s.m += 1", "assert s.n == s.m == 1"),
    "bits": (DATA, f"{WHO}if who:\n    s.low += 1\nelse:\n    s.high += 1", "assert s.low == s.high == 1"),
    "items": (INTS, f"{WHO}s[who] += 1", "assert list(s) == [1, 1]"),
    "parts": (
        BYTES,
        f"{WHO}mine = v[2 * who:2 * who + 2]\nmine[:] = bytes(n + 1 for n in bytes(mine))\nmine[0] += 1",
        "assert s == bytes([2, 1, 2, 1])",
    ),
    "their own": (DATA, "mine = Data()\nmine.n += 1\nmine.note = 1\nassert bytes(mine)[0] == mine.note == 1", ""),
}


@pytest.mark.parametrize("name", APART)
def test_who_works_on_another_part_is_no_danger(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(*APART[name], locked=False), "--races")
    assert answer["verdict"] == "clean", answer


def test_nothing_is_proved_about_large_parts(tmp_path: Path) -> None:
    shared = "s = bytearray(400); v = memoryview(s)"
    work = f"{WHO}mine = v[200 * who:200 * who + 200]\nmine[:] = bytes(n + 1 for n in bytes(mine))"
    answer = check(tmp_path, program(shared, work, "assert s == bytes([1]) * 400", locked=False))
    assert (answer["verdict"], answer["findings"]) == ("clean-so-far", []), answer
