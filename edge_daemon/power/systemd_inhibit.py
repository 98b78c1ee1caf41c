# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Staying awake on Linux, by an inhibitor lock of logind. Starts and ends a child process.

`systemd-inhibit` takes the lock and runs `cat`, which lives until its standard input ends: when this process closes the
pipe, or dies in whatever way. A line that comes back from `cat` proves that the lock was taken before it was started.
Source: systemd-inhibit(1), and logind's inhibitor locks (org.freedesktop.login1(5)).
"""

import contextlib
import os
import select
import signal
import subprocess
import sys

ANSWER_S = 10.0
END_S = 5.0
COMMAND = (
    "systemd-inhibit",
    "--what=sleep:handle-lid-switch",
    "--who=Verifield",
    "--why=Sensors are being recorded",
    "--mode=block",
    "cat",
)


class SystemdInhibit:
    """Holds the lock through one child process."""

    def __init__(self, answer_s: float = ANSWER_S) -> None:
        """Give the system `answer_s` seconds to grant the lock."""
        self._answer_s = answer_s
        self._child: subprocess.Popen[bytes] | None = None

    def hold(self) -> str:
        self.release()
        try:
            # A session of its own: a Ctrl-C in the terminal is for the recorder, which records until its orderly end.
            self._child = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            return f"systemd-inhibit cannot be run: {error.strerror or error}"
        if _answers(self._child, self._answer_s):
            return ""
        words = _end(self._child)
        self._child = None
        return f"systemd-inhibit was refused: {words}" if words else "systemd-inhibit gave no answer"

    def held(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def release(self) -> None:
        if self._child is not None:
            _end(self._child)
            self._child = None


def _answers(child: subprocess.Popen[bytes], seconds: float) -> bool:
    assert child.stdin is not None
    assert child.stdout is not None
    with contextlib.suppress(BrokenPipeError):  # it has ended already, and its standard output says so
        child.stdin.write(b"\n")
        child.stdin.flush()
    ready, _, _ = select.select([child.stdout], [], [], seconds)
    return bool(ready) and os.read(child.stdout.fileno(), 1) == b"\n"


def _end(child: subprocess.Popen[bytes]) -> str:
    """End the child in order, or by force where it does not; what it said of its failure."""
    try:
        _, words = child.communicate(timeout=END_S)
    except subprocess.TimeoutExpired:
        if sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        _, words = child.communicate()
    return words.decode(errors="replace").strip()[-300:]
