# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hour depends on the readings next to it, however far away: when those change, it is told anew at once, and not
only after a restart."""

import pytest

from edge_daemon.log.plan_body import PlanBody
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.summaries import Summariser
from tests.unit.edge_daemon.station.summary_world import COUNTER, METER, POWER, SummaryWorld, configuration
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, H, parameter, world_at

LAST_S = 29 * 60 + 50
"""After this, 6 readings are due till the hour's end, by an interval of five minutes from here on."""


def at(world: SummaryWorld, second: int) -> int:
    """A reading so long after midnight."""
    world.run(second - (world.true_ns - MIDNIGHT) // 10**9)
    return world.sample(METER, power=1000.0)


def summarised(world: SummaryWorld) -> dict[int, int]:
    """Expected readings by hour; nothing else comes out of a log that is read from its beginning."""
    world.summarise()
    found = {key[1] - H: body.expected for key, body in world.current.items() if key[0] == METER}
    assert world.summarise(afresh=True) == []
    return found


@pytest.mark.parametrize("block", [1, 2, 500])
def test_the_reading_after_a_silence_goes_elsewhere(block: int) -> None:
    world = world_at(MIDNIGHT)
    world.block = block
    at(world, LAST_S)
    after = at(world, 127 * 60)
    world.run(5 * 3600)
    assert summarised(world)[0] == 6, "19 steps of more than five minutes: 5 of them within the hour"
    world.amend("wrong_plug", after, after, sensors=(METER,), reads_as="other")
    assert summarised(world)[0] == 7, "6 more were due by the hour's end"


@pytest.mark.parametrize("block", [1, 2, 3, 500])
def test_the_hour_after_a_silence_is_read_anew_in_part(block: int) -> None:
    world = world_at(MIDNIGHT)
    world.block = block
    at(world, LAST_S)
    at(world, 127 * 60)
    second = at(world, 130 * 60)
    world.run(5 * 3600)
    before = summarised(world)
    world.amend("maintenance", second, second, sensors=(METER,))
    assert summarised(world) == before, "the first reading after the silence is where it was"


@pytest.mark.parametrize("block", [1, 2, 500])
def test_readings_that_come_to_lie_in_an_earlier_gap_make_it_doubtful(block: int) -> None:
    world = world_at(MIDNIGHT)
    world.block = block
    for minute in range(0, 35, 5):
        at(world, 60 * minute)
    world.gap(METER, 110)
    at(world, 185 * 60)
    late = at(world, 600 * 60)
    world.run(5 * 3600)
    assert summarised(world)[2] == 4, "the gap's share of an hour without readings"
    world.amend("clock_offset", late, late, sensors=(METER,), offset_us=-510 * 60 * 10**6)
    assert 2 not in summarised(world), "nobody knows any more when the gap was"


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize("missing", ["the counter", "both"])
def test_a_value_after_readings_without_one_tells_the_end_of_the_hour_before_anew(missing: str, resumed: bool) -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", POWER, COUNTER))
    world.write(PlanBody((parameter(METER, "power", longest_gap_s=1800.0),), "Ana"))

    def read(place: int, *, blank: bool = False) -> None:
        power = None if blank and missing == "both" else 5000.0
        world.sample(METER, power=power, energy=None if blank else 0.4 * place)
        world.run(290)

    for place in range(12):
        read(place)
    world.run(120)
    for place in range(12, 15):
        read(place, blank=True)
    (early,) = world.summarise()
    assert early.energy is not None
    if resumed:
        resume(world)
    for place in range(15, 40):
        read(place)
    world.run(3600)
    world.summarise()
    late = world.current[METER, H]
    assert late.reasons == ("late_data",)
    assert late.energy is not None
    assert late.energy.basis == "counter"
    assert world.summarise(afresh=True) == []


def resume(world: SummaryWorld) -> None:
    """Go on from what the index kept, as after a start."""
    assert world.summariser is not None
    for _ in world.summariser.index.catch_up():
        pass
    state = world.summariser.index.state()
    again = HourIndex(world.read_bytes, block=world.block)
    told = [(index, entry) for index, entry in enumerate(world.entries[: state.size]) if entry.type != "reading"]
    for _ in again.resume(state, told):
        pass
    world.summariser = Summariser(again, world.keep, lambda: world.true_ns)
