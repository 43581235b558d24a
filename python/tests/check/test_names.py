"""A report calls an object by the name that the program gave it, else as a variable does that leads to it."""

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


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Condition", "Semaphore"])
def test_a_name_goes_before_a_variable(kind: str, tmp_path: Path) -> None:
    accounts = f"accounts = pair(threading.{kind})\n    orders = both(*accounts)"
    write(tmp_path, PROGRAM.format(kind=kind).replace(f"orders = both(*pair(threading.{kind}))", accounts))
    done = raddle(tmp_path, "check", "program.py")
    assert done.returncode == 1
    assert "savings" in done.stdout
    assert "accounts" not in done.stdout


def test_a_variable_that_means_one_object_goes_before_a_name_that_means_several(tmp_path: Path) -> None:
    program = """
        import threading

        left, right = threading.Lock(), threading.Lock()
        left.name = right.name = "account"

        def forth():
            with left, right:
                pass

        threading.Thread(target=forth).start()
        with right, left:
            pass
        """
    write(tmp_path, program)
    done = raddle(tmp_path, "check", "program.py")
    assert done.returncode == 1
    assert "take left and right in one order" in done.stdout
    assert "account" not in done.stdout
