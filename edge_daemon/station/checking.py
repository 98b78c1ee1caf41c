# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The full check of the log on request, one at a time, in a child process. Starts processes; keeps the last outcome.

The outcome is kept in a file, so that it outlives the daemon; a check that the daemon's end cut short is told as such.
"""

import json
import logging
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from edge_daemon.buffer.child import end_child, start_child, told_by
from edge_daemon.domain.faults import Conflict

log = logging.getLogger(__name__)

CheckState = Literal["never", "running", "sound", "damaged", "unreadable", "cancelled", "interrupted"]
_VERDICTS: Mapping[int, CheckState] = {0: "sound", 1: "damaged", 2: "unreadable"}


@dataclass(frozen=True, slots=True)
class CheckStatus:
    """A check and how far it is, `done` of `of` entries in its present `phase`. Times are UTC nanoseconds, 0 for none.

    `found` names the first problems of `problem_count`; `not_compared` entries gave no columns to compare.
    """

    state: CheckState = "never"
    started_ns: int = 0
    ended_ns: int = 0
    phase: str = ""
    done: int = 0
    of: int = 0
    origin: str = ""
    size: int = 0
    root: str = ""
    problem_count: int = 0
    found: tuple[str, ...] = ()
    columns_checked: bool = False
    not_compared: int = 0
    message: str = ""


class CheckDesk:
    """Starts, follows and cancels the check of the log in `buffer`; keeps the outcome in the file `kept`."""

    def __init__(self, buffer: Path, kept: Path, now_ns: Callable[[], int]) -> None:
        self._buffer = buffer
        self._kept = kept
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._cancelled = False
        self._status = _read(kept)

    def status(self) -> CheckStatus:
        """The running check, or else the last one."""
        return self._status

    def start(self) -> CheckStatus:
        """Begin a check. Raises Conflict while one runs, OSError when no process can be started."""
        with self._lock:
            if self._child is not None:
                raise Conflict("a check of the log is running already")
            self._cancelled = False
            self._child = child = start_child("edge_daemon.buffer.check", "--child", str(self._buffer))
            self._status = CheckStatus("running", self._now_ns())
            self._thread = threading.Thread(target=self._follow, args=(child,), name="log-check", daemon=True)
            self._thread.start()
            return self._status

    def cancel(self) -> CheckStatus:
        """End the running check; without one nothing happens. Waits for its end."""
        with self._lock:
            thread = self._thread
            if self._child is not None:
                self._cancelled = True
                self._child.kill()
        if thread is not None:
            thread.join()
        return self._status

    def _follow(self, child: "subprocess.Popen[str]") -> None:
        self._keep(self._status)
        last: Mapping[str, object] = {}
        for told in told_by(child):
            if "phase" in told:
                phase, done, of = str(told["phase"]), int(str(told["done"])), int(str(told["of"]))
                self._status = replace(self._status, phase=phase, done=done, of=of)
            else:
                last = told
        code = child.wait()
        end_child(child)
        outcome = self._outcome(code, last)
        self._keep(outcome)
        with self._lock:
            self._status = outcome
            self._child = None

    def _outcome(self, code: int, told: Mapping[str, object]) -> CheckStatus:
        ended = replace(self._status, ended_ns=self._now_ns())
        if self._cancelled:
            return replace(ended, state="cancelled")
        if code not in _VERDICTS or "sound" not in told:
            return replace(ended, state="interrupted", message=f"the check ended with status {code}")
        problems = told.get("problems", [])
        return replace(
            ended,
            state=_VERDICTS[code],
            origin=str(told.get("origin", "")),
            size=int(str(told.get("size", 0))),
            root=str(told.get("root", "")),
            problem_count=int(str(told.get("problem_count", 0))),
            found=tuple(_words(problem) for problem in problems) if isinstance(problems, list) else (),
            columns_checked=told.get("columns_checked") is True,
            not_compared=int(str(told.get("undecoded", 0))),
            message=str(told.get("message", "")),
        )

    def _keep(self, status: CheckStatus) -> None:
        draft = self._kept.with_name(self._kept.name + ".new")
        try:
            draft.write_text(json.dumps(asdict(status)), encoding="utf-8")
            draft.replace(self._kept)
        except OSError as error:
            log.warning("the outcome of the check cannot be kept: %s", error)


def _words(problem: object) -> str:
    if not isinstance(problem, dict):
        return str(problem)
    index = problem.get("index")
    return str(problem.get("what")) if index is None else f"entry {index}: {problem.get('what')}"


def _read(kept: Path) -> CheckStatus:
    try:
        told = json.loads(kept.read_text(encoding="utf-8"))
        status = CheckStatus(**{**told, "found": tuple(told["found"])})
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return CheckStatus()
    if status.state not in get_args(CheckState):
        return CheckStatus()
    return replace(status, state="interrupted") if status.state == "running" else status
