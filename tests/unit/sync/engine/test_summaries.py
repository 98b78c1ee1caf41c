# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries on their way: in the log's order, the newest last, and none that keeps a reading back."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_air import INDEX_HOURS
from sync.delivery.account import Account
from sync.delivery.asides import SetAside, asides, retry
from sync.delivery.books import Books
from sync.engine.drain import Drain, Patience
from sync.engine.ending import Ending
from sync.engine.ledger import Balance, balance
from sync.engine.logs import LogFile
from sync.engine.meter import Meter, Progress
from sync.engine.pages import LogPages, Row
from sync.engine.plan import plan
from sync.packets.item import Item, summaries_in
from sync.packets.summary import OutgoingSummary
from sync.sinks.sink import Chunk, Later, Outcome, Refused, Stopped
from tests.support.summarised import HOUR, air, body, energy, withdrawn
from tests.unit.sync.engine.test_drain import execute
from tests.unit.sync.recorded import FakeSink, FarEnd, Recorded

CALM = Patience(lambda: 0.5, 30.0)


def drain(folder: Path, sink: FakeSink, told: list[Progress] | None = None) -> Ending:
    with Books(folder / "delivery.sqlite3") as books, LogPages(folder / "buffer.sqlite3") as pages:
        account = Account(books, "far", pages.origin())
        meter = Meter("far", lambda _: None, lambda: 0.0)
        ending = Drain(sink, account, pages, meter, threading.Event(), CALM).run()
        if told is not None:
            told.append(meter.progress)
        return ending


def balance_of(folder: Path) -> Balance:
    with Books(folder / "delivery.sqlite3") as books, LogPages(folder / "buffer.sqlite3") as pages:
        told = balance(Account(books, "far", pages.origin()), pages)
    assert told.difference == 0, str(told)
    return told


def set_aside(folder: Path) -> list[SetAside]:
    with Books(folder / "delivery.sqlite3") as books:
        return asides(books)


def try_again(folder: Path) -> int:
    with Books(folder / "delivery.sqlite3") as books:
        return retry(books)


def written(log: Recorded, folder: Path, *bodies: SummaryBody) -> list[int]:
    """Each summary between two readings; the indices of the summaries."""
    indices = []
    for told in bodies:
        log.readings("mast", 3, 2)
        indices.append(log.add(told))
    log.readings("mast", 3, 2)
    log.write(folder / "buffer.sqlite3")
    return indices


def begun() -> Recorded:
    log = Recorded().begin()
    assert log.sensor("mast") == 3
    return log


def test_summaries_and_amendments_that_wait_are_counted(tmp_path: Path) -> None:
    log, far = begun(), FarEnd()
    written(log, tmp_path, body(), body())
    assert others(tmp_path) == 2
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert others(tmp_path) == 0
    log.amendment("maintenance", 4, 5, sensors=["mast"], channels=["wind"])
    log.add(body())
    log.write(tmp_path / "buffer.sqlite3")
    assert (balance_of(tmp_path).waiting, others(tmp_path)) == (0, 2)

    def refuse(_: Chunk, items: Sequence[Item]) -> Outcome | None:
        return Refused(_, "422") if summaries_in(items) else None

    assert drain(tmp_path, FakeSink(far, refuse)) == Ending("done")
    assert others(tmp_path) == 0
    assert try_again(tmp_path) == 1
    assert others(tmp_path) == 1


def others(folder: Path) -> int:
    with Books(folder / "delivery.sqlite3") as books, LogPages(folder / "buffer.sqlite3") as pages:
        log = LogFile(pages.origin(), pages.origin(), folder / "buffer.sqlite3")
        return plan(books, "far", (log,)).others


def values(far: FarEnd, metric: str) -> dict[int, str]:
    """What a database shows of a metric, by hour; of the summaries' lines."""
    return {
        time // HOUR_NS - HOUR: fields.get("value", "")
        for (series, time), fields in far.hours().items()
        if f"metric_type={metric}," in series
    }


def test_summaries_go_out_where_they_stand_and_are_no_readings(tmp_path: Path) -> None:
    log, far, told = begun(), FarEnd(), list[Progress]()
    indices = written(log, tmp_path, body(energy=energy(2.0)), body(hour=HOUR + 1, energy=energy(3.0)))
    assert drain(tmp_path, FakeSink(far), told) == Ending("done")
    assert [summary.index for summary in far.summaries] == indices
    assert values(far, "energy_generated_interval") == {0: "2.0", 1: "3.0"}
    assert far.summaries[0].channels["wind"].field == "wind_speed"
    assert (balance_of(tmp_path).accepted, balance_of(tmp_path).delivered) == (6, 6)
    assert told[-1].done == 6
    # A second sync has nothing to do.
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert far.received == 8


def test_the_newest_wins_and_comes_in_a_chunk_behind_the_one_that_it_replaces(tmp_path: Path) -> None:
    log, far, chunks = begun(), FarEnd(), list[Sequence[Item]]()
    older, newer = written(
        log, tmp_path, body(energy=energy(2.0)), body(energy=energy(5.0), replaces=6, reasons=("late_data",))
    )
    assert older == 6

    def note(_chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        chunks.append(items)
        return None

    drain(tmp_path, FakeSink(far, note, size=100))
    assert values(far, "energy_generated_interval") == {0: "5.0"}
    assert [[summary.index for summary in summaries_in(items)] for items in chunks] == [[older], [newer]]
    assert far.summaries[1].after == older


def test_a_withdrawn_hour_leaves_nothing_that_counts(tmp_path: Path) -> None:
    log, far = begun(), FarEnd()
    written(log, tmp_path, body(energy=energy(2.0), last=5), withdrawn(replaces=6))
    drain(tmp_path, FakeSink(far))
    shown = far.hours()
    assert len(shown) == 5
    assert {(fields["value"], fields["state"]) for fields in shown.values()} == {("0.0", '"withdrawn"')}


def test_the_air_quality_index_is_that_of_the_hours_known_by_then_and_told_anew_when_one_changes(
    tmp_path: Path,
) -> None:
    log, far = begun(), FarEnd()
    hours = [body(hour=HOUR + number, air=air(35.0)) for number in range(4)]
    first, *_ = written(log, tmp_path, *hours)
    drain(tmp_path, FakeSink(far))
    before = values(far, "calculated_aqi")
    assert before == {1: "99.0", 2: "99.0", 3: "99.0"}  # NowCast takes two of three hours
    late = body(hour=HOUR + 2, air=air(120.0), replaces=first + 6)
    (again,) = written(log, tmp_path, late)
    drain(tmp_path, FakeSink(far))
    after = values(far, "calculated_aqi")
    assert after[1] == before[1]
    assert float(after[2]) > float(after[3]) > float(before[3])
    (last,) = [summary for summary in far.summaries if summary.index == again]
    assert last.after == first + 6
    # The same from the beginning, in one run and without the books of the runs before.
    (tmp_path / "delivery.sqlite3").unlink()
    anew = FarEnd()
    drain(tmp_path, FakeSink(anew))
    assert anew.summaries == far.summaries


def test_an_index_is_taken_back_when_its_hour_is_withdrawn(tmp_path: Path) -> None:
    log, far = begun(), FarEnd()
    hours = [body(hour=HOUR + number, air=air(35.0)) for number in range(3)]
    _, _, third = written(log, tmp_path, *hours)
    written(log, tmp_path, withdrawn(hour=HOUR + 2, replaces=third))
    drain(tmp_path, FakeSink(far))
    assert values(far, "calculated_aqi") == {1: "99.0", 2: "0.0"}
    # A late hour before it does not bring it back, whether both go out in one run or not.
    written(log, tmp_path, body(hour=HOUR - 1, air=air(35.0)))
    drain(tmp_path, FakeSink(far))
    (tmp_path / "delivery.sqlite3").unlink()
    anew = FarEnd()
    drain(tmp_path, FakeSink(anew))
    assert anew.summaries == far.summaries
    assert anew.hours() == far.hours()
    assert values(far, "calculated_aqi") == {0: "99.0", 1: "99.0", 2: "0.0"}


def refusing(*indices: int) -> FakeSink:
    def refuse(chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        return Refused(chunk, "field type conflict") if any(item.index in indices for item in items) else None

    return FakeSink(FarEnd(), refuse)


def test_a_refused_summary_keeps_nothing_back_and_can_be_tried_again(tmp_path: Path) -> None:
    log = begun()
    first, second = written(log, tmp_path, body(energy=energy(2.0)), body(hour=HOUR + 1, energy=energy(3.0)))
    sink, told = refusing(first), list[Progress]()
    assert drain(tmp_path, sink, told) == Ending("done")
    assert [summary.index for summary in sink.far.summaries] == [second]
    assert (balance_of(tmp_path).delivered, balance_of(tmp_path).aside, told[-1].done) == (6, 0, 6)
    (aside,) = set_aside(tmp_path)
    assert (aside.index, aside.summary, aside.counted, aside.damaged) == (first, True, False, False)
    assert (aside.words, aside.tries) == ("field type conflict", 1)
    assert try_again(tmp_path) == 1
    assert balance_of(tmp_path).waiting == 0
    assert drain(tmp_path, sink) == Ending("done")
    assert [aside.tries for aside in set_aside(tmp_path)] == [2]
    try_again(tmp_path)
    assert drain(tmp_path, FakeSink(sink.far)) == Ending("done")
    assert values(sink.far, "energy_generated_interval") == {0: "2.0", 1: "3.0"}
    assert set_aside(tmp_path) == []
    assert balance_of(tmp_path).delivered == 6


def test_a_summary_that_is_tried_again_does_not_take_the_place_of_a_newer_one(tmp_path: Path) -> None:
    log = begun()
    older, newer = written(log, tmp_path, body(energy=energy(2.0)), body(energy=energy(5.0), replaces=6))
    sink = refusing(older)
    drain(tmp_path, sink)
    assert values(sink.far, "energy_generated_interval") == {0: "5.0"}
    try_again(tmp_path)
    drain(tmp_path, FakeSink(sink.far))
    assert [summary.index for summary in sink.far.summaries] == [newer, older, newer]
    assert values(sink.far, "energy_generated_interval") == {0: "5.0"}


def test_a_stop_while_it_is_tried_again_leaves_the_newer_one_to_be_sent_after_it(tmp_path: Path) -> None:
    log = begun()
    older, newer = written(log, tmp_path, body(energy=energy(2.0)), body(energy=energy(5.0), replaces=6))
    sink = refusing(older)
    drain(tmp_path, sink)
    try_again(tmp_path)

    def stop(_chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        return Stopped("401", "log in") if items[0].index == newer else None

    assert drain(tmp_path, FakeSink(sink.far, stop)).how == "stopped"
    assert values(sink.far, "energy_generated_interval") == {0: "2.0"}
    assert drain(tmp_path, FakeSink(sink.far)) == Ending("done")
    assert values(sink.far, "energy_generated_interval") == {0: "5.0"}


def test_what_a_break_put_in_doubt_goes_out_again_as_it_was_and_the_newest_last(tmp_path: Path) -> None:
    log, far = begun(), FarEnd()
    bodies = [body(hour=HOUR + number, energy=energy(float(number))) for number in range(6)]
    indices = written(log, tmp_path, *bodies)
    written(log, tmp_path, body(energy=energy(9.0), replaces=indices[0]))
    told: list[OutgoingSummary] = []
    lost = False

    def crash(_chunk: Chunk, items: Sequence[Item]) -> Outcome | None:
        nonlocal lost
        told.extend(summaries_in(items))
        if not lost and indices[4] in {item.index for item in items}:
            lost = True
            far.crash()
            return Later("connection reset", 0.0, unclean=True)
        return None

    assert drain(tmp_path, FakeSink(far, crash, size=3)) == Ending("done")
    assert values(far, "energy_generated_interval") == {0: "9.0", 1: "1.0", 2: "2.0", 3: "3.0", 4: "4.0", 5: "5.0"}
    assert far.summaries[-1].index > indices[-1]
    assert balance_of(tmp_path).delivered == 18
    for one in told:
        assert {replace(other, resent=False).air for other in told if other.index == one.index} == {one.air}
        assert all(other.body == one.body for other in told if other.index == one.index)


def test_what_is_sent_comes_from_the_bytes_of_the_entry(tmp_path: Path) -> None:
    log, far = begun(), FarEnd()
    hours = [body(hour=HOUR + number, energy=energy(1.0 + number), air=air(35.0)) for number in range(3)]
    first, second, third = written(log, tmp_path, *hours)
    buffer = tmp_path / "buffer.sqlite3"
    forged = log.entries[second].replace(b'"kilowatt_hours":2', b'"kilowatt_hours":7')
    assert forged != log.entries[second]
    execute(buffer, "UPDATE entry SET bytes = ? WHERE idx = ?", forged, second)
    execute(buffer, "UPDATE event SET sensor = 'other', t_ns = 5 WHERE type = 'summary'")
    execute(buffer, "UPDATE event SET type = 'note' WHERE idx = ?", third)
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert [summary.index for summary in far.summaries] == [first, third]
    assert values(far, "energy_generated_interval") == {0: "1.0", 2: "3.0"}
    (aside,) = set_aside(tmp_path)
    assert (aside.index, aside.summary, aside.damaged) == (second, True, True)
    assert "leaf hash" in aside.words
    assert balance_of(tmp_path).delivered == 8


def test_a_summary_of_no_known_form_is_set_aside_and_the_rest_goes_out(tmp_path: Path) -> None:
    log, far = begun(), FarEnd()
    bad, good = written(log, tmp_path, body(hour=HOUR, energy=energy(1.0), plan=2), body(hour=HOUR + 1))
    assert drain(tmp_path, FakeSink(far)) == Ending("done")
    assert [summary.index for summary in far.summaries] == [good]
    (aside,) = set_aside(tmp_path)
    assert (aside.index, aside.summary) == (bad, True)
    assert "names as the plan" in aside.words


def test_an_hour_looks_back_as_far_as_an_index_does(tmp_path: Path) -> None:
    log, far = begun(), FarEnd()
    hours = [body(hour=HOUR + number, air=air(35.0)) for number in range(INDEX_HOURS + 3)]
    indices = written(log, tmp_path, *hours)
    written(log, tmp_path, body(air=air(50.0), replaces=indices[0]))
    drain(tmp_path, FakeSink(far))
    times = [one.t_ns // HOUR_NS - HOUR for one in far.summaries[-1].air]
    assert times == list(range(INDEX_HOURS))


class CountingPages(LogPages):
    """Counts how often a single entry is looked up again."""

    looked_up = 0

    def page(self, first: int, end: int) -> list[Row]:
        self.looked_up += end - first == 1
        return super().page(first, end)


def test_many_air_monitors_do_not_make_it_read_a_days_summaries_again_and_again(tmp_path: Path) -> None:
    log, far, monitors, hours = begun(), FarEnd(), 14, 26
    for number in range(hours):
        for monitor in range(monitors):
            log.add(body(f"air-{monitor}", HOUR + number, air=air(35.0), channels={}))
    log.write(tmp_path / "buffer.sqlite3")
    pages = CountingPages(tmp_path / "buffer.sqlite3")
    with Books(tmp_path / "delivery.sqlite3") as books, pages:
        account = Account(books, "far", pages.origin())
        meter = Meter("far", lambda _: None, lambda: 0.0)
        assert Drain(FakeSink(far), account, pages, meter, threading.Event(), CALM).run() == Ending("done")
        assert len(far.summaries) == monitors * hours
        assert pages.looked_up < hours
