# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Staying awake on a Mac, by `caffeinate`. Starts and ends a child process. **Untested on a real machine.**

`-i` keeps the system from sleeping when idle, `-s` from sleeping at all while on mains; `-w` ends it with this process,
however that ends. A closed lid on battery still means sleep. Source: caffeinate(8).
"""

import os
import subprocess

END_S = 5.0


class Caffeinate:
    """Holds the assertion through one child process."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._child: subprocess.Popen[bytes] | None = None

    def hold(self) -> str:
        self.release()
        try:
            self._child = subprocess.Popen(
                ("caffeinate", "-i", "-s", "-w", str(os.getpid())),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            return f"caffeinate cannot be run: {error.strerror or error}"
        return ""

    def held(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def release(self) -> None:
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(END_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None
