# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When a sample is due, and how long to wait before another attempt. Pure: the caller tells the time in µs."""

FIRST_BACKOFF_US = 500_000
LAST_BACKOFF_US = 10_000_000


class Schedule:
    """Due times start + n × interval: a late sample never shifts the ones after it, and lost ones are never caught up.

    A slot is sampled at most once, and not at all when half its interval has passed; `skipped` counts those.
    """

    __slots__ = ("_interval_us", "_slot", "_start_us", "skipped")

    def __init__(self, start_us: int, interval_us: int) -> None:
        """Raises ValueError for an interval that is not positive."""
        if interval_us <= 0:
            raise ValueError(f"a sampling interval of {interval_us} µs is not positive")
        self._start_us = start_us
        self._interval_us = interval_us
        self._slot = 0
        self.skipped = 0

    @property
    def due_us(self) -> int:
        """When the next sample is due."""
        return self._start_us + self._slot * self._interval_us

    def take(self, now_us: int) -> bool:
        """Whether to sample now. Afterwards `due_us` lies in the future."""
        if now_us < self.due_us:
            return False
        slot, late_us = divmod(now_us - self._start_us, self._interval_us)
        in_time = late_us <= self._interval_us // 2
        self.skipped += slot - self._slot + (not in_time)
        self._slot = slot + 1
        return in_time

    def resume(self, now_us: int) -> None:
        """Another schedule was followed until now: go on with the next slot, and count none as skipped."""
        self._slot = max(self._slot, (now_us - self._start_us) // self._interval_us + 1)


class Backoff:
    """Waits that double from 0.5 s to 10 s until something succeeds."""

    __slots__ = ("_next_us",)

    def __init__(self) -> None:
        self._next_us = FIRST_BACKOFF_US

    def next_us(self) -> int:
        """How long to wait after one more failure, in microseconds."""
        wait_us = self._next_us
        self._next_us = min(2 * wait_us, LAST_BACKOFF_US)
        return wait_us

    def reset(self) -> None:
        """It succeeded: begin with the short wait again."""
        self._next_us = FIRST_BACKOFF_US
