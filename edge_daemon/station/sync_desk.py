# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Starts `verifield-sync` as a child process and follows what it says. Starts processes; knows no destination's wire.

A sync goes on when this daemon ends: it only loses its listener. A sync that somebody else started is told from its
own progress file, which `status` of the command reads.
"""

import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge_daemon.domain.destination import Destination
from edge_daemon.domain.faults import Conflict, SyncFailed
from edge_daemon.home import Home
from edge_daemon.secrets.private_file import write_private
from edge_daemon.secrets.store import SecretStore
from edge_daemon.station.sync_command import ANSWER_S, LastWords, SyncCommand, Told, all_told, parsed

MOST_NOTES = 50
CHECK_S = 120.0

ENDS = {"done", "cancelled", "stopped", "gave_up", "put_off", "failed"}
"""States in which a destination's part of a sync can end."""

ANOTHER_RUNS = 3
"""The command's exit status beside a running sync, such as one that was begun in a terminal."""


@dataclass(frozen=True, slots=True)
class SyncRun:
    """The newest sync that this daemon started: `progress` by destination, each as the command tells it.

    `plans`, `checks`, `alarms` and `notes` are its other words, in order; a note keeps nothing back. `status` is its
    exit status, None while it runs; `trouble` why it could not begin, empty when it did. `number` counts the syncs of
    this daemon (0: none yet), `names` are the destinations asked for (none: all), `cancelled`: a person broke it off.
    """

    running: bool = False
    progress: Mapping[str, Told] = field(default_factory=dict)
    plans: Mapping[str, Told] = field(default_factory=dict)
    checks: tuple[Told, ...] = ()
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    status: int | None = None
    trouble: str = ""
    number: int = 0
    names: tuple[str, ...] = ()
    cancelled: bool = False


class SyncDesk:
    """One home's syncs. `secrets` opens the place for secrets when one is needed. Safe to use from several threads."""

    def __init__(
        self,
        home: Path,
        destinations: Callable[[], Mapping[str, Destination]],
        secrets: Callable[[], SecretStore],
    ) -> None:
        self._command = SyncCommand(home, destinations, secrets)
        self._cancel_file = Home(home).cancel_file
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._run = SyncRun()

    def run(self) -> SyncRun:
        """The running sync, or else the last one."""
        return self._run

    def start(self, names: Sequence[str] = (), *, automatic: bool = False) -> SyncRun:
        """Begin to deliver to these destinations, or to all; `automatic` where nobody asked for it.

        Raises Conflict, BadInput, SyncFailed.
        """
        with self._lock:
            if self._child is not None:
                raise Conflict("a sync is running already")
            arguments = ["run", "--json", *_options(names), *(["--automatic"] if automatic else [])]
            self._child = child = self._command.begin(arguments, names)
            self._run = SyncRun(running=True, number=self._run.number + 1, names=tuple(names))
            threading.Thread(target=self._follow, args=(child,), name="sync", daemon=True).start()
            return self._run

    def cancel(self) -> SyncRun:
        """Ask the running sync to end, whoever began it; it does so within a second, and nothing is lost.

        Raises SyncFailed where one that was begun elsewhere cannot be asked.
        """
        with self._lock:
            if self._child is None:
                self._ask_elsewhere()
            else:
                # Windows has no such signal for a child: there the process is ended, and its books are the truth.
                self._child.send_signal(signal.SIGTERM)
                self._run = replace(self._run, cancelled=True)
        return self._run

    def _ask_elsewhere(self) -> None:
        # Where none runs, the next one throws this away before it begins.
        try:
            write_private(self._cancel_file, b"")
        except OSError as error:
            raise SyncFailed(f"the sync cannot be asked to end: {error.strerror or error}") from error

    def check(self, name: str) -> tuple[Told, ...]:
        """What the destination's check says, line by line. Waits for it. Raises as `start`."""
        child = self._command.begin(["run", "--json", "--check-only", *_options([name])], [name])
        told = all_told(child, CHECK_S)
        lines = tuple(line for line in told if line.get("event") == "check")
        elsewhere = next((line for line in told if line.get("event") == "running"), None)
        if elsewhere is not None:
            raise Conflict("a sync is running; the destination can be checked when it has ended")
        if not lines:
            raise SyncFailed(f"the check of {name} said nothing (exit status {child.returncode})")
        return lines

    def standing(self) -> Told:
        """Accounts, what waits, last runs, room and alarms, as `verifield-sync status --json` tells. Waits for it."""
        told = all_told(self._command.begin(["status", "--json"], None), ANSWER_S)
        if not told:
            raise SyncFailed("the state of the deliveries cannot be told; the log of the recorder says more")
        return told[-1]

    def set_aside(self, name: str = "") -> tuple[Told, ...]:
        """What was refused, with the destination's own words; at most a thousand. Waits for it."""
        return all_told(
            self._command.begin(["set-aside", "list", "--json", *_options([name] if name else [])], None), ANSWER_S
        )

    def retry(self, name: str = "") -> None:
        """Let the next sync try what was refused again. Raises Conflict while a sync runs, SyncFailed."""
        self._order(["set-aside", "retry", *_options([name] if name else [])], "what was refused can be tried again")

    def resend(self, name: str) -> None:
        """Let the next sync deliver everything to this destination again. Raises as `retry`."""
        self._order(["resend", name], "the destination can be sent everything again")

    def _order(self, arguments: list[str], what: str) -> None:
        """Have the books changed, and believe only a command that says that it did."""
        if self._child is None:
            child = self._command.begin(arguments, None)
            all_told(child, ANSWER_S)
            if child.returncode == 0:
                return
            if child.returncode != ANOTHER_RUNS:
                raise SyncFailed(f"the delivery program broke off (exit status {child.returncode})")
        raise Conflict(f"a sync is running; {what} when it has ended")

    def _follow(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        last_words = LastWords(child)
        for line in child.stdout:
            told = parsed(line)
            if told is not None:
                with self._lock:
                    self._run = _after(self._run, told)
        status = child.wait()
        words = last_words.told()
        with self._lock:
            told_its_end = self._run.progress and all(one["state"] in ENDS for one in self._run.progress.values())
            trouble = self._run.trouble or ("" if told_its_end or status == 0 else words)
            self._run = replace(self._run, running=False, status=status, trouble=trouble)
            self._child = None


def _options(names: Sequence[str]) -> list[str]:
    return [part for name in names for part in ("--destination", name)]


def _after(run: SyncRun, told: Told) -> SyncRun:
    name = str(told.get("destination", ""))
    match told.get("event"):
        case "progress" | "end":
            return replace(run, progress={**run.progress, name: {**run.progress.get(name, {}), **told}})
        case "plan":
            return replace(run, plans={**run.plans, name: told})
        case "check":
            # While it waits for a network it looks again and again: the newest of each look is what counts.
            others = (one for one in run.checks if (one.get("destination"), one.get("title")) != (name, told["title"]))
            return replace(run, checks=(*others, told))
        case "alarm":
            return replace(run, alarms=(*run.alarms, f"{name}: {told.get('words', '')}"))
        case "running":
            return replace(run, trouble=str(told.get("words", "")))
        case "trouble" | "receipt" | "anchor":
            return replace(run, notes=(*run.notes, str(told.get("words", "")))[-MOST_NOTES:])
    return run
