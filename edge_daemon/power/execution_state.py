# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Staying awake on Windows, by the thread's execution state. **Untested on a real machine.**

The state belongs to the thread that sets it and ends with it, so with the process too. It does not cover a closed lid,
which the power settings decide. Source: Microsoft, SetThreadExecutionState (winbase.h).
"""

import ctypes
import sys
from collections.abc import Callable

CONTINUOUS = 0x80000000
SYSTEM_REQUIRED = 0x00000001


def set_thread_execution_state(flags: int) -> int:
    """The state before, or 0 where it was refused. Raises OSError elsewhere than on Windows."""
    if sys.platform == "win32":
        call = ctypes.WinDLL("kernel32").SetThreadExecutionState
        call.argtypes, call.restype = (ctypes.c_uint32,), ctypes.c_uint32
        return int(call(flags))
    raise OSError("there is no kernel32 here")


class ExecutionState:
    """Holds the state of the calling thread."""

    def __init__(self, set_state: Callable[[int], int] = set_thread_execution_state) -> None:
        """`set_state` takes the flags and returns those before, 0 where it was refused."""
        self._set_state = set_state
        self._held = False

    def hold(self) -> str:
        try:
            self._held = self._set_state(CONTINUOUS | SYSTEM_REQUIRED) != 0
        except OSError as error:
            return f"Windows cannot be asked: {error}"
        return "" if self._held else "Windows refused it"

    def held(self) -> bool:
        return self._held

    def release(self) -> None:
        if self._held:
            self._set_state(CONTINUOUS)
            self._held = False
