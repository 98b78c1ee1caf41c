# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sensor that is read every quarter of an hour is read faster in a calibration, and then as before. No port."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from edge_daemon.acquisition.clock import Clock, Instant
from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.polled import PolledTask
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Pause, PolledDriver, Sample, Steps
from edge_daemon.instruments.transport import OpenPort
from edge_daemon.log.calibrations import UNCALIBRATED, Applied
from tests.unit.edge_daemon.acquisition.fakes import MODEL, Recorder, instant

NO_PORT = cast("OpenPort", None)
IN_A_RUN = Applied(run=7, interval_ns=5 * 10**9)


@dataclass
class Hand:
    """A clock that is turned by hand."""

    seconds: int = 0

    def now(self) -> Instant:
        return instant(self.seconds)


def _start(_options: Mapping[str, OptionValue]) -> Steps:
    yield Pause(0.0)
    return None


def _measure(_options: Mapping[str, OptionValue]) -> Steps:
    yield Pause(0.0)
    return Sample({"co2": 400.0, "humidity": 50.0})


@dataclass
class Site:
    """An instrument that answers at once, read every 900 s."""

    applied: Applied = UNCALIBRATED
    clock: Hand = field(default_factory=Hand)
    recorder: Recorder = field(default_factory=Recorder)

    def __post_init__(self) -> None:
        driver = PolledDriver("fake", "1", "tests", _start, _measure)
        setup = DeviceSetup("s1", MODEL, driver, 900 * 10**9, 3, calibration=lambda: self.applied)
        feed = SensorFeed(setup, self.recorder.outputs, self.clock.now())
        self.task = PolledTask(setup, driver, feed, cast("Clock", self.clock), lambda: False)
        feed.connected("port", self.clock.now())
        self.task.connected()

    def run(self, seconds: int) -> list[int]:
        """When it was read in these seconds."""
        before = len(self.recorder.readings("s1"))
        for _ in range(seconds):
            self.task.keep_pace()
            while self.task.ready_us <= self.clock.now().boot_us:
                self.task.turn(NO_PORT)
            self.clock.seconds += 1
        return [reading.mono_us // 1_000_000 for reading in self.recorder.readings("s1")[before:]]


def test_a_run_reads_faster_and_afterwards_the_old_slots_go_on() -> None:
    site = Site()
    assert site.run(1_000) == [0, 900]
    site.applied = IN_A_RUN
    assert site.run(60) == list(range(1_000, 1_060, 5)), "at once, not at the end of the quarter"
    site.applied = UNCALIBRATED
    assert site.run(2_000) == [1_800, 2_700]
    assert site.recorder.gaps("s1") == []


def test_slots_of_the_old_pace_that_a_run_passed_are_not_made_up_for() -> None:
    site = Site()
    site.run(10)
    site.applied = IN_A_RUN
    assert len(site.run(2_000)) == 400
    site.applied = UNCALIBRATED
    assert site.run(1_000) == [2_700]
    assert site.recorder.gaps("s1") == []


def test_a_restart_in_a_run_goes_on_at_its_pace_and_misses_nothing() -> None:
    site = Site(applied=IN_A_RUN)
    assert site.run(20) == [0, 5, 10, 15]
    assert site.recorder.gaps("s1") == []
