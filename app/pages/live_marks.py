# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gaps and notes of the stretch that the chart shows. Asks the session, and again when one is added to the log."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QTimer

from app.client.session import Session
from app.client.times import seconds_of
from app.pages.words import duration_text, sensor_name
from app.widgets.chart_marks import Annotation, Gap
from app.widgets.strip_chart import StripChart
from edge_daemon.api.messages import GapMessage, Live, NoteMessage, SensorMessage
from edge_daemon.domain.causes import causes_text

_SETTLE_MS = 150
_SHARES = 5_000


class LiveMarks(QObject):
    """Keeps a chart's marks. Replies that come after a newer question are dropped."""

    def __init__(self, session: Session, chart: StripChart) -> None:
        super().__init__(chart)
        self._session, self._chart = session, chart
        self._stretch: tuple[float, float] | None = None
        self._question = 0
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self.ask)
        session.received.connect(self._received)

    def ask(self, stretch: tuple[float, float] | None = None) -> None:
        """Ask for the marks of a stretch (seconds since 1970), or anew for those of the last one."""
        self._stretch = stretch or self._stretch
        if self._stretch is None:
            return
        self._question += 1
        question = self._question
        self._session.past.gaps(*self._stretch, lambda gaps: self._took_gaps(gaps, question))
        self._session.past.notes(*self._stretch, lambda notes: self._took_notes(notes, question))

    def _received(self, live: Live) -> None:
        if any(event.type in {"gap", "note"} for event in live.events):
            self._settle.start(_SETTLE_MS)

    def _took_gaps(self, gaps: tuple[GapMessage, ...], question: int) -> None:
        if question == self._question and self._stretch is not None:
            start, end = self._stretch
            self._chart.set_gaps(drawn_gaps(gaps, self._session.sensors, (end - start) / _SHARES))

    def _took_notes(self, notes: tuple[NoteMessage, ...], question: int) -> None:
        if question == self._question:
            self._chart.set_annotations(Annotation(seconds_of(note.at), note_text(note)) for note in notes)


def curve_key(sensor_id: str, channel: str) -> str:
    """What the chart knows the curve of a channel by."""
    return f"{sensor_id}/{channel}"


def note_text(note: NoteMessage) -> str:
    """A note with its author, where one is recorded."""
    return f"{note.person}: {note.text}" if note.person else note.text


def drawn_gaps(gaps: Iterable[GapMessage], sensors: Mapping[str, SensorMessage], apart_s: float) -> list[Gap]:
    """Gaps of the sensors as the chart shades them; those of one sensor less than `apart_s` apart become one.

    One without a time cannot be drawn; the quality page tells of it."""
    runs: dict[str, list[list[GapMessage]]] = {}
    for gap in sorted((one for one in gaps if one.time_known), key=lambda one: seconds_of(one.start)):
        known = runs.setdefault(gap.sensor_id, [])
        if known and seconds_of(gap.start) - seconds_of(known[-1][-1].end) < apart_s:
            known[-1].append(gap)
        else:
            known.append([gap])
    return [
        _drawn(run, sensors[sensor_id]) for sensor_id, found in runs.items() if sensor_id in sensors for run in found
    ]


def _drawn(run: list[GapMessage], sensor: SensorMessage) -> Gap:
    start, end = seconds_of(run[0].start), max(seconds_of(gap.end) for gap in run)
    causes = causes_text(dict.fromkeys(cause for gap in run for cause in gap.causes))
    often = f"{len(run)} gaps, " if len(run) > 1 else ""
    text = f"{sensor_name(sensor)}: {often}{causes} ({duration_text(end - start)})"
    return Gap(start, end, text, frozenset(curve_key(sensor.sensor_id, channel.name) for channel in sensor.channels))
