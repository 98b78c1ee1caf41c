# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A bundle of a period holds what was read in it by the log's own time, whatever the laptop's clock showed."""

from pathlib import Path

import pytest

from edge_daemon.log.clock_history import clock_history
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.summary import HOUR_NS
from sync.bundle import Period, write_bundle
from tests.unit.edge_daemon.log.clock_world import S
from tests.unit.edge_daemon.station.summary_world import METER
from tests.unit.sync.evidence.signed_world import MIDNIGHT, SignedWorld, world_at
from tests.unit.sync.signed_logs import checked, failed


def an_hour(world: SignedWorld) -> tuple[range, int, int]:
    """Readings of an hour: their indices, and when the hour really began and ended."""
    first, start_ns = len(world.data), world.true_ns
    for _ in range(12):
        world.sample(METER, power=1_000.0)
        world.run(300)
    return range(first, len(world.data)), start_ns, world.true_ns


# A clock that is ahead is believed until it is set right: the log's own time is then not the true one.
@pytest.mark.parametrize("wrong_s", [-5 * 86_400, 5 * 86_400, -1_800, 1_800])
def test_a_boot_whose_clock_was_wrong_and_was_fixed_is_found_by_its_real_time(tmp_path: Path, wrong_s: int) -> None:
    world = world_at()
    one, *_ = an_hour(world)
    world.reboot(60, wall_error_s=wrong_s)
    world.start()
    two, begun, ended = an_hour(world)
    world.synchronise()
    world.tick()
    three, _, until = an_hour(world)
    world.signed.sign()
    source = world.signed.write(tmp_path / "home")
    entries = [(index, decode_entry(data)) for index, data in enumerate(world.data)]
    history = clock_history(entries)
    placed = {index: history.placed(index, entry.t_ns, entry.mono_us) for index, entry in entries}
    times = {index: one.time_ns for index, one in placed.items() if not one.held}
    wanted = {
        "that hour": (Period(begun, ended), two),
        "the middle of it": (Period(begun + 600 * S, ended - 600 * S), two[3:-3]),
        "from before it": (Period(MIDNIGHT + HOUR_NS // 2, begun + HOUR_NS // 2), range(one[7], two[5])),
        "the hour before": (Period(MIDNIGHT, MIDNIGHT + HOUR_NS - S), one),
        "the hour after": (Period(ended + 10 * S, until - 600 * S), three[1:-3]),
        "all": (Period(MIDNIGHT, until), range(one[0], three[-1])),
    }
    for number, (name, (period, held)) in enumerate(wanted.items()):
        path = tmp_path / str(number)
        index = write_bundle(source, period, (), path, sign=world.signed.sign_index).index
        found = checked(path, world.signed.register())
        assert "edges" not in failed(found), name
        assert wrong_s > 0 or not list(failed(found)), (name, list(failed(found)))
        assert wrong_s > 0 or index.first < held[0] <= held[-1] < index.end, name
        start_ns, until_ns = period.start_ns or 0, period.until_ns or 0
        dated = [number for number, at_ns in times.items() if start_ns <= at_ns < until_ns]
        assert set(dated) <= set(range(index.first, index.end)), name


def test_a_time_that_is_not_known_yet_lies_in_the_bundle_with_what_is_known_around_it(tmp_path: Path) -> None:
    world = world_at()
    one, *_ = an_hour(world)
    world.reboot(60)
    world.start()
    two, begun, ended = an_hour(world)
    world.signed.sign()
    source = world.signed.write(tmp_path / "home")
    written = write_bundle(source, Period(begun, ended), (), tmp_path / "b", sign=world.signed.sign_index)
    assert written.index.first <= one[-1]
    assert written.index.end == len(world.data)
    assert two[-1] < written.index.end
    found = checked(written.path, world.signed.register())
    assert not list(failed(found))
