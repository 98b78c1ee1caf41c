# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which readings tell something of the energy of the hour beside theirs. Pure.

What flowed at the end of an hour is told by the first value of the next one that counts, which may come long after the
hour was summarised: the readings before it may have had none. It need not be kept: what is forgotten is found again, at
the price of an hour that is looked at once more.
"""

from collections.abc import Iterable, Iterator

from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import LoggedReading
from edge_daemon.log.summary_energy import energy_channels
from edge_daemon.log.summary_fold import Key
from edge_daemon.metrology.period import EXCLUDED


class Bridges:
    """When each sensor's hours have their first and last value of power, and of the counter, as far as is known."""

    def __init__(self) -> None:
        self._known: dict[Key, dict[str, tuple[int, int]]] = {}

    def add(
        self,
        key: Key,
        t_ns: int,
        index: int,
        reading: LoggedReading,
        configuration: ConfigurationBody,
        calibrations: Calibrations,
    ) -> Iterator[Key]:
        """A reading that counts for this sensor and hour at `t_ns` (UTC); the hours of whose energy it tells anew."""
        if calibrations.in_calibration(reading.sensor, index, reading.calibrations, reading.channels) is not None:
            return
        for channel in energy_channels(configuration):
            value = reading.channels.get(channel)
            if value is not None and value.value is not None and value.flag not in EXCLUDED:
                yield from self._beyond(key, channel, t_ns)

    def forget(self, keys: Iterable[Key]) -> None:
        """These hours are read anew."""
        for key in keys:
            self._known.pop(key, None)

    def _beyond(self, key: Key, channel: str, t_ns: int) -> Iterator[Key]:
        known = self._known.setdefault(key, {})
        first_ns, last_ns = known.get(channel, (t_ns + 1, t_ns - 1))
        known[channel] = (min(first_ns, t_ns), max(last_ns, t_ns))
        if t_ns < first_ns:
            yield key[0], key[1] - 1
        if t_ns > last_ns:
            yield key[0], key[1] + 1
