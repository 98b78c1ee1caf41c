# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A flag given later reaches the samples and roll-ups: the worst holds, and a rebuild from the bytes gives the same."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.buffer.check import check_log
from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.record import Record
from edge_daemon.buffer.rollup import rebuild_columns
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.entry import Settled, encode_reading
from tests.support.log_files import ORIGIN, T0, execute, first_record, rollups, stamp

FLAGS = [Flag.GOOD, Flag.NOT_EVALUATED, Flag.SUSPECT, Flag.FAIL]


def settling(number: int, sensor: str, flag: Flag, settles: Sequence[Settled] = ()) -> Record:
    channels = {name: ChannelValue(1.0 + number, 2.0 + number, flag) for name in ("co2", "t")}
    return record_of(encode_reading(stamp(T0 + number * 10**9, number), sensor, channels, 90, 0, {}, settles))


def flags(path: Path) -> dict[tuple[int, str], int]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT idx, channel, flag FROM sample JOIN series ON series.id = series").fetchall()
    return {(index, channel): flag for index, channel, flag in rows}


def test_a_later_flag_worsens_the_sample_and_its_roll_ups_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    with LogWriter.create(path, ORIGIN, [first_record()]) as writer:
        writer.append(settling(0, "s1", Flag.GOOD), 30)
        writer.append(settling(1, "s1", Flag.GOOD), 30)
        before = rollups(path, "minute")
        # Entry 1 and, in the same transaction as it is itself written, entry 3.
        for record in (
            settling(2, "s1", Flag.GOOD),
            settling(3, "s1", Flag.GOOD, [(1, "co2", Flag.FAIL), (3, "t", Flag.SUSPECT)]),
        ):
            assert writer.submit(record)
    assert flags(path) == {
        **{(index, channel): 1 for index in range(1, 5) for channel in ("co2", "t")},
        (1, "co2"): 4,
        (3, "t"): 3,
    }
    after = rollups(path, "minute")
    minute = T0 - T0 % (60 * 10**9)
    assert (before["s1", "co2", minute, "good"], after["s1", "co2", minute, "good"]) == (2, 3)
    assert (after["s1", "co2", minute, "worst"], after["s1", "t", minute, "worst"]) == (4, 3)
    assert after["s1", "co2", minute, "maximum"] == 5.0
    assert check_log(path).sound


@settings(max_examples=25)
@given(
    plan=st.lists(
        st.tuples(
            st.sampled_from(["s1", "s2"]),
            st.sampled_from(FLAGS),
            st.lists(
                st.tuples(st.integers(0, 14), st.sampled_from(["co2", "t", "none"]), st.sampled_from(FLAGS)), max_size=4
            ),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_settling_gives_the_worst_flag_and_the_same_after_a_rebuild(
    plan: list[tuple[str, Flag, list[Settled]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "buffer.sqlite3"
    with LogWriter.create(path, ORIGIN, [first_record()]) as writer:
        for number, (sensor, flag, settles) in enumerate(plan):
            assert writer.submit(settling(number, sensor, flag, settles))
    expected = {(index, channel): flag for index, (_, flag, _) in enumerate(plan, 1) for channel in ("co2", "t")}
    for index, (sensor, _, settles) in enumerate(plan, 1):
        for settled, channel, flag in settles:
            if 0 < settled < index and plan[settled - 1][0] == sensor and channel != "none":
                expected[settled, channel] = worse(expected[settled, channel], flag)
    assert flags(path) == expected
    assert check_log(path).sound
    minutes = rollups(path, "minute")
    execute(path, "UPDATE sample SET flag = 9")
    assert not check_log(path).sound
    rebuild_columns(path)
    assert flags(path) == expected
    assert rollups(path, "minute") == pytest.approx(minutes)


def test_only_a_reading_settles(tmp_path: Path) -> None:
    with LogWriter.create(tmp_path / "buffer.sqlite3", ORIGIN, [first_record()]) as writer, pytest.raises(BadInput):
        writer.submit(Record(b"x", "note", T0, settles=((0, "co2", Flag.FAIL),)))
