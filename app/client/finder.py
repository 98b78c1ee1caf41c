# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the daemon of a home, or starts it detached and waits for it, in a thread. Reads files, starts a process."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
from PySide6.QtCore import QObject, Signal

from app.client.endpoint import Endpoint, answers, read_endpoint

START_SECONDS = 40.0
_STEP_SECONDS = 0.1
DETACHED = 0x00000008 | 0x00000200  # Windows: DETACHED_PROCESS and CREATE_NEW_PROCESS_GROUP


def daemon_command(home: Path, *, demo: bool) -> tuple[str, ...]:
    """Program and arguments that record into `home`. In a demo the daemon adds the ending by itself."""
    given = home.with_name(home.name.removesuffix("-demo")) if demo else home
    return (sys.executable, "-m", "edge_daemon", "run", *(("--demo",) if demo else ()), "--home", str(given))


class _Outliving(subprocess.Popen[bytes]):
    """A process that is meant to go on when this program ends: that it still runs is nothing to warn of."""

    def __del__(self) -> None:
        """Leave it alone."""


class Finder(QObject):
    """Looks for the daemon when asked to; starts it where there is none.

    Signals:
        found: an `Endpoint` that answers.
        starting: no daemon was there; one is being started.
        failed: text for a person that says why there is none.
    """

    found = Signal(object)
    starting = Signal()
    failed = Signal(str)

    def __init__(self, home: Path, command: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self._command = command
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._started: _Outliving | None = None

    def look(self) -> None:
        """Begin to look, and return at once. A search that is under way goes on."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="finder", daemon=True)
        self._thread.start()

    def revive(self) -> None:
        """Start the daemon again if it ended without a word; one that was stopped in order stays stopped."""
        if self._started is not None:
            self._started.poll()  # a child that has ended counts as there until it is asked for
        left = read_endpoint(self._home)  # an orderly stop takes it away
        if left is not None and not psutil.pid_exists(left.pid):
            self.look()

    def stop(self) -> None:
        """Give up looking; a daemon that was started goes on."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            if self._started is not None:
                self._started.poll()  # one that has ended is to leave no trace in the system's list
            endpoint = self._living()
            if endpoint is None:
                endpoint = self._start()
        except OSError as error:
            self.failed.emit(f"The data folder {self._home} cannot be used: {error.strerror or error}.")
            return
        if endpoint is not None:
            self.found.emit(endpoint)

    def _living(self) -> Endpoint | None:
        endpoint = read_endpoint(self._home)
        return endpoint if endpoint is not None and answers(endpoint) else None

    def _start(self) -> Endpoint | None:
        self.starting.emit()
        folder = self._home / "window"
        folder.mkdir(parents=True, exist_ok=True)
        said = folder / "recorder-start.log"
        # A session of its own: closing the window, or its terminal, must not end the recording.
        windows = sys.platform == "win32"
        with said.open("wb") as words:
            self._started = _Outliving(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                creationflags=DETACHED if windows else 0,
                start_new_session=not windows,
            )
        return self._wait(self._started, said)

    def _wait(self, process: _Outliving, said: Path) -> Endpoint | None:
        deadline = time.monotonic() + START_SECONDS
        while not self._stop.wait(_STEP_SECONDS):
            ended = process.poll() is not None
            endpoint = self._living()
            if endpoint is not None:
                return endpoint
            if ended:
                self.failed.emit(f"The recorder ended right after its start. {_last_words(said)}")
                return None
            if time.monotonic() > deadline:
                self.failed.emit(
                    f"The recorder does not answer {START_SECONDS:.0f} s after its start. {_last_words(said)}"
                )
                return None
        return None


def _last_words(said: Path) -> str:
    lines = [line.strip() for line in said.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f"Its last words: {lines[-1][:300]}" if lines else "It said nothing."
