# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that falls silent while its port stays open: when its identity is in doubt, and its warm-up anew."""

from dataclasses import dataclass, field, replace

import pytest

from edge_daemon.acquisition.custody import NoCustody
from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import ChecksumMismatch, NoReply
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.entry import decode_reading
from tests.unit.edge_daemon.acquisition.fakes import MODEL, Recorder, instant, polled, stream

WARM_UP_S = 30.0
WARMING = replace(MODEL, warm_up_s=WARM_UP_S)


@dataclass
class Doubts(NoCustody):
    told: list[tuple[str, str]] = field(default_factory=list)

    def doubted(self, sensor: str, cause: str) -> None:
        if (sensor, cause) not in self.told:
            self.told.append((sensor, cause))


class World:
    """A feed with an open port, and a clock that the test sets."""

    def __init__(self, setup: DeviceSetup) -> None:
        self.recorder, self.doubts = Recorder(), Doubts()
        outputs = replace(self.recorder.outputs, custody=self.doubts)
        self.feed = SensorFeed(replace(setup, model=WARMING), outputs, instant(0))
        self.feed.begin(instant(0))
        self.feed.connected("/dev/here", instant(0))

    def sample(self, at_s: float) -> None:
        self.feed.sample(Sample({"co2": 400.0, "humidity": 50.0}), instant(at_s))
        self.feed.check_silence(instant(at_s))

    def flags(self) -> list[Flag]:
        return [decode_reading(one.data).channels["co2"].flag for one in self.recorder.records if one.type == "reading"]


@pytest.mark.parametrize("setup", [polled("vent", "A", 1.0), stream("vent", 1.0)], ids=["polled", "stream"])
def test_a_silence_long_enough_to_exchange_it_is_a_doubt_and_it_warms_up_again(setup: DeviceSetup) -> None:
    world = World(setup)
    for second in range(1, 41):
        world.sample(second)
    world.feed.check_silence(instant(49))
    assert world.doubts.told == []
    world.feed.check_silence(instant(51))
    assert world.doubts.told == [("vent", "no_reply")]
    world.sample(52)
    world.sample(52 + WARM_UP_S - 1)
    world.sample(52 + WARM_UP_S)
    assert world.flags()[28:32] == [Flag.SUSPECT, Flag.GOOD, Flag.GOOD, Flag.GOOD]
    assert world.flags()[-3:] == [Flag.SUSPECT, Flag.SUSPECT, Flag.GOOD]
    warm_at = [one.warm_at_us for one in world.recorder.statuses if one.warm_at_us is not None]
    assert warm_at[0] == instant(WARM_UP_S).boot_us
    assert warm_at[-1] == instant(52 + WARM_UP_S).boot_us


def test_two_conversations_without_a_reply_are_a_doubt_before_three_intervals_are_over() -> None:
    world = World(polled("vent", "A", 60.0))
    world.sample(60)
    world.feed.trouble(NoReply("vent: silent"))
    world.feed.check_silence(instant(120))
    assert world.doubts.told == []
    world.feed.trouble(NoReply("vent: silent"))
    world.feed.check_silence(instant(121))
    assert world.doubts.told == [("vent", "no_reply")]
    world.sample(180)
    assert world.flags() == [Flag.GOOD, Flag.SUSPECT]


def test_one_that_speaks_in_between_casts_no_doubt() -> None:
    world = World(polled("vent", "A", 60.0))
    world.sample(60)
    for second, fault in ((120, NoReply("silent")), (121, ChecksumMismatch("spoilt")), (140, NoReply("silent"))):
        world.feed.trouble(fault)
        world.feed.check_silence(instant(second))
    world.sample(180)
    assert world.doubts.told == []
    assert world.flags() == [Flag.GOOD, Flag.GOOD]


def test_a_new_connection_begins_anew() -> None:
    world = World(polled("vent", "A", 1.0))
    world.sample(40)
    world.feed.check_silence(instant(60))
    world.feed.connected("/dev/here", instant(61))
    world.sample(61 + WARM_UP_S)
    assert world.flags()[-1] == Flag.GOOD
