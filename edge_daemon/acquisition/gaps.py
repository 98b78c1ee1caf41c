# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What was expected of a sensor and did not come. Pure: the caller tells the time.

Lost samples are counted on the clock that counts suspend and is never set; a gap's ends are told in wall time, as
everything in the log is: what they are in UTC follows from the log's clock entries.
"""

from dataclasses import dataclass

from edge_daemon.acquisition.clock import Instant
from edge_daemon.acquisition.custody import CAPTURE
from edge_daemon.domain.faults import ClockUntrusted

MAX_FRAMES = 3
MAX_FRAME_BYTES = 256
OPENS_AFTER_INTERVALS = 3
UNEXPLAINED = "no_data"


@dataclass(frozen=True, slots=True)
class Gap:
    """An interval without readings of one sensor.

    `from_ns` is the last reading before it (or when reading should have begun), `to_ns` what ended it, both in
    nanoseconds of the wall clock, which may have been set in between. `expected` samples are missing. `causes` are
    fault codes and the codes `unplugged`, `daemon_off`, `power_loss`, `suspend`, `paused`, `no_data`, in the order
    they arose. `frames` are refused bytes: at most three of 256 bytes.
    """

    sensor: str
    from_ns: int
    to_ns: int
    expected: int
    causes: tuple[str, ...]
    frames: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Accounted:
    """Until when the log says what a sensor did: the end of its last reading or gap.

    `wall_ns` is what the wall clock showed then. `boot_us` is the same moment as time since the present boot, negative
    before it; None when the log cannot tell how long ago it was. `interval_us` is how often the sensor was due then;
    None: as often as now.
    """

    wall_ns: int
    boot_us: int | None
    interval_us: int | None = None


class GapTracker:
    """Follows one sensor's readings. Every expected sample ends up as a reading or in exactly one gap.

    `silent_us` is for instruments that speak at a rate of their own: a shorter silence without any trouble is no loss.
    """

    __slots__ = ("_anchor", "_causes", "_frames", "_interval_us", "_owed", "_sensor", "_silent_us")

    def __init__(self, sensor: str, interval_us: int, since: Instant, silent_us: int = 0) -> None:
        """`since` is when readings are to begin. Raises ValueError for an interval that is not positive."""
        if interval_us <= 0:
            raise ValueError(f"{sensor}: an expected interval of {interval_us} µs is not positive")
        self._sensor = sensor
        self._interval_us = interval_us
        self._silent_us = silent_us
        self._anchor = since
        self._owed = 0
        self._causes: dict[str, None] = {}
        self._frames: list[bytes] = []

    @property
    def limit_us(self) -> int:
        """How long a silence must be to be shown: three intervals, or the stream's own limit if longer."""
        return max(OPENS_AFTER_INTERVALS * self._interval_us, self._silent_us)

    def trouble(self, cause: str, frame: bytes = b"") -> None:
        """Note why a sample may be missing, and the refused bytes if there are any."""
        self._causes[cause] = None
        if frame and len(self._frames) < MAX_FRAMES:
            self._frames.append(frame[:MAX_FRAME_BYTES])

    def is_open(self, now: Instant) -> bool:
        """Whether the silence is long enough to be shown as a gap."""
        return now.boot_us - self._anchor.boot_us >= self.limit_us

    def before_reading(self, at: Instant) -> Gap | None:
        """The gap that a reading at `at` ends, or None when nothing is missing before it. Changes nothing."""
        passed_us = at.boot_us - self._anchor.boot_us
        calm = not self._causes and passed_us <= self._silent_us
        slots = (2 * passed_us + self._interval_us) // (2 * self._interval_us)  # rounded: samples come a little off
        missing = self._owed + (0 if calm else max(slots - 1, 0))
        return self._gap(at, missing)

    def before_end(self, at: Instant) -> Gap | None:
        """The gap up to `at`, when recording ends, or None when nothing is missing. Changes nothing."""
        passed_us = at.boot_us - self._anchor.boot_us
        calm = not self._causes and passed_us <= self._silent_us
        missing = self._owed + (0 if calm else max(0, passed_us // self._interval_us))
        return self._gap(at, missing)

    def settle(self, at: Instant, *, recorded: bool) -> None:
        """What lies before `at` is in the log. `recorded` False: the sample at `at` itself is not, and stays owed."""
        self._anchor = at
        self._owed = 0 if recorded else 1
        self._causes.clear()
        self._frames.clear()

    def _gap(self, at: Instant, missing: int) -> Gap | None:
        if missing == 0:
            return None
        causes = tuple(self._causes) or (UNEXPLAINED,)
        return Gap(self._sensor, self._anchor.wall_ns, at.wall_ns, missing, causes, tuple(self._frames))


def gap_while_off(sensor: str, interval_us: int, accounted: Accounted, now: Instant, cause: str) -> Gap | None:
    """The gap between what the log accounts for and a start of recording at `now`.

    What was due in that time is counted by the interval that held then, not by one that begins now. None when less than
    it passed, except after a capture: with it the quality tests begin anew, and nothing
    else in the log would say so. Where the length is unknown nothing is counted and the causes say so.
    """
    passed_us = None if accounted.boot_us is None else now.boot_us - accounted.boot_us
    if passed_us is None or passed_us < 0:
        return Gap(sensor, accounted.wall_ns, now.wall_ns, 0, (cause, ClockUntrusted.code))
    expected = passed_us // (accounted.interval_us or interval_us)
    told = expected or cause == CAPTURE
    return Gap(sensor, accounted.wall_ns, now.wall_ns, expected, (cause,)) if told else None
