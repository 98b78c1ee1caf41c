# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The log as it stands in a file: its size and hashes, and where bytes, hashes and tree disagree. Reads only."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edge_daemon.buffer.record import Head
from edge_daemon.buffer.schema import read_meta
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.tree import Frontier, root_of, stored_count, stored_position

RANGE = 1_000
"""Entries read at a time: short enough that no reader holds a transaction for long."""

_HASHES_A_QUERY = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """One disagreement: the index of the first entry concerned (None: the file as a whole), and what is wrong."""

    index: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.index is None else f"entry {self.index}: {self.what}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A head up to which the log was seen whole, kept in the file."""

    size: int
    root: bytes


def size_of(connection: sqlite3.Connection) -> int:
    """Entries in the file, counting holes: the largest index plus one."""
    (last,) = connection.execute("SELECT max(idx) FROM entry").fetchone()
    return 0 if last is None else int(last) + 1


def read_hashes(connection: sqlite3.Connection, positions: Sequence[int]) -> list[bytes]:
    """The stored hashes at `positions`, in that order. Raises LookupError when one is missing."""
    found: dict[int, bytes] = {}
    for start in range(0, len(positions), _HASHES_A_QUERY):
        some = positions[start : start + _HASHES_A_QUERY]
        marks = ",".join("?" * len(some))
        found.update(
            connection.execute(f"SELECT position, CAST(hash AS BLOB) FROM tree_hash WHERE position IN ({marks})", some)
        )
    missing = [position for position in positions if position not in found]
    if missing:
        raise LookupError(f"the tree's hash at position {missing[0]} is missing")
    return [found[position] for position in positions]


def head_of(connection: sqlite3.Connection) -> Head:
    """The head that the stored hashes give. Raises LookupError or ValueError when they are not whole."""
    size = size_of(connection)
    root = root_of(size, lambda positions: read_hashes(connection, positions))
    return Head(origin_of(connection), size, root)


def origin_of(connection: sqlite3.Connection) -> str:
    """The log's origin. Raises LookupError when the file has none."""
    origin = read_meta(connection, "origin")
    if origin is None:
        raise LookupError("the file names no origin")
    return origin


def mark_of(connection: sqlite3.Connection) -> Mark:
    """The stored mark. Raises LookupError or ValueError when there is none that can be read."""
    text = read_meta(connection, "verified")
    if text is None:
        raise LookupError("the file does not say how far it was verified")
    size, root = text.split(" ")
    return Mark(int(size), bytes.fromhex(root))


def text_of_mark(mark: Mark) -> str:
    """The mark as `meta` keeps it."""
    return f"{mark.size} {mark.root.hex()}"


def problems(
    connection: sqlite3.Connection, frontier: Frontier, size: int, progress: Callable[[int, int], None]
) -> Iterator[Problem]:
    """Where bytes, leaf hashes and tree nodes of the entries from `frontier.size` to `size` disagree.

    `frontier` grows to `size` with the stored leaf hashes, so that one changed entry is one problem. `progress` gets
    (entries done, entries in all).
    """
    while (first := frontier.size) < size:
        end = min(first + RANGE, size)
        entries = dict(
            connection.execute("SELECT idx, CAST(bytes AS BLOB) FROM entry WHERE idx >= ? AND idx < ?", (first, end))
        )
        hashes = dict(
            connection.execute(
                "SELECT position, CAST(hash AS BLOB) FROM tree_hash WHERE position >= ? AND position < ?",
                (stored_count(first), stored_count(end)),
            )
        )
        yield from _compare(frontier, end, entries, hashes)
        progress(end, size)


def surplus(connection: sqlite3.Connection, size: int) -> Iterator[Problem]:
    """Hashes that belong to no entry of the log."""
    (last,) = connection.execute("SELECT max(position) FROM tree_hash").fetchone()
    # Entries recorded since `size` was read have hashes too: they are counted after the hashes.
    if last is not None and last >= stored_count(max(size, size_of(connection))):
        yield Problem(size, "the tree has hashes for it, but its bytes are missing")


def _compare(frontier: Frontier, end: int, entries: dict[int, bytes], hashes: dict[int, bytes]) -> Iterator[Problem]:
    first = frontier.size
    if len(entries) == end - first:
        grown = frontier.copy()
        expected = grown.extend(map(leaf_hash, entries.values()))
        if expected == list(hashes.values()):
            frontier.extend(map(leaf_hash, entries.values()))
            return
    for index in range(first, end):
        yield from _compare_one(frontier, index, entries.get(index), hashes)


def _compare_one(frontier: Frontier, index: int, data: bytes | None, hashes: dict[int, bytes]) -> Iterator[Problem]:
    start = stored_position(0, index)
    stored = hashes.get(start)
    actual = None if data is None else leaf_hash(data)
    if actual is None:
        yield Problem(index, "its bytes are missing")
    elif stored is None:
        yield Problem(index, "its leaf hash is missing")
    elif actual != stored:
        yield Problem(index, "its bytes do not match its leaf hash")
    whole = stored if stored is not None and len(stored) == len(_NO_HASH) else actual or _NO_HASH
    for level, value in enumerate(frontier.append(whole)):
        if level and hashes.get(start + level) != value:
            yield Problem(index, f"the tree's node at position {start + level} is missing or does not match")


_NO_HASH = bytes(32)
