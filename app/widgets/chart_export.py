# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the chart shows, as a picture file and as rows of a table. Files are written by a thread of their own."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import numpy as np
from PySide6.QtCore import QObject, QSaveFile, Signal
from PySide6.QtGui import QImage, QImageWriter

from app.widgets.chart_curve import Curve
from app.widgets.chart_view import ChartView
from app.widgets.decimation import Stretch
from edge_daemon.domain.time import rfc3339_from_ns

CSV_HEADER = ("time", "curve", "unit", "value", "minimum", "maximum", "flag")
Beside = Callable[[str, float, float | None], tuple[str, ...]]
"""Further cells of a row: of the curve of this key, at this time (seconds since the chart's epoch), with this value;
None for a summarised interval."""
_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Part:
    key: str
    label: str
    unit: str
    past: Stretch
    live: Stretch


def csv_rows(
    curves: Sequence[Curve], view: ChartView, epoch_ns: int, heads: tuple[str, ...] = (), beside: Beside | None = None
) -> Iterator[tuple[str, ...]]:
    """Header, then every stored sample within the view, one curve after the other.

    The samples are copied at the call; the text is made while iterating, which any thread may do. A summarised
    interval has no value but its minimum and maximum; a missing value is empty. Times are RFC 3339 with `Z`. `beside`
    gives the cells of further columns, which are called `heads`.
    """
    parts = [
        _Part(
            curve.key,
            curve.name,
            curve.unit,
            curve.history_between(view.start, view.end),
            curve.live.between(view.start, view.end),
        )
        for curve in curves
        if curve.shown
    ]
    return _rows(parts, epoch_ns, heads, beside or (lambda _key, _t, _value: ()))


def _rows(parts: list[_Part], epoch_ns: int, heads: tuple[str, ...], beside: Beside) -> Iterator[tuple[str, ...]]:
    yield (*CSV_HEADER, *heads)
    for part in parts:
        for t, low, high in zip(part.past.t[::2], part.past.y[::2], part.past.y[1::2], strict=True):
            row = (_time(t, epoch_ns), part.label, part.unit, "", _number(low), _number(high), "")
            yield (*row, *beside(part.key, float(t), None))
        for t, value, flag in zip(part.live.t, part.live.y, part.live.flags, strict=True):
            row = (_time(t, epoch_ns), part.label, part.unit, _number(value), "", "", str(int(flag)))
            yield (*row, *beside(part.key, float(t), float(value)))


def _time(t: float, epoch_ns: int) -> str:
    return rfc3339_from_ns(epoch_ns + round(float(t) * _NS_PER_S))


def _number(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


class PictureWriter(QObject):
    """Writes pictures away from the Qt thread. `written(path)`, or `failed(path, reason)` and no file, ends each."""

    written = Signal(str)
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Thread] = []

    def write(self, image: QImage, path: Path) -> None:
        """Begin to write `image` as PNG; a file of that name is replaced only by a whole one."""
        thread = Thread(target=self._save, args=(image, path), name="chart-picture")
        self._running = [running for running in self._running if running.is_alive()]
        self._running.append(thread)
        thread.start()

    def wait(self) -> None:
        """Return when nothing is being written any more; for the end of the program."""
        for thread in self._running:
            thread.join()

    def _save(self, image: QImage, path: Path) -> None:
        file = QSaveFile(str(path))
        if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
            self.failed.emit(str(path), f"The picture could not be saved: {file.errorString()}. Choose another folder.")
        elif not QImageWriter(file, b"png").write(image) or not file.commit():
            self.failed.emit(str(path), f"The picture could not be written: {file.errorString()}. Is the disk full?")
        else:
            self.written.emit(str(path))
