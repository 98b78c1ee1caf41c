# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long the disk lasts at the present rate of recording. Pure."""

NS_PER_DAY = 86_400 * 10**9
SHORTEST_NS = 60 * 10**9
"""A rate from less than a minute of recording says nothing."""

LOW_DAYS, LOW_BYTES = 30.0, 1_000_000_000
"""Below either the disk is running low: in time for someone who comes by once a month."""
ENOUGH_DAYS, ENOUGH_BYTES = 45.0, 1_500_000_000
"""A disk that was low is so no more above both, so that the warning does not come and go with every reading."""


def bytes_per_day(bytes_per_entry: float, entries: int, during_ns: int) -> float | None:
    """The log's growth in bytes a day, from `entries` recorded in the last `during_ns`; None when too little is known.

    `bytes_per_entry`: what an entry takes on the disk, tree and query columns included.
    """
    if during_ns < SHORTEST_NS or entries < 0 or bytes_per_entry < 0:
        return None
    return bytes_per_entry * entries * NS_PER_DAY / during_ns


def days_of_room(free_bytes: int, growth_bytes_per_day: float | None) -> float | None:
    """Days until `free_bytes` are used up at that growth; None when nothing grows or the growth is not known."""
    if growth_bytes_per_day is None or growth_bytes_per_day <= 0:
        return None
    return max(free_bytes, 0) / growth_bytes_per_day


def is_low(free_bytes: int, days: float | None, *, before: bool) -> bool:
    """Whether the disk is running low; `before` says whether it was at the last look. `days` is None if not known."""
    least_bytes, least_days = (ENOUGH_BYTES, ENOUGH_DAYS) if before else (LOW_BYTES, LOW_DAYS)
    return free_bytes < least_bytes or (days is not None and days < least_days)
