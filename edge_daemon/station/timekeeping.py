# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the log says of the clock, kept up with the log as it grows. In memory only."""

from collections.abc import Sequence

from edge_daemon.buffer.record import Committed
from edge_daemon.log.clock_history import CLOCK_TYPES, ClockHistory
from edge_daemon.log.entry import decode_entry


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

    def is_held(self, item: Committed) -> bool:
        """Whether the time of this entry is not known so far."""
        entry = decode_entry(item.record.data)
        return self.history.placed(item.index, entry.t_ns, entry.mono_us).held
