# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What all quality tests together and a calibration of every channel cost a reading, next to the same pipeline with the
instrument's span as only test, and next to a pipeline that only encodes, in one run.

Counted is the processor time of this thread, of all in turn a hundred readings at a time, and of each hundred the least
of several rounds: what else the machine does meanwhile slows none of them more than another.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from time import thread_time

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
AT_A_TIME = 100
ROUNDS = 7
MOST = 6.0
"""All tests on every channel cost at most so many times what the span alone costs."""

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


Input = tuple[Sample, Stamp]
Take = Callable[[Sample, Stamp], object]


def readings() -> list[Input]:
    random = Random(3)
    return [
        (
            Sample(
                {"co2": random.uniform(400, 900), "temperature": random.uniform(10, 30), "humidity": 40 + number % 7}
            ),
            Stamp(T_NS + number * 10**9, number * SECOND_US, random.randbytes(16)),
        )
        for number in range(READINGS)
    ]


def pipeline(setup: DeviceSetup) -> Callable[[], Take]:
    """A new pipeline of this sensor for each round."""

    def begun() -> Take:
        made = Pipeline(setup)
        return lambda sample, stamp: made.recorded(made.reading(sample, stamp, warming_up=False))

    return begun


def encoding(names: Sequence[str]) -> Take:
    encoder = ReadingEncoder("co2-1", names, 3, {})

    def take(sample: Sample, stamp: Stamp) -> object:
        channels = {name: ChannelValue(value, value, Flag.GOOD) for name, value in sample.channels.items()}
        return encoder.encode(stamp, channels, 90)

    return take


def seconds_of(take: Take, some: Sequence[Input]) -> float:
    start = thread_time()
    for sample, stamp in some:
        take(sample, stamp)
    return thread_time() - start


def microseconds_a_reading(ways: Mapping[str, Callable[[], Take]]) -> dict[str, float]:
    inputs = readings()
    parts = [inputs[first : first + AT_A_TIME] for first in range(0, READINGS, AT_A_TIME)]
    least = {name: [float("inf")] * len(parts) for name in ways}
    for _ in range(ROUNDS):
        begun = {name: begin() for name, begin in ways.items()}
        for place, part in enumerate(parts):
            for name, take in begun.items():
                least[name][place] = min(least[name][place], seconds_of(take, part))
    return {name: sum(times) * 1e6 / READINGS for name, times in least.items()}


def test_all_quality_tests_against_the_bare_pipeline(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    model = load_catalogue()["sensirion_scd30"]
    names = [channel.name for channel in model.channels]
    bare = DeviceSetup("co2-1", model, driver(model.driver), 10**9, 3)
    line, key = ValueFunction("polynomial", (-17.4, 0.967)), Key(model.model, "S-1")
    applied = Applied({name: InForce(2, key, name, line, None, T_NS, "2028-01-01", "pass") for name in names})
    us = microseconds_a_reading(
        {
            "encode": lambda: encoding(names),
            "span_only": pipeline(bare),
            "calibrated": pipeline(replace(bare, calibration=lambda: applied)),
            "catalogue": pipeline(replace(bare, limits={channel.name: channel.limits for channel in model.channels})),
            "all_tests": pipeline(replace(bare, limits=dict.fromkeys(names, ALL))),
        }
    )
    ratios = {name: us[name] / us["span_only"] for name in ("calibrated", "catalogue", "all_tests")}
    for name, figure in us.items():
        record_property(f"{name}_us", round(figure, 1))
    for name, figure in ratios.items():
        record_property(f"ratio_{name}", round(figure, 2))
    with capsys.disabled():
        print(
            f"\na reading of {len(names)} channels, CPU: encoding alone {us['encode']:.1f} µs, with the span "
            f"as only test {us['span_only']:.1f} µs, with a line for each channel {us['calibrated']:.1f} µs (ratio "
            f"{ratios['calibrated']:.2f}), with the catalogue's limits {us['catalogue']:.1f} µs (ratio "
            f"{ratios['catalogue']:.2f}), with every test on every channel {us['all_tests']:.1f} µs (ratio "
            f"{ratios['all_tests']:.2f})"
        )
    assert us["catalogue"] <= us["all_tests"], "fewer tests cost no more"
    assert ratios["all_tests"] < MOST
