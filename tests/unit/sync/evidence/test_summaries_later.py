# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is said later excuses a summary only where it concerns it: a false one stays false, and no total rests on it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_daemon.log.entry import EntryType
from tests.unit.edge_daemon.station.summary_world import AIR, METER
from tests.unit.sync.evidence.anchored import anchored, bundle_verdict, named
from tests.unit.sync.evidence.signed_world import MIDNIGHT, SignedWorld, world_at
from tests.unit.sync.evidence.test_anchor_claims import hours_told
from tests.unit.sync.evidence.test_summaries import (
    AMENDMENTS,
    HAPPENINGS,
    LIES,
    forged,
    live,
    of_meter,
    three_hours,
    verdict_of,
)
from tests.unit.sync.signed_logs import failed, outcomes

WEEK_S = 7 * 86_400


def later_boot(world: SignedWorld) -> None:
    """The computer comes up with a clock that is behind, records an hour without a time, and is then set right."""
    world.stop()
    world.reboot(600, -WEEK_S)
    world.start()
    world.hour_of_power(3_000.0)
    world.synchronise()
    world.tick()
    world.hour_of_power(2_000.0)


def of_air(world: SignedWorld) -> None:
    first = next(i for i, data in enumerate(world.data) if b'"pm2_5":' in data and b'"type":"reading"' in data)
    world.amend("maintenance", first, len(world.data) - 1, sensors=(AIR,))


def in_place(world: SignedWorld) -> None:
    first = next(i for i, data in enumerate(world.data) if b'"power":[' in data)
    world.amend("maintenance", first, first, sensors=(METER,))


def moved(world: SignedWorld) -> None:
    """The clock of the last hour's readings was wrong."""
    last = len(world.data) - 1
    world.amend("clock_offset", last - 6, last, sensors=(METER,), offset_us=7_200_000_000)


LATER: dict[str, Callable[[SignedWorld], None]] = {
    "a later boot's fix": later_boot,
    "another sensor's amendment": of_air,
    "an amendment in place": in_place,
    "later readings moved": moved,
}


@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("told_anew", [False, True])
def test_a_false_summary_stays_false_whatever_is_said_later(later: str, told_anew: bool, tmp_path: Path) -> None:
    world = three_hours()
    index = of_meter(world)[0]
    forged(world, index, LIES["energy"])
    LATER[later](world)
    if told_anew:
        world.summarise()
    assert "summaries" in list(failed(verdict_of(world, tmp_path)))
    assert named(verdict_of(world, tmp_path), "summaries").entry == index


def test_one_whose_neighbours_were_moved_since_is_not_passed(tmp_path: Path) -> None:
    """Whether it was false cannot be told; no total rests on it."""
    world = three_hours()
    forged(world, of_meter(world)[1], LIES["energy"])
    first = next(i for i, data in enumerate(world.data) if b'"power":[' in data)
    world.amend("clock_offset", first, first + 3, sensors=(METER,), offset_us=-7_200_000_000)
    verdict = verdict_of(world, tmp_path)
    assert "summaries" not in list(failed(verdict))
    assert "moved readings to other hours" in named(verdict, "summaries_open").words


@pytest.mark.parametrize("later", LATER)
def test_an_honest_one_waits_where_it_is_concerned_and_passes_elsewhere(later: str, tmp_path: Path) -> None:
    world = three_hours()
    LATER[later](world)
    waiting = verdict_of(world, tmp_path / "waiting")
    assert "summaries" not in list(failed(waiting)), named(waiting, "summaries").words
    assert ("summaries_open" in outcomes(waiting)) == (later != "a later boot's fix")
    world.summarise()
    told = verdict_of(world, tmp_path / "told")
    assert "summaries" not in list(failed(told))
    assert "summaries_open" not in outcomes(told)


def test_a_false_summary_cannot_say_that_it_knew_less(tmp_path: Path) -> None:
    """An honest amendment of the first hour was told and summarised long before."""
    world = three_hours()
    first = next(i for i, data in enumerate(world.data) if b'"power":[' in data)
    world.amend("clock_offset", first, first + 3, sensors=(METER,), offset_us=-7_200_000_000)
    for _ in range(2):
        world.hour_of_power(4_000.0)
        world.run(700)
        world.summarise()
    index = of_meter(world)[-1]
    forged(world, index, lambda body: {**LIES["energy"](body), "first": first, "last": first + 2})
    assert named(verdict_of(world, tmp_path), "summaries").entry == index
    assert "summaries" in list(failed(verdict_of(world, tmp_path)))


def test_an_amendment_of_a_kind_that_is_not_known_here_makes_no_summary_wrong_and_none_sound(tmp_path: Path) -> None:
    world = three_hours()
    in_place(world)
    world.summarise()
    at = next(i for i, entry in enumerate(world.entries) if entry.type == EntryType.AMENDMENT)
    forged(world, at, lambda body: {**body, "kind": "recalibrated_by_laboratory"})
    verdict = verdict_of(world, tmp_path)
    assert "summaries" not in list(failed(verdict))
    assert verdict.standing == "other_rules"
    assert f"may rest on entry {at}," in named(verdict, "summaries_rules").words


def test_totals_that_rest_on_a_false_summary_prove_nothing(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 2)
        index = of_meter(world)[0]
        forged(world, index, LIES["energy"])
        later_boot(world)
        world.signed.sign()
        station.anchor()
        for verdict in (station.verdict(), bundle_verdict(station.bundle(tmp_path / "b"), answers=station.answers())):
            assert list(failed(verdict)) == ["summaries"]
            assert "anchor_claims" not in outcomes(verdict)
            assert f"not found to follow from the readings, entry {index}" in named(verdict, "anchor_claims_open").words


def test_totals_that_rest_on_an_hour_that_waits_are_not_proven_yet(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 2)
        in_place(world)
        world.signed.sign()
        station.anchor()
        verdict = station.verdict()
        assert list(failed(verdict)) == []
        assert "anchor_claims" not in outcomes(verdict)
        assert outcomes(verdict)["anchor_claims_open"] == "not_checked"


def rebooted(world: SignedWorld) -> None:
    world.stop()
    world.reboot(400, -3_000)
    world.start()
    world.tick()


STEPS = [*AMENDMENTS, *HAPPENINGS, "reboot", "tell", "meter"]


@settings(max_examples=60)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=5, max_size=40), believed=st.booleans())
@example(
    steps=["meter", "meter", "meter", "wait", "tell", "reboot", "meter", "tell", "fix", "tell", "meter"], believed=True
)
def test_no_honest_summary_is_called_wrong_while_things_happen(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], believed: bool
) -> None:
    world = SignedWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=believed)
    world.begin()
    for step in steps:
        if step == "reboot":
            rebooted(world)
        else:
            live(world, step)
    found = verdict_of(world, tmp_path_factory.mktemp("log"))
    assert outcomes(found).get("summaries", "passed") != "failed", named(found, "summaries").words
