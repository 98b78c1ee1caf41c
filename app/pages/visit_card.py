# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What happened since the last visit: hours recorded, gaps with their causes, warnings. Asks through the session."""

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from app.client.session import Session
from app.client.times import seconds_of
from app.pages.gap_words import length_of, length_text
from app.pages.problem_words import trouble_text
from app.pages.words import duration_text, sensor_name
from edge_daemon.api.messages import GapMessage, Plot, VisitMessage
from edge_daemon.domain.causes import causes_text

_SHOWN_GAPS = 4
_CURVE_POINTS = 2000
_PATIENCE_MS = 3_000
_HOURS_FROM_S = 1_800.0


class VisitCard(QFrame):
    """Sums up the time since the last recorded visit, or since the window was last open where none is recorded.

    Hours recorded are counted per sensor from its first to its last reading, less its gaps.
    """

    def __init__(self, session: Session, last_seen: float | None) -> None:
        super().__init__()
        self._session = session
        self._last_seen = last_seen
        self._since: float | None = None
        self._spans: dict[str, tuple[float, float]] = {}
        self._gaps: tuple[GapMessage, ...] = ()
        self._open = 0
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.timeout.connect(self._show)
        self._title, self.text = QLabel("Since your last visit"), QLabel()
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.addWidget(self._title)
        column.addWidget(self.text)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.hide()
        session.resumed.connect(self.ask)

    def ask(self) -> None:
        """Ask anew for everything the card says."""
        self._session.past.visits(None, None, self._took_visits)

    def _took_visits(self, visits: tuple[VisitMessage, ...]) -> None:
        recorded = max((seconds_of(visit.time) for visit in visits), default=None)
        self._since = recorded if recorded is not None else self._last_seen
        if self._since is None:
            return
        now = time.time()
        self._spans = {}
        asked = self._session.sensors.values() if now > self._since else ()
        # The card appears once all is known: growing line by line it would push the tiles about under the finger.
        self._open = 1 + len(asked)
        self._late.start(_PATIENCE_MS)
        self._session.past.gaps(self._since, None, self._took_gaps)
        for sensor in asked:
            self._session.past.plot(sensor.sensor_id, sensor.primary, self._since, now, _CURVE_POINTS, self._took_curve)

    def _took_gaps(self, gaps: tuple[GapMessage, ...]) -> None:
        self._gaps = gaps
        self._answered()

    def _took_curve(self, plot: Plot) -> None:
        held = [s for s, low in zip(plot.seconds, plot.minimum, strict=True) if low is not None]
        if held:
            start = seconds_of(plot.start)
            self._spans[plot.sensor_id] = (start + held[0], start + held[-1])
        self._answered()

    def _answered(self) -> None:
        self._open -= 1
        if self._open <= 0:
            self._late.stop()
            self._show()

    def _show(self) -> None:
        lines = [*self._hours(), *self._gap_lines(), *self._warnings()]
        since = "" if self._since is None else duration_text(time.time() - self._since)
        self._title.setText(f"Since your last visit, {since} ago")
        self.text.setText("\n".join(lines))
        self.setVisible(bool(lines))

    def _hours(self) -> list[str]:
        names = {key: sensor_name(sensor) for key, sensor in self._session.sensors.items()}
        said = []
        for sensor_id, (start, end) in self._spans.items():
            missed = sum(
                max(min(seconds_of(gap.end), end) - max(seconds_of(gap.start), start), 0.0)
                for gap in self._gaps
                if gap.sensor_id == sensor_id and gap.time_known
            )
            recorded = max(end - start - missed, 0.0)
            length = f"{recorded / 3600:.1f} h" if recorded >= _HOURS_FROM_S else duration_text(recorded)
            said.append(f"{names.get(sensor_id, sensor_id)} {length}")
        return [f"Recorded: {', '.join(said)}"] if said else []

    def _gap_lines(self) -> list[str]:
        if not self._gaps:
            return ["No gaps."] if self._spans else []
        lines = [f"{len(self._gaps)} {'gap' if len(self._gaps) == 1 else 'gaps'}:"]
        for gap in sorted(self._gaps, key=lambda one: length_of(one) or 0.0, reverse=True)[:_SHOWN_GAPS]:
            sensor = self._session.sensors.get(gap.sensor_id)
            name = sensor_name(sensor) if sensor else gap.sensor_id
            causes = causes_text(gap.causes)
            lines.append(f"  • {name}: {length_text(gap)} without readings ({causes})")
        if len(self._gaps) > _SHOWN_GAPS:
            lines.append(f"  • and {len(self._gaps) - _SHOWN_GAPS} shorter ones")
        return lines

    def _warnings(self) -> list[str]:
        health = self._session.health
        troubles = list(health.troubles) if health else []
        return [f"⚠ {trouble_text(one)}" for one in troubles]
