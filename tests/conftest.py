# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings and fixtures for every test: offscreen Qt, repeatable hypothesis, no leaked threads or processes."""

import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import leaks
from tests.support.waiting import wait_until

LEAK_GRACE_SECONDS = 20.0

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
leaks.mark_environment()

# How long data takes to be generated depends on what else the machine does.
settings.register_profile(
    "ci", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the folder they live in, so that no test can forget."""
    tests = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(tests).parts[0]
        if folder in {"bench", "desktop"}:
            item.add_marker(folder)


def pytest_collection_finish() -> None:
    """Leave what the tests are made of out of every later garbage collection: Qt's tests collect after each."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test that leaves a thread or a process running twenty seconds after it ended.

    Stop and join what the test starts: use context managers, fixtures that yield, or `tests.support.processes.running`.
    """
    before = leaks.take_census()
    yield
    with contextlib.suppress(AssertionError):
        wait_until(
            lambda: not leaks.new_threads(before) and not leaks.new_processes(before),
            seconds=LEAK_GRACE_SECONDS,
            what="threads and processes to end",
        )
    left = [f"thread {thread.name!r} (daemon: {thread.daemon})" for thread in leaks.new_threads(before)]
    left += leaks.describe_and_kill(leaks.new_processes(before))
    if left:
        pytest.fail("the test left running:\n  " + "\n  ".join(left), pytrace=False)
