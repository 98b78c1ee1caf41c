# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a sensor's readings at two places in the log can be subtracted from one another, as a fold over it. Pure."""

from bisect import bisect_right
from collections.abc import Collection, Hashable, Iterable

from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.entry import Entry, EntryType

_SAME_INSTRUMENT = frozenset({"described", "confirmed"})


class Continuity:
    """Learns where a sensor's instrument became another one, or may have, and where it was set up in another way."""

    def __init__(self) -> None:
        self._swaps: dict[str, set[int]] = {}
        self._ways: dict[str, list[tuple[int, Hashable]]] = {}

    def learn(self, index: int, entry: Entry) -> None:
        """This entry is in the log; those of other types change nothing. Raises ValueError for one of a wrong form."""
        if entry.type == EntryType.INSTALLATION and entry.body.get("event") not in _SAME_INSTRUMENT:
            self._swaps.setdefault(str(entry.body.get("sensor", "")), set()).add(index)
        if entry.type == EntryType.CONFIGURATION and entry.body.get("subject") != "station":
            body = from_json(ConfigurationBody, entry.body)
            ways, way = self._ways.setdefault(body.sensor, []), _way(body)
            altered = bool(entry.body.get("values_altered"))
            if not ways or (ways[-1][0] < index and (altered or ways[-1][1] != way)):
                ways.append((index, way))

    def swaps_of(self, sensor: str) -> Collection[int]:
        """The entries at which the sensor's instrument became another one, or may have."""
        return tuple(self._swaps.get(sensor, ()))

    def unbroken(self, sensor: str, first: int, last: int) -> bool:
        """Whether one instrument, read in one way, made the sensor's readings from index `first` to `last`."""
        if any(first < swap <= last for swap in self.swaps_of(sensor)):
            return False
        changes = [index for index, _ in self._ways.get(sensor, ())]
        return bisect_right(changes, first) == bisect_right(changes, last)


def continuity_of(entries: Iterable[tuple[int, Entry]]) -> Continuity:
    """As these entries tell it, in log order. Raises as `learn`."""
    told = Continuity()
    for index, entry in entries:
        told.learn(index, entry)
    return told


def _way(body: ConfigurationBody) -> Hashable:
    """What decides which number a reading holds. Where it is plugged in and how often it is asked decides nothing."""
    units = tuple((channel.name, channel.unit) for channel in body.channels)
    return body.model, body.driver, tuple(sorted(body.settings.items(), key=lambda item: item[0])), units
