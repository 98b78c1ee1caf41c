# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which later readings give flags to earlier ones. Searches the log, each stretch of it once; can be broken off."""

import json
import threading
from bisect import bisect_left
from collections.abc import Iterator

from sync.engine.pages import SETTLES, LogPages

PIECE = 20_000
"""Entries searched at a time: some ten milliseconds."""

Flags = list[tuple[str, int]]


class Cancelled(Exception):
    """The sync was cancelled in the midst of a search through the log."""


class Settlers:
    """What was found is kept for as long as this lives: they are few. For one thread; `cancelled` is set by any."""

    def __init__(self, pages: LogPages, cancelled: threading.Event) -> None:
        self._pages = pages
        self._cancelled = cancelled
        self._searched = range(0)
        self._found: list[tuple[int, int, str, int]] = []

    def flags(self, first: int, last: int, end: int, *, by: int = 0) -> dict[int, Flags]:
        """The flags that entries from `by` to below `end` give to readings from `first` to `last`, by their index.

        Raises Cancelled, and as `LogPages` does.
        """
        self._search(max(first, by), end)
        told: dict[int, Flags] = {}
        for at in range(bisect_left(self._found, (first,)), len(self._found)):
            target, settler, name, flag = self._found[at]
            if target > last:
                break
            if by <= settler < end:
                told.setdefault(target, []).append((name, flag))
        return told

    def check(self) -> None:
        """Raises Cancelled once the sync is."""
        if self._cancelled.is_set():
            raise Cancelled

    def _search(self, first: int, end: int) -> None:
        """Have everything from `first` to before `end` searched, and whatever lies between it and what was before."""
        if first >= end:
            return
        before = self._searched or range(first, first)
        wanted = range(min(first, before.start), max(end, before.stop))
        news = [*self._settling(wanted.start, before.start), *self._settling(before.stop, wanted.stop)]
        if news:
            self._found = sorted([*self._found, *news])
        self._searched = wanted

    def _settling(self, first: int, end: int) -> Iterator[tuple[int, int, str, int]]:
        for position in range(first, end, PIECE):
            self.check()
            for row in self._pages.settling(position, min(end, position + PIECE)):
                for target, name, flag in settles_of(row.data):
                    if target < row.index:
                        yield target, row.index, name, flag


def settles_of(data: bytes) -> list[tuple[int, str, int]]:
    """The flags that the reading with these bytes gives to earlier ones: index, channel, flag."""
    if SETTLES not in data:
        return []
    return [(target, name, flag) for target, name, flag in json.loads(data).get("re", [])]
