# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs `verifield-sync` as a child process that says what it does in lines of JSON. Starts processes; knows no
destination's wire.

A child goes on when this daemon ends: it only loses its listener. Secrets reach it on its standard input alone.
"""

import json
import logging
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edge_daemon.domain.destination import Destination
from edge_daemon.domain.faults import SecretUnavailable, SyncFailed
from edge_daemon.secrets.secret import Secret
from edge_daemon.secrets.store import SecretStore

log = logging.getLogger(__name__)

ANSWER_S = 60.0
MOST_LINES, LONGEST_LINE = 100, 1000
ANCHOR_FILE = "anchor.toml"
ANCHOR_SECRETS = ("anchor.paying-key", "anchor.api-key")

Told = Mapping[str, object]
NO_DESTINATION = ("",)
"""As `needs`: the secrets of the anchor alone."""


class SyncCommand:
    """The command for one home and its `destinations`. `secrets` opens the place for secrets when one is needed."""

    def __init__(
        self,
        home: Path,
        destinations: Callable[[], Mapping[str, Destination]],
        secrets: Callable[[], SecretStore],
    ) -> None:
        self._home = home
        self._destinations = destinations
        self._secrets = secrets

    def begin(self, arguments: list[str], needs: Sequence[str] | None) -> "subprocess.Popen[str]":
        """Start the command for this home.

        `needs` names the destinations whose secrets it gets (empty: all), and it gets those of the anchor besides; None
        for no secret at all. Raises SyncFailed where it cannot be started.
        """
        return self.begin_elsewhere([*arguments, "--home", str(self._home)], needs)

    def begin_elsewhere(self, arguments: list[str], needs: Sequence[str] | None = None) -> "subprocess.Popen[str]":
        """The same for a command that is not about a home."""
        secrets = None if needs is None else self._secrets_of(needs)
        command = [sys.executable, "-m", "sync", *arguments]
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


def all_told(child: "subprocess.Popen[str]", seconds: float) -> tuple[Told, ...]:
    """Everything the command says until it ends. Raises SyncFailed when that takes longer, or it fails in words."""
    try:
        output, words = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise SyncFailed(f"the delivery program did not answer within {seconds:g} s") from None
    told = tuple(line for line in map(parsed, output.splitlines()) if line is not None)
    if child.returncode == 1 and not told and words.strip():
        raise SyncFailed(words.strip())
    return told


def parsed(line: str) -> Told | None:
    """What a line of the command says; None for one that is no JSON object."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


class LastWords:
    """Reads what a command says to people beside what it says to programs, so that it never waits to be heard.

    Keeps the end of it.
    """

    def __init__(self, child: "subprocess.Popen[str]") -> None:
        self._child = child
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self._thread = threading.Thread(target=self._read, name="sync words", daemon=True)
        self._thread.start()

    def told(self) -> str:
        """The words of the command, which has ended; closes its streams."""
        self._thread.join()
        assert self._child.stdout is not None
        self._child.stdout.close()
        return "".join(self._lines).strip()

    def _read(self) -> None:
        assert self._child.stderr is not None
        with self._child.stderr as words:
            while line := words.readline(LONGEST_LINE):
                self._lines.append(line)
