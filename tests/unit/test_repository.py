# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The house rules that a machine can check: layout, headers, size, imports, leftovers. Reads the repository."""

import ast
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QTimer

from tests.support import leaks
from tests.support.waiting import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]

TOP_LEVEL = {"app", "edge_daemon", "sync", "resources", "tests", "packaging"}
TOP_LEVEL |= {"pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE"}

SPDX = """\
# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""
LONGEST_FILE = 400
QT = {"PySide6", "shiboken6", "pyqtgraph", "pytestqt"}

CALLS_THAT_RETURN_NONE = 2000

SHIPPED_RESOURCES = {
    "catalogue": "edge_daemon",
    "fonts": "edge_daemon",
    "procedures": "edge_daemon",
    "icons": "app",
    "translations": "app",
    "move": "sync",
    "verify": "sync",
}
IMPORT_NAMES = {"paho-mqtt": "paho", "pyserial": "serial", "pyside6-essentials": "PySide6"}

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def python_files(*folders: str) -> list[Path]:
    """Every Python file of ours under the given top-level folders."""
    return sorted(path for folder in folders for path in (REPOSITORY / folder).rglob("*.py"))


EVERY_PYTHON_FILE = python_files("app", "edge_daemon", "sync", "tests", "packaging", "resources")
each_python_file = pytest.mark.parametrize(
    "path", EVERY_PYTHON_FILE, ids=lambda path: path.relative_to(REPOSITORY).as_posix()
)


def imported_packages(tree: ast.Module) -> Iterator[str]:
    """The top-level packages that a module imports, wherever in the file it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def test_the_top_level_holds_only_the_agreed_names() -> None:
    tracked = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
        text=True,
    )
    names = {name.partition("/")[0] for name in tracked.stdout.split("\0") if name}

    assert names, "no file is known to git here"
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_there_are_files_to_check() -> None:
    assert Path(__file__) in EVERY_PYTHON_FILE


@each_python_file
def test_a_file_begins_with_its_licence_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(SPDX)
    assert ast.get_docstring(ast.parse(text)), "a module docstring says what the file is and what it may touch"


@each_python_file
def test_a_file_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


@each_python_file
def test_nothing_is_left_undone(path: Path) -> None:
    leftovers = re.findall(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b", path.read_text(encoding="utf-8"))

    assert leftovers == []


@pytest.mark.parametrize("path", python_files("tests"), ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_a_test_waits_for_conditions_and_never_sleeps(path: Path) -> None:
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)}

    assert calls.isdisjoint({"time.sleep", "sleep", "qtbot.wait", "QTest.qWait"})


@pytest.mark.parametrize(
    "path", python_files("edge_daemon", "sync", "packaging"), ids=lambda path: path.relative_to(REPOSITORY).as_posix()
)
def test_qt_stays_in_the_window(path: Path) -> None:
    assert QT.isdisjoint(imported_packages(ast.parse(path.read_bytes())))


def test_packaging_hides_no_library_of_that_name() -> None:
    assert list((REPOSITORY / "packaging").rglob("__init__.py")) == []


def test_the_wheel_carries_the_resources_that_the_packages_read() -> None:
    present = {
        name: package for name, package in SHIPPED_RESOURCES.items() if (REPOSITORY / "resources" / name).is_dir()
    }

    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {
        f"resources/{name}": f"{package}/_resources/{name}" for name, package in present.items()
    }


def test_no_dependency_is_carried_for_nothing() -> None:
    needed = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["window"]
    names = {re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0].lower() for requirement in needed}
    packages = {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in names}
    trees = [ast.parse(path.read_bytes()) for path in python_files("app", "edge_daemon", "sync")]

    assert packages - {package for tree in trees for package in imported_packages(tree)} == set()


def test_imports_point_one_way() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [lint_imports, "--no-logo", "--no-cache"], cwd=REPOSITORY, capture_output=True, check=False, text=True
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_qt_gives_back_every_reference_to_none() -> None:
    """PySide6 6.12.0 on CPython 3.11 loses one a call, until the interpreter aborts in the middle of a live plot."""
    parent, timer = QObject(), QTimer()
    before = sys.getrefcount(None)
    for _ in range(CALLS_THAT_RETURN_NONE):
        timer.stop()
        parent.setObjectName("plot")

    assert sys.getrefcount(None) > before - CALLS_THAT_RETURN_NONE // 2


def test_a_thread_left_running_is_noticed() -> None:
    before = leaks.take_census()
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="forgotten", daemon=True)
    thread.start()

    assert leaks.new_threads(before) == [thread]
    stop.set()
    thread.join()
    assert leaks.new_threads(before) == []


@pytest.mark.skipif(sys.platform == "win32", reason="detaches by a POSIX shell")
def test_a_detached_process_left_running_is_noticed_and_ended() -> None:
    before = leaks.take_census()
    subprocess.run(["sh", "-c", "sleep 600 >/dev/null 2>&1 &"], check=True, start_new_session=True)

    found = wait_until(lambda: leaks.new_processes(before), what="the detached process to show")
    (description,) = leaks.describe_and_kill(found)
    assert "sleep 600" in description
    assert leaks.new_processes(before) == []


def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(AssertionError, match=r"waited 0\.05 s for rain; the last answer was \[\]"):
        wait_until(list, seconds=0.05, what="rain")
