# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A real command and the most memory that it ever took. Starts a process; needs POSIX."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

_WEIGH = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(child.pid, 0)
open(sys.argv[1], "w").write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small parent: the system counts what a process took before its own program began, which is its parent's memory."""


class Weighed(NamedTuple):
    """How the command ended, the bytes of its largest resident memory, its seconds, and what it said."""

    status: int
    peak_bytes: int
    seconds: float
    said: str


def weighed(command: Sequence[str], folder: Path) -> Weighed:
    """Run the command to its end; `folder` takes what is written down meanwhile."""
    told = folder / "peak"
    begun = perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", _WEIGH, str(told), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    scale = 1 if sys.platform == "darwin" else 1024
    return Weighed(ran.returncode, int(told.read_text()) * scale, perf_counter() - begun, ran.stdout)
