# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When a gap was, how long, and how much it misses, in words; and what is not known of that yet. Pure."""

from collections.abc import Iterable

from app.client.times import seconds_of
from app.pages.words import duration_text
from edge_daemon.api.messages import GapMessage

UNKNOWN = "time not known yet"


def length_of(gap: GapMessage) -> float | None:
    """Seconds, None while an end has no time."""
    return seconds_of(gap.end) - seconds_of(gap.start) if gap.time_known else None


def length_text(gap: GapMessage) -> str:
    """How long it was."""
    length = length_of(gap)
    return "length not known yet" if length is None else duration_text(length)


def from_text(gap: GapMessage) -> str:
    """When it began, UTC, to the second."""
    return _time(gap.start) if gap.start_known else f"{UNKNOWN} (the clock showed {_time(gap.recorded_start)})"


def to_text(gap: GapMessage) -> str:
    """When it ended, UTC, to the second."""
    return _time(gap.end) if gap.end_known else f"{UNKNOWN} (the clock showed {_time(gap.recorded_end)})"


def missed_text(gap: GapMessage) -> str:
    """How many readings it misses."""
    return "not known yet" if gap.expected is None else f"{gap.expected}"


def newest_first(gaps: Iterable[GapMessage]) -> list[GapMessage]:
    """By their times; those without any, which may have been at any time, come before all others."""
    return sorted(gaps, key=lambda gap: (not gap.time_known, seconds_of(gap.start)), reverse=True)


def total_text(gaps: Iterable[GapMessage]) -> str:
    """How many there are, what they miss together, and what is to be done where that is not known."""
    found = list(gaps)
    if not found:
        return "✓ None."
    missed = sum(gap.expected or 0 for gap in found)
    unknown = sum(not gap.time_known for gap in found)
    words = f"{len(found)} in the period, {missed:,} readings missed."
    if unknown:
        words += (
            f" ⚠ {unknown} with no time yet: the computer did not know the time then. They get one when its clock is "
            "synchronised before the next restart, or when a person releases the time under Amendments."
        )
    return words


def _time(text: str) -> str:
    return text[:19].replace("T", " ")
