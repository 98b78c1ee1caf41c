# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which voice the clock listens to on which system. The systems are named, their voices are stand-ins."""

import sys

import pytest

from edge_daemon.acquisition import clock as module
from edge_daemon.acquisition.clock import SystemClock


class Source:
    """Stands in for the Windows time service."""

    def __init__(self, says: bool) -> None:
        self.says = says
        self.asked: list[tuple[int, int]] = []

    def synchronised(self, wall_ns: int, boot_us: int) -> bool:
        self.asked.append((wall_ns, boot_us))
        return self.says


@pytest.mark.parametrize("says", [True, False])
def test_windows_asks_its_time_service_with_the_clocks_of_this_moment(
    monkeypatch: pytest.MonkeyPatch, says: bool
) -> None:
    source = Source(says)
    monkeypatch.setattr(module, "WindowsTimeSource", lambda: source)
    clock = SystemClock()
    before = clock.now()
    monkeypatch.setattr(sys, "platform", "win32")
    told = clock.synchronised()
    monkeypatch.undo()
    assert told is says
    assert source.asked[0][1] >= before.boot_us
    assert clock.now().boot_us >= source.asked[0][1]


@pytest.mark.parametrize("says", [True, False])
def test_macos_asks_its_kernel(monkeypatch: pytest.MonkeyPatch, says: bool) -> None:
    monkeypatch.setattr(module, "kernel_synchronised", lambda: says)
    clock = SystemClock()
    monkeypatch.setattr(sys, "platform", "darwin")
    told = clock.synchronised()
    monkeypatch.undo()
    assert told is says
