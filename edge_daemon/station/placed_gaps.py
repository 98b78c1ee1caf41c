# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""When gaps were, as they are to be read now: by the clock entries, releases and amendments known by now. Reads the
log."""

from dataclasses import dataclass

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import ClockUntrusted
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import ConfigurationBody, GapBody, from_json
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.effective import Amendments
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.station.entries import entries_of

CONFIGURATIONS = 1_000
_MOVING = frozenset({"clock_offset", "release_untrusted_time"})


@dataclass(frozen=True, slots=True)
class PlacedGap:
    """A gap entry and its ends in UTC ns, None while their time is not known; `expected` None while nobody knows how
    many readings are missing. `earliest_ns` and `latest_ns` are bounds of an end without a time, as far as there are
    any."""

    index: int
    body: GapBody
    start_ns: int | None
    end_ns: int | None
    expected: int | None
    earliest_ns: int | None
    latest_ns: int | None


class GapPlacer:
    """Places the gaps of the log that `reader` reads. `history` and `amendments` are the whole log's."""

    def __init__(self, reader: LogReader, history: ClockHistory, amendments: Amendments) -> None:
        self._reader = reader
        self._history = history
        self._amendments = amendments
        self._fold = ReportedTime(history, amendments.releases)
        self._configurations: dict[str, list[tuple[int, ConfigurationBody]]] = {}

    def told_late(self, index: int) -> bool:
        """Whether the entry at `index` may lie far from where the laptop's clock put it."""
        stretch = self._history.stretch_at(index)
        moved = any(one.body.kind in _MOVING for one in self._amendments.in_force)
        return stretch is None or stretch.base is None or stretch.state == "untrusted" or moved

    def placed(self, index: int, entry: Entry) -> PlacedGap:
        """The gap of this entry. Raises ValueError for a wrong form, and what reading the log raises."""
        body = from_json(GapBody, entry.body)
        (start_ns, start_by), (end_ns, end_by) = (
            self._end(index, entry, body.sensor, ns_from_rfc3339(text), before=before)
            for text, before in ((body.start, True), (body.end, False))
        )
        if start_ns is not None and end_ns is not None and end_ns < start_ns:
            start_ns = end_ns = None  # two clocks contradict each other: neither is known
        expected: int | None = body.expected
        if start_by != end_by or (not body.expected and ClockUntrusted.code in body.causes):
            expected = None if start_ns is None or end_ns is None else self._due(index, body.sensor, end_ns - start_ns)
        return PlacedGap(
            index,
            body,
            start_ns,
            end_ns,
            expected,
            *(self._bounds(index) if None in (start_ns, end_ns) else (None, None)),
        )

    def _end(self, index: int, entry: Entry, sensor: str, wall_ns: int, *, before: bool) -> tuple[int | None, int]:
        """An end's time, and how far an amendment moved it: one that is a reading's moment moves with the reading."""
        beside = self._beside(index, sensor, wall_ns, before=before) if self._amendments.in_force else None
        if beside is None:
            placed, at = self._fold.wall(index, entry, wall_ns), index
        else:
            at, reading = beside
            placed = self._fold.after(at, reading).reported or self._fold.wall(index, entry, wall_ns)
        if placed.held:
            return None, 0
        change = self._amendments.change(at, sensor, placed.time_ns)
        moved_ns = change.offset_ns if change else 0
        return placed.time_ns + moved_ns, moved_ns

    def _beside(self, index: int, sensor: str, wall_ns: int, *, before: bool) -> tuple[int, Entry] | None:
        rows = self._reader.readings(sensor, wall_ns, 10, wall_ns + 1)
        near = [row for row in rows if (row[0] < index) == before]
        if not near:
            return None
        at, data = near[-1] if before else near[0]
        return at, decode_entry(data)

    def _due(self, index: int, sensor: str, length_ns: int) -> int | None:
        """How often the sensor was due between two readings that far apart, as it was set there."""
        if sensor not in self._configurations:
            told = entries_of(self._reader, (EntryType.CONFIGURATION.value,), sensor=sensor, limit=CONFIGURATIONS)
            self._configurations[sensor] = [(at, from_json(ConfigurationBody, entry.body)) for at, entry in told]
        held = [body for at, body in self._configurations[sensor] if at < index]
        if not held:
            return None
        interval_ns = held[-1].interval_ns
        return max((2 * length_ns + interval_ns) // (2 * interval_ns) - 1, 0)

    def _bounds(self, index: int) -> tuple[int | None, int | None]:
        """Between which believed stretches of the clock the entry stands."""
        earlier = [
            one.base.at(one.mono_us)
            for one in self._history.stretches
            if one.first < index and one.base is not None and one.state != "untrusted"
        ]
        return (earlier[-1] if earlier else None), self._history.ceiling_ns(index, self._history.last + 1)
