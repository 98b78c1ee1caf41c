# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A buffer's value is that of the temperature which the probe itself measures in it, whatever was typed before."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_daemon.calibration.electrode_check import check_electrode, electrode_result
from edge_daemon.calibration.run import Run
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.calibration_body import CalibrationBody, CalibrationConditions, CalibrationPoint, StandardBody
from edge_daemon.log.entry import Stamp, encode_reading
from edge_daemon.station.calibration_answers import Page
from edge_daemon.station.calibration_points import Points
from edge_daemon.station.calibration_present import Present
from edge_daemon.station.calibration_references import STANDARD, TEMPERATURE, References
from edge_daemon.station.calibration_signal import LiveWindow, Sampled
from edge_daemon.station.standards import Standard
from tests.unit.edge_daemon.calibration.runs import STARTED_NS, Level, found, mine, start, then

S = 10**9
BUFFER = Standard(
    5,
    0,
    StandardBody(
        "ph_buffer", "Buffer 7.00", 7.0, "pH", 0.02, 2.0, "Ana", by_temperature=((0.0, 7.12), (10.0, 7.06), (25.0, 7.0))
    ),
)
REGISTER = cast(Any, SimpleNamespace(by_index=lambda _: BUFFER, standards=lambda _kind="": (BUFFER,), kinds=dict))


class Beaker:
    """A sonde in buffer 7; its readings are a second apart and steady."""

    def __init__(self, measured: float | None) -> None:
        self.written: list[CalibrationBody] = []
        self.present = Present()
        channels = {
            "ph": ChannelValue(7.0, 7.0, Flag.GOOD),
            "ph_voltage": ChannelValue(-12.4, -12.4, Flag.GOOD),
            "temperature": ChannelValue(measured, measured, Flag.GOOD if measured is not None else Flag.MISSING),
        }
        self.rows = [
            (index, encode_reading(Stamp(STARTED_NS + index * S, index * 10**6, bytes(16)), "s1", channels, 100, 1, {}))
            for index in range(1_000, 1_075)
        ]
        self.samples = [Sampled(at, at * 10**6, STARTED_NS + at * S, 7.0, 7.0) for at, _ in self.rows]
        clock = SimpleNamespace(now=lambda: SimpleNamespace(boot_us=1_074 * 10**6))
        around = SimpleNamespace(reader=self._reader, clock=clock, standards=REGISTER)
        presents = SimpleNamespace(of=lambda _run: self.present, went_on=lambda run, _words: run)
        self.points = Points(cast(Any, around), cast(Any, presents), cast(Any, SimpleNamespace(add=self._add)))

    def take(self, typed: float, again: float | None = None) -> CalibrationPoint:
        run = start("ysi_exo2_modbus", "ph_buffers")
        run = replace(run, start=replace(run.start, interval_ns=S))
        run = then(run, mine(run, CalibrationConditions, {TEMPERATURE: typed}, "Ada"))
        references = References(REGISTER, date(2026, 11, 23), "pH")
        point = run.procedure.point("buffer_7")
        applied = references.of(point, {STANDARD: "5", TEMPERATURE: typed}, "", {})
        self.asked = references.later(point, applied)
        window = LiveWindow(run.procedure.stable, 1.0, 300 * 10**6)
        for sample in self.samples:
            window.take(sample)
        self.present = Present(applied=applied, window=window)
        page = Page(run.step.id, "settle", "", "", stage="as_found", point="buffer_7")
        run = self.points.take(run, page, {} if again is None else {TEMPERATURE: again}, "Ada", "")
        return run.taken("as_found")["buffer_7"].body

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        yield SimpleNamespace(readings=lambda *_span: self.rows)

    def _add(self, run: Run, body: CalibrationBody) -> Run:
        self.written.append(body)
        return then(run, body)


def test_a_temperature_that_the_probe_does_not_measure_in_the_buffer_is_refused() -> None:
    beaker = Beaker(25.0)
    with pytest.raises(BadInput, match=r"10 °C was typed, and the probe measures 25\.0 °C") as refused:
        beaker.take(10.0)
    assert refused.value.field == "values.temperature"
    assert beaker.written == []


def test_it_can_be_put_right_where_the_point_is_taken() -> None:
    beaker = Beaker(25.0)
    body = beaker.take(10.0, again=25.0)
    (asked,) = beaker.asked
    assert (asked.name, asked.value, asked.required) == (TEMPERATURE, 10.0, False)
    assert body.reference == pytest.approx(7.0)
    assert body.standard_celsius == pytest.approx(25.0)
    assert body.expanded_uncertainty == pytest.approx(0.02)


def test_the_value_is_that_at_the_probe_and_the_difference_makes_it_less_sure() -> None:
    body = Beaker(10.0).take(11.0)
    assert body.reference == pytest.approx(7.06)
    apart = (7.06 - (7.06 - 0.06 / 15)) / math.sqrt(3)
    assert body.expanded_uncertainty == pytest.approx(math.hypot(0.02, 2 * apart))
    assert body.standard_celsius == pytest.approx(10.0)


def test_without_a_temperature_of_its_own_the_typed_one_stands() -> None:
    body = Beaker(None).take(10.0)
    assert (body.reference, body.expanded_uncertainty, body.standard_celsius) == (7.06, 0.02, 10.0)


# ---- the electrode -------------------------------------------------------------------------------------------------


def in_buffers(apart: float) -> Run:
    run = start("ysi_exo2_modbus", "ph_buffers")
    levels = {
        "buffer_7": Level(7.0, 7.05, auxiliary={"ph_voltage": -12.4, "temperature": 25.0 - apart}),
        "buffer_4": Level(4.0, 4.1, auxiliary={"ph_voltage": 161.0, "temperature": 25.0}),
    }
    return found(run, levels, temperature=25.0)


def test_voltages_at_two_temperatures_tell_no_slope() -> None:
    near = in_buffers(4.0)
    assert electrode_result(near) is not None
    check_electrode(near)
    far = in_buffers(15.0)
    assert electrode_result(far) is None
    with pytest.raises(BadInput, match="bring them to one temperature"):
        check_electrode(far)
