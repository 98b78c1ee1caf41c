# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations in the way of a reading: values from raw, the calibration named, flags while one is under way."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from edge_daemon.acquisition.calibrating import in_use
from edge_daemon.acquisition.pipeline import Pipeline
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.buffer.record import Committed
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.limits import Limits
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.bodies import Body
from edge_daemon.log.calibration_body import Outcome, ValueFunction
from edge_daemon.log.calibrations import Applied, Calibrations, InForce
from edge_daemon.log.entry import LoggedReading, Stamp, decode_entry, decode_reading
from edge_daemon.log.instruments import Key
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.station.calibrations import CalibrationBook
from edge_daemon.station.journal import record_of
from tests.unit.edge_daemon.acquisition.fakes import polled
from tests.unit.edge_daemon.log.calibration_world import (
    DAY_NS,
    SENSOR,
    T_NS,
    TV_A3,
    abort,
    installed,
    start,
    told,
    verdict,
)

WIDE = replace(polled(SENSOR, "A"), limits={"co2": Limits(rate_per_s=(50, 100), plausible=(0, 900))})
ELECTRODE = ValueFunction("segments", knots=((-184.9, 10.01), (-9.1, 7.0), (168.3, 4.0)))
STEEP = ValueFunction("polynomial", (0.0, 0.0, 1e308))


class Recorder:
    """A pipeline, the book it asks, and a log: entries and readings get one index after the other."""

    def __init__(self, setup: DeviceSetup = WIDE) -> None:
        self.book = CalibrationBook(Calibrations())
        self.pipeline = Pipeline(replace(setup, calibration=self.book.source(SENSOR)))
        self.size = 0
        self.t_ns = T_NS

    def write(self, body: Body) -> int:
        index, self.size = self.size, self.size + 1
        record = record_of(body, self._stamp())
        self.book.committed([Committed(index, record)])
        return index

    def sample(self, channels: Mapping[str, float | None]) -> tuple[int, LoggedReading]:
        record = self.pipeline.reading(Sample({"humidity": 50.0, **channels}), self._stamp(), warming_up=False)
        self.pipeline.recorded(record)
        index, self.size = self.size, self.size + 1
        self.t_ns += 10**9
        return index, decode_reading(record.data)

    def calibrated(self, outcome: Outcome = "pass", function: ValueFunction | None = TV_A3, due: str = "") -> int:
        run = self.write(start(model="fake"))
        return self.write(verdict(run, outcome, function, model="fake", due=due))

    def _stamp(self) -> Stamp:
        return Stamp(self.t_ns, (self.t_ns - T_NS) // 1000, bytes(16))


@pytest.fixture
def recorder() -> Recorder:
    made = Recorder()
    made.write(installed(model="fake"))
    return made


def test_two_points_of_gas_from_raw_to_value(recorder: Recorder) -> None:
    before, reading = recorder.sample({"co2": 735.0})
    assert (reading.channels["co2"].value, dict(reading.calibrations)) == (735.0, {})
    index = recorder.calibrated()
    after, reading = recorder.sample({"co2": 735.0})
    assert before < index < after
    assert dict(reading.calibrations) == {"co2": index}
    assert reading.channels["co2"].raw == 735.0
    assert reading.channels["co2"].value == pytest.approx(693.4235977)  # calibration reference, TV-A3
    assert reading.channels["humidity"] == ChannelValue(50.0, 50.0, Flag.GOOD)
    told = recorder.book.told
    assert told.in_calibration(SENSOR, after, reading.calibrations, reading.channels) is None


def test_an_electrode_by_segments(recorder: Recorder) -> None:
    recorder.calibrated(function=ELECTRODE)
    values = [recorder.sample({"co2": raw})[1].channels["co2"].value for raw in (168.3, -9.1, -9.1 - 58.4053156)]
    assert values == pytest.approx([4.0, 7.0, 8.0])  # calibration reference, TV-H4


def test_while_a_run_is_open_every_channel_fails_and_keeps_raw_and_value(recorder: Recorder) -> None:
    run = recorder.write(start(model="fake"))
    index, reading = recorder.sample({"co2": 735.0})
    assert {value.flag for value in reading.channels.values()} == {Flag.FAIL}
    assert (reading.channels["co2"].raw, reading.channels["co2"].value, reading.quality) == (735.0, 735.0, 0)
    assert recorder.pipeline.failing == {"co2": ("calibration",), "humidity": ("calibration",)}
    assert recorder.book.told.during(SENSOR, index) == run
    recorder.write(abort(run))
    _, reading = recorder.sample({"co2": 2.0})
    assert reading.channels["co2"].flag is Flag.GOOD  # a jump from gas to air is no rate of change at the site
    assert recorder.pipeline.failing == {}


def test_a_new_function_is_no_jump_of_the_value_and_other_tests_go_on(recorder: Recorder) -> None:
    recorder.sample({"co2": 600.0})
    recorder.calibrated(function=ValueFunction("polynomial", (200.0, 1.0)))
    _, reading = recorder.sample({"co2": 600.0})
    assert reading.channels["co2"] == ChannelValue(600.0, 800.0, Flag.GOOD)
    _, reading = recorder.sample({"co2": 701.0})
    assert reading.channels["co2"].flag is Flag.FAIL
    assert recorder.pipeline.failing == {"co2": ("plausible_range", "rate_of_change")}


@pytest.mark.parametrize(("raw", "value", "flag"), [(1000.0, 1200.0, "good"), (1000.1, 1200.1, "fail")])
def test_the_span_judges_what_the_instrument_put_out(raw: float, value: float, flag: str) -> None:
    recorder = Recorder(replace(WIDE, limits={}))
    recorder.write(installed(model="fake"))
    recorder.calibrated(function=ValueFunction("polynomial", (200.0, 1.0)))
    _, reading = recorder.sample({"co2": raw})
    assert reading.channels["co2"] == ChannelValue(raw, value, Flag[flag.upper()])
    assert recorder.pipeline.failing == ({} if flag == "good" else {"co2": ("gross_range",)})


def test_raw_without_a_finite_value_stays_the_value_and_fails(recorder: Recorder) -> None:
    recorder.calibrated(function=STEEP)
    _, reading = recorder.sample({"co2": 900.0})
    assert reading.channels["co2"] == ChannelValue(900.0, 900.0, Flag.FAIL)
    assert recorder.pipeline.failing == {"co2": ("gross_range",)}
    _, reading = recorder.sample({"co2": None})
    assert reading.channels["co2"] == ChannelValue(None, None, Flag.MISSING)


def test_the_score_grows_old_without_a_restart(recorder: Recorder) -> None:
    assert recorder.sample({"co2": 400.0})[1].quality == 70
    recorder.calibrated()
    made_ns = recorder.t_ns
    qualities = []
    for days in (0, 180.99, 181, 365.99, 366):
        recorder.t_ns = made_ns + round(days * DAY_NS)
        qualities.append(recorder.sample({"co2": 400.0})[1].quality)
    assert qualities == [100, 100, 90, 90, 70]
    recorder.t_ns = made_ns + DAY_NS  # the clock was set back
    assert recorder.sample({"co2": 400.0})[1].quality == 100


def test_a_calibration_of_another_channel_has_no_say_in_the_score(recorder: Recorder) -> None:
    run = recorder.write(start(model="fake", channel="humidity"))
    index = recorder.write(verdict(run, function=None, model="fake", channel="humidity"))
    _, reading = recorder.sample({"co2": 400.0})
    assert (reading.quality, dict(reading.calibrations)) == (70, {"humidity": index})


def test_a_failed_calibration_makes_values_suspect_until_one_passes(recorder: Recorder) -> None:
    first = recorder.calibrated()
    recorder.calibrated("fail")
    _, reading = recorder.sample({"co2": 400.0})
    assert (reading.channels["co2"].flag, dict(reading.calibrations)) == (Flag.SUSPECT, {"co2": first})
    assert recorder.pipeline.failing == {"co2": ("calibration_failed",)}
    recorder.calibrated()
    assert recorder.sample({"co2": 400.0})[1].channels["co2"].flag is Flag.GOOD


def test_an_overdue_calibration_makes_values_suspect(recorder: Recorder) -> None:
    recorder.calibrated(due="2027-01-20")  # which is over 489 600 s after T_NS
    flags = {}
    for name, t_ns in (("last", 1_800_489_599_999_999_999), ("over", 1_800_489_600_000_000_000)):
        recorder.t_ns = t_ns
        flags[name] = recorder.sample({"co2": 400.0})[1].channels["co2"].flag
    assert flags == {"last": Flag.GOOD, "over": Flag.SUSPECT}
    assert recorder.pipeline.failing == {"co2": ("calibration_overdue",)}


def test_what_is_in_use_names_only_the_channels_there_are() -> None:
    made = InForce(7, Key("fake", "1"), "ph", None, None, T_NS, "", "pass")
    found = in_use(Applied({"ph": made}, None, frozenset({"ph"})), ("co2",), "co2", T_NS)
    assert (dict(found.named), dict(found.doubts), found.score) == ({}, {}, 70)


def test_the_plans_interval_makes_values_suspect_where_it_ends_first(recorder: Recorder) -> None:
    recorder.calibrated(due="2028-12-31")
    recorder.t_ns += 40 * DAY_NS
    _, before = recorder.sample({"co2": 400.0})
    recorder.write(plan(30))
    _, reading = recorder.sample({"co2": 400.0})
    recorder.write(plan(60))
    _, after = recorder.sample({"co2": 400.0})
    assert [one.channels["co2"].flag for one in (before, reading, after)] == [Flag.GOOD, Flag.SUSPECT, Flag.GOOD]
    recorder.t_ns += 21 * DAY_NS
    _, late = recorder.sample({"co2": 400.0})
    assert late.channels["co2"].flag is Flag.SUSPECT
    assert recorder.pipeline.failing["co2"] == ("calibration_overdue",)


def test_the_plan_of_before_the_start_counts_too() -> None:
    entry = decode_entry(record_of(plan(30), Stamp(T_NS, 0, bytes(16))).data)
    book = CalibrationBook(told((0, installed()), (1, start()), (2, verdict(1))), Plan().after(0, entry))
    assert dict(book.applied(SENSOR).plan_days) == {"co2": 30}


def plan(days: int) -> PlanBody:
    parameter = Parameter("co2", "ppm", SENSOR, "co2", "record", 60.0, "any", days, 600.0, "Ana")
    return PlanBody((parameter,), "Ana")
