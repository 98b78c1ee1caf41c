# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which way this computer has to stay awake, and whether it can sleep at all. Looks at the system."""

import sys
from pathlib import Path

from edge_daemon.power.caffeinate import Caffeinate
from edge_daemon.power.execution_state import ExecutionState
from edge_daemon.power.inhibitor import Inhibitor
from edge_daemon.power.systemd_inhibit import SystemdInhibit

LINUX_SLEEP_STATES = Path("/sys/power/state")


def choose_inhibitor(platform: str = sys.platform) -> Inhibitor:
    """This system's way to stay awake."""
    if platform == "darwin":
        return Caffeinate()
    return ExecutionState() if platform == "win32" else SystemdInhibit()


def can_sleep(platform: str = sys.platform, states: Path = LINUX_SLEEP_STATES) -> bool:
    """Whether the computer has a sleep to fall into. A Linux kernel lists what it knows; a container's has none."""
    if not platform.startswith("linux"):
        return True
    try:
        return bool(states.read_text(encoding="ascii").split())
    except OSError:
        return False
