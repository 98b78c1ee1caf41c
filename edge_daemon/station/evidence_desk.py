# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Verification, bundles and anchors on request: one at a time, each a child process whose words are kept.

Starts processes; keeps the project's station register in the home.
"""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, cast

from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict
from edge_daemon.secrets.private_file import NotPrivate, read_private, write_private
from edge_daemon.station.daily_check import DailyCheck
from edge_daemon.station.sync_command import ANSWER_S, NO_DESTINATION, LastWords, SyncCommand, Told, all_told, parsed

REGISTER_FILE = "station_register.json"
MOST_LINES = 200

Kind = Literal["verify", "bundle", "anchor"]


@dataclass(frozen=True, slots=True)
class Job:
    """What is or was done last. `total` is 0 while it is not known how much there is; `verdicts` as they were told."""

    kind: Kind
    running: bool = True
    done: int = 0
    total: int = 0
    words: str = ""
    lines: tuple[str, ...] = ()
    verdicts: tuple[Told, ...] = ()
    path: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class KeptRegister:
    """The project's station register, the keys that may have signed it (C2SP verifier keys), and the networks that a
    check takes for an outside witness though they are no public chains."""

    text: str = ""
    project_keys: tuple[str, ...] = ()
    trusted_networks: tuple[str, ...] = ()


class EvidenceDesk:
    """One home's evidence. Safe to use from several threads."""

    def __init__(self, home: Path, command: SyncCommand, now_ns: Callable[[], int] = time.time_ns) -> None:
        self.daily = DailyCheck(home, command.begin_elsewhere, self._gently, now_ns)
        self._home = home
        self._command = command
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._job: Job | None = None
        self._cancelled = False

    def anchoring(self) -> Told:
        """How anchoring stands, as `verifield-sync anchor --status --json` tells. Waits for it. Raises SyncFailed."""
        told = all_told(self._command.begin(["anchor", "--status", "--json"], None), ANSWER_S)
        return told[-1] if told else {}

    def job(self) -> Job | None:
        """The newest job; None before the first."""
        return self._job

    def verify(self, path: str, witness: str, *, online: bool = False) -> Job:
        """Begin to check a bundle, or the home's own logs; `online` asks the chain too.

        Raises Conflict, BadInput, SyncFailed.
        """
        place = Path(path) if path else self._home
        if not place.exists():
            raise BadInput("path", path, "a bundle on this computer is needed: a folder, or a ZIP file")
        arguments = ["verify", str(place), "--json", "--progress"]
        if witness:
            arguments += ["--witness", witness]
        if online:
            arguments.append("--online")
        arguments += self._vouching()
        return self._start(Job("verify", path=path), self._command.begin_elsewhere(arguments))

    def bundle(self, path: str, since: str, until: str, sensors: Sequence[str]) -> Job:
        """Begin to write a bundle. Raises Conflict, BadInput, SyncFailed."""
        if not Path(path).is_absolute():
            raise BadInput("path", path, "a whole path is needed, such as /media/stick/evidence.zip")
        arguments = ["bundle", "--output", path, "--from", since, "--to", until]
        arguments += [part for sensor in sensors for part in ("--sensor", sensor)]
        return self._start(Job("bundle", path=path), self._command.begin(arguments, None))

    def anchor(self) -> Job:
        """Begin to anchor everything that is signed. Raises Conflict, SyncFailed."""
        return self._start(Job("anchor"), self._command.begin(["anchor", "--json"], NO_DESTINATION))

    def cancel(self) -> Job | None:
        """End the job under way; nothing of it counts."""
        with self._lock:
            if self._child is not None:
                self._cancelled = True
                self._child.send_signal(signal.SIGTERM)
        return self._job

    def register(self) -> KeptRegister:
        """The register kept here. Raises BadInput for a file that was damaged by hand, BufferUnavailable."""
        path = self._home / REGISTER_FILE
        try:
            content = read_private(path)
            told = {} if content is None else json.loads(content)
            keys, networks = (tuple(map(str, told.get(name, ()))) for name in ("project_keys", "trusted_networks"))
            return KeptRegister(str(told.get("text", "")), keys, networks)
        except NotPrivate as error:
            raise BadInput(REGISTER_FILE, str(path), str(error)) from error
        except (ValueError, AttributeError, TypeError) as error:
            raise BadInput(REGISTER_FILE, str(path), "a JSON object of `text` and `project_keys` is needed") from error
        except OSError as error:
            raise BufferUnavailable(f"{path} cannot be read: {error.strerror or error}") from error

    def put_register(self, kept: KeptRegister) -> None:
        """Keep this register instead. Raises BufferUnavailable."""
        self._write(self._home / REGISTER_FILE, json.dumps(asdict(kept)).encode())

    def _gently(self) -> list[str]:
        """The full check of the home's own logs, giving way to everything else."""
        return ["verify", str(self._home), "--json", "--gently", *self._vouching()]

    def _vouching(self) -> list[str]:
        kept = self.register()
        trusted = [part for name in kept.trusted_networks for part in ("--trust-network", name)]
        if not kept.text:
            return trusted
        keys = [part for key in kept.project_keys for part in ("--project-key", key)]
        return ["--register", str(self._written(kept)), *keys, *trusted]

    def _written(self, kept: KeptRegister) -> Path:
        path = self._home / "station_register.note"
        self._write(path, kept.text.encode())
        return path

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        try:
            write_private(path, content)
        except OSError as error:
            raise BufferUnavailable(f"{path} cannot be written: {error.strerror or error}") from error

    def _start(self, job: Job, child: "subprocess.Popen[str]") -> Job:
        with self._lock:
            if self._child is not None:
                child.kill()
                child.communicate()
                raise Conflict("something is being checked, written or anchored already; wait for it, or cancel it")
            self._child, self._job, self._cancelled = child, job, False
        threading.Thread(target=self._follow, args=(child,), name="evidence", daemon=True).start()
        return job

    def _follow(self, child: "subprocess.Popen[str]") -> None:
        assert child.stdout is not None
        last_words = LastWords(child)
        for line in child.stdout:
            assert self._job is not None
            self._job = _after(self._job, line.strip(), parsed(line))
        child.wait()
        words = last_words.told()
        with self._lock:
            assert self._job is not None
            self._job = replace(self._job, running=False, trouble=self._trouble(self._job, child.returncode, words))
            self._child = None

    def _trouble(self, job: Job, status: int, words: str) -> str:
        if self._cancelled:
            return "It was cancelled; nothing of it counts."
        if job.verdicts or status == 0:
            return ""
        return words or job.words or f"It ended without a word (exit status {status})."


def _after(job: Job, line: str, told: Told | None) -> Job:
    if told is None:
        return replace(job, words=line, lines=(*job.lines, line)[-MOST_LINES:]) if line else job
    if "standing" in told:
        return replace(job, verdicts=(*job.verdicts, told))
    words = str(told.get("words") or job.words)
    match told.get("event"):
        case "progress":
            return replace(job, done=_whole(told, "done"), total=_whole(told, "total"), words=words)
        case "anchor":
            spoken = f"{words} {told.get('remedy') or ''}".strip()
            return replace(job, words=spoken, lines=(*job.lines, spoken)[-MOST_LINES:])
    return replace(job, words=words, lines=(*job.lines, words)[-MOST_LINES:])


def _whole(told: Mapping[str, object], name: str) -> int:
    return int(cast("int", told.get(name, 0)))
