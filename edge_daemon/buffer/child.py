# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Long work on a log in a child process: quiet, at low priority, never longer alive than its parent. Starts processes.

The child's standard input is a pipe that only the parent holds: it ends however the parent ends.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from time import monotonic

# Gives way to whatever records or draws, and still comes to its end on a computer that is always busy.
_NICER = 10
_PROGRESS_EVERY_S = 0.2


def start_child(module: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start `python -m module` with a pipe to its input and from its output. Raises OSError."""
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.BELOW_NORMAL_PRIORITY_CLASS
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        creationflags=flags,
    )


def told_by(child: "subprocess.Popen[str]") -> Iterator[Mapping[str, object]]:
    """What the child says, line by line, until it ends. A line that was cut off by its death is left out."""
    assert child.stdout is not None
    for line in child.stdout:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told


def end_child(child: "subprocess.Popen[str]") -> int:
    """End the child if it still runs; its exit status."""
    child.kill()
    status = child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    return status


def become_child() -> None:
    """In the child: give way to everything else, and end when the parent does."""
    if sys.platform != "win32":
        os.nice(_NICER)
    threading.Thread(target=_end_with_parent, name="parent-watch", daemon=True).start()


def progress_teller(phase: str) -> Callable[[int, int], None]:
    """In the child: a function that tells (done, of) a few times a second."""
    last = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal last
        now = monotonic()
        if done >= of or now - last >= _PROGRESS_EVERY_S:
            last = now
            say({"phase": phase, "done": done, "of": of})

    return tell


def say(told: Mapping[str, object]) -> None:
    """In the child: one line for the parent."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(1)
