# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Starting with a Mac: a LaunchAgent of this account. **Untested on a real machine.**

Writes one property list; asks launchctl. Keys: launchd.plist(5); commands: launchctl(1). An agent begins when its
account logs in, not before, and the report says so.
"""

import plistlib
import threading
from collections.abc import Sequence
from pathlib import Path
from xml.parsers.expat import ExpatError

from edge_daemon.domain.autostart import AutostartReport, AutostartState
from edge_daemon.secrets.private_file import write_private
from edge_daemon.service.commands import Ran, Run

LABEL = "org.verifield.daemon"
MECHANISM = "launchd agent"
AT_LOGIN = "Recording begins when you log in to this Mac. Automatic login makes it begin at power-on."


def agent(command: Sequence[str]) -> bytes:
    """The property list that runs `command` at login, and again whenever it ends."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "KeepAlive": True,
            "ThrottleInterval": 10,
            # Anything less may be slowed down to save power, and instruments do not wait.
            "ProcessType": "Interactive",
            # Time to close the log in order.
            "ExitTimeOut": 45,
        }
    )


class Launchd:
    """The agent `org.verifield.daemon` of this account, for one home."""

    def __init__(self, home: Path, command: Sequence[str], *, agents: Path, uid: int, run: Run) -> None:
        """Use the folder `agents` (~/Library/LaunchAgents) of the account number `uid`."""
        self._home = home
        self._command = tuple(command)
        self._file = agents / f"{LABEL}.plist"
        self._domain = f"gui/{uid}"
        self._run = run
        self._lock = threading.Lock()

    def state(self) -> AutostartReport:
        listed = self._run(("launchctl", "print-disabled", self._domain))
        if not listed.ok:
            return _unavailable(f"This account has no launchd session ({listed.words}). Log in to the desktop first.")
        command = self._kept_command()
        if command is None or _is_disabled(listed):
            return _report(AutostartState.DISABLED)
        if command[-1:] != [str(self._home)]:
            return _unavailable(
                f"The Mac starts another recorder: {' '.join(command) or self._file}. Switch that off first, with "
                "`verifield-daemon autostart --disable` and that data folder's `--home`."
            )
        if tuple(command) != self._command:
            return _report(
                AutostartState.DISABLED, "The Mac starts another copy of the program. Switch on to use this one."
            )
        return _report(AutostartState.ENABLED, AT_LOGIN)

    def enable(self) -> AutostartReport:
        """Write the agent and lift a ban on it. It is not loaded now: the recorder that runs goes on."""
        with self._lock:
            now = self.state()
            if now.state is AutostartState.UNAVAILABLE:
                return now
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_private(self._file, agent(self._command))
            except OSError as error:
                return _unavailable(f"{self._file} cannot be written: {error.strerror or error}.")
            allowed = self._run(("launchctl", "enable", f"{self._domain}/{LABEL}"))
            return self.state() if allowed.ok else _unavailable(f"launchd refused the agent: {allowed.words}.")

    def disable(self) -> AutostartReport:
        """Take the agent's file away, so that the next login finds none. The recorder that runs goes on."""
        with self._lock:
            if (self._kept_command() or [])[-1:] == [str(self._home)]:
                try:
                    self._file.unlink(missing_ok=True)
                except OSError as error:
                    return _unavailable(f"{self._file} cannot be removed: {error.strerror or error}.")
            return self.state()

    def _kept_command(self) -> list[str] | None:
        """What the agent that is there runs; None where there is none, [] where it cannot be read."""
        try:
            found = plistlib.loads(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, plistlib.InvalidFileException, ExpatError, ValueError):
            return []
        arguments = found.get("ProgramArguments") if isinstance(found, dict) else None
        return [str(argument) for argument in arguments] if isinstance(arguments, list) else []


def _is_disabled(listed: Ran) -> bool:
    """Whether launchctl's list bans the agent: `"LABEL" => disabled`, before macOS 13 `"LABEL" => true`."""
    for line in listed.out.splitlines():
        label, _, value = line.strip().partition(" => ")
        if label == f'"{LABEL}"':
            return value in {"disabled", "true"}
    return False


def _report(state: AutostartState, reason: str = "") -> AutostartReport:
    return AutostartReport(state, reason, MECHANISM)


def _unavailable(reason: str) -> AutostartReport:
    return _report(AutostartState.UNAVAILABLE, reason)
