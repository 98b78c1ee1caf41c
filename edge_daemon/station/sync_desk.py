# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Starts `verifield-sync` as a child process and follows what it says. Starts processes; knows no destination's wire.

A sync goes on when this daemon ends: it only loses its listener. A sync that somebody else started is told from its
own progress file, which `status` of the command reads.
"""

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from edge_daemon.domain.destination import Destination
from edge_daemon.domain.faults import Conflict, SecretUnavailable, SyncFailed
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.store import SecretStore

log = logging.getLogger(__name__)

ANSWER_S = 60.0
MOST_NOTES = 50
CHECK_S = 120.0
ANCHOR_FILE = "anchor.toml"
ANCHOR_SECRETS = ("anchor.paying-key", "anchor.api-key")

Told = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SyncRun:
    """The newest sync that this daemon started: `progress` by destination, each as the command tells it.

    `plans`, `checks`, `alarms` and `notes` are its other words, in order; a note keeps nothing back. `status` is its
    exit status, None while it runs; `trouble` why it could not begin, empty when it did.
    """

    running: bool = False
    progress: Mapping[str, Told] = field(default_factory=dict)
    plans: Mapping[str, Told] = field(default_factory=dict)
    checks: tuple[Told, ...] = ()
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    status: int | None = None
    trouble: str = ""


class SyncDesk:
    """One home's syncs. `secrets` opens the place for secrets when one is needed. Safe to use from several threads."""

    def __init__(
        self,
        home: Path,
        destinations: Callable[[], Mapping[str, Destination]],
        secrets: Callable[[], SecretStore],
    ) -> None:
        self._home = home
        self._destinations = destinations
        self._secrets = secrets
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._run = SyncRun()

    def run(self) -> SyncRun:
        """The running sync, or else the last one."""
        return self._run

    def start(self, names: Sequence[str] = ()) -> SyncRun:
        """Begin to deliver to these destinations, or to all. Raises Conflict, BadInput, SyncFailed."""
        with self._lock:
            if self._child is not None:
                raise Conflict("a sync is running already")
            self._child = child = self._begin(["run", "--json", *_options(names)], names)
            self._run = SyncRun(running=True)
            threading.Thread(target=self._follow, args=(child,), name="sync", daemon=True).start()
            return self._run

    def cancel(self) -> SyncRun:
        """Ask the running sync to end; it does so within a second, and nothing is lost."""
        with self._lock:
            if self._child is not None:
                # Windows has no such signal for a child: there the process is ended, and its books are the truth.
                self._child.send_signal(signal.SIGTERM)
        return self._run

    def check(self, name: str) -> tuple[Told, ...]:
        """What the destination's check says, line by line. Waits for it. Raises as `start`."""
        child = self._begin(["run", "--json", "--check-only", *_options([name])], [name])
        told = _all(child, CHECK_S)
        lines = tuple(line for line in told if line.get("event") == "check")
        elsewhere = next((line for line in told if line.get("event") == "running"), None)
        if elsewhere is not None:
            raise Conflict("a sync is running; the destination can be checked when it has ended")
        if not lines:
            raise SyncFailed(f"the check of {name} said nothing (exit status {child.returncode})")
        return lines

    def standing(self) -> Told:
        """Accounts, what waits, last runs, room and alarms, as `verifield-sync status --json` tells. Waits for it."""
        told = _all(self._begin(["status", "--json"], None), ANSWER_S)
        if not told:
            raise SyncFailed("the state of the deliveries cannot be told; the log of the recorder says more")
        return told[-1]

    def anchoring(self) -> Told:
        """How anchoring stands, as `verifield-sync anchor --status --json` tells. Waits for it. Raises SyncFailed."""
        told = _all(self._begin(["anchor", "--status", "--json"], None), ANSWER_S)
        if not told:
            raise SyncFailed("what is anchored cannot be told; the log of the recorder says more")
        return told[-1]

    def set_aside(self, name: str = "") -> tuple[Told, ...]:
        """What was refused, with the destination's own words; at most a thousand. Waits for it."""
        return _all(self._begin(["set-aside", "list", "--json", *_options([name] if name else [])], None), ANSWER_S)

    def retry(self, name: str = "") -> None:
        """Let the next sync try what was refused again. Raises Conflict while a sync runs."""
        if self._child is not None:
            raise Conflict("a sync is running; what was refused can be tried again when it has ended")
        _all(self._begin(["set-aside", "retry", *_options([name] if name else [])], None), ANSWER_S)

    def _begin(self, arguments: list[str], needs: Sequence[str] | None) -> "subprocess.Popen[str]":
        """Start the command; `needs` names the destinations whose secrets it gets (empty: all), None for none."""
        secrets = None if needs is None else self._secrets_of(needs)
        command = [sys.executable, "-m", "sync", *arguments, "--home", str(self._home)]
        if secrets is not None:
            command.append("--secrets-stdin")
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        except OSError as error:
            raise SyncFailed(f"the delivery program cannot be started: {error.strerror or error}") from error
        assert child.stdin is not None
        try:
            child.stdin.write(json.dumps({name: secret.reveal() for name, secret in (secrets or {}).items()}))
            child.stdin.close()
        except OSError:
            log.warning("the delivery program ended before it was told its secrets")
        child.stdin = None  # told all; waiting for the child must not write again
        return child

    def _secrets_of(self, names: Sequence[str]) -> Mapping[str, Secret]:
        present = self._destinations()
        wanted = [destination for name, destination in present.items() if not names or name in names]
        needed = [destination.secret_name for destination in wanted if destination.needs_secret]
        if (self._home / ANCHOR_FILE).exists():
            needed += ANCHOR_SECRETS
        secrets = {name: self._secret(name) for name in needed}
        return {name: secret for name, secret in secrets.items() if secret is not None}

    def _secret(self, name: str) -> Secret | None:
        try:
            return self._secrets().get(name)
        except SecretUnavailable as fault:
            # The others can be delivered to; the command says of this one that its secret is missing.
            log.warning("the secret %s cannot be had: %s", name, fault)
            return None

    def _follow(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        for line in child.stdout:
            told = _parsed(line)
            if told is not None:
                self._run = _after(self._run, told)
        status = child.wait()
        words = _said(child)
        with self._lock:
            trouble = self._run.trouble or ("" if self._run.progress or status == 0 else words)
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
            return replace(run, checks=(*run.checks, told))
        case "alarm":
            return replace(run, alarms=(*run.alarms, f"{name}: {told.get('words', '')}"))
        case "running":
            return replace(run, trouble=str(told.get("words", "")))
        case "trouble" | "receipt" | "anchor":
            return replace(run, notes=(*run.notes, str(told.get("words", "")))[-MOST_NOTES:])
    return run


def _all(child: "subprocess.Popen[str]", seconds: float) -> tuple[Told, ...]:
    """Everything the command says until it ends. Raises SyncFailed when that takes longer, or it fails in words."""
    try:
        output, words = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise SyncFailed(f"the delivery program did not answer within {seconds:g} s") from None
    told = tuple(line for line in map(_parsed, output.splitlines()) if line is not None)
    if child.returncode == 1 and not told and words.strip():
        raise SyncFailed(words.strip())
    return told


def _parsed(line: str) -> Told | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _said(child: "subprocess.Popen[str]") -> str:
    assert child.stderr is not None
    assert child.stdout is not None
    words = child.stderr.read().strip()
    child.stderr.close()
    child.stdout.close()
    return words
