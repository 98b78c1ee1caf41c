# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which hours of a run have readings, and whether each has its summary. Pure.

A summary that was left out cannot be compared with anything: what shows it are the readings that it should tell of.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_fold import Key
from sync.evidence.time_words import told
from sync.evidence.verdict import Sheet

LATEST_NS = 3600 * NS_PER_S
"""So long after its end, or once a later hour is, an hour is summarised; it is due after ten minutes."""


@dataclass(slots=True)
class HoursRead:
    """The hours in which sensors were read, with the first entry of each, and the newest reading's time."""

    _first: dict[Key, int] = field(default_factory=dict)
    _newest_ns: int | None = None

    def read(self, index: int, key: Key, t_ns: int) -> None:
        """The entry at `index` is a reading of this hour, at this reported time (UTC ns)."""
        self._first.setdefault(key, index)
        self._newest_ns = t_ns if self._newest_ns is None else max(self._newest_ns, t_ns)

    def report(self, sheet: Sheet, summarised: Collection[Key]) -> None:
        """Name the hours that should have a summary by now and have none."""
        newest_ns = self._newest_ns
        if newest_ns is None:
            return
        told_hour = max((hour for _, hour in summarised), default=0)
        due = [key for key in self._first if key[1] < told_hour or (key[1] + 1) * HOUR_NS + LATEST_NS <= newest_ns]
        missing = sorted((key for key in due if key not in summarised), key=lambda key: (key[1], key[0]))
        if missing:
            sensor, hour = missing[0]
            words = (
                f"{len(missing)} hours of a sensor have readings and no summary (first: {sensor}, the hour of "
                f"{told(hour * HOUR_NS)[:13]}, entry {self._first[missing[0]]} and on). Totals and scores made of the "
                "summaries lack them: the recorder was behind, or a summary was left out."
            )
            sheet.not_checked("summaries_missing", "Hours without a summary", words)
