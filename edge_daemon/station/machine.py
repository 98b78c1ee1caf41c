# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tells this computer from another, without saying anything else about it. Reads the system's machine id."""

import hashlib
import subprocess
import sys
from pathlib import Path

_LINUX_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


def machine_hash() -> str:
    """SHA-256 (hexadecimal) of the system's id under our own prefix; empty where the system has none."""
    identifier = _system_id()
    return hashlib.sha256(b"verifield machine\n" + identifier.encode()).hexdigest() if identifier else ""


def _system_id() -> str:
    readers = {"win32": _windows_id, "darwin": _macos_id}
    return readers.get(sys.platform, _linux_id)()


def _linux_id() -> str:
    return next((path.read_text().strip() for path in _LINUX_FILES if path.is_file()), "")


def _windows_id() -> str:
    key = r"HKLM\SOFTWARE\Microsoft\Cryptography"
    return _said(["reg", "query", key, "/v", "MachineGuid"], "MachineGuid").split()[-1]


def _macos_id() -> str:
    line = _said(["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"], "IOPlatformUUID")
    return line.rpartition("=")[2].strip().strip('"')


def _said(command: list[str], word: str) -> str:
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    return next(line for line in told.stdout.splitlines() if word in line)
