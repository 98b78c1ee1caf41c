# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From samples to records: flags, quality, bytes and query columns."""

from dataclasses import replace

import pytest

from edge_daemon.acquisition.gaps import Gap
from edge_daemon.acquisition.pipeline import Pipeline, gap_record
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.entry import Stamp, decode_entry, decode_reading
from tests.unit.edge_daemon.acquisition.fakes import polled

STAMP = Stamp(1_800_000_000_000_000_000, 5, bytes(16))
SETUP = polled("s", "A")


@pytest.mark.parametrize(
    ("raw", "said", "warming_up", "flag"),
    [
        (400.0, None, False, Flag.NOT_EVALUATED),
        (0.0, None, False, Flag.NOT_EVALUATED),
        (1000.0, None, False, Flag.NOT_EVALUATED),
        (1000.1, None, False, Flag.FAIL),
        (-0.1, None, True, Flag.FAIL),
        (400.0, None, True, Flag.SUSPECT),
        (400.0, Flag.GOOD, False, Flag.NOT_EVALUATED),
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
        (10, 400.0, False, 89),
        (10, 400.0, True, 69),
        (10, None, False, 89),
        (10, 2e3, True, 69),
    ],
)
def test_quality_follows_calibration_age_and_usable_channels(
    age: int | None, co2: float | None, warming_up: bool, quality: int
) -> None:
    pipeline = Pipeline(replace(SETUP, calibration_age_days=age))
    record = pipeline.reading(Sample({"co2": co2, "humidity": 1.0}), STAMP, warming_up=warming_up)
    assert decode_reading(record.data).quality == quality


def test_a_sample_without_any_usable_channel_has_quality_zero() -> None:
    record = Pipeline(SETUP).reading(Sample({"co2": 5000.0}), STAMP, warming_up=False)
    assert decode_reading(record.data).quality == 0


def test_a_channel_the_catalogue_does_not_list_is_an_error() -> None:
    with pytest.raises(ValueError, match="wind"):
        Pipeline(SETUP).reading(Sample({"wind": 1.0}), STAMP, warming_up=False)


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
