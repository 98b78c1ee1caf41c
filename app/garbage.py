# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs Python's garbage collector in the Qt thread alone. Changes how the whole program collects.

Left to itself it runs in whichever thread happens to allocate, and in the middle of anything: a widget that it ends in
another thread crashes the program, and one that it ends while Qt holds the lock of a signal stops it for ever.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 2_000
_OLD_EVERY = 15


class GarbageTurns(QObject):
    """Collects between two events every two seconds, from the event loop of the thread that made it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect)
        self._timer.start(_EVERY_MS)

    def collect(self) -> None:
        """Look through what is young, and now and then through everything."""
        self._turn += 1
        gc.collect(2 if self._turn % _OLD_EVERY == 0 else 1)

    def stop(self) -> None:
        """Leave the collector to itself again."""
        self._timer.stop()
        gc.enable()
