# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes tables as CSV files, in a thread of its own so that no disk holds up the window."""

import csv
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

from PySide6.QtCore import QObject, Signal


class TableWriter(QObject):
    """Writes rows as CSV in a thread of its own. `written(path)` or `failed(path, why)` ends each."""

    written = Signal(str)
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: list[Thread] = []

    def write(self, rows: Iterator[tuple[str, ...]], path: Path) -> None:
        """Begin to write; a file of that name is replaced only by a whole one."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(Thread(target=self._save, args=(rows, path), name="table-export"))
        self._threads[-1].start()

    def wait(self) -> None:
        """Return when nothing is being written any more."""
        for thread in self._threads:
            thread.join()

    def _save(self, rows: Iterator[tuple[str, ...]], path: Path) -> None:
        part = path.with_name(path.name + ".part")
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
            part.replace(path)
        except OSError as error:
            self.failed.emit(str(path), f"The table could not be saved: {error.strerror}. Choose another folder.")
        else:
            self.written.emit(str(path))
