# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the macOS kernel's answers mean, and where in its structure they stand. Pure."""

import ctypes
import sys

import pytest

from edge_daemon.acquisition.time_source_macos import Timex, kernel_synchronised, says_synchronised


@pytest.mark.parametrize(
    ("state", "status", "synchronised"),
    [
        (0, 0x0000, True),
        (0, 0x2001, True),  # nanosecond resolution, phase-locked loop
        (1, 0x0011, True),  # a leap second is announced
        (4, 0x0001, True),
        (5, 0x0040, False),
        (5, 0x0000, False),
        (0, 0x0041, False),
        (0, 0x1001, False),  # the clock's hardware failed
        (-1, 0x0000, False),
    ],
)
def test_the_kernels_answers(state: int, status: int, synchronised: bool) -> None:
    assert says_synchronised(state, status) is synchronised


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_long) != 8, reason="macOS has 64-bit longs")
def test_the_status_stands_where_macos_writes_it() -> None:
    """Four bytes of modes, four of padding, four longs."""
    assert Timex.status.offset == 40
    assert ctypes.sizeof(Timex) >= 128


@pytest.mark.skipif(sys.platform == "darwin", reason="there the kernel answers")
def test_elsewhere_that_kernel_is_not_asked() -> None:
    assert kernel_synchronised() is False
