# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A point's numbers from the bytes of its readings: what is asked of the channel beyond mean and deviation."""

from collections.abc import Sequence
from typing import cast

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.procedure import PERCENTILE95, StableSignal
from edge_daemon.log.entry import Stamp, encode_reading
from edge_daemon.station.calibration_signal import Sampled, own_value
from edge_daemon.station.calibration_taking import Numbers, Wanted, numbers
from tests.unit.edge_daemon.calibration.runs import procedure_of

START_NS = 1_795_000_000_000_000_000
STABLE = StableSignal(settle_s=0, window_s=60, deviation=1.0, slope_per_minute=10.0)


class Readings:
    """The rows of a log in place of its file."""

    def __init__(self, rows: list[tuple[int, bytes]]) -> None:
        self._rows = rows

    def __enter__(self) -> "Readings":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held open."""

    def readings(self, *_: object) -> list[tuple[int, bytes]]:
        return self._rows


def taken(values: Sequence[float], auxiliary: tuple[str, ...]) -> Numbers:
    window, rows = [], []
    for place, value in enumerate(values, 1):
        us = place * 1_000_000
        channels = {name: ChannelValue(value, value, Flag.GOOD) for name in ("wind_speed", "temperature")}
        stamp = Stamp(START_NS + us * 1_000, us, bytes(16))
        rows.append((place, encode_reading(stamp, "mast", channels, 0, 1, {})))
        window.append(Sampled(place, us, stamp.t_ns, value, value))
    wanted = Wanted("mast", "wind_speed", auxiliary, STABLE, 1.0, own_value)
    return numbers(lambda: cast(LogReader, Readings(rows)), window, 0, wanted)


def test_the_percentile_is_kept_where_the_procedure_asks_for_it() -> None:
    values = [place / 100 for place in range(1, 21)]
    auxiliary = procedure_of("gill_windsonic", "wind_zero").auxiliary
    # Between the 19th and the 20th of 20 readings, 0.05 of the way: 1 + 0.95 · 19 = 19.05
    assert taken(values, auxiliary).auxiliary == {PERCENTILE95: pytest.approx(0.1905)}
    assert taken(values, ("temperature",)).auxiliary == {"temperature": pytest.approx(0.105)}


def test_the_percentile_of_a_component_is_that_of_its_magnitude() -> None:
    back_and_forth = [place / 100 * (-1) ** place for place in range(1, 21)]
    found = taken(back_and_forth, (PERCENTILE95,))
    assert found.auxiliary == {PERCENTILE95: pytest.approx(0.1905)}
    assert found.indication == pytest.approx(0.005)
