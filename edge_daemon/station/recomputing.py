# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A period's values under another calibration, beside those of the record; and how sure a value is. Reads the log.

What comes out is a view: the record keeps its values. It is made slice by slice, so that no length takes much memory.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.channel import ChannelValue
from edge_daemon.domain.faults import Conflict, Unknown
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.calibration_values import calibrated, extrapolated, standard_uncertainty
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.entry import LoggedReading, NotAnEntry, decode_reading
from edge_daemon.log.in_force import InForce
from edge_daemon.log.recomputation import check_unchanged

POINTS = 1_000
HOUR_NS = 3_600 * NS_PER_S
SLICE_NS = 600 * NS_PER_S
MOST_IN_SLICE = 100_000
"""More than the fastest instrument records in a slice."""
CELLS = 7
"""Of a channel, in a line of a view."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """The expanded uncertainty of a value in its unit, and its coverage factor; None where none is stated."""

    expanded: float | None = None
    factor: float | None = None
    extrapolated: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """Readings of `sensor` of laptop times `from_ns` to before `to_ns` (UTC), one channel of them, under `under`; and
    what that says of the channels that are `computed` from it, each with its unit."""

    sensor: str
    channel: str
    unit: str
    under: InForce
    from_ns: int
    to_ns: int
    computed: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> tuple[tuple[str, str], ...]:
        """Every channel that is shown, with its unit."""
        return (self.channel, self.unit), *self.computed


def sureness(made: InForce | None, raw: float | None, value: float | None) -> Sureness:
    """How sure the value is that this calibration made of raw."""
    if made is None or raw is None or value is None:
        return Sureness()
    outside = extrapolated(made.function, made.uncertainty, raw)
    if made.uncertainty is None:
        return Sureness(extrapolated=outside)
    standard = standard_uncertainty(made.uncertainty, raw, value)
    if not math.isfinite(standard):
        return Sureness(extrapolated=outside)
    return Sureness(made.uncertainty.factor * standard, made.uncertainty.factor, outside)


def reading_at(reader: LogReader, sensor: str, index: int) -> LoggedReading:
    """The sensor's reading at this index. Raises Unknown."""
    rows = reader.entries(index, 1)
    try:
        reading = decode_reading(rows[0][1]) if rows and rows[0][0] == index else None
    except NotAnEntry as error:
        raise Unknown(f"entry {index} is no reading: {error}") from error
    if reading is None or reading.sensor != sensor:
        raise Unknown(f"{sensor} has no reading at index {index}")
    return reading


def check_view(reader: LogReader, told: Calibrations, view: View) -> View:
    """The view, narrowed to where there are readings.

    Raises Unknown where there are none, Conflict where another instrument made some of them, or where the instrument
    itself was adjusted between one of them and the calibration. A computed channel of which the latter is true is left
    out.
    """
    curve = reader.plot(view.sensor, view.channel, view.from_ns, view.to_ns, 1)
    newest = reader.readings(view.sensor, view.from_ns, 1, view.to_ns)
    if not curve.t_ns or not newest:
        raise Unknown(f"{view.sensor} has no readings of {view.channel} in this period")
    view = replace(view, from_ns=max(view.from_ns, curve.t_ns[0]))
    first, last = next(_rows(reader, view))[0], newest[-1][0]
    under = view.under
    for stretch in told.instruments.stretches.get(view.sensor, ()):
        overlaps = stretch.first <= last and (stretch.until is None or stretch.until > first)
        if overlaps and told.name_of(stretch.key) != told.name_of(under.key):
            raise Conflict(
                f"in this period {view.sensor} was also measured by {stretch.key.name}, and the calibration at entry "
                f"{under.index} is of {under.key.name}; choose a period of one instrument"
            )
    check_unchanged(told, under, first, last)
    held = (one for one in view.computed if _is_unchanged(told, replace(under, channel=one[0]), first, last))
    return replace(view, computed=tuple(held))


def _is_unchanged(told: Calibrations, under: InForce, first: int, last: int) -> bool:
    try:
        check_unchanged(told, under, first, last)
    except Conflict:
        return False
    return True


def csv_lines(
    reader: Callable[[], LogReader], told: Calibrations, history: ClockHistory, view: View, origin: str
) -> Iterator[str]:
    """The view as CSV: comment lines that say what it is, the columns' names, a line for each reading."""
    yield from _head(view, origin)
    with reader() as open_reader:
        for index, data in _rows(open_reader, view):
            reading = decode_reading(data)
            if view.channel in reading.channels:
                yield _line(told, history, view, index, reading)


def _rows(reader: LogReader, view: View) -> Iterator[tuple[int, bytes]]:
    at_ns, end_ns = view.from_ns, _latest(reader, view)
    while at_ns < end_ns:
        next_ns = min(at_ns + SLICE_NS, end_ns)
        yield from reader.readings(view.sensor, at_ns, MOST_IN_SLICE, next_ns)
        at_ns = next_ns


def _latest(reader: LogReader, view: View) -> int:
    """A time not far after the last reading in the period, found without reading through it."""
    start_ns, end_ns = view.from_ns, view.to_ns
    while (width_ns := -(-(end_ns - start_ns) // POINTS)) > HOUR_NS:
        curve = reader.plot(view.sensor, view.channel, start_ns, end_ns, POINTS)
        if not curve.t_ns:
            return end_ns
        # What is drawn from whole hours may lie up to an hour after the hour's beginning.
        start_ns += max(curve.t_ns[-1] - start_ns, 0) // width_ns * width_ns
        end_ns = min(end_ns, start_ns + width_ns + HOUR_NS)
    return end_ns


def _head(view: View, origin: str) -> Iterator[str]:
    under = view.under
    made = rfc3339_from_ns(under.calibrated_ns)
    yield f"# VIEW, not the record: {view.sensor}, {view.channel}, by the calibration of entry {under.index}\r\n"
    yield f"# calibration: {under.key.model} {under.key.name}, made {made}, due {under.due or 'not stated'}\r\n"
    yield f"# log: {origin}\r\n"
    yield f"# laptop times: {rfc3339_from_ns(view.from_ns)} to before {rfc3339_from_ns(view.to_ns)}\r\n"
    yield "# value: as recorded, by the calibration named there; amendments are not applied\r\n"
    yield "# uncertainties: expanded, 95.45 %; empty where none is stated\r\n"
    for name, _ in view.computed:
        yield f"# {name} is computed from {view.channel}; empty where that calibration says nothing of it\r\n"
    columns = (
        f"{before}flag,{before}raw_{unit},{before}value_{unit},{before}uncertainty_{unit},{before}calibration,"
        f"{before}value_under_{under.index}_{unit},{before}uncertainty_under_{under.index}_{unit}"
        for before, unit in (("" if name == view.channel else f"{name}_", unit) for name, unit in view.shown)
    )
    yield f"index,time,{','.join(columns)}\r\n"


def _line(told: Calibrations, history: ClockHistory, view: View, index: int, reading: LoggedReading) -> str:
    placed = history.placed(index, reading.t_ns, reading.mono_us)
    cells = [str(index), "" if placed.held else rfc3339_from_ns(placed.time_ns)]
    for name, _ in view.shown:
        cells += _cells(told, view, reading, name, reading.channels.get(name))
    return ",".join(cells) + "\r\n"


def _cells(
    told: Calibrations, view: View, reading: LoggedReading, name: str, value: ChannelValue | None
) -> tuple[str, ...]:
    """One channel of a reading: as recorded, and under the other calibration."""
    if value is None:
        return ("",) * CELLS
    named = reading.calibrations.get(name)
    made = told.made_with(named, name, reading.configuration) if named is not None else None
    under = told.computed.made_with(view.under, name, reading.configuration)
    if under is not None and under.channel != name:
        under = None  # by this configuration it is not computed from that channel
    other = None if value.raw is None or under is None else calibrated(under.function, value.raw)
    return (
        str(int(value.flag)),
        _text(value.raw),
        _text(value.value),
        _text(sureness(made, value.raw, value.value).expanded),
        "" if named is None else str(named),
        _text(other),
        _text(sureness(under, value.raw, other).expanded),
    )


def _text(number: float | None) -> str:
    return "" if number is None else repr(number)
