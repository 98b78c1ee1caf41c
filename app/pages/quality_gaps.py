# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What does not fit together across sensors, now and in a period, and every gap with from, to and cause. Draws."""

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget

from app.pages.gap_words import newest_first, total_text
from app.pages.quality_hours_words import gap_cells, name_of
from app.widgets.form_row import words_label
from app.widgets.row_table import RowTable
from edge_daemon.api.messages import GapMessage, SensorMessage
from edge_daemon.api.messages_quality import AnomaliesReply, AnomalyMessage

_ANOMALIES = (("State", ""), ("Since, UTC", ""), ("Until, UTC", ""), ("Sensors", ""), ("What does not fit", ""))
_GAPS = (
    ("Sensor", ""),
    ("From, UTC", ""),
    ("To, UTC", ""),
    ("Length", ""),
    ("Missed", "Readings that were expected"),
    ("Cause", ""),
)


class GapsView(QWidget):
    """Anomalies above, gaps below; the chosen one is told in full below."""

    def __init__(self) -> None:
        super().__init__()
        self.anomalies = RowTable("Anomalies", _ANOMALIES, 4)
        self.gaps = RowTable("Gaps", _GAPS, 5, frozenset({4}))
        self.anomaly_words, self.gap_words, self.detail = words_label(), words_label(), words_label()
        self.detail.setAccessibleName("What is chosen, in full")
        above, below = QWidget(), QWidget()
        for whole, head, words, table in (
            (above, "What does not fit together", self.anomaly_words, self.anomalies),
            (below, "Gaps", self.gap_words, self.gaps),
        ):
            column = QVBoxLayout(whole)
            column.setContentsMargins(0, 0, 0, 0)
            title = QLabel(head)
            title.setStyleSheet("font-weight: bold;")
            column.addWidget(title)
            column.addWidget(words)
            column.addWidget(table, 1)
            column.addStretch()  # takes the room that the table leaves while it has no rows
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(above)
        both.addWidget(below)
        both.setChildrenCollapsible(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 6, 0, 0)
        outer.addWidget(both, 1)
        outer.addWidget(self.detail)
        self.anomalies.chosen.connect(lambda: self._show_chosen(self.anomalies, _ANOMALIES))
        self.gaps.chosen.connect(lambda: self._show_chosen(self.gaps, _GAPS))
        self.detail.hide()

    def show_anomalies(self, told: AnomaliesReply, sensors: Mapping[str, SensorMessage]) -> None:
        """What holds now first, then the past, the newest first."""
        rows = list(_anomaly_rows(told, sensors))
        self.anomalies.show_rows(rows)
        self.anomalies.setVisible(bool(rows))
        now = len(told.present)
        self.anomaly_words.setText(
            f"{now} now, {len(rows) - now} in the period." if rows else "✓ Nothing now, and nothing in the period."
        )

    def show_gaps(self, gaps: Sequence[GapMessage], sensors: Mapping[str, SensorMessage]) -> None:
        """The newest first."""
        self.gaps.show_rows([gap_cells(gap, sensors) for gap in newest_first(gaps)])
        self.gaps.setVisible(bool(gaps))
        self.gap_words.setText(total_text(gaps))

    def show_problem(self, words: str) -> None:
        """Say why there is nothing to show."""
        self.gap_words.setText(f"⚠ {words}")

    def _show_chosen(self, table: RowTable, columns: Sequence[tuple[str, str]]) -> None:
        """Of both tables one row is chosen at most."""
        row = table.row
        if row is not None:
            told = zip(columns, table.rows[row], strict=True)
            self.detail.setText(" · ".join(f"{title}: {text}" for (title, _), text in told if text))
            (self.gaps if table is self.anomalies else self.anomalies).clearSelection()
        self.detail.setVisible(self.anomalies.row is not None or self.gaps.row is not None)


def _anomaly_rows(told: AnomaliesReply, sensors: Mapping[str, SensorMessage]) -> Iterator[tuple[str, ...]]:
    for one in told.present:
        yield _row("▲ open", one.time, "", one, sensors)
    open_now = {(one.rule, one.sensors, one.time) for one in told.present}
    ends: dict[tuple[str, tuple[str, ...]], list[AnomalyMessage]] = {}
    rows = []
    for one in sorted(told.past, key=lambda one: one.index or 0, reverse=True):
        key = (one.rule, one.sensors)
        if one.event == "end":
            ends.setdefault(key, []).append(one)
        elif (*key, one.time) not in open_now:
            later = ends.get(key, [])
            end = later.pop() if later else None
            rows.append(_row("○ past", one.time, end.time if end else "", one, sensors))
    rows += [_row("○ past", "", one.time, one, sensors) for left in ends.values() for one in left]
    yield from rows


def _row(
    state: str, since: str, until: str, one: AnomalyMessage, sensors: Mapping[str, SensorMessage]
) -> tuple[str, ...]:
    names = ", ".join(name_of(sensor, sensors) for sensor in one.sensors)
    times = (text[:19].replace("T", " ") for text in (since, until))
    return (state, *times, names, one.text)
