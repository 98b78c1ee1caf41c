# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long to wait before the next try. Pure, but for the jitter that the caller provides."""

from collections.abc import Callable
from dataclasses import dataclass

SHORTEST_S = 0.25
LONGEST_S = 2.0
"""Short enough that delivery resumes within three seconds of the network's return, with a quarter of jitter on top."""

_JITTER = 0.25


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double after each failure in a row. `random` gives numbers from 0 to 1: stations never keep step."""

    random: Callable[[], float]
    failures: int = 0

    def failed(self) -> "Backoff":
        """After another failure."""
        return Backoff(self.random, self.failures + 1)

    def succeeded(self) -> "Backoff":
        """After something was delivered."""
        return self if self.failures == 0 else Backoff(self.random)

    def wait_s(self, asked_s: float | None) -> float:
        """Seconds to wait now: the doubled wait, or what the far end asked for where that is longer.

        Asked for 0, it goes on at once: nothing is to be waited for.
        """
        if asked_s == 0:
            return 0.0
        usual = min(LONGEST_S, SHORTEST_S * 2.0 ** min(self.failures, 10)) * (1 + _JITTER * (2 * self.random() - 1))
        return usual if asked_s is None else max(usual, asked_s)
