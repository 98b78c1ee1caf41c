# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From samples to records: flags, quality, bytes and query columns."""

from dataclasses import replace

import pytest

from edge_daemon.acquisition.gaps import Gap
from edge_daemon.acquisition.pipeline import Pipeline, gap_record
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.acquisition.whereabouts import Whereabouts
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.limits import Limits
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.calibrations import UNCALIBRATED, Applied, InForce
from edge_daemon.log.entry import LoggedReading, Settled, Stamp, decode_entry, decode_reading
from edge_daemon.log.instruments import Key
from tests.unit.edge_daemon.acquisition.fakes import polled

STAMP = Stamp(1_800_000_000_000_000_000, 5, bytes(16))
SETUP = polled("s", "A")


@pytest.mark.parametrize(
    ("raw", "said", "warming_up", "flag"),
    [
        (400.0, None, False, Flag.GOOD),
        (0.0, None, False, Flag.GOOD),
        (1000.0, None, False, Flag.GOOD),
        (1000.1, None, False, Flag.FAIL),
        (-0.1, None, True, Flag.FAIL),
        (400.0, None, True, Flag.SUSPECT),
        (400.0, Flag.GOOD, False, Flag.GOOD),
        (400.0, Flag.NOT_EVALUATED, False, Flag.NOT_EVALUATED),
        (400.0, Flag.SUSPECT, False, Flag.SUSPECT),
        (400.0, Flag.FAIL, True, Flag.FAIL),
        (400.0, Flag.MISSING, False, Flag.FAIL),
        (None, Flag.FAIL, True, Flag.MISSING),
        (float("nan"), None, False, Flag.MISSING),
    ],
)
def test_the_flag_of_a_value(raw: float | None, said: Flag | None, warming_up: bool, flag: Flag) -> None:
    sample = Sample({"co2": raw, "humidity": 1.0}, {} if said is None else {"co2": said})
    record = Pipeline(SETUP).reading(sample, STAMP, warming_up=warming_up)
    kept = None if flag is Flag.MISSING else raw
    reading = decode_reading(record.data)
    assert reading.channels["co2"] == ChannelValue(kept, kept, flag)
    assert record.values[0] == ("co2", kept, flag)
    assert (record.type, record.sensor, record.t_ns) == ("reading", "s", STAMP.t_ns)
    assert (reading.configuration, dict(reading.calibrations), reading.sensor) == (3, {}, "s")


@pytest.mark.parametrize(
    ("age", "co2", "warming_up", "quality"),
    [
        (None, 400.0, False, 70),
        (10, 400.0, False, 100),
        (10, 400.0, True, 69),
        (10, None, False, 100),
        (10, 2e3, True, 69),
    ],
)
def test_quality_follows_calibration_age_and_usable_channels(
    age: int | None, co2: float | None, warming_up: bool, quality: int
) -> None:
    made_ns = STAMP.t_ns - (age or 0) * 86_400 * 10**9
    made = InForce(1, Key("fake", "1"), "co2", None, None, made_ns, "", "pass")
    pipeline = Pipeline(replace(SETUP, calibration=lambda: UNCALIBRATED if age is None else Applied({"co2": made})))
    record = pipeline.reading(Sample({"co2": co2, "humidity": 1.0}), STAMP, warming_up=warming_up)
    assert decode_reading(record.data).quality == quality


def test_a_sample_without_any_usable_channel_has_quality_zero() -> None:
    record = Pipeline(SETUP).reading(Sample({"co2": 5000.0}), STAMP, warming_up=False)
    assert decode_reading(record.data).quality == 0


def test_a_channel_the_catalogue_does_not_list_is_an_error() -> None:
    with pytest.raises(ValueError, match="wind"):
        Pipeline(SETUP).reading(Sample({"wind": 1.0}), STAMP, warming_up=False)


SPIKY = replace(SETUP, limits={"co2": Limits(spike=(20, 40), rate_per_s=(1000, 2000))})


class Log:
    """Takes readings at once or later, as the log's writer does, and knows where they came to stand."""

    def __init__(self, setup: DeviceSetup = SPIKY) -> None:
        self.whereabouts = Whereabouts()
        self.pipeline = Pipeline(setup, self.whereabouts.locate)
        self.waiting: list[Record] = []
        self.readings: dict[int, LoggedReading] = {}
        self.seconds = 0

    def sample(self, co2: float | None, *, accepted: bool = True) -> None:
        self.seconds += 1
        stamp = Stamp(STAMP.t_ns, self.seconds * 1_000_000, bytes(16))
        record = self.pipeline.reading(Sample({"co2": co2, "humidity": 1.0}), stamp, warming_up=False)
        if not accepted:
            self.pipeline.refused(record)
            return
        self.waiting.append(record)
        self.pipeline.recorded(record)

    def commit(self) -> None:
        first = 7 + 3 * len(self.readings)  # entries of others stand in between
        batch = [Committed(first + 3 * place, record) for place, record in enumerate(self.waiting)]
        self.readings |= {item.index: decode_reading(item.record.data) for item in batch}
        self.waiting.clear()
        self.whereabouts.committed(batch)

    @property
    def settled(self) -> list[tuple[int, Settled]]:
        """(index of the reading that settles, what it settles), with the settled reading's place for its index."""
        places = {index: place for place, index in enumerate(self.readings)}
        return [
            (places[index], (places[of], name, flag))
            for index, reading in self.readings.items()
            for of, name, flag in reading.settles
        ]


@pytest.mark.parametrize("every", [1, 2, 3, 9])
def test_a_spike_is_told_by_a_later_reading_whenever_the_log_was_written(every: int) -> None:
    log = Log()
    for number, co2 in enumerate((410, 412, 411, 460, 413, 412, 411, 411, 411, 411, 411, 411)):
        log.sample(co2)
        if number % every == every - 1:
            log.commit()
    log.commit()
    assert [settled for _, settled in log.settled] == [(2, "co2", 3), (3, "co2", 4), (4, "co2", 3)]
    assert all(at > of for at, (of, _, _) in log.settled)
    if every == 1:
        assert [at for at, _ in log.settled] == [3, 4, 5]


def test_what_a_refused_reading_was_to_settle_is_told_by_the_next() -> None:
    log = Log()
    for co2 in (410.0, 412.0, 460.0):
        log.sample(co2)
        log.commit()
    log.sample(412.0, accepted=False)
    log.sample(412.0)
    log.commit()
    assert log.settled == [(2, (1, "co2", Flag.SUSPECT)), (3, (2, "co2", Flag.FAIL))]


def test_nothing_is_settled_across_a_gap_or_what_is_as_bad_already() -> None:
    log = Log()
    for co2 in (410.0, 412.0, 460.0):
        log.sample(co2)
        log.commit()
    log.pipeline.gap()
    log.sample(412.0)
    log.commit()
    assert len(log.settled) == 1
    failed = Log(replace(SPIKY, limits={"co2": Limits(spike=(20, 40), possible=(0, 440))}))
    for co2 in (410.0, 412.0, 460.0, 412.0):
        failed.sample(co2)
        failed.commit()
    assert [settled for _, settled in failed.settled] == [(1, "co2", Flag.SUSPECT)]


def test_the_failing_tests_of_the_newest_reading_are_named() -> None:
    pipeline = Pipeline(replace(SETUP, limits={"co2": Limits(plausible=(350, 900), possible=(0, 950))}))
    said = {"humidity": Flag.SUSPECT}
    pipeline.reading(Sample({"co2": 940.0, "humidity": 1.0}, said), STAMP, warming_up=True)
    assert pipeline.failing == {
        "co2": ("plausible_range", "warm_up"),
        "humidity": ("instrument", "warm_up"),
    }
    pipeline.reading(Sample({"co2": 400.0, "humidity": None}), STAMP, warming_up=False)
    assert pipeline.failing == {}


def test_what_the_project_expects_goes_before_the_plausible_range() -> None:
    limits, ranges = {"co2": Limits(plausible=(0, 500))}, {"co2": (300.0, 600.0)}
    pipeline = Pipeline(replace(SETUP, limits=limits, value_ranges=ranges))
    flags = [
        decode_reading(pipeline.reading(Sample({"co2": co2}), STAMP, warming_up=False).data).channels["co2"].flag
        for co2 in (299.0, 300.0, 600.0, 601.0)
    ]
    assert flags == [Flag.SUSPECT, Flag.GOOD, Flag.GOOD, Flag.SUSPECT]


def test_the_record_of_a_gap() -> None:
    record = gap_record(Gap("s", 0, 10**9, 4, ("no_reply",), (b"\x01\xff",)), STAMP)
    assert (record.type, record.sensor, record.values) == ("gap", "s", ())
    assert dict(decode_entry(record.data).body) == {
        "sensor": "s",
        "from": "1970-01-01T00:00:00.000000000Z",
        "to": "1970-01-01T00:00:01.000000000Z",
        "expected": 4,
        "causes": ["no_reply"],
        "frames": ["01ff"],
    }
