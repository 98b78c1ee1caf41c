# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A reading as amendments and later readings make it: by the log's own rules, in a destination's words. Pure.

The rules are those of `edge_daemon.log.effective`. A destination finds what it keeps by sensor and time, hence:

- A corrected flag, value or quality goes out under the same key and takes the place of what is there.
- A `clock_offset` leaves the key as it was, too. Under its corrected time the reading would be there twice, and the
  first point could not be taken back; under the same key it stays one, and `time_offset_us` says what to add to it.
- Where the key itself was wrong (the reading is another sensor's, or a release states another time), the point under
  the old key stays with every channel failed, and the reading goes out under its right key.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from edge_daemon.domain.channel import Flag
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.clock_history import Reported, Standing
from edge_daemon.log.effective import Amendments, effective
from edge_daemon.log.entry import Entry, EntryType, decode_reading
from sync.packets.reading import Outgoing, SensorFacts, Unreadable, WireValue, unnamed, wire_value


def amendments_before(entries: Mapping[int, Entry], end: int) -> Amendments:
    """The amendments among these entries (in the log's order) with an index below `end`."""
    told = Amendments()
    for index, entry in entries.items():
        if index < end and entry.type == EntryType.AMENDMENT:
            try:
                told = told.after(index, entry)
            except ValueError:  # of a kind still to come: it stays in the log, and delivery does not stop for it
                continue
    return told


class Amender:
    """Readings as these amendments make them, by the log's calibrations. Not safe to share between threads."""

    def __init__(self, amendments: Amendments, calibrations: Calibrations) -> None:
        self._amendments = amendments
        self._calibrations = calibrations
        self._renamed: dict[tuple[int, str], tuple[SensorFacts, SensorFacts]] = {}

    def form(self, reading: Outgoing, data: bytes, settled: Iterable[tuple[str, int]] = ()) -> Outgoing:
        """The reading, whose entry is `data`, with the flags that later readings give it. Raises Unreadable."""
        reported = Reported(reading.t_ns, 0, Standing.TRUSTED)
        try:
            given = [(name, Flag(flag)) for name, flag in settled]
            recorded, calibrations = decode_reading(data), self._calibrations
            now = effective(reading.index, recorded, reported, self._amendments, given, calibrations)
        except ValueError as error:
            raise Unreadable(f"it does not have the form of a reading: {error!r}") from error
        channels = reading.facts.channels
        values = tuple(
            wire_value(channels.get(name) or unnamed(name), told.raw, told.value, int(told.flag))
            for name, told in now.channels.items()
        )
        return replace(
            reading,
            quality=now.quality,
            facts=self._facts(reading.facts, now.sensor),
            values=values,
            recorded_as="" if now.sensor == reading.facts.sensor else reading.log_sensor,
            time_offset_us=(now.time.time_ns - reading.t_ns) // 1000 or None,
        )

    def _facts(self, facts: SensorFacts, sensor: str) -> SensorFacts:
        if facts.sensor == sensor:
            return facts
        # Held together with what it was made of, so that no other object takes on its identity.
        kept = self._renamed.setdefault((id(facts), sensor), (facts, replace(facts, sensor=sensor)))
        return kept[1]


def forms(before: Outgoing | None, after: Outgoing | None) -> Iterable[Outgoing]:
    """What to send so that a reading that a destination has as `before` is there as `after`; nothing if they agree."""
    if before == after:
        return
    if before is not None and (after is None or _key(before) != _key(after)):
        yield failed(before)
    if after is not None:
        had_offset = before is not None and before.time_offset_us is not None
        yield replace(after, time_offset_us=0) if had_offset and after.time_offset_us is None else after


def failed(reading: Outgoing) -> Outgoing:
    """The reading with every channel failed that is not missing."""
    values = tuple(
        told if told.flag == Flag.MISSING else WireValue(told.channel, told.raw, told.value, int(Flag.FAIL))
        for told in reading.values
    )
    return replace(reading, values=values, quality=0)


def _key(reading: Outgoing) -> tuple[str, int]:
    return reading.facts.sensor, reading.t_ns
