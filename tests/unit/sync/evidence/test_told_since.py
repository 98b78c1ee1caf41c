# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hour that something recorded later changes, and that was not told anew, is not passed; nor is it called wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import GapBody
from edge_daemon.log.summary import HOUR_NS
from tests.unit.edge_daemon.station.summary_world import COUNTER, METER, POWER, configuration
from tests.unit.sync.evidence.anchored import named
from tests.unit.sync.evidence.signed_world import MIDNIGHT, SignedWorld
from tests.unit.sync.evidence.test_summaries import verdict_of
from tests.unit.sync.signed_logs import failed, outcomes

H = MIDNIGHT // HOUR_NS


def settled(world: SignedWorld, read: list[int]) -> None:
    world.sample(METER, tuple((index, "power", Flag.FAIL) for index in read[-3:]), power=5000.0, energy=0.4 * 12)


def late(world: SignedWorld, _: list[int]) -> None:
    true_ns, wall_ns = world.true_ns, world.wall_ns
    world.run(-(world.true_ns - MIDNIGHT - 30 * 60 * 10**9) / 1e9)
    world.sample(METER, power=5000.0, energy=2.4)
    world.true_ns, world.wall_ns = true_ns, wall_ns


def gap(world: SignedWorld, _: list[int]) -> None:
    start, end = (rfc3339_from_ns(MIDNIGHT + minute * 60 * 10**9) for minute in (55, 65))
    world.write(GapBody(METER, start, end, 2, ("no_reply",)))


def recorded(what: Callable[[SignedWorld, list[int]], None], *, negligent: bool) -> SignedWorld:
    """Four hours; after the first one's summary something is recorded that changes it. A negligent recorder does not
    tell it anew."""
    world = SignedWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", POWER, COUNTER))
    read = []
    for place in range(12):
        read.append(world.sample(METER, power=5000.0, energy=0.4 * place))
        world.run(300)
    world.run(700)
    world.summarise()
    what(world, read)
    for place in range(16, 48):
        world.run(300)
        world.sample(METER, power=5000.0, energy=0.4 * place)
    world.run(4000)
    assert world.summariser is not None
    for _ in world.summariser.index.catch_up():
        pass
    if negligent:
        world.summariser.index.touched = {key for key in world.summariser.index.touched if key[1] != H}
    world.summarise()
    return world


@pytest.mark.parametrize("what", [settled, late, gap])
def test_an_hour_that_is_not_told_anew_is_not_passed(
    what: Callable[[SignedWorld, list[int]], None], tmp_path: Path
) -> None:
    negligent = recorded(what, negligent=True)
    verdict = verdict_of(negligent, tmp_path / "negligent")
    assert "summaries" not in list(failed(verdict)), "this is not about the order and the flags of the entries"
    assert str(outcomes(verdict)["summaries_open"]) == "not_checked"
    assert named(verdict, "summaries_open").words.startswith("1 ")
    assert "not told anew" in named(verdict, "summaries_open").words
    assert named(verdict, "summaries").words.startswith(f"{len(negligent.current) - 1} are, in every number")


@pytest.mark.parametrize("what", [settled, late, gap])
def test_an_hour_that_is_told_anew_is_passed(what: Callable[[SignedWorld, list[int]], None], tmp_path: Path) -> None:
    honest = recorded(what, negligent=False)
    verdict = verdict_of(honest, tmp_path / "honest")
    assert "summaries" not in list(failed(verdict)), "this is not about the order and the flags of the entries"
    assert "summaries_open" not in outcomes(verdict)
    assert named(verdict, "summaries").words.startswith(f"{len(honest.current)} are, in every number")
