"""Imports of the program's own modules in threads: any of them may be the first, which runs the module's code."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import check

PROGRAM = """
    import sys
    import threading

    def work():
        {imports}

    tasks = [threading.Thread(target=work, name=f"task {{n}}") for n in (1, 2)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    {promise}
"""

MODULE = "import threading\nname = threading.current_thread().name\n"

IMPORTS = {
    "a module": ("import tools", "sys.modules['tools'].name"),
    "a name of it": ("from tools import name", "sys.modules['tools'].name"),
    "under another name": ("import tools as t", "sys.modules['tools'].name"),
    "a part of a package": ("from package import part", "sys.modules['package.part'].name"),
    "a part of a package, by its whole name": ("import package.part", "sys.modules['package.part'].name"),
    "a part that is given from where it is": ("from package import near; near.find()", "sys.modules['package.part'].name"),
}


def write(folder: Path) -> None:
    (folder / "tools.py").write_text(MODULE)
    (folder / "package").mkdir()
    (folder / "package/__init__.py").write_text("")
    (folder / "package/part.py").write_text(MODULE)
    (folder / "package/near.py").write_text("def find():\n    from . import part\n    from .part import name\n")


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "mixed"])
@pytest.mark.parametrize("name", IMPORTS)
def test_any_task_may_be_the_first(name: str, strategy: str, tmp_path: Path) -> None:
    write(tmp_path)
    imports, found = IMPORTS[name]
    for never in ("task 1", "task 2"):
        program = PROGRAM.format(imports=imports, promise=f"assert {found} != '{never}'")
        answer = check(tmp_path, program, "--strategy", strategy, executions=5000)
        assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("before", ["pass", "import tools"])
def test_an_import_is_a_choice_where_a_task_loads_the_module(before: str, strategy: str, tmp_path: Path) -> None:
    write(tmp_path)
    program = PROGRAM.format(imports="import tools; import tools", promise="pass").replace("import sys", before, 1)
    answer = check(tmp_path, program, "--strategy", strategy, executions=5000)
    distinct = 2 if before == "pass" else 1
    assert (answer["verdict"], answer["distinct"], answer["reasons"]) == ("clean", distinct, []), answer


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
def test_a_look_for_a_module_is_no_update_of_it(strategy: str, tmp_path: Path) -> None:
    write(tmp_path)
    program = PROGRAM.format(imports="'tools' in sys.modules; import tools", promise="assert 'tools' not in sys.modules")
    answer = check(tmp_path, program, "--strategy", strategy, executions=5000)
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


def test_imports_do_not_race(tmp_path: Path) -> None:
    write(tmp_path)
    answer = check(tmp_path, PROGRAM.format(imports="import tools", promise="pass"), "--races", executions=5000)
    assert (answer["verdict"], answer["notes"]) == ("clean", []), answer
