# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Alphasense NO2-B43F on an ISB: electrode voltages by lines from an ADC, computed to NO2 here. Pure.

Source: Alphasense, AAN 803-05 (corrections) and ISB user manual (OP1 = working, OP2 = auxiliary electrode). Without the
certificate's values the voltages are recorded and NO2 is missing: another cell's values would give a wrong number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import aan803, gas_units, line_fields
from edge_daemon.instruments.driver import Listening, Match, Options, Sample, Setting, StreamDriver
from edge_daemon.instruments.line_listening import Subject, heard
from edge_daemon.instruments.text_lines import LineFramer

FIELDS = "we_mv=we_mv, ae_mv=ae_mv, temperature=temp_c"
CHANNELS = ("we_mv", "ae_mv", "temperature")
MEASURED = "measured"
REFERENCES = {"20 °C": 20.0, "25 °C": 25.0, MEASURED: None}
HOTTEST_DEGC = 40.0
LISTEN_S = 5.0

_ALLOWED = frozenset(CHANNELS)
_OPTIONS = (
    "we_electronic_zero_mv",
    "ae_electronic_zero_mv",
    "we_sensor_zero_mv",
    "ae_sensor_zero_mv",
    "sensitivity_mv_per_ppb",
    "algorithm",
    "reference_temperature",
    "pressure_kpa",
)


@dataclass(frozen=True, slots=True)
class _Method:
    """How voltages become NO2, worked out of the options once."""

    certificate: aan803.Certificate | None
    algorithm: int
    reference_degc: float | None
    pressure_kpa: float


def decode(frame: bytes, options: Options) -> Sample:
    """One line as `no2` in µg/m³, `no2_ppb`, `we_mv`, `ae_mv` and `temperature` in °C.

    NO2 is None while a certificate value or a field is missing; the status then says which. Raises BadInput for an
    option, ChecksumMismatch or MalformedFrame for the line.
    """
    line = line_fields.read_line(frame, options, _ALLOWED, FIELDS)
    get = line.channels.get
    we, ae, temperature = get("we_mv"), get("ae_mv"), get("temperature")
    raw = {"we_mv": we, "ae_mv": ae, "temperature": temperature}
    method = _method(*map(options.get, _OPTIONS))
    if method.certificate is None:
        return _voltages(raw, "the certificate's values are not entered", line.status)
    if we is None or ae is None or temperature is None:
        return _voltages(raw, f"no {', '.join(name for name in CHANNELS if raw[name] is None)}", line.status)
    if temperature <= -gas_units.ZERO_DEGC_K:
        return _voltages(raw, "an impossible temperature", line.status)
    share = aan803.ppb(method.algorithm, method.certificate, we, ae, temperature)
    at_degc = temperature if method.reference_degc is None else method.reference_degc
    mass = share * gas_units.ug_m3_per_ppb("no2", at_degc, method.pressure_kpa)
    doubt = _doubt(method.algorithm, temperature)
    if not doubt:
        return Sample({"no2": mass, "no2_ppb": share, **raw}, status=line.status)
    suspect = {"no2": Flag.SUSPECT, "no2_ppb": Flag.SUSPECT}
    return Sample({"no2": mass, "no2_ppb": share, **raw}, suspect, _joined(doubt, line.status))


def factors(options: Options) -> Mapping[str, float]:
    """The ppb of one µg/m³. None is told where the mass is reckoned at the measured temperature. Raises BadInput."""
    method = _method(*map(options.get, _OPTIONS))
    if method.reference_degc is None:
        return {}
    return {"no2_ppb": 1.0 / gas_units.ug_m3_per_ppb("no2", method.reference_degc, method.pressure_kpa)}


def _voltages(raw: dict[str, float | None], why: str, status: str) -> Sample:
    return Sample({"no2": None, "no2_ppb": None, **raw}, status=_joined(f"no NO2: {why}", status))


def recognise(data: bytes) -> Match | None:
    """Lines with the two electrodes' voltages."""
    found = heard(data)
    if found is None or found.subject is not Subject.ELECTRODES:
        return None
    note = "Electrode voltages come from a controller; which cell is behind it, only its label tells."
    return Match("alphasense_no2_b43f", certain=False, note=note)


def _doubt(algorithm: int, temperature_degc: float) -> str:
    if algorithm == 4:
        return "algorithm 4 is not recommended for this cell"
    return f"above {HOTTEST_DEGC:g} °C" if temperature_degc > HOTTEST_DEGC else ""


def _joined(ours: str, theirs: str) -> str:
    return ours if theirs == "ok" else f"{ours}; {theirs}"


@lru_cache(maxsize=64, typed=True)
def _method(
    we_electronic: OptionValue | None,
    ae_electronic: OptionValue | None,
    we_sensor: OptionValue | None,
    ae_sensor: OptionValue | None,
    sensitivity: OptionValue | None,
    algorithm: OptionValue | None,
    reference: OptionValue | None,
    pressure: OptionValue | None,
) -> _Method:
    """The options' values, in the order of `_OPTIONS`. Raises BadInput."""
    chosen = 1 if algorithm is None else algorithm
    if isinstance(chosen, bool | str) or chosen not in aan803.ALGORITHMS:
        raise BadInput("algorithm", chosen, "1, 2, 3 or 4 is allowed")
    named = "20 °C" if reference is None else reference
    if named not in REFERENCES:
        raise BadInput("reference_temperature", named, f"one of {', '.join(REFERENCES)} is allowed")
    kpa = _number("pressure_kpa", gas_units.STANDARD_KPA if pressure is None else pressure, 50, 110)
    we, ae = _number(_OPTIONS[0], we_electronic or 0, 0, 2000), _number(_OPTIONS[1], ae_electronic or 0, 0, 2000)
    we_o, ae_o = _number(_OPTIONS[2], we_sensor or 0, -200, 200), _number(_OPTIONS[3], ae_sensor or 0, -200, 200)
    s = _number(_OPTIONS[4], sensitivity or 0, 0, 10)
    # Algorithms 3 and 4 take the cell's own zeros off: without them the number would be wrong and look right.
    entered = we and ae and s and (chosen in {1, 2} or we_o or ae_o)
    certificate = aan803.Certificate(we, ae, we_o, ae_o, s) if entered else None
    if chosen == 2 and certificate is not None and ae_o == 0:
        raise BadInput("algorithm", 2, "algorithm 2 needs an auxiliary sensor zero other than 0; choose 1")
    return _Method(certificate, int(chosen), REFERENCES[str(named)], kpa)


def _number(name: str, value: OptionValue, minimum: float, maximum: float) -> float:
    if isinstance(value, bool | str) or not minimum <= value <= maximum:
        raise BadInput(name, value, f"a number from {minimum:g} to {maximum:g} is allowed")
    return float(value)


def _label(name: str, label: str, minimum: float, maximum: float, unit: str = "mV") -> Setting:
    return Setting(
        name,
        label,
        "number",
        0.0,
        unit=unit,
        minimum=minimum,
        maximum=maximum,
        help="From the certificate delivered with the cell and its board.",
        risk="Another cell's value gives a wrong NO2 without a trace.",
    )


DRIVER = StreamDriver(
    name="alphasense_no2_b43f",
    version="1",
    source="Alphasense, AAN 803-05, corrections for background currents; ISB user manual",
    framer=LineFramer,
    decode=decode,
    idle_s=line_fields.IDLE_S,
    silent_after_s=line_fields.SILENT_AFTER_S,
    listening=(Listening("Electrode voltages in text lines", LineSettings(115_200), LISTEN_S, recognise),),
    settings=(
        _label("we_electronic_zero_mv", "Electronic zero, working electrode", 0, 2000),
        _label("ae_electronic_zero_mv", "Electronic zero, auxiliary electrode", 0, 2000),
        _label("we_sensor_zero_mv", "Sensor zero, working electrode", -200, 200),
        _label("ae_sensor_zero_mv", "Sensor zero, auxiliary electrode", -200, 200),
        _label("sensitivity_mv_per_ppb", "Sensitivity (magnitude)", 0, 10, "mV/ppb"),
        Setting(
            "algorithm",
            "Correction of AAN 803",
            "choice",
            1,
            choices=aan803.ALGORITHMS,
            help="1 is recommended for this cell, then 3. On the same data they differ by tens of ppb.",
            risk="Readings of different algorithms cannot be compared. Sources disagree on the factors of algorithm 4.",
        ),
        Setting(
            "reference_temperature",
            "Reference temperature of µg/m³",
            "choice",
            "20 °C",
            choices=tuple(REFERENCES),
            help="20 °C in Europe, 25 °C in the United States; measured: as the air is.",
        ),
        Setting(
            "pressure_kpa",
            "Reference pressure of µg/m³",
            "number",
            gas_units.STANDARD_KPA,
            unit="kPa",
            minimum=50,
            maximum=110,
        ),
        *line_fields.settings(FIELDS),
    ),
    factors=factors,
)
