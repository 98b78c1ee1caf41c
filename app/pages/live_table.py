# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The table of what a chart shows, each value with its expanded uncertainty or why that is not known. Asks the session;
a thread of its own writes the file."""

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.client.session import Session
from app.client.times import seconds_of
from app.pages.table_writer import TableWriter
from app.widgets.strip_chart import StripChart
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_coverage import StretchUncertainty

HEADS = ("expanded_uncertainty", "coverage_factor", "uncertainty_note")
SEVERAL = "several readings in one row: zoom in for the uncertainty of single ones"
NOT_FOUND = "this reading was not found again"
OLDER = "older than the newest readings, which alone were asked for: choose a shorter time"
_AFTER_S = 0.001
_MS = 1_000


class _Sure:
    """What is known of one table's values, curve by curve, as the answers come in."""

    def __init__(self) -> None:
        self._values: dict[str, dict[tuple[int, float], tuple[str, str, str]]] = {}
        self._from: dict[str, int] = {}
        self._failed: dict[str, str] = {}

    def take(self, key: str, told: StretchUncertainty) -> None:
        """The answer for a curve."""
        times = [round(seconds_of(text) * _MS) for text in told.times]
        rows = zip(times, told.values, told.expanded_uncertainties, told.factors, told.why, strict=True)
        self._values[key] = {
            (t, value): (_text(expanded), _text(factor), why)
            for t, value, expanded, factor, why in rows
            if value is not None
        }
        if told.more and times:
            self._from[key] = min(times)

    def fail(self, key: str, problem: Problem) -> None:
        """There is no answer for a curve."""
        self._failed[key] = f"not known, because {problem.detail}"

    def cells(self, key: str, t: float, value: float | None) -> tuple[str, str, str]:
        """Of a row: U, k, and why there is none or what else is to be known."""
        if value is None:
            return "", "", SEVERAL
        if math.isnan(value):
            return "", "", ""
        if key in self._failed:
            return "", "", self._failed[key]
        at = round(t * _MS)
        found = self._values.get(key, {}).get((at, value))
        return found or ("", "", OLDER if at < self._from.get(key, at) else NOT_FOUND)


class LiveTable(QObject):
    """Asks for the uncertainties of all curves that are shown, and writes when every answer is in.

    `curves` are the sensor and channel of each of the chart's curves. Signals:
        written: the file's name.
        failed: the file's name, and why.
    """

    written = Signal(str)
    failed = Signal(str, str)

    def __init__(self, session: Session, chart: StripChart, curves: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(chart)
        self._session, self._chart, self._curves = session, chart, curves
        self._writer = TableWriter(self)
        self._writer.written.connect(self.written)
        self._writer.failed.connect(self.failed)

    def save(self, path: Path) -> None:
        """Save what is shown now."""
        sure, view = _Sure(), self._chart.view
        rows = self._chart.csv_rows(HEADS, sure.cells)
        pending = {key for key in self._curves if self._chart.is_curve_shown(key)}

        def answered(key: str) -> None:
            pending.discard(key)
            if not pending:
                self._writer.write(rows, path)

        def took(key: str, told: StretchUncertainty) -> None:
            sure.take(key, told)
            answered(key)

        def refused(key: str, problem: Problem) -> None:
            sure.fail(key, problem)
            answered(key)

        if not pending:
            self._writer.write(rows, path)
        for key in tuple(pending):
            self._session.past.uncertainties(
                *self._curves[key],
                max(view.start, 0.0),
                max(view.end, 0.0) + _AFTER_S,
                partial(took, key),
                partial(refused, key),
            )

    def wait(self) -> None:
        """Return when nothing is being written any more."""
        self._writer.wait()


def _text(number: float | None) -> str:
    return "" if number is None else repr(number)
