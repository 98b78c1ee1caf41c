# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hour depends on the readings next to it, however far away: when those change, it is told anew at once, and not
only after a restart."""

import pytest

from tests.unit.edge_daemon.station.summary_world import METER, SummaryWorld
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, H, world_at

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
