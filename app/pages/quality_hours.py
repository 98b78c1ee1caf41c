# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The hourly summaries of a period, and all that the chosen one says. Asks the desk; no I/O itself."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QSplitter, QTextBrowser, QVBoxLayout, QWidget

from app.pages.quality_hours_words import (
    NONE,
    gaps_short,
    hour_text,
    level_text,
    name_of,
    number_text,
    quality_text,
    summary_text,
    uncertain_text,
)
from app.pages.table_writer import TableWriter
from app.widgets.form_row import TOUCH, words_label
from app.widgets.row_table import RowTable
from edge_daemon.api.messages import SensorMessage
from edge_daemon.api.messages_summaries import SummariesReply, SummaryMessage
from edge_daemon.domain.channel import Flag
from edge_daemon.log.summary import ScoreSummary

_COLUMNS = (
    ("Hour, UTC", "When the hour began"),
    ("Sensor", ""),
    ("Coverage", "Readings that count by readings expected"),
    ("Score", "From 0 to 1: by the age of the calibration, before flags and coverage cap it"),
    ("Quality", "Level and, from 0 to 1, mean of the readings that count, capped by flags and where coverage is low"),
    ("Mean", "Of the sensor's main channel, with its standard uncertainty where the calibration tells one"),
    ("Range", "Least to greatest value of the hour"),
    ("kWh", "Energy of the hour"),
    ("kg CO₂", "Avoided, by the plan's grid factor"),
    ("Gaps", "How many and how long together"),
)
_NUMBERS = frozenset({2, 3, 5, 6, 7, 8})
_NOTHING = "No hour of this period is summarised. An hour is summarised ten minutes after its end."
_READING = "⚠ The recorder is still reading its log after the start: hours may be missing here. Refresh later."
_LEFT_OUT = "⚠ {:,} earlier hours of this period are left out, here and in the table. Choose a shorter period for them."
_CHOOSE = "Choose one to see every channel, and every gap with its cause."
_CSV = (
    "hour", "sensor", "channel", "unit", "accepted", "expected", "coverage_percent", "score", "capped_not_evaluated",
    "capped_suspect", "capped_by_coverage", "quality", "level", "rules", "mean", "standard_uncertainty", "minimum",
    "maximum", "energy_kwh", "avoided_kg_co2", "gaps", "log_index",
)  # fmt: skip


class HoursView(QWidget):
    """Signals:
    told: text for the person.
    """

    told = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._told: tuple[SummaryMessage, ...] = ()
        self._sensors: Mapping[str, SensorMessage] = {}
        self.words = words_label()
        self.table = RowTable("Hourly summaries", _COLUMNS, 1, _NUMBERS)
        self.detail = QTextBrowser()
        self.detail.setAccessibleName("The chosen hour")
        self.detail.setTabChangesFocus(True)
        self.save = QPushButton("Save &table…")
        self.save.setMinimumHeight(TOUCH)
        self.writer = TableWriter(self)
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(self.table)
        both.addWidget(self.detail)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        foot = QHBoxLayout()
        foot.addWidget(self.words, 1)
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.addWidget(both, 1)
        column.addLayout(foot)
        self.table.chosen.connect(self._show_chosen)
        self.save.clicked.connect(self._choose_file)
        self.writer.written.connect(lambda path: self.told.emit(f"✓ Saved: {path}"))
        self.writer.failed.connect(lambda _path, why: self.told.emit(f"⚠ {why}"))
        self._show_chosen()

    def show_summaries(self, reply: SummariesReply, sensors: Mapping[str, SensorMessage], left_out: int = 0) -> None:
        """Show these, the newest hour first, and say that as many earlier ones of the period are left out."""
        self._sensors = sensors
        self._told = tuple(sorted(reply.summaries, key=lambda one: one.summary.hour, reverse=True))
        self.table.show_rows([_cells(one, sensors) for one in self._told])
        said = (
            [] if reply.complete else [_READING],
            [_LEFT_OUT.format(left_out)] if left_out else [],
            [f"{len(self._told)} hours. {_CHOOSE}"] if self._told else [_NOTHING],
        )
        self.words.setText(" ".join(line for lines in said for line in lines))
        self.save.setEnabled(bool(self._told))
        self._show_chosen()

    def show_problem(self, words: str) -> None:
        """Say why there are none."""
        self.words.setText(f"⚠ {words}")

    def save_table(self, path: Path) -> None:
        """Write every channel of every hour shown as CSV."""
        self.writer.write(_csv_rows(self._told), path)

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the table", "summaries.csv", "Tables (*.csv)")
        if path:
            self.save_table(Path(path))

    def _show_chosen(self) -> None:
        row = self.table.row
        known = row is not None and row < len(self._told)
        self.detail.setVisible(known)
        self.detail.setPlainText(summary_text(self._told[row], self._sensors) if known and row is not None else "")


def _cells(told: SummaryMessage, sensors: Mapping[str, SensorMessage]) -> tuple[str, ...]:
    one = told.summary
    channel = one.channels.get(one.primary)
    unit = f" {channel.unit}" if channel is not None and channel.mean is not None else ""
    return (
        hour_text(one.hour),
        name_of(one.sensor, sensors),
        f"{one.coverage} %",
        quality_text(one.source.mean if one.source else None),
        f"{level_text(one.level)} {quality_text(one.score)}" if one.level else level_text(one.level),
        uncertain_text(channel.mean, channel.uncertainty) + unit if channel else NONE,
        f"{number_text(channel.minimum)} … {number_text(channel.maximum)}" if channel else NONE,
        number_text(one.energy.kilowatt_hours if one.energy else None),
        number_text(one.energy.avoided_kilograms if one.energy else None),
        gaps_short(one.gaps),
    )


def _csv_rows(summaries: tuple[SummaryMessage, ...]) -> Iterator[tuple[str, ...]]:
    yield _CSV
    for told in summaries:
        one, energy = told.summary, told.summary.energy
        gaps = "; ".join(f"{gap.start} to {gap.end} {'+'.join(gap.causes)}" for gap in one.gaps)
        for name, channel in one.channels.items():
            of_energy = energy is not None and name == energy.basis_channel  # one row an hour, so that columns add up
            numbers = (
                channel.mean,
                channel.uncertainty,
                channel.minimum,
                channel.maximum,
                energy.kilowatt_hours if energy is not None and of_energy else None,
                energy.avoided_kilograms if energy is not None and of_energy else None,
            )
            first = (one.hour, one.sensor, name, channel.unit, str(channel.accepted), str(one.expected))
            told_numbers = tuple("" if number is None else repr(number) for number in numbers)
            quality = ("" if channel.score is None else str(channel.score / 100), channel.level or "", one.rules)
            score = (str(channel.coverage), *_score_cells(channel.source))
            yield (*first, *score, *quality, *told_numbers, gaps, str(told.index))


def _score_cells(source: ScoreSummary | None) -> tuple[str, ...]:
    """Score before caps, how many readings each flag capped, and whether coverage did."""
    if source is None:
        return ("", "", "", "")
    capped = (str(source.capped.get(str(int(flag)), 0)) for flag in (Flag.NOT_EVALUATED, Flag.SUSPECT))
    mean = "" if source.mean is None else str(source.mean / 100)
    return (mean, *capped, "yes" if source.by_coverage else "no")
