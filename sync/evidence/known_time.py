# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When an entry was made, for telling how long it was exposed: by the log's clock, also by its word soon after. Pure.

A start of the recorder writes a few entries before it says how far the clock is believed. That word, later in the same
boot, tells of them too; a reading's own time never uses it.
"""

from edge_daemon.log.clock_history import ClockHistory, Reported, Standing


def known_time(history: ClockHistory, index: int, t_ns: int, mono_us: int) -> Reported:
    """The time of the entry at `index` with these stamps; held where nothing in its boot tells it."""
    placed = history.placed(index, t_ns, mono_us)
    if not placed.held or not history.stretches:
        return placed
    own = history.stretch_at(index)
    boot_id = own.boot_id if own else history.stretches[0].boot_id
    for stretch in history.stretches:
        if stretch.first > index and stretch.boot_id == boot_id and stretch.state != "untrusted" and stretch.base:
            return Reported(stretch.base.at(mono_us), stretch.base.bound_ns(mono_us), Standing.FIXED)
    return placed
