# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The parameters of a YSI EXO sonde: their codes, and the channels they become. Pure.

Sources: two independent open drivers of the sonde's adapters, which agree (codes and units); they hold on the Modbus,
SDI-12 and RS-232 side alike. A sonde sends only the parameters that it is set to, in its own order, so a value means
nothing without the list.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Sample

MOST_PARAMETERS = 32
HIGHEST_CODE = 0xFFFF

METRES_PER_FOOT = 0.3048
KPA_PER_PSI = 6.894757


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a code stands for, in the sonde's unit, and the channel it becomes, "" where none is recorded."""

    title: str
    unit: str
    channel: str = ""
    converted: Callable[[float], float] = float


def _times(factor: float) -> Callable[[float], float]:
    return lambda value: value * factor


PARAMETERS: Mapping[int, Parameter] = {
    1: Parameter("Temperature", "°C", "temperature"),
    2: Parameter("Temperature", "°F", "temperature", lambda value: (value - 32) / 1.8),
    3: Parameter("Temperature", "K", "temperature", lambda value: value - 273.15),
    4: Parameter("Conductivity", "mS/cm", "conductivity", _times(1000)),
    5: Parameter("Conductivity", "µS/cm", "conductivity"),
    6: Parameter("Specific conductance", "mS/cm", "specific_conductance", _times(1000)),
    7: Parameter("Specific conductance", "µS/cm", "specific_conductance"),
    10: Parameter("Total dissolved solids", "g/L", "dissolved_solids", _times(1000)),
    12: Parameter("Salinity", "PSU", "salinity"),
    17: Parameter("pH electrode", "mV", "ph_voltage"),
    18: Parameter("pH", "pH", "ph"),
    19: Parameter("Redox potential", "mV", "redox_potential"),
    20: Parameter("Pressure, absolute", "psi", "pressure_absolute", _times(KPA_PER_PSI)),
    21: Parameter("Pressure, gauge", "psi", "pressure_gauge", _times(KPA_PER_PSI)),
    22: Parameter("Depth", "m", "depth"),
    23: Parameter("Depth", "ft", "depth", _times(METRES_PER_FOOT)),
    28: Parameter("Battery", "V", "battery_voltage"),
    37: Parameter("Turbidity", "NTU"),
    47: Parameter("Ammonia", "mg/L"),
    48: Parameter("Ammonium", "mg/L", "ammonium"),
    51: Parameter("Date", "DDMMYY"),
    52: Parameter("Date", "MMDDYY"),
    53: Parameter("Date", "YYMMDD"),
    54: Parameter("Time", "HHMMSS"),
    95: Parameter("Total dissolved solids", "kg/L", "dissolved_solids", _times(1e6)),
    101: Parameter("Nitrate electrode", "mV"),
    106: Parameter("Nitrate", "mg/L", "nitrate"),
    108: Parameter("Ammonium electrode", "mV"),
    110: Parameter("Total dissolved solids", "mg/L", "dissolved_solids"),
    112: Parameter("Chloride", "mg/L", "chloride"),
    145: Parameter("Chloride electrode", "mV"),
    190: Parameter("Total suspended solids", "mg/L", "suspended_solids"),
    191: Parameter("Total suspended solids", "g/L", "suspended_solids", _times(1000)),
    193: Parameter("Chlorophyll", "µg/L", "chlorophyll"),
    194: Parameter("Chlorophyll", "RFU"),
    201: Parameter("PAR channel 1", "µmol/(s m²)"),
    202: Parameter("PAR channel 2", "µmol/(s m²)"),
    204: Parameter("Rhodamine", "µg/L"),
    211: Parameter("Dissolved oxygen", "% saturation", "dissolved_oxygen_saturation"),
    212: Parameter("Dissolved oxygen", "mg/L", "dissolved_oxygen"),
    214: Parameter("Dissolved oxygen", "% local", "dissolved_oxygen_local"),
    215: Parameter("Phycocyanin", "cells/mL"),
    216: Parameter("Phycocyanin", "RFU"),
    217: Parameter("Phycoerythrin", "cells/mL"),
    218: Parameter("Phycoerythrin", "RFU"),
    223: Parameter("Turbidity", "FNU", "turbidity"),
    224: Parameter("Turbidity", "raw"),
    225: Parameter("Phycocyanin", "µg/L", "phycocyanin"),
    226: Parameter("Phycoerythrin", "µg/L"),
    227: Parameter("fDOM", "RFU"),
    228: Parameter("fDOM", "QSU", "fdom"),
    229: Parameter("Wiper position", "V", "wiper_position"),
    230: Parameter("External power", "V", "external_voltage"),
    231: Parameter("Phycocyanin", "raw"),
    232: Parameter("Phycoerythrin", "raw"),
    233: Parameter("fDOM", "raw"),
    234: Parameter("Chlorophyll", "raw"),
    235: Parameter("Potassium electrode", "mV"),
    236: Parameter("Potassium", "mg/L"),
    237: Parameter("nLF conductivity", "mS/cm"),
    238: Parameter("nLF conductivity", "µS/cm"),
    239: Parameter("Wiper peak current", "mA"),
    240: Parameter("Vertical position", "m"),
    241: Parameter("Vertical position", "ft"),
    242: Parameter("Chlorophyll", "cells/mL"),
}

CLOCK_CODES = frozenset({51, 52, 53, 54})
CHANNELS = tuple(dict.fromkeys(one.channel for one in PARAMETERS.values() if one.channel))

_LIST = re.compile(r"[0-9]{1,5}(?:[ ,]+[0-9]{1,5})*")


def codes_of(name: str, value: OptionValue | None) -> tuple[int, ...]:
    """A list of codes as a person or a sonde writes it, e.g. `1 7 18 212 223`. Raises BadInput naming `name`."""
    text = value.strip() if isinstance(value, str) else ""
    if not _LIST.fullmatch(text):
        raise BadInput(name, value, "codes of parameters with spaces between are needed, e.g. 1 7 18 212 223")
    codes = tuple(int(code) for code in re.split(r"[ ,]+", text))
    if len(codes) > MOST_PARAMETERS or not all(0 < code <= HIGHEST_CODE for code in codes):
        raise BadInput(name, value, f"at most {MOST_PARAMETERS} codes of 1 to {HIGHEST_CODE} are allowed")
    if len(set(codes)) != len(codes):
        raise BadInput(name, value, "each code may occur once")
    return codes


def listed(codes: Sequence[int]) -> str:
    """Codes as `codes_of` reads them."""
    return " ".join(map(str, codes))


def described(codes: Sequence[int]) -> str:
    """What codes stand for, for a person."""
    return ", ".join(_title(code) for code in codes)


def sample_of(codes: Sequence[int], values: Sequence[float | None], *words: str, doubted: bool = False) -> Sample:
    """The sample from a sonde's values in the order of its codes; None is a value that it does not have just now.

    Every channel of the catalogue is there, None where the sonde is not set to it. Where two codes mean one channel the
    first counts. What a sonde sends beyond the channels is named in the status, as are `words`. With `doubted` every
    value is suspect. Raises MalformedFrame where there are not as many values as codes.
    """
    if len(codes) != len(values):
        raise MalformedFrame(f"{len(values)} values for {len(codes)} parameters: {listed(codes)}")
    channels: dict[str, float | None] = dict.fromkeys(CHANNELS)
    taken: set[str] = set()
    unrecorded: list[int] = []
    for code, value in zip(codes, values, strict=True):
        parameter = PARAMETERS.get(code)
        if parameter is None or not parameter.channel:
            unrecorded += [] if code in CLOCK_CODES else [code]
        elif parameter.channel not in taken:
            taken.add(parameter.channel)
            channels[parameter.channel] = None if value is None else _finite(parameter.converted(value))
    said = [f"not recorded: {described(unrecorded)}"] if unrecorded else []
    said += [word for word in words if word]
    flags = {name: Flag.SUSPECT for name, value in channels.items() if value is not None} if doubted else {}
    return Sample(channels, flags, "; ".join(said) or "ok")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _title(code: int) -> str:
    parameter = PARAMETERS.get(code)
    return f"{parameter.title} in {parameter.unit} ({code})" if parameter else f"a parameter with unknown code {code}"
