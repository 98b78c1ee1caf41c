# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Dissolved oxygen in saturated air: the reference is that of the temperature that the probe itself measures."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_daemon.calibration.judge import as_found_results
from edge_daemon.calibration.run import Run
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.calibration_body import CalibrationBody, CalibrationConditions, CalibrationPoint
from edge_daemon.log.entry import Stamp, encode_reading
from edge_daemon.metrology.oxygen import oxygen_solubility
from edge_daemon.station.calibration_answers import Page
from edge_daemon.station.calibration_moves import check_conditions_of
from edge_daemon.station.calibration_points import Points
from edge_daemon.station.calibration_present import Present
from edge_daemon.station.calibration_references import TEMPERATURE, References
from edge_daemon.station.calibration_signal import LiveWindow, Sampled
from tests.unit.edge_daemon.calibration.runs import STARTED_NS, mine, start, then

S = 10**9
CUP = {"pressure": 1013.25, "salinity": 0.0}


class Cup:
    """A sonde in a cup with air that is saturated with water; its readings are a second apart and steady."""

    def __init__(self, oxygen: float, measured: float | None) -> None:
        self.written: list[CalibrationBody] = []
        self.present = Present()
        channels = {
            "dissolved_oxygen": ChannelValue(oxygen, oxygen, Flag.GOOD),
            "temperature": ChannelValue(measured, measured, Flag.GOOD if measured is not None else Flag.MISSING),
        }
        self.rows = [
            (index, encode_reading(Stamp(STARTED_NS + index * S, index * 10**6, bytes(16)), "s1", channels, 100, 1, {}))
            for index in range(1_000, 1_075)
        ]
        self.samples = [Sampled(at, at * 10**6, STARTED_NS + at * S, oxygen, oxygen) for at, _ in self.rows]
        around = SimpleNamespace(
            reader=self._reader, clock=SimpleNamespace(now=lambda: SimpleNamespace(boot_us=1_074 * 10**6))
        )
        presents = SimpleNamespace(of=lambda _run: self.present, went_on=lambda run, _words: run)
        self.points = Points(cast(Any, around), cast(Any, presents), cast(Any, SimpleNamespace(add=self._add)))

    def take(self, typed: float, again: float | None = None, **conditions: float) -> Run:
        run = start("ysi_exo2_rs232", "dissolved_oxygen")
        told = {**CUP, TEMPERATURE: typed, **conditions}
        run = replace(run, start=replace(run.start, interval_ns=S))
        run = then(run, mine(run, CalibrationConditions, told, "Ada"))
        references = References(cast(Any, SimpleNamespace()), None, "mg/L")
        point = run.procedure.point("saturated_air")
        applied = references.of(point, {}, "", told)
        self.asked = references.later(point, applied)
        window = LiveWindow(run.procedure.stable, 1.0, 300 * 10**6)
        for sample in self.samples:
            window.take(sample)
        self.present = Present(applied=applied, window=window)
        page = Page(run.step.id, "settle", "", "", stage="as_found", point="saturated_air")
        return self.points.take(run, page, {} if again is None else {TEMPERATURE: again}, "Ada", "")

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        yield SimpleNamespace(readings=lambda *_span: self.rows)

    def _add(self, run: Run, body: CalibrationBody) -> Run:
        self.written.append(body)
        return then(run, body)


@pytest.mark.parametrize("key", ["dissolved_oxygen", "dissolved_oxygen_saturation"])
def test_without_pressure_or_altitude_it_does_not_get_stuck_at_the_point(key: str) -> None:
    run = start("ysi_exo2_rs232", key)
    for told, name in (({TEMPERATURE: 17.0}, "values.pressure"), ({}, "values.pressure")):
        body = mine(run, CalibrationConditions, told, "Ada")
        assert isinstance(body, CalibrationConditions)
        with pytest.raises(BadInput, match="altitude where there is no barometer") as refused:
            check_conditions_of(run, body)
        assert refused.value.field == name
    for known in ({"pressure": 1000.0}, {"altitude": 300.0}):
        body = mine(run, CalibrationConditions, {TEMPERATURE: 17.0, **known}, "Ada")
        assert isinstance(body, CalibrationConditions)
        check_conditions_of(run, body)


def test_a_pressure_that_was_reduced_to_sea_level_is_seen_beside_the_altitude() -> None:
    run = start("ysi_exo2_rs232", "dissolved_oxygen")
    body = mine(run, CalibrationConditions, {TEMPERATURE: 17.0, "pressure": 1013.25, "altitude": 2_000.0}, "Ada")
    assert isinstance(body, CalibrationConditions)
    with pytest.raises(BadInput, match="at 2000 m about 795 hPa is expected") as refused:
        check_conditions_of(run, body)
    assert refused.value.field == "values.pressure"
    check_conditions_of(run, replace(body, values={**body.values, "pressure": 800.0}))


def taken(run: Run) -> CalibrationPoint:
    return run.taken("as_found")["saturated_air"].body


def test_a_slip_of_the_hand_is_refused_and_nothing_is_recorded() -> None:
    cup = Cup(8.263457, 25.0)
    with pytest.raises(BadInput, match=r"20 °C was typed, and the probe measures 25\.0 °C") as refused:
        cup.take(20.0)
    assert refused.value.field == "values.temperature"
    assert cup.written == []


def test_what_was_typed_can_be_put_right_where_the_point_is_taken() -> None:
    cup = Cup(8.263457, 25.0)
    run = cup.take(20.0, again=25.0)
    assert [type(body) for body in cup.written] == [CalibrationConditions, CalibrationPoint]
    assert run.conditions is not None
    assert run.conditions.values == {**CUP, TEMPERATURE: 25.0}
    (asked,) = cup.asked
    assert (asked.name, asked.value, asked.required) == (TEMPERATURE, 20.0, False)
    (result,) = as_found_results(run)
    assert result.outcome == "pass"
    assert result.error == pytest.approx(0.0, abs=1e-5)


def test_the_reference_is_that_of_the_probes_own_temperature_and_the_difference_makes_it_less_sure() -> None:
    measured, typed = 24.4, 25.0
    body = taken(Cup(8.36, measured).take(typed))
    assert body.reference == pytest.approx(oxygen_solubility(measured, 0.0, 1.0))
    apart = oxygen_solubility(measured, 0.0, 1.0) - oxygen_solubility(typed, 0.0, 1.0)
    assert body.expanded_uncertainty == pytest.approx(math.hypot(0.06, 2 * apart / math.sqrt(3)))
    assert body.standard_celsius == pytest.approx(measured)
    assert body.auxiliary[TEMPERATURE] == pytest.approx(measured)


def test_without_a_temperature_of_its_own_the_typed_one_stands() -> None:
    body = taken(Cup(8.263457, None).take(25.0))
    assert body.reference == pytest.approx(8.263457, rel=1e-6)
    assert body.expanded_uncertainty == 0.06
