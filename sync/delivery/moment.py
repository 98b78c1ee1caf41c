# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Time that nobody sets: how long ago something was, also when another process saw it. Reads the system's clocks.

Source: Linux, clock_gettime(2) (CLOCK_BOOTTIME goes on while the lid is closed) and random(4) (boot_id).
"""

import time
import uuid
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PROCESS = uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Moment:
    """Nanoseconds on the clock of one `boot` of the computer; those of two boots cannot be compared."""

    boot: str
    ns: int

    def seconds_since(self, earlier: "Moment") -> float | None:
        """How long ago that was; None where nobody can tell."""
        return (self.ns - earlier.ns) / 1e9 if self.boot == earlier.boot else None


def moment() -> Moment:
    """Now. Where the system does not name its boots, a process knows only its own moments."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    try:
        boot = _BOOT_ID.read_text(encoding="ascii").strip() if clock is not None else ""
    except OSError:
        boot = ""
    if clock is None or not boot:
        return Moment(_PROCESS, time.monotonic_ns())
    return Moment(boot, time.clock_gettime_ns(clock))
