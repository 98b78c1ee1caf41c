# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which way this computer has to start the recorder by itself. Looks at the system's name and the environment."""

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path

from edge_daemon.secrets.choose import Mode
from edge_daemon.service.autostart import Autostart, NotOffered
from edge_daemon.service.commands import Run, recorder_command, run_command
from edge_daemon.service.launchd import Launchd
from edge_daemon.service.systemd_user import SystemdUser
from edge_daemon.service.windows_task import WindowsTask

if sys.platform != "win32":
    import os
    import pwd

MODE_VARIABLE = "VERIFIELD_MODE"
"""`installed` in the environment of the system service."""

IN_DEMO = "The demo records nothing real, so it does not start with the computer."
INSTALLED = (
    "This recorder is a service of the system, which starts it before anybody logs in. An administrator changes that "
    "with `systemctl enable verifield` or `systemctl disable verifield`."
)


def choose_autostart(
    home: Path,
    environment: Mapping[str, str],
    *,
    demo: bool,
    platform: str = sys.platform,
    run: Run = run_command,
) -> Autostart:
    """The way to start the recorder of `home` with this computer. Asks the system nothing yet."""
    if demo:
        return NotOffered(IN_DEMO)
    if environment.get(MODE_VARIABLE) == Mode.INSTALLED:
        return NotOffered(INSTALLED)
    command = recorder_command(home)
    if platform.startswith("linux"):
        settings = Path(environment.get("XDG_CONFIG_HOME") or f"{environment.get('HOME', '')}/.config")
        return SystemdUser(home, command, units=settings / "systemd" / "user", user=_account(), run=run)
    if platform == "darwin":
        agents = Path(environment.get("HOME", "/")) / "Library" / "LaunchAgents"
        return Launchd(home, command, agents=agents, uid=_uid(), run=run)
    if platform == "win32":
        domain = environment.get("USERDOMAIN", "")
        user = f"{domain}\\{_account()}" if domain else _account()
        return WindowsTask(home, command, user=user, run=run)
    return NotOffered(f"Verifield does not know how {platform} starts programs. Use the system's own means.")


def _uid() -> int:
    return -1 if sys.platform == "win32" else os.getuid()


def _account() -> str:
    """The account's name; its number where it has none, which the system's commands take as well."""
    if sys.platform == "win32":
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
