# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Salvages damaged logs by itself, one after the other, each in a child process. Owns a thread; starts processes.

What is left to do stands in the folder of closed logs alone, so that a crash or a stop at any moment leaves nothing
behind but work still to be done.
"""

import logging
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.child import end_child, start_child, told_by
from edge_daemon.buffer.closed import ClosedLog, closed_logs, salvage_target, write_failure

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
_DONE, _UNREADABLE = 0, 1


@dataclass(frozen=True, slots=True)
class Salvaging:
    """The closed log that is being salvaged, and its entries done and in all as far as known."""

    name: str
    done: int = 0
    of: int = 0


class SalvageDesk:
    """Watches the folder of closed logs and salvages what wants it."""

    def __init__(self, folder: Path, look_every_s: float = LOOK_EVERY_S) -> None:
        self._folder = folder
        self._look_every_s = look_every_s
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._now: Salvaging | None = None
        self._thread = threading.Thread(target=self._main, name="salvage", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and its child; what was not finished is done again after the next start."""
        self._stop.set()
        with self._lock:
            if self._child is not None:
                self._child.kill()
        self._thread.join()

    def now(self) -> Salvaging | None:
        """What is being salvaged at this moment."""
        return self._now

    def _main(self) -> None:
        while not self._stop.is_set():
            try:
                for closed in closed_logs(self._folder):
                    if closed.wants_salvage and not self._stop.is_set():
                        self._salvage(closed)
            except OSError as error:
                log.error("a damaged log cannot be salvaged at the moment: %s", error)
            self._stop.wait(self._look_every_s)

    def _salvage(self, closed: ClosedLog) -> None:
        log.info("salvaging what can be read of the damaged log %s", closed.file)
        self._now = Salvaging(closed.name)
        with self._lock:
            if self._stop.is_set():
                return
            child = self._child = start_child(
                "edge_daemon.buffer.salvage", str(closed.file), str(salvage_target(closed.file))
            )
        message = ""
        try:
            for told in told_by(child):
                done, of = told.get("done"), told.get("of")
                if isinstance(done, int) and isinstance(of, int):
                    self._now = Salvaging(closed.name, done, of)
                message = str(told.get("message", message))
            status = child.wait()
        finally:
            with self._lock:
                self._child = None
            end_child(child)
            self._now = None
        if status == _UNREADABLE and message and not self._stop.is_set():
            write_failure(closed.file, message)
        log.log(logging.INFO if status == _DONE else logging.ERROR, "salvage of %s: %s", closed.name, message or status)
