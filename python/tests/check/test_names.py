"""A report calls an object as a variable does that leads to it, else by the name that the program gave it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import raddle, write

PROGRAM = """
    import threading

    def pair(kind):
        made = kind(), kind()
        made[0].name, made[1].name = "savings", "giro"
        return made

    def both(a, b):
        return (a.__enter__, b.__enter__), (b.__enter__, a.__enter__)

    orders = both(*pair(threading.{kind}))

    def run(order):
        for take in order:
            take()

    threads = [threading.Thread(target=run, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    """


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Condition", "Semaphore"])
def test_an_object_that_no_variable_leads_to_is_called_by_its_name(kind: str, tmp_path: Path) -> None:
    write(tmp_path, PROGRAM.format(kind=kind))
    done = raddle(tmp_path, "check", "program.py")
    assert done.returncode == 1
    assert "savings" in done.stdout
    write(tmp_path, PROGRAM.format(kind=kind).replace('= "savings", "giro"', "= 1, 2"))
    done = raddle(tmp_path, "check", "program.py")
    assert done.returncode == 1
    assert "savings" not in done.stdout


def test_a_variable_goes_before_a_name(tmp_path: Path) -> None:
    program = """
        import threading
        gate = threading.Event()
        gate.name = "door"
        gate.wait()
        """
    write(tmp_path, program)
    done = raddle(tmp_path, "check", "program.py")
    assert done.returncode == 1
    assert "gate" in done.stdout
    assert "door" not in done.stdout
