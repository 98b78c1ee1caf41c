# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Winsen ZPHS01B: particles and gases by one request. Pure: yields requests, never opens a port.

Source: the layout on which several open drivers agree; no document of the maker was at hand. They do not agree on the
zero of the temperature, an offset of the humidity and the unit of CH2O: these are options, to be checked once.
"""

import struct

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, MalformedFrame
from edge_daemon.instruments import gas_units, winsen
from edge_daemon.instruments.driver import Dialogue, Match, Options, PolledDriver, Probe, Sample, Setting, Steps

REPLY_LENGTH = 26
CHANNELS = ("pm1_0", "pm2_5", "pm10", "co2", "voc", "temperature", "humidity", "ch2o", "co", "o3", "no2")
TEMPERATURE_ZEROS = (435, 500)
REFERENCES = {"20 °C": 20.0, "25 °C": 25.0}
CH2O_UNITS = ("mg/m³", "ppm")

_DATA = struct.Struct(">4HB6H2x")
_PROBE_S = 0.3


def start(options: Options) -> Steps:
    """Check the options and see that the module answers. Nothing is written."""
    _checked(options)
    yield from _read()
    return None


def measure(options: Options) -> Steps:
    """One reading. Raises as `decode`."""
    return decode((yield from _read()), options)


def decode(data: bytes, options: Options) -> Sample:
    """The 23 bytes between header and checksum.

    PM, O3 and NO2 in µg/m³ (the gases at the reference temperature and 101.325 kPa), CO2 and CO in ppm, CH2O in mg/m³,
    temperature in °C, humidity in %, VOC as a grade of 0 to 3. Raises BadInput for an option, MalformedFrame for
    another length.
    """
    if len(data) != _DATA.size:
        raise MalformedFrame(f"{len(data)} bytes where a measurement of a ZPHS01B has {_DATA.size}")
    zero, humidity_offset, ch2o_factor, reference_degc = _checked(options)
    pm1, pm2_5, pm10, co2, voc, temperature, humidity, ch2o, co, o3, no2 = _DATA.unpack(data)
    values = (
        *map(float, (pm1, pm2_5, pm10, co2, voc)),
        (temperature - zero) / 10,
        humidity + humidity_offset,
        ch2o / 1000 * ch2o_factor,
        co / 10,
        o3 * 10 * gas_units.ug_m3_per_ppb("o3", reference_degc),
        no2 * 10 * gas_units.ug_m3_per_ppb("no2", reference_degc),
    )
    return Sample(dict(zip(CHANNELS, values, strict=True)))


def ask() -> Dialogue[Match | None]:
    """A reply of 26 bytes to the question that an MH-Z19 answers with 9."""
    reply = yield winsen.exchange(winsen.READ, REPLY_LENGTH, timeout_s=_PROBE_S, tries=2)
    winsen.payload(reply, winsen.READ, REPLY_LENGTH)
    return Match(
        "winsen_zphs01b", note="Compare its temperature once with a thermometer: sources disagree on its zero."
    )


def _read() -> Dialogue[bytes]:
    reply = yield winsen.exchange(winsen.READ, REPLY_LENGTH)
    return winsen.payload(reply, winsen.READ, REPLY_LENGTH)


def _checked(options: Options) -> tuple[int, float, float, float]:
    zero = options.get("temperature_zero", TEMPERATURE_ZEROS[0])
    if isinstance(zero, bool | str) or zero not in TEMPERATURE_ZEROS:
        raise BadInput("temperature_zero", zero, "435 or 500 is allowed")
    humidity = options.get("humidity_offset", 0)
    if isinstance(humidity, bool | str) or not -20 <= humidity <= 20:
        raise BadInput("humidity_offset", humidity, "-20 to 20 % is allowed")
    unit = options.get("ch2o_unit", CH2O_UNITS[0])
    if unit not in CH2O_UNITS:
        raise BadInput("ch2o_unit", unit, f"one of {', '.join(CH2O_UNITS)} is allowed")
    reference = str(options.get("reference_temperature", "20 °C"))
    if reference not in REFERENCES:
        raise BadInput("reference_temperature", reference, f"one of {', '.join(REFERENCES)} is allowed")
    degc = REFERENCES[reference]
    # µg/m³ per ppb is as many mg/m³ per ppm.
    return int(zero), float(humidity), gas_units.ug_m3_per_ppb("ch2o", degc) if unit == "ppm" else 1.0, degc


DRIVER = PolledDriver(
    name="winsen_zphs01b",
    version="1",
    source="Open drivers of the Winsen ZPHS01B that agree on its 26-byte reply; no document of the maker",
    start=start,
    measure=measure,
    probes=(Probe(22, "Winsen ZPHS01B: read all values", LineSettings(9600), ask),),
    settings=(
        Setting(
            "temperature_zero",
            "Zero of the temperature",
            "choice",
            TEMPERATURE_ZEROS[0],
            choices=TEMPERATURE_ZEROS,
            help="In tenths of a degree. Compare once with a thermometer.",
            risk="Sources disagree: the wrong one shows 6.5 °C too much or too little.",
            alters=("temperature",),
            documented=False,
        ),
        Setting(
            "humidity_offset",
            "Added to the humidity",
            "number",
            0.0,
            unit="%",
            minimum=-20,
            maximum=20,
            help="One source takes 10 % off.",
            risk="Sources disagree: compare once with a hygrometer.",
            alters=("humidity",),
            documented=False,
        ),
        Setting(
            "ch2o_unit",
            "Unit of CH2O on the line",
            "choice",
            CH2O_UNITS[0],
            choices=CH2O_UNITS,
            risk="Sources disagree: thousandths of mg/m³ or of ppm.",
            alters=("ch2o",),
            documented=False,
        ),
        Setting(
            "reference_temperature",
            "Reference temperature of the gases",
            "choice",
            "20 °C",
            choices=tuple(REFERENCES),
            help="20 °C in Europe, 25 °C in the United States, at 101.325 kPa.",
            alters=("no2", "o3", "ch2o"),
        ),
    ),
)
