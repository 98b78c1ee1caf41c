# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Writer, reader, check, rebuild and salvage on real files: what goes in comes out, and what is changed is found."""

import threading
from collections.abc import Sequence
from pathlib import Path
from random import Random

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.buffer.check import check_log
from edge_daemon.buffer.columns import HOUR_NS, MINUTE_NS
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.reserve import RESERVE_BYTES
from edge_daemon.buffer.writer import LogWriter, Writing
from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict, DamagedLog
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.tree import inclusion_proof, verify_inclusion
from tests.support.log_files import (
    MANY,
    MISSING,
    ORIGIN,
    T0,
    co2,
    first_record,
    note,
    reading,
    rollups,
    root_from_bytes,
    write_log,
)

measured = st.builds(
    lambda value, flag: ChannelValue(value, value, flag),
    st.floats(-1e6, 1e6),
    st.sampled_from([flag for flag in Flag if flag is not Flag.MISSING]),
)
readings = st.builds(
    reading,
    st.integers(T0 - 3 * HOUR_NS, T0 + 3 * HOUR_NS),
    st.sampled_from(["s1", "s2", "Σ-3"]),
    st.dictionaries(st.sampled_from(["co2", "pm2_5", "t"]), measured | st.just(MISSING), min_size=1, max_size=3),
)
notes = st.builds(note, st.integers(T0, T0 + HOUR_NS), st.text(max_size=5), st.sampled_from(["", "s1"]))


@settings(max_examples=25)
@given(sessions=st.lists(st.lists(readings | notes, max_size=12), min_size=1, max_size=4))
def test_any_sessions_give_the_tree_and_the_roll_ups_of_the_bytes(
    sessions: list[list[Record]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "buffer.sqlite3"
    seen: list[Committed] = []
    everything = [first_record()]
    LogWriter.create(path, ORIGIN, everything[:1]).close()
    for records in sessions:
        with LogWriter.open(path, on_commit=seen.extend) as writer:
            for number, record in enumerate(records):
                if number % 5 == 4:
                    assert writer.append(record, 30) == len(everything) + number
                else:
                    assert writer.submit(record)
        everything += records
    assert seen == [Committed(index, record) for index, record in enumerate(everything)][1:]
    with LogReader(path) as reader:
        entries = reader.entries(0, MANY)
        head = reader.head()
        assert entries == [(index, record.data) for index, record in enumerate(everything)]
        assert (head.origin, head.size, head.root) == (ORIGIN, len(everything), root_from_bytes(entries))
        for index, data in entries[:: max(1, len(entries) // 4)]:
            proof = inclusion_proof(index, head.size, reader.hashes)
            verify_inclusion(index, head.size, leaf_hash(data), proof, head.root)
    report = check_log(path)
    assert report.sound, report
    assert report.root == head.root.hex()
    assert rollups(path, "minute") == pytest.approx(recomputed(everything, MINUTE_NS))
    assert rollups(path, "hour") == pytest.approx(recomputed(everything, HOUR_NS))


def recomputed(records: Sequence[Record], width_ns: int) -> dict[tuple[str, str, int, str], float | None]:
    result: dict[tuple[str, str, int, str], float | None] = {}
    groups: dict[tuple[str, str, int], list[tuple[float | None, Flag]]] = {}
    for record in records:
        for channel, value, flag in record.values:
            groups.setdefault((record.sensor, channel, record.t_ns // width_ns * width_ns), []).append((value, flag))
    for key, pairs in groups.items():
        values = [value for value, _ in pairs if value is not None]
        worst = Flag.GOOD
        for _, flag in pairs:
            worst = worse(worst, flag)
        result[*key, "count"] = len(values)
        result[*key, "good"] = sum(flag is Flag.GOOD for _, flag in pairs)
        result[*key, "minimum"] = min(values, default=None)
        result[*key, "maximum"] = max(values, default=None)
        result[*key, "total"] = sum(values)
        result[*key, "worst"] = int(worst)
    return result


def test_columns_answer_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [note(T0, "a", "s1"), co2(1), note(T0, "b"), co2(2)])
    with LogReader(path) as reader:
        assert [(event.index, event.type, event.sensor) for event in reader.events([])] == [
            (0, "log", ""),
            (1, "note", "s1"),
            (3, "note", ""),
        ]
        assert [event.index for event in reader.events(["note"], "s1")] == [1]
        assert [event.index for event in reader.events(["note", "log"], after=0, limit=1)] == [1]
        last = reader.last_reading("s1")
        assert last is not None
        assert (last.index, last.t_ns) == (4, T0 + 2 * 10**9)
        assert reader.last_reading("nobody") is None
        assert reader.counts() == {"s1": 2}
        assert reader.entries(3, 1) == [(3, note(T0, "b").data)]
        with pytest.raises(DamagedLog):
            reader.hashes([10_000])


@settings(max_examples=20)
@given(points=st.integers(1, 300), seed=st.integers(0, 9), span_hours=st.sampled_from([0.1, 1, 5, 100]))
def test_a_plot_never_loses_an_extreme(
    points: int, seed: int, span_hours: float, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "buffer.sqlite3"
    random = Random(seed)
    span_ns = int(span_hours * HOUR_NS)
    values = {T0 + random.randrange(span_ns): random.gauss(400, 50) for _ in range(300)}
    write_log(path, [reading(t, "s1", {"co2": ChannelValue(v, v, Flag.GOOD)}) for t, v in values.items()])
    with LogReader(path) as reader:
        plot = reader.plot("s1", "co2", T0, T0 + span_ns, points)
    assert 0 < len(plot.t_ns) <= points
    assert list(plot.t_ns) == sorted(plot.t_ns)
    assert min(value for value in plot.minimum if value is not None) == min(values.values())
    assert max(value for value in plot.maximum if value is not None) == max(values.values())
    assert set(plot.flag) == {Flag.GOOD}


def test_a_plot_chooses_its_source_by_span_and_refuses_nonsense(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(5)])
    with LogReader(path) as reader:
        exact = reader.plot("s1", "co2", T0 + 10**9, T0 + 3 * 10**9, 1_000)
        assert exact.resolution == "sample"
        assert exact.t_ns == (T0 + 10**9, T0 + 2 * 10**9)
        assert exact.minimum == exact.maximum == (1.0, 2.0)
        assert reader.plot("s1", "co2", T0, T0 + HOUR_NS, 60).resolution == "minute"
        assert reader.plot("s1", "co2", T0, T0 + 100 * HOUR_NS, 100).resolution == "hour"
        assert reader.plot("s1", "none", T0, T0 + 1, 5).t_ns == ()
        with pytest.raises(BadInput, match="to_ns"):
            reader.plot("s1", "co2", T0, T0, 5)
        with pytest.raises(BadInput, match="points"):
            reader.plot("s1", "co2", T0, T0 + 1, 0)


def test_readers_in_many_threads_have_their_own_connections(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(100)])
    sizes: list[int] = []
    with LogReader(path) as reader:
        threads = [threading.Thread(target=lambda: sizes.append(reader.head().size)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sizes == [101] * 8
    with pytest.raises(BufferUnavailable):
        reader.head()


def test_what_the_tables_cannot_hold_is_refused_and_spoils_nothing(tmp_path: Path) -> None:
    good = co2(1)
    with LogWriter.create(tmp_path / "buffer.sqlite3", ORIGIN, [first_record()]) as writer:
        for bad in (
            Record(b"x", "note", 2**63),
            Record(b"", "note", T0),
            Record(b"x", "note", T0, "\ud800"),
            Record(b"x", "reading", T0, "s", (("c", 1.0, Flag.GOOD), ("c", 2.0, Flag.GOOD))),
            Record(b"x", "note", T0, "s", (("c", 1.0, Flag.GOOD),)),
        ):
            with pytest.raises(BadInput):
                writer.submit(bad)
        assert writer.append(good, 30) == 1


def test_commit_is_reported_after_it_is_durable_and_files_are_private(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    visible: list[bool] = []
    with LogReader(path) as reader, LogWriter.create(path, ORIGIN, [first_record()]) as writer:
        writer.on_commit = lambda entries: visible.extend(
            reader.entries(entry.index, 1) == [(entry.index, entry.record.data)] for entry in entries
        )
        writer.append(co2(1), 30)
        assert (tmp_path / "reserve.bin").stat().st_size == RESERVE_BYTES
        assert path.stat().st_mode & 0o077 == 0
        assert writer.state.writing is Writing.RECORDING
    assert visible == [True]
    assert not writer.submit(co2(2))
    with pytest.raises(BufferUnavailable):
        writer.append(co2(2), 1)


def test_a_log_is_never_written_over_and_a_missing_one_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    with pytest.raises(BufferUnavailable):
        LogWriter.open(path)
    assert not path.exists()
    write_log(path, [])
    with pytest.raises(Conflict):
        LogWriter.create(path, ORIGIN, [first_record()])


def test_a_file_taken_away_is_noticed_and_its_return_resumes(tmp_path: Path) -> None:
    path, away = tmp_path / "buffer.sqlite3", tmp_path / "away"
    states: list[Writing] = []
    resumed = threading.Event()
    seen: list[Committed] = []

    def note_state(state: object) -> None:
        states.append(writer.state.writing)
        if writer.state.writing is Writing.RECORDING:
            resumed.set()

    with LogWriter.create(path, ORIGIN, [first_record()], on_commit=seen.extend) as writer:
        writer.on_state = note_state
        path.rename(away)
        assert writer.submit(co2(1))
        with pytest.raises(BufferUnavailable):
            writer.append(co2(2), 30)
        assert not writer.submit(co2(3))
        away.rename(path)
        assert resumed.wait(30)
        writer.append(co2(4), 30)
    assert states[:2] == [Writing.UNAVAILABLE, Writing.RECORDING]
    assert [entry.record for entry in seen] == [co2(1), co2(4)]
    assert check_log(path).sound


def test_a_reader_keeps_nothing_open_for_threads_that_ended(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    LogWriter.create(path, ORIGIN, [first_record()]).close()
    with LogReader(path) as reader:
        for _ in range(40):
            asking = threading.Thread(target=reader.head)
            asking.start()
            asking.join()
        assert reader.head().size == 1
        held = [one for one in psutil.Process().open_files() if one.path.startswith(str(path))]
        assert len(held) <= 4, "two files for this thread, and for the last that ended"
