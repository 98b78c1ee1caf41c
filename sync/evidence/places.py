# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Places in a log that were noted one after the other, in bounded memory. Pure."""

from bisect import bisect_left
from dataclasses import dataclass, field

MOST = 10_000


@dataclass(slots=True)
class Places:
    """Knows the newest places one by one; once there are more than `MOST`, everything up to the older ones counts."""

    _up_to: int = -1
    _places: list[int] = field(default_factory=list)

    def note(self, index: int) -> None:
        """Another place, not before the last one; below 0 is none."""
        if index <= (self._places[-1] if self._places else self._up_to):
            return
        self._places.append(index)
        if len(self._places) > MOST:
            half = len(self._places) // 2
            self._up_to = self._places[half - 1]
            del self._places[:half]

    def __contains__(self, index: int) -> bool:
        """Whether it was noted, or is so old that it may have been."""
        if index <= self._up_to:
            return True
        at = bisect_left(self._places, index)
        return at < len(self._places) and self._places[at] == index
