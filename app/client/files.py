# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads and writes the files that a person names, in threads of their own so that no disk holds up the window."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, Signal

Read = Callable[[bytes], None]
Refused = Callable[[str], None]


class Files(QObject):
    """Each request ends in one call in the Qt thread: of `done`, or of `failed` with words for a person."""

    _ended = Signal(int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[Thread] = []
        # What is called stays in this thread: a widget must not end in another one with the last hold on it.
        self._waiting: dict[int, tuple[Read, Refused]] = {}
        self._number = 0
        self._ended.connect(self._end)

    def read(self, path: Path, most_bytes: int, done: Read, failed: Refused) -> None:
        """Read a whole file of at most `most_bytes`."""
        self._begin(lambda: _read(path, most_bytes), done, failed)

    def write(self, path: Path, content: bytes, done: Callable[[], None], failed: Refused) -> None:
        """Write a whole file; one of that name is replaced only once all is written."""
        self._begin(lambda: _write(path, content), lambda _: done(), failed)

    def wait(self) -> None:
        """Return when nothing is being read or written any more."""
        for thread in self._threads:
            thread.join()

    def _begin(self, work: Callable[[], bytes | str], done: Read, failed: Refused) -> None:
        self._number += 1
        number = self._number
        self._waiting[number] = (done, failed)
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(Thread(target=lambda: self._ended.emit(number, work()), name="file"))
        self._threads[-1].start()

    def _end(self, number: int, result: object) -> None:
        done, failed = self._waiting.pop(number)
        if isinstance(result, bytes):
            done(result)
        else:
            failed(str(result))


def _read(path: Path, most_bytes: int) -> bytes | str:
    try:
        if path.stat().st_size > most_bytes:
            return f"{path.name} is larger than {most_bytes // (1024 * 1024)} MiB, which is the most that can be taken."
        return path.read_bytes()
    except OSError as error:
        return f"{path.name} cannot be read: {error.strerror or error}. Choose another file."


def _write(path: Path, content: bytes) -> bytes | str:
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        return f"{path.name} cannot be written: {error.strerror or error}. Choose another folder."
    return b""
