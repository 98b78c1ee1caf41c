# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the system's own commands, with a time limit and never through a shell. Starts processes and waits for them."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

TIME_LIMIT_S = 10.0
LONGEST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended. `status` is None where it could not be run or did not end in time; `err` then says so."""

    status: int | None
    out: str = ""
    err: str = ""

    @property
    def ok(self) -> bool:
        """Whether it did what it was asked to."""
        return self.status == 0

    @property
    def words(self) -> str:
        """What it said last about its failure, in one line."""
        lines = [line.strip() for line in (self.err or self.out).splitlines() if line.strip()]
        return lines[-1][:LONGEST_WORDS] if lines else f"it ended with status {self.status}"


Run = Callable[[Sequence[str]], Ran]
"""Runs a program with arguments and waits for it."""


def run_command(command: Sequence[str]) -> Ran:
    """Run `command` without input, in the language its words are matched in."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT_S,
            check=False,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C"},
        )
    except FileNotFoundError:
        return Ran(None, err=f"{command[0]} is not there")
    except subprocess.TimeoutExpired:
        return Ran(None, err=f"{command[0]} gave no answer within {TIME_LIMIT_S:g} s")
    except OSError as error:
        return Ran(None, err=f"{command[0]} cannot be run: {error.strerror or error}")
    return Ran(done.returncode, done.stdout, done.stderr)


def recorder_command(home: Path) -> tuple[str, ...]:
    """Program and arguments that record into `home` as soon as no other recorder does. No token, no secret."""
    beside = Path(sys.executable).with_name("verifield-daemon.exe" if sys.platform == "win32" else "verifield-daemon")
    program = (str(beside),) if beside.is_file() else (sys.executable, "-m", "edge_daemon")
    return (*program, "run", "--wait", "--home", str(home))
