# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How sure the values are at which somebody looks in the chart: asked once the crosshair rests. Asks the session."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer

from app.client.session import Session
from app.client.times import seconds_of
from app.pages.sureness_words import aside_of, reading_text
from app.pages.words import sensor_name
from app.widgets.chart_readout import Aside
from app.widgets.strip_chart import StripChart
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_coverage import ReadingUncertainty, ValueUncertaintyMessage

_REST_MS = 300
_BEFORE_S = 900.0
_AFTER_S = 0.001
_COARSE = Aside("zoom in for ±")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A sensor's reading at a time (seconds since 1970), and the values that the list shows of it, by curve."""

    sensor_id: str
    t: float
    shown: Mapping[str, float]


class LiveSureness(QObject):
    """Puts ± U behind the values of a chart's list, and the reasons where it is not known below.

    Where many readings share a point of a curve, its value is that of one among them which nobody can name: ± is said
    of a value only if the recorder tells of a reading with just this value and time. `curves` are the sensor and
    channel of each of the chart's curves. Replies for a moment at which nobody looks any more are dropped.
    """

    def __init__(self, session: Session, chart: StripChart, curves: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(chart)
        self._session, self._chart, self._curves = session, chart, curves
        self._moment: float | None = None
        self._told: dict[str, ValueUncertaintyMessage] = {}
        self._coarse: set[str] = set()
        self._failed: dict[str, str] = {}
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.ask)
        chart.pointed_at.connect(self._pointed)

    def ask(self) -> None:
        """Ask for every curve that has a value at the moment pointed at; once for those that share a reading."""
        moment = self._moment
        if moment is None:
            return
        shown: dict[tuple[str, float], dict[str, float]] = {}
        for key, (sensor_id, _) in self._curves.items():
            sample = self._chart.sample_at(key, moment) if self._chart.is_curve_shown(key) else None
            if sample is not None and not math.isnan(sample.y):
                shown.setdefault((sensor_id, sample.t), {})[key] = sample.y
        for (sensor_id, t), values in shown.items():
            self._session.past.uncertainty_between(
                sensor_id,
                t - _BEFORE_S,
                t + _AFTER_S,
                partial(self._take, moment, _Asked(sensor_id, t, values)),
                partial(self._refused, moment, sensor_id),
            )

    def _pointed(self, moment: float | None) -> None:
        self._moment = moment
        self._told.clear()
        self._coarse.clear()
        self._failed.clear()
        if moment is None:
            self._rest.stop()
        else:
            self._rest.start()

    def _take(self, moment: float, asked: _Asked, told: ReadingUncertainty) -> None:
        if moment != self._moment:
            return
        same_time = abs(seconds_of(told.time) - asked.t) <= _AFTER_S
        for key, value in asked.shown.items():
            one = told.channels.get(self._curves[key][1]) if key in self._curves else None
            if same_time and one is not None and one.value == value:
                self._told[key] = one
            else:
                self._coarse.add(key)
        self._show()

    def _refused(self, moment: float, sensor_id: str, problem: Problem) -> None:
        if moment == self._moment:
            self._failed[sensor_id] = f"± not known, because {problem.detail}"
            self._show()

    def _show(self) -> None:
        sensors, by_sensor = self._session.sensors, dict[str, dict[str, ValueUncertaintyMessage]]()
        for key, one in self._told.items():
            if key in self._curves:
                sensor_id, channel = self._curves[key]
                by_sensor.setdefault(sensor_id, {})[channel] = one
        parts = [
            f"{sensor_name(sensors[name])}, how sure:\n{reading_text(told, sensors[name])}"
            for name, told in by_sensor.items()
            if name in sensors
        ]
        parts += [f"{sensor_name(sensors[name])}: {words}" for name, words in self._failed.items() if name in sensors]
        beside = {key: aside_of(one) for key, one in self._told.items()} | dict.fromkeys(self._coarse, _COARSE)
        self._chart.set_beside(beside, "\n".join(parts))


def newest_shown(chart: StripChart, curves: Mapping[str, tuple[str, str]]) -> float | None:
    """The latest time in the stretch shown at which every curve that is shown and has a value there has one."""
    view = chart.view
    found = (chart.sample_before(key, view.end) for key in curves if chart.is_curve_shown(key))
    return min((sample.t for sample in found if sample is not None and sample.t >= view.start), default=None)
