# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds threads and processes that a test left behind. Reads the process table; kills what it finds left over."""

import contextlib
import os
import threading
import uuid
from dataclasses import dataclass

import psutil

# Threads that belong to the test tools or to Qt and end with the process:
#   pytest_timeout  the watchdog of pytest-timeout
#   Dummy-          a thread of Qt's own that has called into Python; Python never learns that it ended
HARMLESS_THREADS = ("pytest_timeout", "Dummy-")

_MARK = "VERIFIELD_TEST_PROCESS"


def mark_environment() -> None:
    """Mark this process's environment, so that even a detached descendant can be told apart later."""
    os.environ[_MARK] = uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Census:
    """What was running at one moment."""

    threads: frozenset[threading.Thread]
    pids: frozenset[int]


def take_census() -> Census:
    """Note what is running now."""
    return Census(frozenset(threading.enumerate()), frozenset(psutil.pids()))


def new_threads(before: Census) -> list[threading.Thread]:
    """Threads, daemon threads included, that were started since and still run."""
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before.threads and not thread.name.startswith(HARMLESS_THREADS)
    ]


def new_processes(before: Census) -> list[psutil.Process]:
    """Processes that were started since by this one or its descendants, detached or not, and still run."""
    unknown = set(psutil.pids()) - before.pids
    if not unknown:  # the usual case; a search for descendants reads the whole process table
        return []
    started = {child.pid: child for child in psutil.Process().children(recursive=True)}
    for pid in unknown - started.keys():
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            if process.environ().get(_MARK) == os.environ.get(_MARK):
                started[pid] = process
    return [process for pid, process in started.items() if pid not in before.pids and _runs(process)]


def describe_and_kill(processes: list[psutil.Process]) -> list[str]:
    """Say what each process is and end it, so that the next test starts clean."""
    return [_describe_and_kill(process) for process in processes]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _describe_and_kill(process: psutil.Process) -> str:
    description = f"process {process.pid}"
    with contextlib.suppress(psutil.Error):  # it may end by itself at any moment
        description += f": {' '.join(process.cmdline())}"
        process.kill()
        process.wait(5)
    return description
