# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Why a port cannot be used, and what to do about it: permission, another program, ModemManager; and its chip.

Asks the file system and the process table; opens no port. Of another program only its name and number are told, never
its command line.
"""

import contextlib
import getpass
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.domain.connection import PortIdentity

CHIPS: Mapping[tuple[str, str], str] = {
    ("0403", "6001"): "FTDI FT232R",
    ("10c4", "ea60"): "Silicon Labs CP210x",
    ("1a86", "7523"): "WCH CH340",
    ("1a86", "55d4"): "WCH CH9102",
    ("067b", "2303"): "Prolific PL2303",
    ("303a", "1001"): "Espressif USB-serial",
    ("2341", "0043"): "Arduino Uno",
}
"""USB ids that the makers give their bridge chips. They name the adapter, never the instrument behind it."""

RULES_FILE = "/etc/udev/rules.d/60-verifield.rules"
IGNORE_RULE = 'ENV{ID_MM_DEVICE_IGNORE}="1"'

_PROCESSES = Path("/proc")
_MODEM_MANAGER = "ModemManager"
_COMM_LENGTH = 15


@dataclass(frozen=True, slots=True)
class Rival:
    """Another program that has the port open."""

    name: str
    pid: int

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may open a device: `group` owns it, `member` whether this account is in it, `command` what adds it."""

    group: str
    account: str
    member: bool
    command: str


def chip_of(identity: PortIdentity) -> str:
    """The adapter's chip by its USB ids; empty for one that is not known."""
    return CHIPS.get((identity.vendor, identity.product), "")


def rivals(devices: Iterable[str], processes: Path = _PROCESSES) -> dict[str, Rival]:
    """Which other program holds each of these devices, for those where one was found.

    What other accounts run stays hidden from an ordinary account; an empty answer proves nothing.
    """
    wanted = {os.path.realpath(device): device for device in devices if device.startswith("/")}
    found: dict[str, Rival] = {}
    if not wanted:
        return found
    for process in _others(processes):
        for handle in _listing(process / "fd"):
            with contextlib.suppress(OSError):  # closed meanwhile, or not ours to see
                device = wanted.get(str(handle.readlink()))
                if device is not None:
                    found[device] = Rival(_name(process), int(process.name))
    return found


def modem_manager_runs(processes: Path = _PROCESSES) -> bool:
    """Whether ModemManager runs: it opens new serial ports by itself and writes to what it takes for a modem."""
    return any(_name(process) == _MODEM_MANAGER for process in _others(processes))


def permission(device: str) -> Permission | None:
    """Who may open the device, where this account may not; None where it may, or where nothing can be told."""
    if sys.platform == "win32" or os.access(device, os.R_OK | os.W_OK):
        return None
    import grp

    try:
        owner = Path(device).stat().st_gid
        group = grp.getgrgid(owner).gr_name
        members = grp.getgrgid(owner).gr_mem
    except (OSError, KeyError):
        return None
    account = _account()
    command = f"sudo usermod -a -G {group} {account}"
    return Permission(group, account, owner in {os.getgid(), *os.getgroups()} or account in members, command)


def troubles(devices: Iterable[str]) -> dict[str, str]:
    """What keeps each of these devices from being opened, for those where something is known to."""
    local = [device for device in devices if device.startswith("/")]
    held = rivals(local)
    told = {device: busy_by(device, held[device]) for device in local if device in held}
    return {**told, **{device: refused(device) for device in local if permission(device) is not None}}


def refused(device: str) -> str:
    """What to tell where opening the device was not permitted."""
    found = permission(device)
    if found is None:
        return f"{device} may not be opened by this account"
    told = f"{device} belongs to the group {found.group}"
    rule = f"Or install the rule file {RULES_FILE}, which lets whoever is logged in use the adapters it lists."
    if found.member:
        return f"{told}, which {found.account} is in, but not yet in this session. Log out and in again. {rule}"
    return f"{told}, which {found.account} is not in. Run `{found.command}` and log in again. {rule}"


def busy(device: str, processes: Path = _PROCESSES) -> str:
    """What to tell where another program holds the device."""
    rival = rivals([device], processes).get(device)
    if rival is not None:
        return busy_by(device, rival)
    told = f"{device} is held by another program"
    return f"{told}. {modem_manager_advice()}" if modem_manager_runs(processes) else told


def busy_by(device: str, rival: Rival) -> str:
    """What to tell where this program holds the device."""
    told = f"{device} is held by {rival}"
    return f"{told}. {modem_manager_advice()}" if rival.name == _MODEM_MANAGER else told


def modem_manager_advice() -> str:
    """What to do about ModemManager."""
    return (
        f"ModemManager runs and tries out new serial ports. The rule {IGNORE_RULE} in {RULES_FILE} keeps it away from "
        "the adapters; then plug the adapter in again."
    )


def _others(processes: Path) -> list[Path]:
    own = str(os.getpid())
    return [process for process in _listing(processes) if process.name.isdigit() and process.name != own]


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # another account's, gone meanwhile, or no such thing on this system
        return []


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()[:_COMM_LENGTH]
    except OSError:
        return "an unnamed program"


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
