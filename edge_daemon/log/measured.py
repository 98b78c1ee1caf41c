# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Between which readings a sensor's hour lies, however far away they are. Pure; a few numbers for each hour."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping

Edge = tuple[int, int, int]
"""Of one sensor's hour: the time of its first reading (UTC ns) and that one's index, and the time of its last."""

_EVER = 2**63


class Measured:
    """The first and the last reading of each sensor's hours, in reported time as amended."""

    def __init__(self, edges: Mapping[tuple[str, int], Edge] | None = None) -> None:
        self.edges: dict[tuple[str, int], Edge] = dict(edges or {})
        self._hours: dict[str, list[int]] = {}
        for sensor, hour in sorted(self.edges):
            self._hours.setdefault(sensor, []).append(hour)

    def add(self, key: tuple[str, int], t_ns: int, index: int) -> list[tuple[str, int]]:
        """A reading of this sensor and hour; the nearest hours to which it says something new."""
        edge = self.edges.get(key)
        if edge is None:
            self.edges[key] = (t_ns, index, t_ns)
            insort(self._hours.setdefault(key[0], []), key[1])
            return self.beside(key)
        first_ns, first_index, last_ns = edge
        if t_ns < first_ns:
            self.edges[key] = (t_ns, index, last_ns)
            return [near for near in self.beside(key) if near[1] < key[1]]
        if t_ns > last_ns:
            self.edges[key] = (first_ns, first_index, t_ns)
            return [near for near in self.beside(key) if near[1] > key[1]]
        return []

    def forget(self, keys: Iterable[tuple[str, int]]) -> None:
        """These hours hold nothing any more."""
        for key in keys:
            if self.edges.pop(key, None) is not None:
                hours = self._hours[key[0]]
                del hours[bisect_left(hours, key[1])]

    def beside(self, key: tuple[str, int]) -> list[tuple[str, int]]:
        """The nearest hours before and after it that hold readings of its sensor."""
        sensor, hour = key
        hours = self._hours.get(sensor, [])
        low, high = bisect_left(hours, hour), bisect_right(hours, hour)
        return [(sensor, one) for one in (*hours[max(low - 1, 0) : low], *hours[high : high + 1])]

    def before(self, key: tuple[str, int]) -> int | None:
        """When the sensor was last read before the hour (UTC ns); None where it never was."""
        hours = self._hours.get(key[0], [])
        low = bisect_left(hours, key[1])
        return self.edges[key[0], hours[low - 1]][2] if low else None

    def after(self, key: tuple[str, int], until: int = _EVER) -> int | None:
        """When it was first read after the hour (UTC ns), as told by entries up to the index `until`."""
        hours = self._hours.get(key[0], [])
        for hour in hours[bisect_right(hours, key[1]) :]:
            first_ns, index, _ = self.edges[key[0], hour]
            if index <= until:
                return first_ns
        return None
