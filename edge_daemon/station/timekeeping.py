# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the log says of the clock, kept up with the log as it grows. In memory only."""

from collections.abc import Mapping, Sequence

from edge_daemon.buffer.record import Committed
from edge_daemon.log.clock_history import CLOCK_TYPES, ClockHistory
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.reported_time import placed_after


class TimeKeeper:
    """`history` may be read from any thread; `committed` belongs to the one that tells what is durable."""

    def __init__(self, history: ClockHistory) -> None:
        """`history` is that of all that is durable now."""
        self.history = history

    def committed(self, batch: Sequence[Committed]) -> None:
        """These entries are durable, after all that came before."""
        for item in batch:
            if item.record.type in CLOCK_TYPES:
                self.history = self.history.after(item.index, decode_entry(item.record.data))

    def is_held(self, item: Committed, newest_ns: Mapping[str, int]) -> bool:
        """Whether the time of this reading, a sensor's newest, is not known so far.

        `newest_ns` are the sensors' newest reported times.
        """
        entry = decode_entry(item.record.data)
        placed = self.history.placed(item.index, entry.t_ns, entry.mono_us)
        return placed_after(placed, entry.t_ns, newest_ns.get(item.record.sensor)).held
