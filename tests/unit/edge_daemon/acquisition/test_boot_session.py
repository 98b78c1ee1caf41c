# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Telling boots apart, whatever happens to the clock. Reads this computer's boot id."""

from pathlib import Path

import psutil
import pytest

from edge_daemon.acquisition import boot_session as module
from edge_daemon.acquisition.boot_session import TimeOfDay, boot_session, windows_session
from edge_daemon.acquisition.clock import SystemClock

BOOTED = 134_000_000_000_000_000
HOUR = 36_000_000_000


@pytest.mark.parametrize("by", [HOUR, -HOUR, 1])
def test_setting_the_clock_of_windows_makes_no_other_boot(by: int) -> None:
    before = TimeOfDay(boot_time=BOOTED, current_time=BOOTED + HOUR)
    after = TimeOfDay(boot_time=BOOTED + by, current_time=BOOTED + HOUR + by, boot_time_bias=by % 2**64)
    assert windows_session(7, before) == windows_session(7, after)
    assert windows_session(None, before) == windows_session(None, after)


def test_boots_of_windows_differ_by_number_or_by_time() -> None:
    one, later = TimeOfDay(boot_time=BOOTED), TimeOfDay(boot_time=BOOTED + HOUR)
    every = {windows_session(*boot) for boot in ((7, one), (8, one), (7, later), (None, one), (None, later))}
    assert len(every) == 5


@pytest.mark.skipif("sys.platform != 'linux'")
def test_linux_has_an_id_of_its_own() -> None:
    assert boot_session() == Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def test_where_the_system_has_no_id_the_boot_time_serves_and_stays_for_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for reader in ("_linux_id", "_macos_id", "_windows_id"):
        monkeypatch.setattr(module, reader, lambda: "")
    monkeypatch.setattr(psutil, "boot_time", lambda: 1_790_000_000.9)
    clock = SystemClock()
    assert clock.boot_id() == "boot-1790000000"
    monkeypatch.setattr(psutil, "boot_time", lambda: 1_790_003_600.9)
    assert clock.boot_id() == "boot-1790000000"
    assert SystemClock().boot_id() == "boot-1790003600"


def test_a_linux_without_the_file_has_no_id(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_LINUX_ID", tmp_path / "none")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(psutil, "boot_time", lambda: 5.0)
    assert boot_session() == "boot-5"
