# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The meaning of a reading's bytes: what a destination is told, at its reported time. Pure; never a query column.

The bytes were written by the recorder's own encoder and match their leaf hash, so that plain JSON tells what they say;
the rules of time are those of `edge_daemon.log.reported_time`, and a test holds both against each other.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.clock_history import SAME_CLOCK_NS
from edge_daemon.log.entry import ENTRY_VERSION, Entry, EntryType
from edge_daemon.log.reported_time import LARGEST_SHIFT_NS, ReportedTime
from edge_daemon.metrology.score import reading_quality
from sync.packets.amendments import failed
from sync.packets.chronicle import Chronicle
from sync.packets.reading import Outgoing, SensorFacts, Unreadable, unnamed, wire_value

READING_END = b',"type":"reading","v":1}'
"""How the bytes of a reading of version 1 end: RFC 8785 sorts the keys."""

Settled = tuple[int, str, int]
"""An earlier entry's index, a channel's name in the log, and the flag that it is given."""

_NO_SALT = bytes(16)


class Told(NamedTuple):
    """What a reading says: itself, None where its time is not known (held), and the flags it gives to earlier ones."""

    outgoing: Outgoing | None
    settles: tuple[Settled, ...]


class Meaning:
    """Reads the readings of one log in its order. `last_ns` has each sensor's last reported time and moves on.

    Not safe to share between threads.
    """

    def __init__(self, chronicle: Chronicle, last_ns: Mapping[str, int]) -> None:
        self.last_ns = dict(last_ns)
        self.learn(chronicle)

    def learn(self, chronicle: Chronicle) -> None:
        """Go on with what is known of the log by now."""
        self._chronicle = chronicle
        self._releases = chronicle.releases
        self._facts: dict[int, SensorFacts] = {}
        self._in_doubt: dict[int, SensorFacts] = {}
        self._with_date: dict[tuple[int, int], SensorFacts] = {}
        self._stretch_first, self._stretch_end = 0, 0
        self._offset_ns: int | None = None
        self._station_first, self._station_end = 0, 0
        self._station = Station("", "")

    def read(self, index: int, data: bytes) -> Told:
        """What the reading at `index` says. Raises Unreadable with the reason."""
        try:
            document = json.loads(data)
            if document["v"] != ENTRY_VERSION or document["type"] != "reading":
                raise Unreadable("it is no reading of a version that this program knows")
            facts = self._facts_of(document["cfg"])
            sensor = document["sensor"]
            if facts.sensor != sensor:
                raise Unreadable(f"its configuration is that of {facts.sensor}, not of {sensor}")
            if document["cal"]:
                facts = self._dated(facts, document["cal"])
            if any(index in span for span in self._chronicle.unconfirmed.get(sensor, ())):
                facts = self._doubted(facts)
            channels = facts.channels
            values = tuple(
                [wire_value(channels.get(name) or unnamed(name), *triple) for name, triple in document["ch"].items()]
            )
            calibrations = self._chronicle.calibrations
            calibrating = calibrations.in_calibration(sensor, index, document["cal"], document["ch"]) is not None
            settles = tuple([(i, name, flag) for i, name, flag in document["re"]]) if "re" in document else ()
            t_ns, mono_us, quality = _ns(document["t"]), document["mono"], document["q"]
        except Unreadable:
            raise
        except (ValueError, KeyError, TypeError) as error:
            raise Unreadable(f"it does not have the form of a reading: {error!r}") from error
        time_ns = self._time(index, t_ns, mono_us, sensor)
        if time_ns is None:
            return Told(None, settles)
        self.last_ns[sensor] = time_ns
        told = Outgoing(index, time_ns, quality, facts, self._station_of(index), values)
        return Told(failed(told) if calibrating else told, settles)

    def _time(self, index: int, t_ns: int, mono_us: int, sensor: str) -> int | None:
        """Rules 3, 6 and 7 for the common case of a believed clock; all others by the rules' own module."""
        if not self._stretch_first <= index < self._stretch_end:
            self._enter_stretch(index)
        if self._offset_ns is None:
            return self._time_by_the_rules(index, t_ns, mono_us, sensor)
        based_ns = mono_us * 1000 + self._offset_ns
        time_ns = t_ns if -SAME_CLOCK_NS <= t_ns - based_ns <= SAME_CLOCK_NS else based_ns
        last_ns = self.last_ns.get(sensor)
        if last_ns is None or time_ns > last_ns:
            return time_ns
        if last_ns + 1 - time_ns > LARGEST_SHIFT_NS:
            return self._time_by_the_rules(index, t_ns, mono_us, sensor)
        return last_ns + 1

    def _time_by_the_rules(self, index: int, t_ns: int, mono_us: int, sensor: str) -> int | None:
        chronicle = self._chronicle
        fold = ReportedTime(chronicle.history, self._releases, self.last_ns)
        entry = Entry(ENTRY_VERSION, EntryType.READING, t_ns, mono_us, _NO_SALT, {"sensor": sensor})
        reported = fold.after(index, entry).reported
        return None if reported is None or reported.held else reported.time_ns

    def _enter_stretch(self, index: int) -> None:
        history = self._chronicle.history
        stretch = history.stretch_at(index)
        following = (later.first for later in history.stretches if later.first > index)
        self._stretch_first = 0 if stretch is None else stretch.first
        self._stretch_end = next(following, 1 << 62)
        believed = stretch is not None and stretch.state != "untrusted" and stretch.base is not None
        self._offset_ns = stretch.base.offset_ns if stretch and stretch.base and believed else None

    def _station_of(self, index: int) -> Station:
        if not self._station_first <= index < self._station_end:
            self._station, self._station_end = self._chronicle.station_at(index)
            self._station_first = index
        return self._station

    def _facts_of(self, configuration: int) -> SensorFacts:
        facts = self._facts.get(configuration)
        if facts is None:
            facts = self._facts[configuration] = self._chronicle.facts(configuration)
        return facts

    def _dated(self, facts: SensorFacts, named: Mapping[str, int]) -> SensorFacts:
        """With the date of the primary channel's calibration, if that proves something: it goes before a stated one."""
        primary = next((name for name, channel in facts.channels.items() if channel.primary), "")
        made = self._chronicle.calibrations.by_index.get(named.get(primary, -1))
        if made is None or not made.evidenced:
            return facts
        dated = self._with_date.get((id(facts), made.index))
        if dated is None:
            date = rfc3339_from_ns(made.calibrated_ns)[:10]
            dated = self._with_date[id(facts), made.index] = replace(facts, calibration_date=date)
        return dated

    def _doubted(self, facts: SensorFacts) -> SensorFacts:
        # Made once each, for whoever tells facts apart by their identity.
        doubted = self._in_doubt.get(id(facts))
        if doubted is None:
            doubted = self._in_doubt[id(facts)] = replace(facts, unconfirmed=True)
        return doubted


def worsened(reading: Outgoing, flags: Mapping[str, int]) -> Outgoing:
    """The reading with at least these flags, by the channel's name in the log, and a quality that they allow."""
    wanted = {id(reading.facts.channels[name]): flag for name, flag in flags.items() if name in reading.facts.channels}
    values = tuple(
        value if wanted.get(id(value.channel), 0) <= value.flag else replace(value, flag=wanted[id(value.channel)])
        for value in reading.values
    )
    if values == reading.values:
        return reading
    quality = min(reading.quality, reading_quality(reading.quality, (Flag(value.flag) for value in values)))
    return replace(reading, values=values, quality=quality)


def _ns(text: str) -> int:
    # An entry's time always has nine decimals and Z (the recorder's encoder writes no other form).
    if len(text) != 30 or text[29] != "Z":
        raise ValueError(f"t is {text!r}")
    return _second(text[:19]) * NS_PER_S + int(text[20:29])


@lru_cache(maxsize=256)
def _second(text: str) -> int:
    delta = datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return delta.days * 86_400 + delta.seconds
