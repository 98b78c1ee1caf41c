# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a destination has in the end is what the log's rules make of each reading, whatever is amended, and when."""

import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.log.clock_history import clock_history
from edge_daemon.log.effective import Effective, amendments_of, effective
from edge_daemon.log.entry import decode_entry, decode_reading
from edge_daemon.log.reported_time import ReportedTime
from sync.delivery.account import Account
from sync.delivery.books import Books
from sync.engine.drain import Drain, Patience
from sync.engine.ending import Ending
from sync.engine.ledger import balance
from sync.engine.meter import Meter
from sync.engine.pages import LogPages, is_reading
from sync.packets.item import Item
from sync.packets.lines import lines_of
from sync.packets.reading import Outgoing
from sync.sinks.sink import Chunk, Later, Outcome
from tests.unit.sync.recorded import FakeSink, FarEnd, Recorded

WIRE = {"temperature": ("temperature", 1.0), "wind": ("wind_speed", 3.6)}


def deliver(folder: Path, log: Recorded, far: FarEnd, breaks: Sequence[int] = ()) -> None:
    """Sync; the far end loses what it took when it has taken so many chunks."""
    left = list(breaks)

    def crash(_chunk: Chunk, _readings: Sequence[Item]) -> Outcome | None:
        if left and len(far.payloads) >= left[0]:
            left.pop(0)
            far.crash()
            return Later("connection reset", 0.0, unclean=True)
        return None

    log.write(folder / "buffer.sqlite3")
    with Books(folder / "delivery.sqlite3") as books, LogPages(folder / "buffer.sqlite3") as pages:
        account = Account(books, "far", pages.origin())
        meter = Meter("far", lambda _: None, lambda: 0.0)
        drain = Drain(FakeSink(far, crash), account, pages, meter, threading.Event(), Patience(lambda: 0.5, 30.0))
        assert drain.run() == Ending("done")
        told = balance(account, pages)
    assert told.difference == 0, str(told)


def by_the_rules(log: Recorded) -> dict[int, Effective]:
    """Every reading as the log's own modules make it."""
    entries = [(index, decode_entry(data)) for index, data in enumerate(log.entries)]
    amendments = amendments_of(entries)
    settled: dict[int, list[tuple[str, Flag]]] = {}
    for _, data in enumerate(log.entries):
        if is_reading(data):
            for target, name, flag in decode_reading(data).settles:
                settled.setdefault(target, []).append((name, flag))
    fold = ReportedTime(clock_history(entries), amendments.releases)
    found = {}
    for index, entry in entries:
        fold = fold.after(index, entry)
        if is_reading(log.entries[index]) and fold.reported is not None:
            logged = decode_reading(log.entries[index])
            found[index] = effective(index, logged, fold.reported, amendments, settled.get(index, ()))
    return found


def check(log: Recorded, far: FarEnd) -> None:
    """Each reading is at the far end under its key as the rules say; whatever else is there has failed."""
    expected = {(told.sensor, told.reported.time_ns): told for told in by_the_rules(log).values() if not told.time.held}
    for key, told in expected.items():
        sent = far.kept[key]
        assert sent.index == told.index
        assert sent.quality == told.quality
        assert (sent.time_offset_us or 0) * 1000 == told.time.time_ns - told.reported.time_ns
        wire = {value.channel.field: (value.value, value.raw, value.flag) for value in sent.values}
        for name, value in told.channels.items():
            field, factor = WIRE[name]
            assert value.value is not None
            assert value.raw is not None
            assert wire[field] == (value.value * factor, value.raw * factor, value.flag)
    for key in far.kept.keys() - expected.keys():
        assert {value.flag for value in far.kept[key].values} == {Flag.FAIL}


def two_sensors(count: int = 10) -> tuple[Recorded, list[int]]:
    log = Recorded().begin()
    log.sensor("b")
    return log, log.readings("a", log.sensor("a"), count)


def after(
    tmp_path: Path, amend: Callable[[Recorded, list[int]], object], *, delivered_before: bool = True
) -> tuple[Recorded, FarEnd, list[int]]:
    log, indices = two_sensors()
    far = FarEnd()
    if delivered_before:
        deliver(tmp_path, log, far)
    amend(log, indices)
    deliver(tmp_path, log, far)
    check(log, far)
    return log, far, indices


def one(far: FarEnd, index: int) -> Outgoing:
    [found] = [reading for reading in far.kept.values() if reading.index == index]
    return found


def test_a_corrected_value_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    def amend(log: Recorded, indices: list[int]) -> None:
        log.amendment(
            "value_correction", indices[2], indices[4], sensors=["a"], channels=["wind"], gain=2.0, offset=0.5
        )

    _, far, indices = after(tmp_path, amend)
    values = {value.channel.field: (value.raw, value.value) for value in one(far, indices[3]).values}
    assert values == {"temperature": (3.0, 3.0), "wind_speed": (3.6, 9.0)}
    assert len(far.kept) == 10
    assert far.received == 13


def test_a_corrected_time_goes_out_under_the_same_key_with_what_to_add(tmp_path: Path) -> None:
    def amend(log: Recorded, indices: list[int]) -> None:
        log.amendment("clock_offset", indices[0], indices[4], offset_us=-3_600_000_000, uncertainty_us=1)

    log, far, indices = after(tmp_path, amend)
    assert len(far.kept) == 10
    assert ",time_offset_us=-3600000000i " in next(iter(lines_of([one(far, indices[0])])))
    amendment = len(log.entries) - 1
    log.amendment("withdrawal", indices[0], indices[4], replaces=amendment)
    deliver(tmp_path, log, far)
    check(log, far)
    assert ",time_offset_us=0i " in next(iter(lines_of([one(far, indices[0])])))
    assert "time_offset_us" not in next(iter(lines_of([one(far, indices[9])])))


def test_another_sensors_readings_fail_where_they_were_and_go_to_that_sensor(tmp_path: Path) -> None:
    def amend(log: Recorded, indices: list[int]) -> None:
        log.amendment("wrong_plug", indices[0], indices[4], sensors=["a"], reads_as="b")

    log, far, indices = after(tmp_path, amend)
    assert sorted(key[0] for key in far.kept) == ["a"] * 10 + ["b"] * 5
    log.amendment("withdrawal", indices[0], indices[4], replaces=len(log.entries) - 1)
    deliver(tmp_path, log, far)
    check(log, far)
    failed = [key[0] for key, told in far.kept.items() if {value.flag for value in told.values} == {Flag.FAIL}]
    assert failed == ["b"] * 5


def test_a_held_reading_goes_out_as_amended_at_once(tmp_path: Path) -> None:
    log = Recorded().begin("untrusted")
    indices = log.readings("a", log.sensor("a"), 6)
    far = FarEnd()
    deliver(tmp_path, log, far)
    log.amendment("wrong_plug", indices[0], indices[1], sensors=["a"], reads_as="b")
    log.amendment("maintenance", indices[1], indices[3], channels=["wind"])
    deliver(tmp_path, log, far)
    assert not far.kept
    release = log.amendment("release_untrusted_time", indices[0], indices[5], offset_us=0, uncertainty_us=9)
    deliver(tmp_path, log, far)
    check(log, far)
    assert sorted(key[0] for key in far.kept) == ["a"] * 4 + ["b"] * 2
    log.amendment("release_untrusted_time", indices[0], indices[5], offset_us=7, uncertainty_us=9, replaces=release)
    deliver(tmp_path, log, far)
    check(log, far)
    assert len(far.kept) == 12


def test_an_amendment_of_a_kind_to_come_stops_nothing(tmp_path: Path) -> None:
    _, far, _ = after(tmp_path, lambda log, indices: None)
    log, indices = two_sensors()
    log.put(log.entries[log.amendment("maintenance", indices[0], indices[1])].replace(b"maintenance", b"levitation_"))
    log.entries.pop(-2)
    other, folder = FarEnd(), tmp_path / "other"
    folder.mkdir()
    deliver(folder, log, other)
    assert len(other.kept) == len(far.kept) == 10


def test_what_goes_out_again_after_a_break_does_not_undo_later_corrections(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    indices = log.readings("a", cfg, 14)
    log.reading("a", cfg, settles=[(indices[13], "wind", Flag.SUSPECT)])
    log.readings("a", cfg, 10)
    log.amendment("maintenance", indices[2], indices[5], channels=["wind"])
    log.amendment("wrong_plug", indices[6], indices[7], sensors=["a"], reads_as="b")
    far = FarEnd()
    deliver(tmp_path, log, far, breaks=[2, 9])
    check(log, far)
    assert len(far.kept) == 27


AMENDMENTS = st.lists(
    st.tuples(
        st.sampled_from(["clock_offset", "wrong_plug", "maintenance", "as_found_failure", "value", "withdraw", "sync"]),
        st.integers(0, 11),
        st.integers(0, 11),
        st.integers(-5, 5),
        st.booleans(),
    ),
    max_size=7,
)


def happens(log: Recorded, readings: list[int], amendments: list[int], told: tuple[str, int, int, int, bool]) -> None:
    kind, begin, end, number, choice = told
    first, last = readings[min(begin, end)], readings[max(begin, end)]
    channels = ["wind"] if choice else []
    more: dict[str, object] = {}
    match kind:
        case "clock_offset":
            more = {"offset_us": number, "uncertainty_us": 1}
        case "wrong_plug":
            more = {"sensors": ["a"], "reads_as": "c" if choice else ""}
        case "maintenance" | "as_found_failure":
            more = {"channels": channels}
        case "value":
            kind, more = "value_correction", {"channels": ["wind"], "sensors": ["a"], "gain": number + 0.5, "offset": 1}
        case "withdraw":
            kind, more = "withdrawal", {"replaces": amendments[number % len(amendments)] if amendments else 0}
    if choice and amendments and kind != "withdrawal":
        more["replaces"] = amendments[-1]
    amendments.append(log.amendment(kind, first, last, **more))  # type: ignore[arg-type]  # JSON values all


@given(stories=AMENDMENTS, settle=st.booleans())
@settings(max_examples=40, deadline=None, phases=[Phase.generate])
def test_whatever_is_amended_the_far_end_has_what_the_rules_say(
    stories: list[tuple[str, int, int, int, bool]], settle: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, far = Path(name), FarEnd()
        log = Recorded().begin()
        one, two = log.sensor("a"), log.sensor("b")
        readings = [log.reading(sensor, cfg) for _ in range(6) for sensor, cfg in (("a", one), ("b", two))]
        amendments: list[int] = []
        for told in stories:
            if told[0] == "sync":
                deliver(folder, log, far)
                continue
            happens(log, readings, amendments, told)
            if settle:
                log.reading("b", two, settles=[(readings[told[1]], "wind", Flag.SUSPECT)])
        deliver(folder, log, far)
        check(log, far)
