# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Why a port cannot be used is told by name, from the process table and the device's group; and the udev rules."""

import os
import stat
import sys
from pathlib import Path

import pytest

from edge_daemon.domain.connection import PortIdentity, PortKind
from edge_daemon.instruments import diagnosis

RULES = Path(__file__).parents[4] / "packaging" / "udev" / "60-verifield.rules"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="groups and the process table are POSIX's")


def process(processes: Path, pid: int, name: str, *handles: Path) -> None:
    folder = processes / str(pid) / "fd"
    folder.mkdir(parents=True)
    (processes / str(pid) / "comm").write_text(f"{name}\n")
    (processes / str(pid) / "cmdline").write_text("minicom --password secret")
    for number, target in enumerate(handles):
        (folder / str(number)).symlink_to(target)


@pytest.fixture
def device(tmp_path: Path) -> Path:
    path = tmp_path / "ttyUSB0"
    path.touch()
    return path


def test_the_program_that_holds_a_port_is_named_without_its_command_line(tmp_path: Path, device: Path) -> None:
    processes = tmp_path / "proc"
    process(processes, 1234, "minicom", Path("/dev/null"), device)
    process(processes, 99, "bash", Path("/dev/null"))
    (processes / "not a number").mkdir()

    assert diagnosis.rivals([str(device)], processes) == {str(device): diagnosis.Rival("minicom", 1234)}
    assert diagnosis.busy(str(device), processes) == f"{device} is held by minicom (process 1234)"


def test_this_process_is_no_rival_and_nothing_is_invented(tmp_path: Path, device: Path) -> None:
    processes = tmp_path / "proc"
    process(processes, os.getpid(), "python", device)

    assert diagnosis.rivals([str(device), "socket://127.0.0.1:1"], processes) == {}
    assert diagnosis.busy(str(device), processes) == f"{device} is held by another program"
    assert diagnosis.rivals([str(device)], tmp_path / "absent") == {}


def test_a_link_to_the_device_is_the_device(tmp_path: Path, device: Path) -> None:
    processes = tmp_path / "proc"
    process(processes, 7, "picocom", device)
    link = tmp_path / "by-id"
    link.symlink_to(device)

    assert diagnosis.rivals([str(link)], processes) == {str(link): diagnosis.Rival("picocom", 7)}


@pytest.mark.parametrize("holds", [True, False])
def test_modem_manager_is_told_with_the_rule_that_keeps_it_away(tmp_path: Path, device: Path, *, holds: bool) -> None:
    processes = tmp_path / "proc"
    process(processes, 600, "ModemManager", *([device] if holds else []))

    assert diagnosis.modem_manager_runs(processes)
    assert 'ENV{ID_MM_DEVICE_IGNORE}="1"' in diagnosis.busy(str(device), processes)


def test_a_refused_port_names_its_group_and_the_command(device: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import grp

    monkeypatch.setattr(os, "access", lambda *_: False)  # an administrator may open everything
    monkeypatch.setattr(os, "getgroups", list)
    monkeypatch.setattr(os, "getgid", lambda: -1)
    monkeypatch.setattr(diagnosis, "_account", lambda: "ana")
    group = grp.getgrgid(device.stat().st_gid).gr_name

    told = diagnosis.refused(str(device))
    assert f"belongs to the group {group}, which ana is not in" in told
    assert f"`sudo usermod -a -G {group} ana`" in told
    assert "log in again" in told
    assert diagnosis.RULES_FILE in told
    assert diagnosis.troubles([str(device)]) == {str(device): told}

    monkeypatch.setattr(os, "getgid", lambda: device.stat().st_gid)
    assert "not yet in this session" in diagnosis.refused(str(device))


def test_a_port_that_can_be_used_has_no_trouble(device: Path) -> None:
    device.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert diagnosis.troubles([str(device)]) == {}
    assert diagnosis.permission(str(device.parent / "absent")) is None


def test_chips_are_named_by_their_usb_ids() -> None:
    assert diagnosis.chip_of(PortIdentity(PortKind.PHYSICAL, "1a86", "7523", location="1-1")) == "WCH CH340"
    assert not diagnosis.chip_of(PortIdentity(PortKind.PHYSICAL, "dead", "beef"))
    assert len(diagnosis.CHIPS) == 7


def test_the_udev_rules_cover_every_chip_that_is_known() -> None:
    lines = RULES.read_text(encoding="utf-8").splitlines()
    for (vendor, product), chip in diagnosis.CHIPS.items():
        (rule,) = [line for line in lines if f'"{vendor}"' in line and f'"{product}"' in line]
        assert diagnosis.IGNORE_RULE in rule
        assert 'TAG+="uaccess"' in rule
        assert f"# {chip}" in lines
    assert Path(diagnosis.RULES_FILE).name == RULES.name
