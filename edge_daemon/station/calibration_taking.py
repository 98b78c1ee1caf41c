# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A point's numbers, computed from the bytes of the readings in the log that it names. Reads the log."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.point_numbers import PointReading, point_numbers
from edge_daemon.domain.faults import Conflict, DamagedLog
from edge_daemon.domain.procedure import StableSignal
from edge_daemon.log.entry import LoggedReading, decode_reading
from edge_daemon.station.calibration_signal import Sampled, Shown, judge

LEAST_TAKEN = 3
SPARE = 1_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the readings from `first` to `last` say. `indication` is the mean of what is shown, the rest is of raw.

    `unmet` are the names of the conditions of stability that were not met; `auxiliary` means of other channels' values,
    and what is further asked of this one.
    """

    first: int
    last: int
    count: int
    raw: float
    indication: float
    deviation: float
    slope_per_minute: float
    unmet: tuple[str, ...]
    auxiliary: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be taken: the sensor's channel and further ones, and what the signal is judged by.

    `shown` is what of a reading is judged and indicated.
    """

    sensor: str
    channel: str
    auxiliary: tuple[str, ...]
    stable: StableSignal
    interval_s: float
    shown: Shown


def numbers(readings: Callable[[], LogReader], window: Sequence[Sampled], since_us: int, wanted: Wanted) -> Numbers:
    """The numbers of the readings in `window`, which has been at the standard since `since_us` (µs since boot).

    Raises Conflict for too few readings, DamagedLog where the log does not hold what was seen.
    """
    if len(window) < LEAST_TAKEN:
        raise Conflict(f"only {len(window)} readings have come; a point needs {LEAST_TAKEN} at the least")
    found = _logged(readings, window, wanted.sensor)
    samples = [_sampled(index, reading, wanted.channel) for index, reading in found]
    found_stability, _ = judge(samples, since_us, wanted.stable, wanted.interval_s, wanted.shown)
    told = point_numbers(
        [_point_reading(reading) for _, reading in found],
        [sample.raw for sample in samples],
        [wanted.shown(sample) for sample in samples],
        wanted.auxiliary,
    )
    return Numbers(
        first=samples[0].index,
        last=samples[-1].index,
        count=len(samples),
        raw=told.raw,
        indication=told.indication,
        deviation=told.deviation,
        slope_per_minute=told.slope_per_minute,
        unmet=tuple(one.value for one in found_stability.unmet),
        auxiliary=told.auxiliary,
    )


def _logged(
    readings: Callable[[], LogReader], window: Sequence[Sampled], sensor: str
) -> list[tuple[int, LoggedReading]]:
    seen = {sample.index for sample in window}
    times = [sample.t_ns for sample in window]
    with readings() as reader:
        rows = reader.readings(sensor, min(times), len(window) + SPARE, max(times) + 1)
    found = [(index, decode_reading(data)) for index, data in rows if index in seen]
    if len(found) != len(seen):
        raise DamagedLog(f"{len(seen) - len(found)} of the readings of {sensor} that were shown are not in the log")
    return found


def _sampled(index: int, reading: LoggedReading, channel: str) -> Sampled:
    number = reading.channels.get(channel)
    if number is None or number.raw is None or number.value is None:
        raise DamagedLog(f"the reading at {index} has no {channel}, though one was shown")
    return Sampled(index, reading.mono_us, reading.t_ns, number.raw, number.value)


def _point_reading(reading: LoggedReading) -> PointReading:
    given = {name: one.value for name, one in reading.channels.items() if one.value is not None}
    return PointReading(reading.mono_us, given)
