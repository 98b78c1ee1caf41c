# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The full check of the home's logs, once a day by itself, in a child process that gives way to everything else.

Bytes, tree, columns, signatures, order, gaps, every checkpoint against the next: what `verifield-sync verify` tells.
Starts processes; keeps the last outcome in a file, so that it outlives the daemon. A check that was cut short is made
anew.
"""

import json
import logging
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from edge_daemon.domain.faults import Fault
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.station.sync_command import Told, parsed

log = logging.getLogger(__name__)

FILE_NAME = "daily_check.json"
EVERY_NS = 24 * 3600 * 10**9
LOOK_S = 60.0
AFTER_START_S = 600.0
"""A recorder that was just started has other things to do."""

AFTER_TROUBLE_S = 3600.0
MOST_NAMED = 5
_GRAVITY = (
    "failed",
    "unreadable",
    "salvaged",
    "shortened",
    "incomplete",
    "other_rules",
    "not_vouched_for",
    "simulated",
    "sound",
)


@dataclass(frozen=True, slots=True)
class DailyOutcome:
    """The last full check. `standing` is that of the worst log; `failed` names what failed. Times are UTC ns."""

    started_ns: int
    ended_ns: int
    standing: str
    failed: tuple[str, ...] = ()


class FullCheckFailed(Fault):
    code = "full_check_failed"
    title = "The full check of the log found something wrong"
    advice = "Look at the Evidence page, which names it. Copy the data folder as it is before anything is repaired."


class DailyCheck:
    """Makes the check when it is due. `begin` starts `verifield-sync` with arguments; `now_ns` is the wall clock."""

    def __init__(
        self,
        home: Path,
        begin: Callable[[list[str]], "subprocess.Popen[str]"],
        arguments: Callable[[], list[str]],
        now_ns: Callable[[], int],
        *,
        after_start_s: float = AFTER_START_S,
        look_s: float = LOOK_S,
    ) -> None:
        self._kept = home / FILE_NAME
        self._begin = begin
        self._arguments = arguments
        self._now_ns = now_ns
        self._after_start_s, self._look_s = after_start_s, look_s
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._last = _read(self._kept)
        self._thread = threading.Thread(target=self._main, name="daily-check", daemon=True)

    def last(self) -> DailyOutcome | None:
        """The last check that came to its end; None before the first."""
        return self._last

    def fault(self) -> Fault | None:
        """What the last check found wrong, for the recorder's health."""
        last = self._last
        if last is None or last.standing not in {"failed", "unreadable"}:
            return None
        found = " ".join(last.failed[:2]) or "A log cannot be read."
        return FullCheckFailed(f"The full check of {rfc3339_from_ns(last.ended_ns)[:16]}Z found: {found}")

    def start(self) -> None:
        """Begin to look whether a check is due."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and a check under way."""
        self._stop.set()
        with self._lock:
            if self._child is not None:
                self._child.kill()
        if self._thread.ident is not None:
            self._thread.join()

    def _main(self) -> None:
        pause_s = self._after_start_s
        while not self._stop.wait(pause_s):
            pause_s = self._look_s
            if self._due() and not self._check():
                pause_s = max(self._look_s, AFTER_TROUBLE_S)

    def _due(self) -> bool:
        last, now_ns = self._last, self._now_ns()
        return last is None or not 0 <= now_ns - last.started_ns < EVERY_NS

    def _check(self) -> bool:
        """Whether it came to its end."""
        started_ns = self._now_ns()
        try:
            child = self._begin(self._arguments())
        except Fault as fault:
            log.warning("the full check cannot be made: %s", fault)
            return False
        with self._lock:
            self._child = child
            if self._stop.is_set():
                child.kill()
        output, words = child.communicate()
        with self._lock:
            self._child = None
        verdicts = [told for told in map(parsed, output.splitlines()) if told is not None and "standing" in told]
        if not verdicts:
            if not self._stop.is_set():
                log.warning("the full check ended without a verdict: %s", words.strip() or child.returncode)
            return False
        self._keep(_outcome(started_ns, self._now_ns(), verdicts))
        return True

    def _keep(self, outcome: DailyOutcome) -> None:
        self._last = outcome
        draft = self._kept.with_name(f"{self._kept.name}.new")
        try:
            draft.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
            draft.replace(self._kept)
        except OSError as error:
            log.warning("the outcome of the full check cannot be kept: %s", error)


def _outcome(started_ns: int, ended_ns: int, verdicts: Sequence[Told]) -> DailyOutcome:
    standings = [str(told["standing"]) for told in verdicts]
    worst = min(standings, key=lambda one: _GRAVITY.index(one) if one in _GRAVITY else 0)
    named = [words for told in verdicts for words in _failed(told)]
    return DailyOutcome(started_ns, ended_ns, worst, tuple(named[:MOST_NAMED]))


def _failed(verdict: Told) -> list[str]:
    checks = verdict.get("checks")
    found = [one for one in checks if isinstance(one, dict)] if isinstance(checks, list) else []
    return [f"{one.get('title')}: {one.get('words')}" for one in found if one.get("outcome") == "failed"]


def _read(kept: Path) -> DailyOutcome | None:
    try:
        told = json.loads(kept.read_text(encoding="utf-8"))
        failed = tuple(map(str, told["failed"]))
        return DailyOutcome(int(told["started_ns"]), int(told["ended_ns"]), str(told["standing"]), failed)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("the outcome of the last full check cannot be read: %s", error)
        return None
