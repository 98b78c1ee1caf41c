# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an anchor claims of its hours: computed from the log alone, each hour once, and again by whoever verifies."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.log.canonical import canonical
from edge_daemon.log.entry import Entry, EntryType, decode_entry, encode_entry
from edge_daemon.log.plan import plan_of
from edge_daemon.log.stamp import Stamp
from edge_daemon.log.summary import HOUR_NS
from sync.anchor.call import address_of
from sync.anchor.period_claim import AVOIDED, ENERGY, READINGS, VALID, PeriodClaim, PeriodSummaries, claim_of
from sync.anchor.record import Quality
from sync.anchor.signing import Terms
from sync.bundle import Period
from sync.evidence.anchors import AnchorNote, read_anchor
from sync.evidence.claim_checks import MOST_AT_ONCE, ClaimChecker, plans_of
from sync.evidence.given import Given
from sync.evidence.verdict import Sheet
from sync.home_verdict import verify_log
from tests.unit.edge_daemon.station.summary_world import AIR
from tests.unit.sync.anchor.bench import START_S, paying_key
from tests.unit.sync.evidence.anchored import anchored, bundle_verdict, named
from tests.unit.sync.evidence.signed_world import MIDNIGHT, SignedWorld, world_at
from tests.unit.sync.signed_logs import failed, outcomes


def hours_told(world: SignedWorld, count: int) -> None:
    for number in range(count):
        world.hour_of_power(6_000.0 + 1_000 * number)
    world.run(1_300)
    world.summarise()
    world.run(1_900)


def claimed(world: SignedWorld, since: int, size: int) -> PeriodClaim:
    summaries = [(index, entry) for index, entry in world.log[:size] if entry.type == EntryType.SUMMARY]
    return claim_of(since, summaries, plan_of(world.log[:size]), plan_of(world.log[:since]))


def test_an_anchor_carries_totals_and_quality_of_the_hours_it_is_the_first_to_cover(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 2)
        world.signed.sign()
        station.anchor()
        first = json.loads(station.notes[0].record)
        assert first["hours"] == {"start": "2026-11-19T00:00:00.000000000Z", "end": "2026-11-19T02:00:00.000000000Z"}
        assert first["metrics"][ENERGY] == pytest.approx(12.5, rel=0.01)
        assert first["metrics"][AVOIDED] == pytest.approx(first["metrics"][ENERGY] * 0.194348 * 0.95 / 1000)
        assert (first["metrics"][READINGS], first["metrics"][VALID]) == (24, 24)
        assert first["quality"] == {"claim": True, "level": "medium", "score": 70}
        world.hour_of_power(4_000.0)
        world.run(1_300)
        world.summarise()
        world.signed.sign()
        station.anchor()
        second = json.loads(station.notes[1].record)
        assert second["since"] == first["size"]
        assert second["hours"]["start"] == first["hours"]["end"]
        verdict = station.verdict()
        assert "Those of 2 anchors follow" in named(verdict, "anchor_claims").words
        assert list(failed(verdict)) == []


def test_a_claim_on_summaries_that_nobody_can_compute_again_is_not_called_right(tmp_path: Path) -> None:
    """Whoever writes false numbers under rules that no program knows gets no claim proven by them."""
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 2)
        at = world.written[0]
        entry = decode_entry(world.data[at])
        false = {**entry.body, "rules": "9.9/9"}
        world.data[at] = encode_entry(EntryType.SUMMARY, Stamp(entry.t_ns, entry.mono_us, entry.salt), false)
        world.signed.sign()
        station.anchor()
        told = outcomes(station.verdict())
        assert "anchor_claims" not in told
        assert (told["anchor_claims_open"], told["summaries_rules"]) == ("not_checked", "not_checked")


def test_hours_that_two_anchors_claim_are_named(tmp_path: Path) -> None:
    """As when the list of anchors was lost, and the log was anchored from its beginning again."""
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 2)
        world.signed.sign()
        station.anchor()
        first = station.notes
        station.home.delivery.rename(tmp_path / "lost")
        hours_told(world, 1)
        world.signed.sign()
        station.anchor()
        verdict = verify_log(station.home.buffer, station.source.checkpoints, Given(None, (), [*first, *station.notes]))
        assert list(failed(verdict)) == ["anchor_claimed_once"]
        assert named(verdict, "anchor_claimed_once").entry == 0
        assert "add up one of them only" in named(verdict, "anchor_claimed_once").words


def test_without_a_plan_nothing_is_claimed_and_basic_is_sent(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        hours_told(world, 1)
        world.signed.sign()
        station.anchor()
        told = json.loads(station.notes[0].record)
        assert told["quality"] == {"claim": False, "level": "basic", "score": None}
        assert READINGS not in told["metrics"]
        assert outcomes(station.verdict())["anchor_claims"] == "passed"


def test_an_anchor_without_a_new_summary_carries_none(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        world.hour_of_power(1_000.0)
        world.signed.sign()
        station.anchor()
        told = json.loads(station.notes[0].record)
        assert (told["hours"], told["metrics"], told["quality"]["claim"]) == (None, {}, False)
        assert outcomes(station.verdict())["anchor_claims"] == "passed"


def invented(note: AnchorNote, number: int) -> AnchorNote:
    """The same claim in a record of its own, through a contract of its own; whoever has a key can sign that."""
    told = json.loads(note.record)
    key, contract = paying_key(number % 200 + 1), address_of(hex(number + 1))
    told["chain"]["contract"], told["keys"]["paying"] = contract, key.public_key.hex()
    made = replace(note, record=canonical(told), transaction=b"")
    terms = Terms(key.address, number, 1_000, 100, START_S + 10**6, told["chain"]["id"])
    return replace(made, transaction=key.sign(read_anchor(made).call, terms).data)


def test_invented_anchors_make_little_work_and_are_never_called_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gives a bundle can write as many records as fit into a file. Counted is how often a summary is taken."""
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 2)
        world.signed.sign()
        station.anchor()
        note = station.notes[0]
    unsent = [replace(note, record=note.record[:-1] + b',"x":%d}' % number, transaction=b"") for number in range(2_000)]
    sent = [invented(note, number) for number in range(40)]
    again = replace(note, transaction=b"")
    taken: list[int] = []
    add = PeriodSummaries.add

    def counted(gathered: PeriodSummaries, index: int, entry: Entry) -> None:
        taken.append(index)
        add(gathered, index, entry)

    monkeypatch.setattr(PeriodSummaries, "add", counted)
    claims = ClaimChecker([note, again, *unsent, *sent], 0, plans_of(dict(world.log)), lambda _since, _size: None)
    summaries = [(index, entry) for index, entry in world.log if entry.type == EntryType.SUMMARY]
    for index, entry in summaries:
        claims.take(index, entry)
    sheet = Sheet()
    claims.report(sheet, len(world.log))
    told = {check.name: check for check in sheet.checks}
    assert len(taken) <= len(summaries) * (MOST_AT_ONCE + 1)
    assert f"Those of {MOST_AT_ONCE} anchors follow" in told["anchor_claims"].words
    assert told["anchor_claims_unsent"].outcome == told["anchor_claims_open"].outcome == "not_checked"
    assert "2001 anchors are named without their transaction" in told["anchor_claims_unsent"].words
    assert f"Those of {41 - MOST_AT_ONCE} anchors were not computed again" in told["anchor_claims_open"].words


def test_of_two_anchors_of_one_size_by_one_contract_one_is_computed(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 1)
        world.signed.sign()
        station.anchor()
        note = station.notes[0]
    one = invented(note, 7)
    told = json.loads(one.record) | {"another": "record"}
    key = paying_key(8)
    two = replace(one, record=canonical(told), transaction=b"")
    terms = Terms(key.address, 8, 1_000, 100, START_S + 10**6, told["chain"]["id"])
    two = replace(two, transaction=key.sign(read_anchor(two).call, terms).data)
    claims = ClaimChecker([one, two], 0, plans_of(dict(world.log)), lambda _since, _size: None)
    for index, entry in world.log:
        claims.take(index, entry)
    sheet = Sheet()
    claims.report(sheet, len(world.log))
    words = {check.name: check.words for check in sheet.checks}
    assert "Those of 1 anchors follow" in words["anchor_claims"]
    assert "anchored more than once by one contract" in words["anchor_claims_open"]


LIES: dict[str, Any] = {
    "energy": lambda head: replace(head, metrics={**head.metrics, ENERGY: 1_000.0}),
    "left out": lambda head: replace(head, metrics={}),
    "level": lambda head: replace(head, quality=Quality(100, "high")),
    "hours": lambda head: replace(head, hours=(head.hours[0] - HOUR_NS, head.hours[1])),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_claim_that_the_summaries_do_not_give_is_named(tmp_path: Path, lie: str) -> None:
    """By whoever has the device key and the paying key: everything is signed, and on the chain."""
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        hours_told(world, 2)
        head = world.signed.sign()
        station.anchor(LIES[lie])
        for verdict in (station.verdict(), bundle_verdict(station.bundle(tmp_path / "b"), answers=station.answers())):
            assert outcomes(verdict)["anchor"] == "passed"
            assert list(failed(verdict)) == ["anchor_claims"]
            assert named(verdict, "anchor_claims").entry == head.checkpoint.size - 1


def test_a_part_of_the_log_tells_which_claims_it_cannot_show(tmp_path: Path) -> None:
    world = world_at()
    with anchored(tmp_path, world.signed) as station:
        world.plan()
        for _ in range(4):
            hours_told(world, 1)
            world.signed.sign()
            station.anchor()
        path = station.bundle(tmp_path / "part", Period(MIDNIGHT + 5 * 1800 * 10**9, None))
        verdict = bundle_verdict(path)
        assert outcomes(verdict)["anchor_claims_open"] == "not_checked"
        assert outcomes(verdict)["anchor_claims"] == "passed"
        assert list(failed(verdict)) == []


@pytest.fixture(scope="module")
def four_hours() -> SignedWorld:
    """Only looked at."""
    world = world_at()
    world.plan()
    for watts in (5_000.0, 7_000.0, 3_000.0, 8_000.0):
        world.hour_of_power(watts)
        world.run(700)
        world.summarise()
        world.run(2_900)
    return world


@settings(max_examples=30)
@given(cuts=st.lists(st.integers(0, 200), max_size=8))
def test_every_hour_belongs_to_one_anchor_wherever_the_log_is_cut(four_hours: SignedWorld, cuts: list[int]) -> None:
    world = four_hours
    end = len(world.data)
    whole = claimed(world, 0, end)
    sizes = sorted({min(cut, end) for cut in cuts} | {end})
    parts = [claimed(world, since, size) for since, size in zip([0, *sizes], sizes, strict=False)]
    told = [part for part in parts if part.end_ns]
    assert [part.start_ns for part in told[1:]] == [part.end_ns for part in told[:-1]]
    assert (told[0].start_ns, told[-1].end_ns) == (whole.start_ns, whole.end_ns)
    assert sum(part.metrics[ENERGY] for part in told) == pytest.approx(whole.metrics[ENERGY])


def test_the_newest_hour_waits_until_every_sensor_of_record_is_summarised(tmp_path: Path) -> None:
    world = world_at()
    planned = world.plan()
    hours_told(world, 1)
    (index,) = world.written
    entry = world.entries[index]
    other = replace(entry, body={**entry.body, "sensor": AIR})
    plan = plan_of(world.log)
    assert plan.body is not None
    (meter,) = plan.body.parameters
    both = replace(plan, body=replace(plan.body, parameters=(meter, replace(meter, sensor=AIR))))
    assert claim_of(planned, [(index, entry)], both, both) == PeriodClaim()
    later = claim_of(index + 1, [(index, entry), (index + 1, other)], both, both)
    assert later.end_ns - later.start_ns == HOUR_NS
    assert later.metrics[READINGS] == 24
