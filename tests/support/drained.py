# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The real `verifield-sync run` on a home, and the most memory that it ever took. Starts a process; needs POSIX."""

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import tomli_w

from edge_daemon.secrets.private_file import write_private

TOKEN = "a-token"

_WEIGH = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(child.pid, 0)
open(sys.argv[1], "w").write(str(used.ru_maxrss))
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""A small parent: the system counts what a process took before its own program began, which is its parent's memory."""


class Drained(NamedTuple):
    """How the sync ended, the bytes of its largest resident memory, and how many seconds it took."""

    status: int
    peak_bytes: int
    seconds: float
    said: Path


def drained(home: Path, destinations: dict[str, dict[str, object]]) -> Drained:
    """Deliver everything that waits in the home to these destinations."""
    write_private(home / "destinations.toml", tomli_w.dumps({"destinations": destinations}).encode())
    secrets = json.dumps({f"influxdb.{name}.token": TOKEN for name in destinations})
    said, told = home / "said", home / "peak"
    command = [sys.executable, "-m", "sync", "run", "--json", "--secrets-stdin", "--home", str(home)]
    begun = perf_counter()
    with said.open("wb") as output:
        status = subprocess.run(
            [sys.executable, "-c", _WEIGH, str(told), *command],
            input=secrets.encode(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    scale = 1 if sys.platform == "darwin" else 1024
    return Drained(status, int(told.read_text()) * scale, perf_counter() - begun, said)
