# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Any number of rows arrives whole and in order, however they are divided among statements."""

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
