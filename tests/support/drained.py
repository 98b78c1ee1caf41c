# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The real `verifield-sync run` on a home, and the most memory that it ever took. Starts a process; needs POSIX."""

import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import tomli_w

from edge_daemon.secrets.private_file import write_private

TOKEN = "a-token"


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
    said = home / "said"
    begun = perf_counter()
    with said.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "sync", "run", "--json", "--secrets-stdin", "--home", str(home)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    assert child.stdin is not None
    with child.stdin as pipe:
        pipe.write(secrets.encode())
    # Only the system's own account of this one child has its peak.
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    scale = 1 if sys.platform == "darwin" else 1024
    return Drained(child.returncode, used.ru_maxrss * scale, perf_counter() - begun, said)
