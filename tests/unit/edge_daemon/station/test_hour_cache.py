# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A start from the side file knows what a start from the log's beginning knows, whatever happened between; a file that
does not fit is not used."""

import hashlib
import json
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.station.hour_cache import FILE, HourCache, Unfit
from edge_daemon.station.hour_index import HourIndex, IndexState
from edge_daemon.station.summaries import Summariser, SummaryDesk
from tests.support.log_files import T0
from tests.support.logged_station import SECOND_NS, LoggedStation
from tests.support.waiting import wait_until
from tests.unit.edge_daemon.station.summary_world import SummaryWorld
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, content, world_at
from tests.unit.edge_daemon.station.test_summary_properties import TOLD_LATE, act

PROGRAM = "1.2.3"


# ---- any log, any moment --------------------------------------------------------------------------------------------


def through_text(state: IndexState) -> IndexState:
    """As the file keeps it."""
    return replace(state, last_ns=json.loads(json.dumps(dict(state.last_ns))))


def resumed(world: SummaryWorld, state: IndexState) -> Summariser:
    """A restart that goes on from `state`."""
    index = HourIndex(world.read_bytes, block=world.block)
    events = ((at, entry) for at, entry in enumerate(world.entries[: state.size]) if entry.type != "reading")
    for _ in index.resume(through_text(state), events):
        pass
    return Summariser(index, world.keep, world._known_ns)


def known(index: HourIndex) -> dict[str, Any]:
    """All that decides what summaries say. What is still to be looked at may be more after the one than the other."""
    state = index.state()
    return {
        "size": state.size,
        "last_ns": dict(state.last_ns),
        "blocks": [(dict(block.last_ns), block.keys, block.powered) for block in state.blocks],
        "gaps": sorted(state.gaps, key=lambda gap: gap.index),
        "summaries": {key: index.summaries.history(key) for key in index.summaries.hours()},
        "calibrations": index.calibrations,
        "amendments": index.amendments,
        "history": index.fold.history,
        "swaps": {name: set(index.swaps_of(name)) for name in ("meter", "air")},
        "unbroken": [index.continuity.unbroken("meter", 0, at) for at in range(state.size)],
        "plans": [index.plan_at(at) for at in range(state.size + 1)],
    }


steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, 20)),
        st.tuples(st.just("gap"), st.integers(10, 200)),
        st.tuples(st.just("wait"), st.integers(60, 9000)),
        st.tuples(st.just("reboot"), st.integers(-20_000, 20_000)),
        st.tuples(st.just("set"), st.integers(-100_000, 100_000)),
        st.tuples(st.just("synchronise"), st.just(0)),
        st.tuples(st.just("summarise"), st.just(0)),
        st.tuples(st.just("amend"), st.integers(0, 10**9)),
        st.tuples(st.just("install"), st.integers(0, 3)),
        st.tuples(st.just("calibrate"), st.integers(0, 10**9)),
        st.tuples(st.just("certificate"), st.integers(0, 10**9)),
        st.tuples(st.just("save"), st.just(0)),
        st.tuples(st.just("kill"), st.integers(0, 40)),
    ),
    max_size=30,
)


@settings(max_examples=80, deadline=None)
@given(steps, st.integers(1, 60))
@example([*TOLD_LATE[:-1], ("summarise", 0), ("save", 0), TOLD_LATE[-1], ("kill", 0)], 20)
def test_with_the_file_as_without_it(actions: list[tuple[str, int]], block: int) -> None:
    world = world_at(MIDNIGHT)
    world.block = block
    kept: IndexState | None = None
    for what, number in (("read", 15), ("summarise", 0), ("save", 0), *actions):
        if what == "save" and world.summariser is not None and world.summariser.caught_up:
            kept = world.summariser.index.state()
        elif what == "kill":
            # The recorder ends somewhere on its way; what it began from was the file, and so is the next start.
            world.summariser = resumed(world, kept) if kept is not None else None
            if world.summariser is not None:
                for _ in islice(world.summariser.steps(), number):
                    pass
            world.summariser = resumed(world, kept) if kept is not None else None
        elif what != "save":
            act(world, what, number)
    assert kept is not None
    world.run(40 * 3600)
    fresh, cached = HourIndex(world.read_bytes, block=block), resumed(world, kept)
    for index in (fresh, cached.index):
        for _ in index.catch_up():
            pass
    assert known(cached.index) == known(fresh)
    world.summariser = cached
    world.summarise()
    assert world.summarise(afresh=True) == [], "a start from the beginning finds nothing to mend"


@settings(max_examples=30, deadline=None)
@given(steps, st.integers(1, 60))
def test_the_numbers_are_those_of_a_recorder_that_never_had_a_file(actions: list[tuple[str, int]], block: int) -> None:
    with_file, without = (world_at(MIDNIGHT) for _ in range(2))
    with_file.block = without.block = block
    kept: IndexState | None = None
    for what, number in (("read", 15), ("summarise", 0), ("save", 0), *actions):
        if what == "save":
            summariser = with_file.summariser
            kept = summariser.index.state() if summariser is not None else kept
        elif what == "kill":
            with_file.summariser = resumed(with_file, kept) if kept is not None else None
            without.summariser = None
        else:
            for world in (with_file, without):
                act(world, what, number)
    for world in (with_file, without):
        world.run(40 * 3600)
        world.summarise()
    one, other = with_file.current, without.current
    assert one.keys() == other.keys()
    assert {key: content(body) for key, body in one.items()} == {key: content(body) for key, body in other.items()}


def test_a_summary_that_the_log_lost_after_the_file_was_kept_is_written_again() -> None:
    world = world_at(MIDNIGHT)
    act(world, "read", 15)
    world.run(3 * 3600)
    world.summarise()
    assert world.summariser is not None
    kept = world.summariser.index.state()
    first = min(world.written)
    lost = world.told[first]
    del world.data[kept.size :]
    del world.entries[kept.size :]
    assert first >= kept.size
    world.written.clear()
    world.summariser = resumed(world, kept)
    assert lost in world.summarise()


# ---- the file -------------------------------------------------------------------------------------------------------


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as open_station:
        for number in range(50):
            open_station.sample(400.0 + number)
        open_station.gap()
        yield open_station


def cache_of(station: LoggedStation, folder: Path, program: str = PROGRAM) -> HourCache:
    return HourCache(folder / FILE, station.reader, program)


def index_of(station: LoggedStation, block: int = 20) -> tuple[HourIndex, list[int]]:
    """An index, and where it began to read."""
    reads: list[int] = []

    def read(first: int, limit: int) -> list[tuple[int, bytes]]:
        reads.append(first)
        return station.reader.entries(first, limit)

    return HourIndex(read, block=block), reads


def caught_up(index: HourIndex) -> HourIndex:
    for _ in index.catch_up():
        pass
    return index


def restored(cache: HourCache, index: HourIndex) -> HourIndex:
    for _ in cache.restoring(index):
        pass
    return index


def test_a_restart_reads_the_tail_only_and_knows_the_same(station: LoggedStation, tmp_path: Path) -> None:
    before, _ = index_of(station)
    cache_of(station, tmp_path).save(caught_up(before))
    size = before.state().size
    station.write(AmendmentBody("maintenance", 10, 12, "seen", "Ana", channels=("co2",)))
    late = [station.sample(500.0 + number) for number in range(5)]
    index, reads = index_of(station)
    caught_up(restored(cache_of(station, tmp_path), index))
    fresh, _ = index_of(station)
    assert known(index) == known(caught_up(fresh))
    assert reads[0] == size
    assert late[-1] < index.state().size
    assert index.amendments == fresh.amendments


def put(path: Path, change: Any) -> None:
    """The file with another first line, and a digest that fits."""
    lines = path.read_bytes().splitlines(keepends=True)[:-1]
    head = json.loads(lines[0])
    change(head)
    lines[0] = json.dumps(head).encode() + b"\n"
    digest = hashlib.sha256(b"".join(lines)).hexdigest()
    path.write_bytes(b"".join(lines) + json.dumps(["end", digest]).encode() + b"\n")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-40]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"co2-1", b"co2-2", 1)),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"[]\n[]\n"),
        lambda path: path.write_bytes(b"\xff\xfe" * 100),
        lambda path: put(path, lambda head: head[0].update(root="00" * 32)),
        lambda path: put(path, lambda head: head[0].update(origin="another")),
        lambda path: put(path, lambda head: head[0].update(program="9")),
        lambda path: put(path, lambda head: head[0].update(form=0)),
        lambda path: put(path, lambda head: head[0].update(rules="4.3/1")),
        lambda path: put(path, lambda head: head[0].pop("form")),
        lambda path: put(path, lambda head: head.__setitem__(1, 10_000)),
        lambda path: put(path, lambda head: head.__setitem__(1, "x")),
        lambda path: put(path, lambda head: head.__setitem__(2, 7)),
        lambda path: path.unlink(),
    ],
)
def test_a_file_that_does_not_fit_is_put_away_and_the_log_is_read_anew(
    station: LoggedStation, tmp_path: Path, spoil: Any
) -> None:
    index, _ = index_of(station)
    cache_of(station, tmp_path).save(caught_up(index))
    spoil(tmp_path / FILE)
    again, reads = index_of(station)
    caught_up(restored(cache_of(station, tmp_path), again))
    assert reads[0] == 0
    assert known(again) == known(index)


def test_a_file_of_a_longer_copy_of_the_log_is_not_used(station: LoggedStation, tmp_path: Path) -> None:
    index, _ = index_of(station)
    cache = cache_of(station, tmp_path)
    cache.save(caught_up(index))
    lines = [json.loads(line) for line in (tmp_path / FILE).read_bytes().splitlines()[:-1]]
    lines[0][1] += 1
    with pytest.raises(Unfit, match="more than this one holds"):
        cache._state(lines, 20)


def test_a_restart_that_is_broken_off_leaves_nothing_half_known(station: LoggedStation, tmp_path: Path) -> None:
    index, _ = index_of(station)
    cache = cache_of(station, tmp_path)
    cache.save(caught_up(index))
    again, reads = index_of(station)
    broken = cache.restoring(again)
    next(broken)
    assert isinstance(broken, Generator)
    broken.close()
    assert known(caught_up(again)) == known(index)
    assert reads[0] == 0


def desk(station: LoggedStation, folder: Path) -> tuple[SummaryDesk, list[int]]:
    index, reads = index_of(station)
    now_ns = T0 + 2 * HOUR_NS + 700 * SECOND_NS
    return SummaryDesk(index, station.journal.write, lambda: now_ns, cache_of(station, folder)), reads


def test_the_desk_keeps_what_it_knows_and_begins_from_it(station: LoggedStation, tmp_path: Path) -> None:
    first, reads = desk(station, tmp_path)
    first.start()
    try:
        wait_until(lambda: len(first.summaries.hours()) == 1, seconds=60, what="the hour's summary")
        wait_until(lambda: not first.busy, seconds=60, what="rest")
    finally:
        first.stop()
    assert reads[0] == 0
    assert (tmp_path / FILE).exists()
    assert not list(tmp_path.glob("*.part"))
    again, reads = desk(station, tmp_path)
    again.start()
    try:
        wait_until(lambda: again.complete and not again.busy, seconds=60, what="the end of the log")
    finally:
        again.stop()
    assert reads[0] > 50
    (key,) = again.summaries.hours()
    assert len(again.summaries.history(key)) == 1


def test_a_disk_that_takes_no_file_loses_nothing(
    station: LoggedStation, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    index, _ = index_of(station)
    nowhere = HourCache(tmp_path / "missing" / FILE, station.reader, PROGRAM)
    told = SummaryDesk(index, station.journal.write, lambda: T0 + 2 * HOUR_NS, nowhere)
    told.start()
    try:
        wait_until(lambda: told.complete and not told.busy, seconds=60, what="the end of the log")
    finally:
        told.stop()
    assert "cannot be kept" in caplog.text


def test_times_in_the_file_are_those_of_the_log(station: LoggedStation, tmp_path: Path) -> None:
    index, _ = index_of(station)
    cache_of(station, tmp_path).save(caught_up(index))
    again = restored(cache_of(station, tmp_path), index_of(station)[0])
    assert again.newest_ns == index.newest_ns == T0 + 50 * SECOND_NS
