# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Inserts many rows a statement. Writes through a connection that it is given, inside the caller's transaction.

Python hands its interpreter lock to another thread and back at each step of a statement. With a statement a row, the
writer would wait in line behind the sampling threads thousands of times a transaction.
"""

import sqlite3
from collections.abc import Sequence

# SQLite keeps the compiled statements: three sizes serve any number of rows with few steps and little parsing.
_ROWS_A_STATEMENT = (1024, 256, 64, 16, 4, 1)


def insert_rows(
    connection: sqlite3.Connection, insert: str, width: int, cells: Sequence[object], on_conflict: str = ""
) -> None:
    """Run `insert` (`INSERT INTO table (columns)`) for rows of `width` cells that follow each other in `cells`.

    `on_conflict` is the statement's `ON CONFLICT` clause. Raises sqlite3.Error.
    """
    row = f"({', '.join('?' * width)})"
    start = 0
    for rows in _ROWS_A_STATEMENT:
        size = rows * width
        statement = f"{insert} VALUES {', '.join([row] * rows)} {on_conflict}"
        while len(cells) - start >= size:
            connection.execute(statement, cells[start : start + size])
            start += size
