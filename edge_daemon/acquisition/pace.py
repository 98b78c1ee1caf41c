# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a stream has become much faster than it was set up to be: it has lost power and forgotten that. Pure."""

WINDOW_US = 5_000_000
FASTER = 5
"""A stream that was held up and then arrives at once must not be taken for a faster one, hence so many times."""


class Pace:
    """Made anew when a stream was set up; learns from its first five seconds how many frames are usual."""

    def __init__(self, now_us: int) -> None:
        self._since_us = now_us
        self._count = 0
        self._usual: int | None = None

    def is_other(self, now_us: int) -> bool:
        """Count a frame that arrived now. True once there are far more than usual."""
        if now_us - self._since_us >= WINDOW_US:
            self._usual = max(self._count, self._usual or 1)
            self._since_us, self._count = now_us, 0
        self._count += 1
        return self._usual is not None and self._count > FASTER * (self._usual + 1)
