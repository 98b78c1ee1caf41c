# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What all quality tests together and a calibration of every channel cost a reading, next to the same pipeline with the
instrument's span as only test, and next to a pipeline that only encodes, in one run."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from time import perf_counter

import pytest

from edge_daemon.acquisition.pipeline import Pipeline
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.limits import Limits
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.registry import driver
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibrations import Applied, InForce
from edge_daemon.log.entry import ReadingEncoder, Stamp
from edge_daemon.log.instruments import Key

T_NS = 1_795_421_730_000_000_000
READINGS = 4_000
ROUNDS = 5
SECOND_US = 1_000_000
ALL = Limits(
    possible=(-1e4, 1e5),
    plausible=(-1e4, 9e4),
    spike=(1e4, 2e4),
    rate_per_s=(1e4, 2e4),
    rate_over_s=60,
    flat_s=(1800, 3600),
    flat_tolerance=0.5,
    least_deviation=(0.1, 0.01),
    deviation_s=600,
)


def test_all_quality_tests_against_the_bare_pipeline(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    model = load_catalogue()["sensirion_scd30"]
    names = [channel.name for channel in model.channels]
    bare = DeviceSetup("co2-1", model, driver(model.driver), 10**9, 3)
    line, key = ValueFunction("polynomial", (-17.4, 0.967)), Key(model.model, "S-1")
    applied = Applied({name: InForce(2, key, name, line, None, T_NS, "2028-01-01", "pass") for name in names})
    calibrated = replace(bare, calibration=lambda: applied)
    catalogue = replace(bare, limits={channel.name: channel.limits for channel in model.channels})
    everything = replace(bare, limits=dict.fromkeys(names, ALL))
    random = Random(3)
    inputs = [
        (
            Sample(
                {"co2": random.uniform(400, 900), "temperature": random.uniform(10, 30), "humidity": 40 + number % 7}
            ),
            Stamp(T_NS + number * 10**9, number * SECOND_US, random.randbytes(16)),
        )
        for number in range(READINGS)
    ]

    def pipeline(setup: DeviceSetup) -> float:
        made = Pipeline(setup)
        start = perf_counter()
        for sample, stamp in inputs:
            made.recorded(made.reading(sample, stamp, warming_up=False))
        return perf_counter() - start

    def encoding() -> float:
        encoder = ReadingEncoder("co2-1", names, 3, {})
        start = perf_counter()
        for sample, stamp in inputs:
            channels = {name: ChannelValue(value, value, Flag.GOOD) for name, value in sample.channels.items()}
            encoder.encode(stamp, channels, 90)
        return perf_counter() - start

    setups = (bare, calibrated, catalogue, everything)
    rounds = [(encoding(), *map(pipeline, setups)) for _ in range(ROUNDS)]
    encoded, plain, by_line, start_limits, all_tests = (
        min(times) * 1e6 / READINGS for times in zip(*rounds, strict=True)
    )
    figures = {
        "encode_us": round(encoded, 1),
        "span_only_us": round(plain, 1),
        "calibrated_us": round(by_line, 1),
        "ratio_calibrated": round(by_line / plain, 2),
        "catalogue_us": round(start_limits, 1),
        "all_tests_us": round(all_tests, 1),
        "ratio_catalogue": round(start_limits / plain, 2),
        "ratio_all": round(all_tests / plain, 2),
    }
    for name, figure in figures.items():
        record_property(name, figure)
    with capsys.disabled():
        print(
            f"\na reading of {len(names)} channels: encoding alone {encoded:.1f} µs, with the span as only test "
            f"{plain:.1f} µs, with a line for each channel {by_line:.1f} µs (ratio {by_line / plain:.2f}), "
            f"with the catalogue's limits {start_limits:.1f} µs (ratio {start_limits / plain:.2f}), "
            f"with every test on every channel {all_tests:.1f} µs (ratio {all_tests / plain:.2f})"
        )
    assert all_tests / plain < 30  # only catches a collapse
