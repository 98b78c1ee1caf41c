# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Starting with a Linux computer: a systemd user service, with lingering so that nobody need log in.

Writes one unit file; asks systemctl and loginctl. Unit syntax: systemd.unit(5), systemd.service(5), systemd.syntax(7).
"""

import json
import shlex
import threading
from collections.abc import Sequence
from pathlib import Path

from edge_daemon.domain.autostart import AutostartReport, AutostartState
from edge_daemon.secrets.private_file import write_private
from edge_daemon.service.commands import Ran, Run

UNIT = "verifield.service"
MECHANISM = "systemd user service"
_HOME_KEY = "Home="

_UNIT = """\
# Written by Verifield ("Record after restart"); it is written anew when that is switched on.
[Unit]
Description=Verifield recorder
# However often it fails, it is tried again: what is not recorded is lost.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart={command}
Restart=always
RestartSec=5
# At a stop the recorder closes its log in order, then what it has started.
KillMode=mixed
TimeoutStopSec=45

[Install]
WantedBy=default.target

[X-Verifield]
{home_key}{home}
"""


def quoted(word: str, *, variables: bool) -> str:
    """One word of an ExecStart= line, so that systemd hands over exactly `word`.

    Where `variables` are put in (every word but the program's own), `$` is doubled.
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    escaped = escaped.replace("$", "$$") if variables else escaped
    return '"' + "".join(char if char.isprintable() else _escaped(char) for char in escaped) + '"'


def _escaped(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))


def unit_text(command: Sequence[str], home: Path) -> str:
    """The unit that runs `command`, and names the home it is for where systemd does not look."""
    program, *arguments = command
    words = [quoted(program, variables=False), *(quoted(argument, variables=True) for argument in arguments)]
    return _UNIT.format(command=" ".join(words), home_key=_HOME_KEY, home=json.dumps(str(home)))


def home_of(text: str) -> str | None:
    """The home that a unit of ours is for; None where it does not say."""
    for line in text.splitlines():
        if line.startswith(_HOME_KEY):
            try:
                found = json.loads(line.removeprefix(_HOME_KEY))
            except ValueError:
                return None
            return found if isinstance(found, str) else None
    return None


class SystemdUser:
    """The unit `verifield.service` of this account, for one home."""

    def __init__(self, home: Path, command: Sequence[str], *, units: Path, user: str, run: Run) -> None:
        """Use the unit folder `units` ($XDG_CONFIG_HOME/systemd/user) of the account `user`."""
        self._home = home
        self._command = tuple(command)
        self._file = units / UNIT
        self._user = user
        self._run = run
        self._lock = threading.Lock()

    def state(self) -> AutostartReport:
        unit = self._systemctl("show", UNIT, "--property=LoadState", "--property=UnitFileState")
        obstacle = self._obstacle(unit)
        if obstacle:
            return _unavailable(obstacle)
        if not _enabled(unit):
            return _report(AutostartState.DISABLED)
        if "LoadState=loaded" not in unit.out.splitlines():
            return _unavailable(f"systemd cannot use {self._file}. `systemctl --user status {UNIT}` says why.")
        if not self._lingers():
            return _unavailable(
                "Recording would begin only when you log in, because lingering is off. Ask an administrator to run "
                f"`loginctl enable-linger {self._user}`, then switch this on again."
            )
        if self._text() != unit_text(self._command, self._home):
            return _report(
                AutostartState.DISABLED,
                "The computer starts another copy of the program, or another version. Switch on to use this one.",
            )
        return _report(AutostartState.ENABLED)

    def enable(self) -> AutostartReport:
        with self._lock:
            return self._enable()

    def disable(self) -> AutostartReport:
        """Switch it off. The unit file stays, so that a recorder that runs by it is still restarted if it fails.

        Lingering stays too: other services of this account may live by it.
        """
        with self._lock:
            now = self.state()
            if home_of(self._text()) != str(self._home):
                return now
            done = self._systemctl("disable", UNIT)
            return self.state() if done.ok else _unavailable(f"It could not be switched off: {done.words}.")

    def _enable(self) -> AutostartReport:
        obstacle = self._obstacle(self._systemctl("show", UNIT, "--property=LoadState", "--property=UnitFileState"))
        if obstacle:
            return _unavailable(obstacle)
        if not self._lingers():
            asked = self._run(("loginctl", "--no-ask-password", "enable-linger", self._user))
            if not self._lingers():
                why = "" if asked.ok else f" ({asked.words})"
                return _unavailable(
                    f"Lingering was refused{why}, so recording would begin only when somebody logs in. Ask an "
                    f"administrator to run `loginctl enable-linger {self._user}`, then switch this on again."
                )
        return self._install()

    def _obstacle(self, unit: Ran) -> str:
        """Why this cannot be switched on or off here; empty where it can."""
        if not unit.ok:
            return (
                f"This system has no systemd user instance for this account ({unit.words}). Log in to the desktop or "
                "by SSH in the usual way, or let an administrator install Verifield as a system service."
            )
        home = home_of(self._text())
        if not _enabled(unit) or home == str(self._home):
            return ""
        if home is None:
            return f"{self._file} is enabled and is not Verifield's own. Take it away, then try again."
        return (
            f"The computer starts the recorder of another data folder: {home}. Switch that off first: "
            f"`verifield-daemon autostart --disable --home {shlex.quote(home)}`."
        )

    def _install(self) -> AutostartReport:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_private(self._file, unit_text(self._command, self._home).encode())
        except OSError as error:
            return _unavailable(f"{self._file} cannot be written: {error.strerror or error}.")
        for done in (self._systemctl("daemon-reload"), self._systemctl("enable", UNIT)):
            if not done.ok:
                return _unavailable(f"systemd refused the service: {done.words}.")
        return self.state()

    def _lingers(self) -> bool:
        shown = self._run(("loginctl", "show-user", self._user, "--property=Linger", "--value"))
        return shown.ok and shown.out.strip() == "yes"

    def _text(self) -> str:
        try:
            return self._file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def _systemctl(self, *arguments: str) -> Ran:
        return self._run(("systemctl", "--user", "--no-pager", *arguments))


def _enabled(unit: Ran) -> bool:
    return "UnitFileState=enabled" in unit.out.splitlines()


def _report(state: AutostartState, reason: str = "") -> AutostartReport:
    return AutostartReport(state, reason, MECHANISM)


def _unavailable(reason: str) -> AutostartReport:
    return _report(AutostartState.UNAVAILABLE, reason)
