# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How what a dendrometer tells becomes movement of a stem, by options that the drivers of dendrometers share. Pure.

Conversions as in `dendrometer`. What is not entered is not guessed: without span or sensitivity the raw value is
recorded and the movement is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import dendrometer
from edge_daemon.instruments.driver import Options, Setting

TOLD = frozenset({"raw", "full", "temperature"})
"""What a device may tell."""

KINDS = ("ratio", "voltage", "mm")
DIMENSIONS = ("circumference", "diameter", "radius")
COMPENSATIONS = ("none", "band", "rod")
DIRECTIONS = {"gap closes": 1, "gap opens": -1}

_OPTIONS = (
    "kind",
    "span_mm",
    "full_scale",
    "sensitivity_v_per_mm",
    "zero_v",
    "gain",
    "dimension",
    "compensation",
    "reference_temperature",
    "expansion_ppm_per_k",
    "band_length_mm",
    "direction",
    "rod_um_per_k",
)


@dataclass(frozen=True, slots=True)
class Method:
    """How a line becomes movement, worked out of the options once."""

    kind: str
    span_mm: float
    full_scale: float
    sensitivity: float
    zero_v: float
    gain: float
    dimension: str
    compensation: str
    reference_degc: float
    per_kelvin: float
    band_mm: float
    sign: int
    rod_um_per_k: float


def method_of(options: Options) -> Method:
    """How these options turn what is told into movement. Raises BadInput."""
    return _method(*map(options.get, _OPTIONS))


def channels_of(method: Method, told: Mapping[str, float | None]) -> tuple[dict[str, float | None], str]:
    """`raw` as told, `full` (ratio only), `temperature` in °C, and in mm `movement`, `compensated` and `diameter`.

    What cannot be known is None and the text says why; it is empty where all is known. `told` has `raw`, `full` and
    `temperature`, as far as the device tells them; where it never tells `full`, the counts at full travel that were
    entered hold.
    """
    raw, temperature = told.get("raw"), told.get("temperature")
    full = told.get("full", method.full_scale or None)
    moved, why = _movement(method, raw, full)
    compensated = None if moved is None else _compensated(method, moved, temperature)
    if moved is not None and compensated is None:
        why = "not compensated: no temperature"
    channels: dict[str, float | None] = {
        "raw": raw,
        "temperature": temperature,
        "movement": moved,
        "compensated": compensated,
        "diameter": None if compensated is None else _diameter(method, compensated),
    }
    if method.kind == "ratio":
        channels["full"] = full
    return channels, why


def factors(options: Options) -> Mapping[str, float]:
    """What a millimetre of `compensated` makes of the other channels in mm: a calibration of it holds for them too.

    The compensation is added to the movement and scales nothing. Raises BadInput.
    """
    return {"movement": 1.0, "diameter": _diameter(method_of(options), 1.0)}


def _movement(method: Method, raw: float | None, full: float | None) -> tuple[float | None, str]:
    if raw is None:
        return None, "no raw value"
    if method.kind == "mm":
        return method.gain * raw, ""
    if method.kind == "voltage":
        if not method.sensitivity:
            return None, "the sensitivity is not entered"
        return method.gain * dendrometer.from_voltage(raw, method.zero_v, method.sensitivity), ""
    if not method.span_mm:
        return None, "the span is not entered"
    if full is None:
        return None, "no full-scale value"
    moved = dendrometer.from_ratio(raw, full, method.span_mm)
    return (None, "out of its travel") if moved is None else (method.gain * moved, "")


def _compensated(method: Method, moved: float, temperature: float | None) -> float | None:
    if method.compensation == "none":
        return moved
    if temperature is None:
        return None
    if method.compensation == "rod":
        return dendrometer.rod_compensated(moved, method.rod_um_per_k, temperature, method.reference_degc)
    return dendrometer.band_compensated(
        moved, method.band_mm, method.per_kelvin, temperature, method.reference_degc, method.sign
    )


def _diameter(method: Method, moved: float) -> float:
    if method.dimension == "circumference":
        return dendrometer.diameter_from_circumference(moved)
    return dendrometer.diameter_from_radius(moved) if method.dimension == "radius" else moved


@lru_cache(maxsize=64, typed=True)
def _method(*values: OptionValue | None) -> Method:
    """The options' values, in the order of `_OPTIONS`. Raises BadInput."""
    given = {name: value for name, value in zip(_OPTIONS, values, strict=True) if value is not None}
    method = Method(
        kind=_choice(given, "kind"),
        span_mm=_number(given, "span_mm"),
        full_scale=_number(given, "full_scale"),
        sensitivity=_number(given, "sensitivity_v_per_mm"),
        zero_v=_number(given, "zero_v"),
        gain=_number(given, "gain"),
        dimension=_choice(given, "dimension"),
        compensation=_choice(given, "compensation"),
        reference_degc=_number(given, "reference_temperature"),
        per_kelvin=_number(given, "expansion_ppm_per_k") * 1e-6,
        band_mm=_number(given, "band_length_mm"),
        sign=DIRECTIONS[_choice(given, "direction")],
        rod_um_per_k=_number(given, "rod_um_per_k"),
    )
    if method.gain == 0:
        raise BadInput("gain", 0, "a number other than 0 is needed; 1 where the device moves as the tree does")
    if method.compensation == "band" and not (method.per_kelvin and method.band_mm):
        raise BadInput("compensation", "band", "the band's expansion and length are needed with it")
    if method.compensation == "band" and method.dimension != "circumference":
        raise BadInput("compensation", "band", "it belongs to a circumference; choose rod or none")
    if method.compensation == "rod" and not method.rod_um_per_k:
        raise BadInput("compensation", "rod", "the unit's own change with temperature, in µm/K, is needed with it")
    return method


def _choice(given: Mapping[str, OptionValue], name: str) -> str:
    setting = _DECLARED[name]
    value = given.get(name, setting.default)
    if value not in setting.choices:
        raise BadInput(name, value, f"one of {', '.join(map(str, setting.choices))} is allowed")
    return str(value)


def _number(given: Mapping[str, OptionValue], name: str) -> float:
    setting = _DECLARED[name]
    value = given.get(name, setting.default)
    low, high = setting.minimum or 0.0, setting.maximum or 0.0
    if isinstance(value, bool | str) or not low <= value <= high:
        raise BadInput(name, value, f"a number from {low:g} to {high:g} is allowed")
    return float(value)


def _measure(
    name: str, label: str, default: float, span: tuple[float, float], unit: str, told: str, risk: str = ""
) -> Setting:
    return Setting(name, label, "number", default, unit=unit, minimum=span[0], maximum=span[1], help=told, risk=risk)


_SCALE_RISK = "A wrong value scales every movement of the stem."
_OFFSET_RISK = "A wrong value turns the day's warmth into growth, or growth into warmth."

SETTINGS = (
    Setting(
        "kind",
        "What the controller prints",
        "choice",
        "mm",
        choices=KINDS,
        help="ratio: counts of a potentiometer; voltage: volts of a transducer; mm: a movement already computed.",
        risk=_SCALE_RISK,
    ),
    _measure("span_mm", "Travel", 0.0, (0, 1000), "mm", "Ratio: the whole travel of the potentiometer.", _SCALE_RISK),
    _measure(
        "full_scale",
        "Counts at full travel",
        0.0,
        (0, 1e9),
        "",
        "Ratio: 0 where the controller prints the excitation as a field `full`, which is better: drift cancels.",
        _SCALE_RISK,
    ),
    _measure(
        "sensitivity_v_per_mm",
        "Sensitivity",
        0.0,
        (-1000, 1000),
        "V/mm",
        "Voltage: from the certificate, with the excitation it was made at.",
        _SCALE_RISK,
    ),
    _measure("zero_v", "Voltage at zero", 0.0, (-1000, 1000), "V", "Voltage: from the certificate."),
    _measure(
        "gain",
        "Tree's movement over the sensor's",
        1.0,
        (-1000, 1000),
        "",
        "1 for most; 2 for a device whose 25.4 mm of travel are 50.8 mm of circumference.",
        _SCALE_RISK,
    ),
    Setting(
        "dimension",
        "What moves",
        "choice",
        "radius",
        choices=DIMENSIONS,
        help="The diameter of a radius is an estimate: one side is measured and the other taken to do the same.",
        risk="A wrong choice puts the diameter wrong by a factor of 2 or π.",
    ),
    Setting(
        "compensation",
        "Temperature compensation",
        "choice",
        "none",
        choices=COMPENSATIONS,
        help="The movement without it is recorded too.",
        risk=_OFFSET_RISK,
    ),
    _measure(
        "reference_temperature",
        "Reference temperature",
        20.0,
        (-40, 60),
        "°C",
        "Where no correction is made.",
        _OFFSET_RISK,
    ),
    _measure(
        "expansion_ppm_per_k",
        "Expansion of the band",
        0.0,
        (0, 200),
        "10⁻⁶/K",
        "Invar 1.2, band wire up to 1.4, steel 11.7 (316: 16.0, 304: 17.3), aluminium 23, PET about 60.",
        _OFFSET_RISK,
    ),
    _measure("band_length_mm", "Length of the band", 0.0, (0, 20_000), "mm", "Around the stem.", _OFFSET_RISK),
    Setting(
        "direction",
        "As the tree grows",
        "choice",
        "gap closes",
        choices=tuple(DIRECTIONS),
        help="How the band's ends move; it decides the sign of the compensation.",
        risk=_OFFSET_RISK,
    ),
    _measure(
        "rod_um_per_k",
        "Own change with temperature",
        0.0,
        (-1000, 1000),
        "µm/K",
        "Found by a day on a dead bar: the slope of the reading over temperature.",
        _OFFSET_RISK,
    ),
)

_DECLARED = {setting.name: setting for setting in SETTINGS}
