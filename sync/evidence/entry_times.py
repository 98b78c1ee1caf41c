# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When the entries of a run say that they were made, by the log's clock, for each device key's stretch of it. Pure.

The order of the log is the order in which time really passed, so that an entry whose time is known bounds all that
stand before it and after it. What the laptop's clock showed while it was not to be trusted bounds nothing.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_daemon.log.clock_history import Reported


@dataclass(slots=True)
class Dated:
    """Times (UTC ns) of some entries: known ones in the log's order, and the latest that is only what a clock showed.

    `first_known` tells whether nothing of unknown time stands before the first known one; `last_known` likewise.
    `begun`: there is one at all, besides those that stand before.
    """

    first_ns: int | None = None
    last_ns: int | None = None
    latest_ns: int | None = None
    shown_ns: int | None = None
    first_known: bool = True
    last_known: bool = True
    begun: bool = False

    def take_before(self, placed: Reported) -> None:
        """The time of an entry before those, which says how they are to be read: it bounds how young they are."""
        if placed.held:
            self.shown_ns = placed.time_ns if self.shown_ns is None else max(self.shown_ns, placed.time_ns)
        else:
            self.latest_ns = placed.time_ns if self.latest_ns is None else max(self.latest_ns, placed.time_ns)

    def take(self, placed: Reported) -> None:
        """The next entry's time."""
        self.begun = True
        if placed.held:
            self.shown_ns = placed.time_ns if self.shown_ns is None else max(self.shown_ns, placed.time_ns)
            self.first_known = self.first_known and self.first_ns is not None
            self.last_known = False
            return
        if self.first_ns is None:
            self.first_ns = placed.time_ns
        self.last_ns = placed.time_ns
        self.latest_ns = placed.time_ns if self.latest_ns is None else max(self.latest_ns, placed.time_ns)
        self.last_known = True


@dataclass(slots=True)
class EntryTimes:
    """Takes the entries of one run in order. `starts` are the indices at which the keys after the first are named.

    `by_key` holds, by the number of the key in the log's order, the times of the entries that were made under it.
    """

    starts: Sequence[int]
    run: Dated = field(default_factory=Dated)
    by_key: dict[int, Dated] = field(default_factory=dict)

    def take(self, index: int, placed: Reported) -> None:
        """The entry at `index`."""
        self.run.take(placed)
        number = bisect_right(self.starts, index) if self.starts else 0
        known = self.by_key.get(number)
        if known is None:
            known = self.by_key[number] = Dated()
        known.take(placed)

    def take_before(self, index: int, placed: Reported) -> None:
        """An entry before the run that says how the run is to be read."""
        self.by_key.setdefault(bisect_right(self.starts, index), Dated()).take_before(placed)

    def take_later(self, index: int, placed: Reported) -> None:
        """An entry after the run that says how the run is to be read: made under some key as well."""
        self.by_key.setdefault(bisect_right(self.starts, index), Dated()).take(placed)
