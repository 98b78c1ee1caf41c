# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a meter has counted between two entries of the log, for the deduction that a failed meter calls for. Reads the
log."""

from collections.abc import Callable

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.impact import Energy
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import ChannelBody, ConfigurationBody
from edge_daemon.log.entry import decode_entry, decode_reading
from edge_daemon.log.instruments import Instruments
from edge_daemon.log.plan import Plan
from edge_daemon.log.setup import Setup
from edge_daemon.log.summary_energy import energy_channels
from edge_daemon.metrology.deduction import Flow

UNIT = "kWh"
NEAR_NS = 600 * NS_PER_S
MOST_NEAR = 10_000


class MeterEnergy:
    """Safe to use from several threads."""

    def __init__(
        self,
        reader: Callable[[], LogReader],
        setup: Callable[[], Setup],
        instruments: Callable[[], Instruments],
        plan: Callable[[], Plan],
    ) -> None:
        self._reader = reader
        self._setup = setup
        self._instruments = instruments
        self._plan = plan

    def between(self, sensor: str, first: int, last: int) -> Energy | None:
        """The difference of the sensor's energy counter from the entry at `first` to the one at `last`.

        It counts as given out, as every hour's energy is claimed, whatever the meter calls its register; only where the
        plan takes this sensor's energy off does it count as taken in.
        None for a sensor without a counter, where another meter was there in between or the counter went back, and
        where there is no reading within ten minutes of one of the two.
        """
        with self._reader() as reader:
            return self._between(reader, sensor, first, _time(reader, first), last)

    def since(self, sensor: str, t_ns: int, last: int) -> Energy | None:
        """The same from a moment, UTC, to the entry at `last`."""
        with self._reader() as reader:
            near = reader.readings(sensor, t_ns, MOST_NEAR, t_ns + NEAR_NS)
            return self._between(reader, sensor, near[0][0] - 1, t_ns, last) if near else None

    def _between(self, reader: LogReader, sensor: str, first: int, first_ns: int, last: int) -> Energy | None:
        configured = self._setup().sensors.get(sensor)
        counters = [one for one in configured.configuration.channels if one.wire_unit == UNIT] if configured else []
        known = self._instruments()
        one, other = known.at(sensor, first), known.at(sensor, last)
        if not counters or one is None or other is None or one.key != other.key:
            return None
        begin = _counted(reader, sensor, counters[0], first, first_ns, after=True)
        end = _counted(reader, sensor, counters[0], last, _time(reader, last), after=False)
        if begin is None or end is None or end < begin:
            return None
        return Energy(end - begin, self._flow(configured.configuration) if configured else "export")

    def _flow(self, configuration: ConfigurationBody) -> Flow:
        planned = (self._plan().of(configuration.sensor, channel) for channel in energy_channels(configuration))
        taken_off = (one.role == "record" and one.counts == "subtracts" for one in planned if one is not None)
        return "import" if any(taken_off) else "export"


def _time(reader: LogReader, index: int) -> int:
    return decode_entry(reader.entries(index, 1)[0][1]).t_ns


def _counted(
    reader: LogReader, sensor: str, counter: ChannelBody, index: int, t_ns: int, *, after: bool
) -> float | None:
    """The counter in kWh at the reading next to `t_ns`: after the entry at `index`, or before."""
    low_ns, high_ns = (t_ns, t_ns + NEAR_NS) if after else (t_ns - NEAR_NS, t_ns + 1)
    rows = reader.readings(sensor, low_ns, MOST_NEAR, high_ns)
    near = [(at, data) for at, data in rows if (at > index if after else at < index)]
    for _, data in near if after else reversed(near):
        found = decode_reading(data).channels.get(counter.name)
        if found is not None and found.value is not None:
            return found.value * counter.wire_factor
    return None
