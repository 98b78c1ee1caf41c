# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which hours have to be told anew, because something was recorded after their newest summary and changes them. Pure; a
few numbers for each hour.

A recorder tells such an hour again. Where it did not, it may not have come to it yet: the hour is neither passed nor
called wrong.
"""

from collections.abc import Mapping

from edge_daemon.log.summary import SummaryBody
from edge_daemon.log.summary_fold import Key
from sync.evidence.finding import Finding

_WORDS = "what was recorded later, entry {} for one, changes their hours, and they were not told anew"


class ToldSince:
    """Follows the hours whose current summary, at the index that `current` gives, agrees with what was before it."""

    def __init__(self, current: Mapping[Key, int]) -> None:
        self._current = current
        self._spans: dict[Key, tuple[int, int]] = {}
        self._agreed: set[Key] = set()
        self._changed: dict[Key, int] = {}
        self._bodies: dict[Key, SummaryBody] = {}

    @property
    def agreeing(self) -> int:
        """How many summaries are what the whole log gives."""
        return len(self._agreed - self._changed.keys())

    def agreed(self, key: Key, told: SummaryBody) -> None:
        """The hour's current summary is what was known when it was made."""
        self._agreed.add(key)
        self._bodies[key] = told

    def waiting(self, index: int | None = None) -> list[Key]:
        """The hours to be looked at again, at the end or as soon as the summaries beside them are in, up to `index`."""
        return [key for key in self._bodies if index is None or self._until(key) <= index]

    def body(self, key: Key) -> SummaryBody:
        """The summary that agreed. Whoever asks looks at the hour for the last time."""
        return self._bodies.pop(key)

    def _until(self, key: Key) -> int:
        return max(self._current.get((key[0], key[1] + beside), -1) for beside in (-1, 0, 1))

    def read(self, key: Key, index: int) -> None:
        """A reading counts for this hour."""
        low, _ = self._spans.get(key, (index, index))
        self._spans[key] = low, index
        self.changed(key, index)

    def holds(self, key: Key, index: int) -> bool:
        """Whether the reading at this index may be of the hour."""
        low, high = self._spans.get(key, (0, -1))
        return low <= index <= high

    def changed(self, key: Key, index: int) -> None:
        """The entry at `index` changes the hour, if that was told before."""
        if self._current.get(key, index) < index:
            self._changed.setdefault(key, index)

    def put_into(self, finding: Finding) -> None:
        """Note the hours that agreed once and have to be told anew."""
        for key in sorted(self._changed.keys() & self._agreed):
            finding.note(self._current[key], _WORDS.format(self._changed[key]))
