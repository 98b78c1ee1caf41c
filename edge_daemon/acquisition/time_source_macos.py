# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether macOS keeps its clock right, as its kernel says. **Untested on a real machine.**

Asks the kernel by `ntp_adjtime`, which changes nothing when no mode is given, needs no right and touches no network.
Sources: Apple, xnu `bsd/sys/timex.h` and `bsd/kern/kern_ntptime.c` (macOS 10.13 and later). Where the time daemon sets
the clock without telling the kernel so, the kernel goes on saying that it is not synchronised, and so do we.
"""

import ctypes
import sys

STA_UNSYNC = 0x0040
STA_CLOCKERR = 0x1000
TIME_ERROR = 5


class Timex(ctypes.Structure):
    """struct timex of ntp_adjtime(2) on macOS; unlike that of Linux it has no time, tick and tai."""

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
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        # Room to spare, should a later system write a longer structure.
        ("reserved", ctypes.c_long * 16),
    )


def says_synchronised(state: int, status: int) -> bool:
    """What the kernel's two answers mean.

    Args:
        state: what ntp_adjtime returned: 0 to 4 when synchronised (leap seconds), 5 when not, -1 on failure.
        status: the status bits of struct timex.
    """
    return 0 <= state < TIME_ERROR and not status & (STA_UNSYNC | STA_CLOCKERR)


def kernel_synchronised() -> bool:
    """Whether the kernel takes its clock for synchronised; False where it cannot be asked (macOS before 10.13)."""
    if sys.platform == "darwin":
        timex = Timex()  # modes 0: only read
        try:
            state = ctypes.CDLL(None).ntp_adjtime(ctypes.byref(timex))
        except AttributeError:  # a C library without the call
            return False
        return says_synchronised(state, timex.status)
    return False
