# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Line protocol: names, types that never change, and text that cannot break a line."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.station import Station
from sync.packets.lines import lines_of
from sync.packets.reading import WireChannel, WireValue
from tests.support.outgoing import CO2, facts_of, nothing_measured, reading

LINE = re.compile(
    r"sensor_reading(,[a-z_]+=(?:\\[,= ]|[^\\,= \n\r])+)+ "
    r'value=(-?[0-9.e+-]+),raw=(-?[0-9.e+-]+),flag=([0-9]+)i,unit="((?:\\["\\]|[^"\\\n])*)",quality=([0-9.]+) ([0-9]+)'
)


def test_a_line_for_each_channel() -> None:
    primary, temperature = lines_of([reading(10, facts_of("sensor_0"))])
    assert primary == (
        "sensor_reading,device_id=station-7,measurement_type=primary,project_id=mangroves,sensor_id=sensor_0,"
        'sensor_type=co2 value=414.3525,raw=410.25,flag=1i,unit="ppm",quality=0.9 1795421740000000000'
    )
    assert temperature == (
        "sensor_reading,device_id=station-7,measurement_type=temperature,project_id=mangroves,sensor_id=sensor_0,"
        'sensor_type=co2 value=23.125,raw=23.125,flag=1i,unit="°C",quality=0.9 1795421740000000000'
    )


def test_a_missing_value_has_no_line() -> None:
    assert list(lines_of([nothing_measured(1, facts_of("s"))])) == []


def test_a_whole_number_is_still_a_float() -> None:
    one = replace(reading(1, facts_of("s")), values=(WireValue(CO2, 400.0, 400.0, 1),), quality=100)
    (line,) = lines_of([one])
    assert " value=400.0,raw=400.0," in line
    assert "quality=1.0 " in line


@given(st.text(min_size=1), st.text(min_size=1), st.text(min_size=1), st.floats(allow_nan=False, allow_infinity=False))
def test_no_name_or_unit_breaks_a_line(project: str, sensor: str, unit: str, value: float) -> None:
    channel = WireChannel("value", unit, 1.0, primary=True)
    station = Station("d", project)
    one = replace(reading(1, facts_of(sensor), station), values=(WireValue(channel, value, value, 1),))
    (line,) = lines_of([one])
    found = LINE.fullmatch(line)
    assert found, line[:200]
    assert float(found[2]) == value
