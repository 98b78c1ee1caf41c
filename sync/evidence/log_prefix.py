# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a log said of amendments and calibrations when it was shorter, and where what it said changed. Pure.

A summary that was replaced since told the log as it was when it was made. What was said later of the same readings must
not be held against it.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from edge_daemon.log import calibrations
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.effective import Amendments, amendments_of
from sync.evidence.chain import Chain


@dataclass(slots=True)
class LogPrefix:
    """Answers for prefixes of one log. Mutable; keeps the last state that was asked for."""

    chain: Chain
    amendments: Amendments
    _amended: list[int] = field(init=False)
    _calibrated: list[int] = field(init=False)
    _amendments: tuple[int, Amendments] = field(init=False)
    _calibrations: tuple[int, Calibrations] = field(init=False)

    def __post_init__(self) -> None:
        told = self.amendments.told
        self._amended = [one.index for one in told]
        self._calibrated = sorted(at for at, one in self.chain.entries.items() if one.type in calibrations.TYPES)
        self._amendments = len(told), self.amendments
        self._calibrations = len(self._calibrated), self.chain.calibrations

    def changes(self, after: int, before: int) -> list[int]:
        """The amendments and what is said of calibrations between two entries, which are not among them."""
        return [
            at
            for places in (self._amended, self._calibrated)
            for at in places[bisect_right(places, after) : bisect_left(places, before)]
        ]

    def amendments_to(self, index: int) -> Amendments:
        """Those up to this entry."""
        count = bisect_right(self._amended, index)
        if self._amendments[0] != count:
            entries = self.chain.entries
            told = [(at, entries[at]) for at in self._amended[:count]]
            self._amendments = count, amendments_of(told)
        return self._amendments[1]

    def calibrations_to(self, index: int) -> Calibrations:
        """What was said of them up to this entry."""
        count = bisect_right(self._calibrated, index)
        if self._calibrations[0] != count:
            entries = self.chain.entries
            told = [(at, entry) for at, entry in sorted(entries.items()) if at <= index]
            self._calibrations = count, calibrations.fold(told)
        return self._calibrations[1]
