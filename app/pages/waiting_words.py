# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings that wait for a time, in words. Pure."""

from collections.abc import Sequence

from edge_daemon.api.messages_quality import WaitingMessage


def waiting_text(waiting: Sequence[WaitingMessage]) -> str:
    """What waits, what that means and what to do; empty where nothing waits."""
    if not waiting:
        return ""
    one, more = waiting[0], len(waiting) - 1
    why = (
        "the clock was believed, but they would lie before earlier ones"
        if one.contradicts
        else "the computer did not know the time"
    )
    words = (
        f"⚠ {one.readings:,} readings, entries {one.first} to {one.last}, wait for a time: {why}. The clock showed "
        f"{_time(one.clock_from)} to {_time(one.clock_to)}. They count in no hour and are not sent. If you know how "
        "wrong the clock was, release them."
    )
    others = sum(other.readings for other in waiting[1:])
    return f"{words} So do {others:,} more in {more} other stretch{'es' if more > 1 else ''}." if more else words


def _time(text: str) -> str:
    return text[:19].replace("T", " ")
