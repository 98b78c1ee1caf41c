# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What got its time, its hour or its sensor only after a summary was made. Pure; a few numbers for each clock fix,
release and gap.

A time once known is never changed by what is said later, except by a person (`reported_time`). So a later clock fix
concerns a summary only where readings or gaps of its sensor were in the log before it and had no time yet, and a later
amendment only where it moves what was recorded before the summary.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import GapBody, from_json
from edge_daemon.log.clock_history import Reported, Standing
from edge_daemon.log.effective import Amendments
from edge_daemon.log.entry import Entry
from edge_daemon.log.reported_time import Release, ReportedTime

IN_PLACE = frozenset({"maintenance", "as_found_failure", "value_correction", "withdrawal"})
"""Amendments that by themselves leave a reading in the hour and at the sensor where it was."""


@dataclass(slots=True)
class _Timed:
    """Readings of one sensor that one later entry gave their times: the first index, and their span in UTC ns."""

    first: int
    start_ns: int
    end_ns: int


@dataclass(slots=True)
class KnownSince:
    """Takes the readings and gaps of a run in order, with the fold that knows the whole log."""

    amendments: Amendments
    _releases: Sequence[Release] = field(init=False)
    _timed: dict[tuple[str, int], _Timed] = field(default_factory=dict)
    _gaps: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._releases = self.amendments.releases

    def reading(self, fold: ReportedTime, index: int, sensor: str, t_ns: int, reported: Reported) -> None:
        """A reading that counts for `sensor` at `t_ns`, as amended."""
        by = self._told_by(fold, reported, index, index)
        if by < 0:
            return
        timed = self._timed.setdefault((sensor, by), _Timed(index, t_ns, t_ns))
        timed.start_ns, timed.end_ns = min(timed.start_ns, t_ns), max(timed.end_ns, t_ns)

    def gap(self, fold: ReportedTime, index: int, entry: Entry, sensor: str) -> None:
        """A gap that counts for `sensor`."""
        by = -1
        body = from_json(GapBody, entry.body)
        for wall_ns in (ns_from_rfc3339(text) for text in (body.start, body.end)):
            among = fold.history.wall_range(index, entry.t_ns, entry.mono_us, wall_ns)
            if among is not None:
                by = max(by, self._told_by(fold, fold.wall(index, entry, wall_ns), *among))
        if by >= 0:
            self._gaps.setdefault(sensor, []).append((index, by))

    def timed_after(self, known: int, index: int, sensor: str, start_ns: int, end_ns: int) -> bool:
        """Whether something that was recorded before the entry at `index` got its time after the entry `known`, and
        counts between these times (UTC ns) or, of gaps, anywhere."""
        return any(
            one.first < index and by > known and one.start_ns < end_ns and one.end_ns >= start_ns
            for (of, by), one in self._timed.items()
            if of == sensor
        ) or any(at < index and by > known for at, by in self._gaps.get(sensor, ()))

    def moved_after(self, known: int, index: int, sensor: str) -> bool:
        """Whether an amendment after the entry `known`, or what one replaces, moves what was recorded before the entry
        at `index`, to the sensor or from it: an hour depends on the nearest readings, however far away they are."""
        bodies = {one.index: one.body for one in self.amendments.told}
        lent = any(body.reads_as == sensor for body in bodies.values())

        def moves(body: AmendmentBody) -> bool:
            here = lent or not body.sensors or sensor in body.sensors
            return body.kind not in IN_PLACE and here and body.first < index

        later = [body for at, body in bodies.items() if at > known]
        taken_back = [bodies[body.replaces] for body in later if body.replaces in bodies]
        return any(moves(body) for body in (*later, *taken_back))

    def _told_by(self, fold: ReportedTime, reported: Reported, first: int, last: int) -> int:
        """The index of what gave this time to an entry among these; -1 where its own clock did."""
        if reported.standing is Standing.FIXED:
            fix = fold.history.fix_of(first)
            return -1 if fix is None else fix.index
        if reported.standing is Standing.RELEASED:
            return max((one.index for one in self._releases if one.first <= last and one.last >= first), default=-1)
        return -1
