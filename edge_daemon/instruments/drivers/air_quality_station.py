# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An air-quality station with a controller of its own: PM2.5, PM10, NO2, SO2 and O3 by text lines. Pure.

Source: JSON lines, CSV and Arduino Serial Plotter lines as the controller prints them; the conversion of gases by the
ideal gas law. The unit of each gas on the line is stated by an option, never guessed.
"""

from collections.abc import Mapping
from functools import lru_cache

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import gas_units, line_fields
from edge_daemon.instruments.driver import Listening, Match, Options, Sample, Setting, StreamDriver
from edge_daemon.instruments.line_listening import Subject, heard
from edge_daemon.instruments.text_lines import LineFramer

FIELDS = "pm2_5=pm2_5, pm10=pm10, no2=no2, so2=so2, o3=o3"
CHANNELS = ("pm2_5", "pm10", "no2", "so2", "o3")
GASES = {"no2": "NO₂", "so2": "SO₂", "o3": "O₃"}
PPB_PER_UNIT = {"ppb": 1.0, "ppm": 1000.0}
MASS = "µg/m³"
UNITS = (MASS, *PPB_PER_UNIT)
REFERENCES = {"20 °C": 20.0, "25 °C": 25.0}
LISTEN_S = 5.0

_ALLOWED = frozenset(CHANNELS)


def decode(frame: bytes, options: Options) -> Sample:
    """One line as all five channels in µg/m³, gases at the reference temperature; None for what the line lacks.

    Raises BadInput for an option, ChecksumMismatch or MalformedFrame for the line.
    """
    line = line_fields.read_line(frame, options, _ALLOWED, FIELDS)
    get = options.get
    factors = _factors(
        get("reference_temperature", "20 °C"),
        get("pressure_kpa", gas_units.STANDARD_KPA),
        get("no2_unit", MASS),
        get("so2_unit", MASS),
        get("o3_unit", MASS),
    )
    channels: dict[str, float | None] = {}
    for name in CHANNELS:
        value = line.channels.get(name)
        channels[name] = None if value is None else value * factors.get(name, 1.0)
    return Sample(channels, status=line.status)


def recognise(data: bytes) -> Match | None:
    """Lines in which particles and at least one gas have names of ours."""
    found = heard(data)
    if found is None or found.subject is not Subject.AIR_QUALITY:
        return None
    note = f"Fields {', '.join(found.names)}: ask whoever wrote the controller's program for the unit of each gas."
    return Match("air_quality_station", certain=False, note=note)


@lru_cache(maxsize=64, typed=True)
def _factors(reference: OptionValue, pressure: OptionValue, *units: OptionValue) -> Mapping[str, float]:
    if reference not in REFERENCES:
        raise BadInput("reference_temperature", reference, f"one of {', '.join(REFERENCES)} is allowed")
    if isinstance(pressure, bool | str) or not 50 <= pressure <= 110:
        raise BadInput("pressure_kpa", pressure, "50 to 110 kPa is allowed")
    degc = REFERENCES[str(reference)]
    return {gas: _factor(gas, unit, degc, pressure) for gas, unit in zip(GASES, units, strict=True)}


def _factor(gas: str, unit: object, temperature_degc: float, pressure_kpa: float) -> float:
    if unit == MASS:
        return 1.0
    ppb = PPB_PER_UNIT.get(str(unit))
    if ppb is None:
        raise BadInput(f"{gas}_unit", unit, f"one of {', '.join(UNITS)} is allowed")
    return ppb * gas_units.ug_m3_per_ppb(gas, temperature_degc, pressure_kpa)


def _unit(gas: str, label: str) -> Setting:
    return Setting(
        f"{gas}_unit",
        f"Unit of {label} on the line",
        "choice",
        MASS,
        choices=UNITS,
        help="What the controller prints. Shares (ppb, ppm) are converted at the reference temperature and pressure.",
        risk="A wrong unit puts every value of this gas wrong.",
        alters=(gas,),
    )


DRIVER = StreamDriver(
    name="air_quality_station",
    version="1",
    source="Lines of the station's own controller (JSON lines, CSV, Arduino Serial Plotter); ideal gas law",
    framer=LineFramer,
    decode=decode,
    idle_s=line_fields.IDLE_S,
    silent_after_s=line_fields.SILENT_AFTER_S,
    listening=(Listening("Air quality in text lines", LineSettings(115_200), LISTEN_S, recognise),),
    settings=(
        *(_unit(gas, label) for gas, label in GASES.items()),
        Setting(
            "reference_temperature",
            "Reference temperature of the gases",
            "choice",
            "20 °C",
            choices=tuple(REFERENCES),
            help="20 °C in Europe, 25 °C in the United States. It matters only for gases printed in ppb or ppm.",
        ),
        Setting(
            "pressure_kpa",
            "Reference pressure of the gases",
            "number",
            gas_units.STANDARD_KPA,
            unit="kPa",
            minimum=50,
            maximum=110,
        ),
        *line_fields.settings(FIELDS),
    ),
)
