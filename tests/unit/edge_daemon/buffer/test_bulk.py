# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Any number of rows arrives whole and in order, however they are divided among statements, in conflict or not."""

import sqlite3
from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.buffer.bulk import insert_rows


@settings(max_examples=30)
@given(count=st.integers(0, 2_700), width=st.integers(1, 5))
def test_every_row_is_inserted_once_in_order(count: int, width: int) -> None:
    names = ", ".join(f"c{number}" for number in range(width))
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE t ({names})")
        insert_rows(connection, f"INSERT INTO t ({names})", width, list(range(count * width)))
        rows = connection.execute("SELECT * FROM t ORDER BY rowid").fetchall()
    assert [cell for row in rows for cell in row] == list(range(count * width))
    assert len(rows) == count


@settings(max_examples=30)
@given(count=st.integers(0, 1_400), keys=st.integers(1, 50))
def test_rows_in_conflict_with_others_of_the_same_statement_are_added_up(count: int, keys: int) -> None:
    rows = [(number % keys, number) for number in range(count)]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE t (key INTEGER PRIMARY KEY, total)")
        insert_rows(
            connection,
            "INSERT INTO t AS o (key, total)",
            2,
            [cell for row in rows for cell in row],
            "ON CONFLICT (key) DO UPDATE SET total = o.total + excluded.total",
        )
        found = dict(connection.execute("SELECT key, total FROM t"))
    assert found == {key: sum(range(key, count, keys)) for key in range(min(keys, count))}
