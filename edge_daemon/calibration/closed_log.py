# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings of a closed log that a finding of this one concerns too: they are told, since nothing amends them. Pure."""

from dataclasses import dataclass

from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import CarriedCalibration, CutOffRun

UNREADABLE = "unreadable"
"""What a log's first entry calls a predecessor whose origin could not be read."""


@dataclass(frozen=True, slots=True)
class ClosedLog:
    """The log `origin`, from the good calibration at its entry `since` on, which was made at `made` (RFC 3339); None:
    from its beginning."""

    origin: str
    since: int | None = None
    made: str = ""

    def words(self, channel: str) -> str:
        """What is to be known of readings there."""
        name = "before this one" if self.origin == UNREADABLE else self.origin
        begin = f"since its entry {self.since} ({self.made[:10]}), and of any log before it since that day,"
        if self.since is None:
            begin = "and of any log before it, where there are some,"
        return (
            f"Also readings of {channel} in the closed log {name} {begin} are suspect; they cannot be amended here: do "
            "not claim them without a deduction."
        )


def of_amendment(body: AmendmentBody) -> ClosedLog | None:
    """What an amendment says of a closed log; None for nothing."""
    return ClosedLog(body.also_in, body.also_since, body.also_made) if body.also_in else None


def of_carried(body: CarriedCalibration) -> ClosedLog:
    """Where the calibration was made that this log only says again."""
    return ClosedLog(body.origin, body.index, body.calibrated)


def of_cut_off(body: CutOffRun) -> ClosedLog:
    """What a run that ended with its log casts doubt on there."""
    return ClosedLog(body.origin, body.since, body.since_made)
