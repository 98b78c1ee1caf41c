# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The system service's unit: what systemd thinks of it, and that it is what the recorder's secrets and home expect."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from edge_daemon.secrets.choose import Mode, service_folder
from edge_daemon.service.choose import INSTALLED, choose_autostart

SERVICES = Path(__file__).resolve().parents[4] / "packaging" / "services"
UNIT = SERVICES / "verifield.service"


def unit() -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",), comment_prefixes=("#",))
    found.optionxform = str  # type: ignore[method-assign,assignment] # configparser's own way to keep capitals
    found.read(UNIT)
    return found


def lines(key: str) -> list[str]:
    """Every value of a key that may stand several times."""
    return [line.partition("=")[2] for line in UNIT.read_text().splitlines() if line.startswith(f"{key}=")]


def test_it_starts_before_login_under_an_account_of_its_own_and_always_comes_back() -> None:
    found = unit()
    service = found["Service"]
    assert (service["User"], service["Group"]) == ("verifield", "verifield")
    assert found["Install"]["WantedBy"] == "multi-user.target"
    assert service["Restart"] == "always"
    assert found["Unit"]["StartLimitIntervalSec"] == "0"
    (account, membership) = [
        line.split() for line in (SERVICES / "verifield.sysusers").read_text().splitlines() if line[0] != "#"
    ]
    assert account[:2] == ["u", service["User"]]
    assert membership == ["m", service["User"], service["SupplementaryGroups"]]
    assert f'"{service["User"]}"' in (SERVICES / "verifield-awake.rules").read_text()


def test_its_folders_are_those_that_home_and_secrets_expect() -> None:
    service = unit()["Service"]
    home = PurePosixPath(service["ExecStart"].rpartition("--home ")[2].replace("%S", "/var/lib"))
    folders = {PurePosixPath("/var/lib") / name for name in service["StateDirectory"].split()}
    state = next(line.partition("=")[2] for line in lines("Environment") if line.startswith("XDG_STATE_HOME="))
    assert {home, PurePosixPath(service_folder(Path(home)))} <= folders
    assert PurePosixPath(state.replace("%S", "/var/lib")) in folders - {home}
    assert service["StateDirectoryMode"] == "0700"
    assert int(service["UMask"], 8) == 0o077


def test_the_recorder_knows_by_it_that_it_is_installed(tmp_path: Path) -> None:
    environment = dict(line.split("=", 1) for line in lines("Environment"))
    assert environment["VERIFIELD_MODE"] == Mode.INSTALLED
    assert choose_autostart(tmp_path, environment, demo=False).state().reason == INSTALLED


def test_no_option_takes_devices_away() -> None:
    assert not {"PrivateDevices", "DevicePolicy", "DeviceAllow", "ProtectClock"} & set(unit()["Service"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/verifield/bin/verifield-daemon", sys.executable))
    checked = subprocess.run(
        ["systemd-analyze", "verify", copy],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert (checked.returncode, checked.stderr) == (0, "")
