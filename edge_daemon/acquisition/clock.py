# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The computer's clocks, read from the operating system. Does I/O; what they mean is decided in `clock_watch`."""

import ctypes
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge_daemon.acquisition.boot_session import boot_session
from edge_daemon.acquisition.time_source_macos import kernel_synchronised
from edge_daemon.acquisition.time_source_windows import WindowsTimeSource

_READS = 8
_TOGETHER_NS = 100_000
_TIMESYNC = Path("/run/systemd/timesync/synchronized")
_HARDWARE_CLOCKS = Path("/sys/class/rtc")
_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


@dataclass(frozen=True, slots=True)
class Instant:
    """One moment on three clocks.

    `wall_ns`: UTC, nanoseconds since 1970; may be wrong and may be set. `boot_us`: microseconds since boot, counting
    suspend. `mono_ns`: nanoseconds since boot without suspend.
    """

    wall_ns: int
    boot_us: int
    mono_ns: int


class Clock(Protocol):
    """What acquisition needs to know of time."""

    def now(self) -> Instant:
        """This moment."""

    def boot_id(self) -> str:
        """A text that differs from boot to boot."""

    def synchronised(self) -> bool:
        """Whether the wall clock follows a time source now."""

    def keeps_time_when_off(self) -> bool:
        """Whether the computer has a clock that runs while it is off."""


class SystemClock:
    """The clocks of this computer.

    Args:
        believed: take the wall clock for right without asking, as the demo does: its instruments live in that time.
    """

    __slots__ = ("_believed", "_boot_id", "_windows")

    def __init__(self, *, believed: bool = False) -> None:
        self._believed = believed
        self._boot_id = boot_session()
        self._windows = WindowsTimeSource()

    def now(self) -> Instant:
        """This moment; the three clocks are read within 0.1 ms of each other, or as close as can be in eight tries.

        A thread that is paused between two reads would otherwise make a set clock out of its pause.
        """
        width_ns, nearest = _read_together()
        for _ in range(_READS - 1):
            if width_ns <= _TOGETHER_NS:
                break
            width_ns, nearest = min((width_ns, nearest), _read_together(), key=lambda read: read[0])
        return nearest

    def boot_id(self) -> str:
        """The system's id of this boot; the same as long as this clock is used."""
        return self._boot_id

    def synchronised(self) -> bool:
        """What the system says of its clock; False where nothing tells, and on Windows until it has answered.

        Linux: the kernel takes its word (adjtimex) back some hours after the last correction and whenever the clock is
        set. The file of systemd-timesyncd says only that there was a correction since boot: it is asked where the
        kernel may not be.
        """
        if self._believed:
            return True
        if sys.platform == "win32":
            now = self.now()
            return self._windows.synchronised(now.wall_ns, now.boot_us)
        if sys.platform == "darwin":
            return kernel_synchronised()
        kernel = _kernel_synchronised()
        return _TIMESYNC.exists() if kernel is None else kernel

    def keeps_time_when_off(self) -> bool:
        """Whether a hardware clock is there. True off Linux: the computers we know there all have one."""
        if not sys.platform.startswith("linux"):
            return True
        return _HARDWARE_CLOCKS.is_dir() and any(_HARDWARE_CLOCKS.iterdir())


def _read_together() -> tuple[int, Instant]:
    before_ns = _boot_ns()
    wall_ns, mono_ns = time.time_ns(), time.monotonic_ns()
    width_ns = _boot_ns() - before_ns
    return width_ns, Instant(wall_ns, (before_ns + width_ns // 2) // 1000, mono_ns)


def _boot_ns() -> int:
    if sys.platform == "darwin":
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC)  # counts sleep there, as time.monotonic does not
    counts_suspend = getattr(time, "CLOCK_BOOTTIME", None)
    if counts_suspend is not None:
        return time.clock_gettime_ns(counts_suspend)
    return time.monotonic_ns()  # counts sleep on Windows


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2)."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", ctypes.c_long * 2),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        # Room to spare: a C library with 64-bit time on 32-bit hardware writes a longer structure than this.
        ("reserved", ctypes.c_int * 43),
    )


def _kernel_synchronised() -> bool | None:
    """None where the kernel cannot be asked."""
    if not sys.platform.startswith("linux"):
        return None
    timex = _Timex()  # modes 0: only read
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):  # a C library without the call
        return None
    if state < 0:  # a sandbox that forbids even to ask
        return None
    # On 32-bit hardware the two structures differ behind `modes`; the returned state alone is the same everywhere.
    unsynchronised = ctypes.sizeof(ctypes.c_long) == 8 and timex.status & _STA_UNSYNC
    return state < _TIME_ERROR and not unsynchronised
