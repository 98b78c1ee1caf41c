# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Summaries computed again from the readings: whatever happened to the log they agree, and a forged one is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import EntryType, decode_entry, encode_entry
from edge_daemon.log.stamp import Stamp
from sync.bundle import Period
from sync.evidence.given import Given
from sync.evidence.verdict import Verdict
from sync.home_verdict import verify_log
from tests.unit.edge_daemon.station.certified import adjusted_before_any, adjusted_since, install
from tests.unit.edge_daemon.station.summary_world import AIR, METER
from tests.unit.sync.evidence.anchored import bundle_verdict, named
from tests.unit.sync.evidence.signed_world import MIDNIGHT, SignedWorld, world_at
from tests.unit.sync.signed_logs import failed, outcomes


def verdict_of(world: SignedWorld, folder: Path) -> Verdict:
    world.signed.sign()
    folder.mkdir(exist_ok=True)
    source = world.signed.write(folder / "home")
    return verify_log(source.buffer, source.checkpoints, Given(world.signed.register()))


def three_hours(plan: bool = True, installed: bool = False) -> SignedWorld:
    world = world_at()
    if installed:
        install(world)
    if plan:
        world.plan()
    for watts in (5_000.0, 7_000.0, 6_000.0):
        for minute in range(0, 60, 5):
            world.sample(METER, power=watts + minute)
            world.sample(AIR, pm2_5=10.0 + minute, no2=None if minute == 30 else 5.0)
            world.run(300)
        world.summarise()
    world.run(900)
    world.summarise()
    return world


def test_every_number_of_every_current_summary_agrees(tmp_path: Path) -> None:
    world = three_hours()
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == []
    assert named(verdict, "summaries").words.startswith("6 are, in every number")
    bundle = bundle_verdict(world.signed.bundle(tmp_path, "bundle").path)
    assert named(bundle, "summaries").words == named(verdict, "summaries").words


def forged(world: SignedWorld, index: int, change: Callable[[dict[str, object]], dict[str, object]]) -> None:
    """The entry written anew with the stolen key, before anything outside had seen it."""
    entry = decode_entry(world.data[index])
    body = change(dict(entry.body))
    assert body != entry.body
    world.data[index] = encode_entry(EntryType(entry.type), Stamp(entry.t_ns, entry.mono_us, entry.salt), body)  # type: ignore[arg-type]  # as JSON


LIES: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "energy": lambda body: {**body, "energy": {**body["energy"], "kilowatt_hours": 99.0}},  # type: ignore[dict-item]  # JSON
    "avoided": lambda body: {**body, "energy": {**body["energy"], "avoided_kilograms": 99.0}},  # type: ignore[dict-item]  # JSON
    "readings": lambda body: {**body, "readings": 13, "accepted": 13, "expected": 13},
    "score": lambda body: {**body, "score": 95, "level": "high"},
    "score before caps": lambda body: {**body, "source": {**body["source"], "mean": 100}},  # type: ignore[dict-item]  # JSON
    "coverage": lambda body: {**body, "coverage": 99},
    "withdrawn": lambda body: {**body, "withdrawn": True},
    "plan": lambda body: {**body, "plan": None},
    "range": lambda body: {**body, "last": body["last"] - 2},  # type: ignore[operator]  # JSON
}


@pytest.mark.parametrize("lie", LIES)
def test_a_summary_with_another_number_is_named(tmp_path: Path, lie: str) -> None:
    world = three_hours()
    index = next(at for at in world.written if decode_entry(world.data[at]).body["sensor"] == METER)
    forged(world, index, LIES[lie])
    verdict = verdict_of(world, tmp_path)
    if lie == "withdrawn":
        assert outcomes(verdict)["summaries"] == "failed"
    assert list(failed(verdict)) == ["summaries"]
    assert named(verdict, "summaries").entry == index
    assert METER in named(verdict, "summaries").words


def test_a_summary_of_an_hour_without_readings_is_named(tmp_path: Path) -> None:
    world = three_hours()
    index = world.written[-1]
    forged(world, index, lambda body: {**body, "hour": "2026-11-18T05:00:00.000000000Z"})
    verdict = verdict_of(world, tmp_path)
    assert named(verdict, "summaries").entry == index
    assert "nothing that could be summarised" in named(verdict, "summaries").words


def test_a_reading_changed_under_its_summary_is_named_by_the_summary(tmp_path: Path) -> None:
    """Whoever raises readings with the stolen key must forge the summaries too, and every one that was witnessed."""
    world = three_hours()
    at = next(i for i, data in enumerate(world.data) if b'"power":[5000,' in data)
    world.data[at] = world.data[at].replace(b"[5000,5000,", b"[9000,9000,")
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == ["summaries"]


def test_an_hour_whose_summary_was_left_out_is_named(tmp_path: Path) -> None:
    world = three_hours()
    assert "summaries_missing" not in outcomes(verdict_of(world, tmp_path / "whole"))
    world = three_hours()
    left_out = of_meter(world)[1]
    entry = decode_entry(world.data[left_out])
    note: dict[str, JsonValue] = {"text": "x", "at": rfc3339_from_ns(entry.t_ns), "person": "Ana"}
    world.data[left_out] = encode_entry(EntryType.NOTE, Stamp(entry.t_ns, entry.mono_us, entry.salt), note)
    found = named(verdict_of(world, tmp_path / "left-out"), "summaries_missing")
    assert found.outcome == "not_checked"
    assert found.words.startswith("1 hours of a sensor have readings and no summary (first: meter, the hour of 2026-")


def test_what_waits_to_be_told_anew_is_not_called_wrong(tmp_path: Path) -> None:
    world = three_hours()
    first = next(i for i, data in enumerate(world.data) if b'"power":[5000,' in data)
    world.amend("maintenance", first, first + 4, sensors=(METER,))
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == []
    assert outcomes(verdict)["summaries_open"] == "not_checked"
    world.summarise()
    assert outcomes(verdict_of(world, tmp_path)).get("summaries_open") is None


def test_what_a_late_certificate_says_of_an_hour_waits_to_be_told_anew(tmp_path: Path) -> None:
    world = three_hours(installed=True)
    meters = [i for i, data in enumerate(world.data) if b'"power":' in data and b'"type":"reading"' in data]
    adjusted_since(world, meters[17])
    waiting = verdict_of(world, tmp_path / "waiting")
    assert list(failed(waiting)) == []
    assert outcomes(waiting)["summaries_open"] == "not_checked"
    assert [body.reasons for body in world.summarise()] == [("calibration",)]
    told = verdict_of(world, tmp_path / "told")
    assert list(failed(told)) == []
    assert "summaries_open" not in outcomes(told)
    assert "1 that were replaced since are what the log gave" in named(told, "summaries").words


def test_a_certificate_on_other_readings_excuses_no_false_summary(tmp_path: Path) -> None:
    world = three_hours(installed=True)
    index = of_meter(world)[0]
    meters = [i for i, data in enumerate(world.data) if b'"power":' in data and b'"type":"reading"' in data]
    adjusted_since(world, meters[30])
    world.summarise()
    forged(world, index, LIES["energy"])
    assert list(failed(verdict_of(world, tmp_path))) == ["summaries"]


def test_without_summaries_nothing_is_called_passed(tmp_path: Path) -> None:
    world = world_at()
    world.hour_of_power(10.0)
    assert outcomes(verdict_of(world, tmp_path))["summaries"] == "not_checked"


def test_a_part_of_the_log_computes_what_lies_wholly_in_it(tmp_path: Path) -> None:
    world = three_hours()
    world.signed.sign()
    period = Period(MIDNIGHT + 1800 * 10**9, None)
    verdict = bundle_verdict(world.signed.bundle(tmp_path, "part", period).path)
    assert list(failed(verdict)) == []
    assert outcomes(verdict)["summaries_open"] == "not_checked"
    assert named(verdict, "summaries").outcome == "passed"


AMENDMENTS: dict[str, dict[str, object]] = {
    "maintenance": {},
    "value_correction": {"channels": ("power",), "gain": 2.0},
    "clock_offset": {"offset_us": 1_900_000_000},
    "wrong_plug": {"reads_as": AIR},
}


def live(world: SignedWorld, step: str) -> None:
    end = len(world.data) - 1
    if step in AMENDMENTS:
        world.amend(step, max(0, end - 4), end, sensors=(METER,), **AMENDMENTS[step])
    else:
        HAPPENINGS[step](world)


def meter(world: SignedWorld) -> None:
    for number in range(5):
        world.sample(METER, power=1_000.0 * number)
        world.run(300)


def air(world: SignedWorld) -> None:
    world.sample(AIR, pm2_5=12.0, no2=3.0)
    world.run(700)


def settle(world: SignedWorld) -> None:
    earlier = world.sample(METER, power=3.0)
    world.run(300)
    world.sample(METER, ((earlier, "power", Flag.SUSPECT),), power=4.0)


def fix(world: SignedWorld) -> None:
    world.synchronise()
    world.tick()


HAPPENINGS: dict[str, Callable[[SignedWorld], object]] = {
    "meter": meter,
    "air": air,
    "gap": lambda world: world.gap(METER, 30),
    "settle": settle,
    "plan": lambda world: world.plan(),
    "wait": lambda world: world.run(4_000),
    "tell": lambda world: world.summarise(),
    "certificate": lambda world: adjusted_before_any(world, 7 * len(world.data)),
    "fix": fix,
}


@settings(max_examples=60)
@given(steps=st.lists(st.sampled_from([*AMENDMENTS, *HAPPENINGS]), min_size=1, max_size=40), believed=st.booleans())
def test_whatever_happens_to_a_log_its_summaries_agree(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str], believed: bool
) -> None:
    world = SignedWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=believed)
    world.begin()
    for step in steps:
        live(world, step)
    world.synchronise()
    world.tick()
    world.run(7_800)
    world.summarise()
    verdict = verdict_of(world, tmp_path_factory.mktemp("log"))
    found = outcomes(verdict)
    assert found.get("summaries", "passed") != "failed", named(verdict, "summaries").words
    assert "summaries_open" not in found, named(verdict, "summaries_open").words
    if believed and not {"clock_offset", "wrong_plug", "fix"} & set(steps):
        assert "summaries_replaced" not in found, named(verdict, "summaries_replaced").words


def amended_twice() -> SignedWorld:
    """Every hour of the meter was told anew after an amendment of each kind that leaves readings where they were."""
    world = three_hours()
    powers = [i for i, data in enumerate(world.data) if b'"power":' in data and b'"type":"reading"' in data]
    world.amend("value_correction", powers[0], powers[-1], sensors=(METER,), channels=("power",), gain=2.0)
    world.summarise()
    world.amend("maintenance", powers[2], powers[-1], sensors=(METER,))
    world.summarise()
    return world


def of_meter(world: SignedWorld) -> list[int]:
    return [at for at in world.written if decode_entry(world.data[at]).body["sensor"] == METER]


def test_summaries_that_were_replaced_are_computed_from_the_log_as_it_was(tmp_path: Path) -> None:
    world = amended_twice()
    assert len(of_meter(world)) == 9
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == []
    assert "6 that were replaced since are what the log gave" in named(verdict, "summaries").words
    assert "summaries_replaced" not in outcomes(verdict)
    bundle = bundle_verdict(world.signed.bundle(tmp_path, "bundle").path)
    assert named(bundle, "summaries").words == named(verdict, "summaries").words


@pytest.mark.parametrize("lie", [lie for lie in LIES if lie != "withdrawn"])
@pytest.mark.parametrize("number", [0, 4])
def test_a_summary_that_was_replaced_cannot_have_said_what_the_log_never_gave(
    tmp_path: Path, number: int, lie: str
) -> None:
    """What is replaced now may be what an anchor or a receipt rests on."""
    world = amended_twice()
    index = of_meter(world)[number]
    forged(world, index, LIES[lie])
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == ["summaries"]
    assert named(verdict, "summaries").entry == index
    assert "replaced since" in named(verdict, "summaries").words


@pytest.mark.parametrize(("seconds", "far"), [(1_900, False), (10_800, True)])
def test_a_replaced_summary_whose_readings_were_moved_far_since_is_left_open_and_said(
    tmp_path: Path, seconds: int, far: bool
) -> None:
    world = three_hours()
    first = next(i for i, data in enumerate(world.data) if b'"power":[5000,' in data)
    world.amend("clock_offset", first, first + 20, sensors=(METER, AIR), offset_us=seconds * 1_000_000)
    world.run(20_000)
    world.summarise()
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == []
    assert ("summaries_replaced" in outcomes(verdict)) == far
    if far:
        assert named(verdict, "summaries_replaced").outcome == "not_checked"
        assert "moved readings to other hours" in named(verdict, "summaries_replaced").words


def test_a_busy_recorder_may_have_written_a_summary_after_what_it_did_not_know_of(tmp_path: Path) -> None:
    world = three_hours()
    told = of_meter(world)[-1]
    last = decode_entry(world.data[told]).body["last"]
    assert isinstance(last, int)
    body = world.data.pop(told)
    rest = world.data[told:]
    del world.data[told:]
    world.amend("maintenance", last - 4, last, sensors=(METER,))
    world.data[told:] = [world.data[told], body, *rest]
    world.summarise(afresh=True)
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == []
    assert "1 that were replaced since are what the log gave" in named(verdict, "summaries").words


def test_gaps_count_in_the_hours_that_they_reach_into(tmp_path: Path) -> None:
    world = world_at()
    world.hour_of_power(100.0)
    world.gap(METER, 50)
    world.hour_of_power(100.0)
    world.run(4_300)
    world.summarise()
    verdict = verdict_of(world, tmp_path)
    assert outcomes(verdict)["summaries"] == "passed"
    gap = next(i for i, entry in enumerate(world.entries) if entry.type == "gap")
    forged(world, gap, lambda body: {**body, "expected": 3})
    world.signed.checkpoints.clear()
    assert "summaries" in set(failed(verdict_of(world, tmp_path / "again")))


def test_a_summary_by_rules_that_this_program_does_not_know_is_not_called_right(tmp_path: Path) -> None:
    world = three_hours()
    index = world.written[-1]
    forged(world, index, lambda body: {**body, "rules": "9.9/9"})
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == []
    assert outcomes(verdict)["summaries_rules"] == "not_checked"
    assert "by rules 9.9/9" in named(verdict, "summaries_rules").words
    assert verdict.standing == "other_rules", "nobody gets past a check by naming rules that nobody has"
    assert named(verdict, "summaries").words.startswith("5 are")


@pytest.mark.parametrize("rules", ["4.3/1", "4.3/2"])
def test_summaries_by_the_rules_before_are_not_checked_until_they_are_told_anew(tmp_path: Path, rules: str) -> None:
    world = three_hours()
    for index in world.written:
        forged(world, index, lambda body: {**body, "rules": rules})
    verdict = verdict_of(world, tmp_path)
    assert list(failed(verdict)) == []
    assert outcomes(verdict)["summaries_rules"] == "not_checked"
    assert f"by rules {rules}" in named(verdict, "summaries_rules").words
    world.signed.checkpoints.clear()
    anew = world.summarise(afresh=True)
    assert [body.reasons for body in anew] == [("rules",)] * 6
    assert named(verdict_of(world, tmp_path / "anew"), "summaries").words.startswith("6 are")
