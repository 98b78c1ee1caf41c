# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Schneider PowerLogic ION7550 and ION7650 over Modbus. Pure: yields requests, never opens a port. Writes nothing.

Source: Schneider, default Modbus map of the ION7550/7650 and of the ION7500/7600/8000 ("legacy"), document
70022-0124-01 with its notes on formats. A site may have changed any part of the map, and the scaling of the current
map is printed nowhere we could read: both are options, held against the mains frequency, the ratio of the voltages,
and the power that voltage and current allow.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame
from edge_daemon.instruments import mains
from edge_daemon.instruments.driver import (
    Dialogue,
    Identity,
    Match,
    Options,
    PolledDriver,
    Probe,
    Sample,
    Setting,
    Steps,
)
from edge_daemon.instruments.modbus_unit import Unit, choice, unit_of, unit_settings
from edge_daemon.instruments.modbus_values import Order, number

DEFAULT_ADDRESS = 100

MAP_NAMES = ("current", "legacy")
ORDERS = ("ABCD", "CDAB")
VOLTAGES = ("line_to_line", "line_to_neutral")
ENERGIES = ("delivered", "received")

LEAST_RATIO, MOST_RATIO = 1.6, 1.85
MOST_VOLTS = 1_000_000
IMPOSSIBLE = (
    "voltages, current and power do not fit each other: the map, its scaling or the word order may have changed"
)
MOST_OVER_VOLT_AMPS = 1.3
_M10K_PART = 9999
_U16_ENDS = (65530, 65535)
_I32_END = 2147483640
_UNMAPPED = 0xFF
NOTHING = b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Map:
    """Wire addresses of one default map. `voltage_kind` and `energy_kind` are the formats of those registers.

    `powers` and `reactives` span the phases and the total, the last of them.
    """

    first: int
    count: int
    current: int
    frequency: int
    line_to_neutral: int
    line_to_line: int
    voltage_kind: str
    powers: int
    reactives: int
    delivered: int
    received: int
    energy_kind: str


MAPS = {
    "current": Map(149, 84, 154, 158, 171, 183, "u32", 197, 207, 229, 231, "i32"),
    "legacy": Map(10, 84, 21, 24, 13, 17, "u16", 26, 34, 90, 92, "m10k"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How the registers are to be read. The counts are raw counts for one V, A, Hz, kW (kVAr) and kWh."""

    map: Map
    order: Order
    voltage: str
    energy: str
    per_volt: float
    per_amp: float
    per_hertz: float
    per_kilowatt: float
    per_kilowatt_hour: float


def start(options: Options) -> Steps:
    """Check map, scaling and word order by known quantities.

    Options: `address`, `framing`, `register_map` current or legacy, `word_order` ABCD or CDAB, `voltage`, `energy`, and
    the `counts_per_…`. Raises BadInput naming the options that fit, NotReady while the mains is off, MalformedFrame
    where nothing fits, or what `Unit.ask` raises.
    """
    unit, reading = unit_of(options, DEFAULT_ADDRESS), _reading(options)
    block = yield from unit.register_bytes(reading.map.first, reading.map.count)
    chosen = _as_option(reading.map)
    found = {chosen: _frequency(block, reading.map, reading.per_hertz)}
    if not mains.is_mains(found[chosen]):
        other = next(each for each in MAPS.values() if each is not reading.map)
        try:
            words = yield from unit.register_bytes(other.frequency, 1)
        except DeviceRefused:
            words = NOTHING
        found[_as_option(other)] = _unsigned(words, reading.per_hertz)
    mains.check(chosen, found)
    _check_order(block, reading)
    return None


def measure(options: Options) -> Steps:
    """One sample: `active_power` in kW, `reactive_power` in kVAr, `voltage` in V, `current` in A (mean of the phases),
    `frequency` in Hz, `energy_total` in kWh, all of one request. A register that the meter does not fill is None.
    """
    unit, reading = unit_of(options, DEFAULT_ADDRESS), _reading(options)
    return decode((yield from unit.register_bytes(reading.map.first, reading.map.count)), reading)


def decode(block: bytes, reading: Reading) -> Sample:
    """A sample from the whole block of the map. Raises MalformedFrame for another length or an impossible M10K."""
    if len(block) != 2 * reading.map.count:
        raise MalformedFrame(f"{len(block)} bytes where the map has {2 * reading.map.count}")
    channels, ends = _values(block, reading)
    return mains.judged(channels, ends, "" if _is_possible(block, reading, reading.order) else IMPOSSIBLE)


def identify(options: Options) -> Dialogue[Identity]:
    """What the meter tells by function 43/14, if anything; its serial number is in no register of the default map."""
    return (yield from unit_of(options, DEFAULT_ADDRESS).identification())


def ask() -> Dialogue[Match | None]:
    """The block with the mains frequency in either default map, at the first of the usual addresses."""
    unit = Unit(DEFAULT_ADDRESS, tries=2)
    for name, each in MAPS.items():
        words = yield from unit.register_bytes(each.frequency, 1)
        if mains.is_mains(_unsigned(words, 10.0)):
            note = f"register_map {name}; compare voltage and power with its display, its scaling can be set at will"
            return Match("schneider_ion7550", certain=False, note=note)
    return None


def _values(block: bytes, reading: Reading) -> tuple[dict[str, float | None], frozenset[str]]:
    each, order = reading.map, reading.order
    volts = each.line_to_line if reading.voltage == "line_to_line" else each.line_to_neutral
    energy = each.delivered if reading.energy == "delivered" else each.received
    raw = {
        "active_power": _total(block, each, each.powers, order),
        "reactive_power": _total(block, each, each.reactives, order),
        "voltage": _voltage(block, each, volts, order),
        "current": _unsigned(_at(block, each, each.current, 1)),
        "frequency": _unsigned(_at(block, each, each.frequency, 1)),
        "energy_total": _energy(_at(block, each, energy, 2), each.energy_kind, order),
    }
    per = {
        "active_power": reading.per_kilowatt,
        "reactive_power": reading.per_kilowatt,
        "voltage": reading.per_volt,
        "current": reading.per_amp,
        "frequency": reading.per_hertz,
        "energy_total": reading.per_kilowatt_hour,
    }
    ends = {name for name in ("active_power", "reactive_power") if _reaches(raw[name], (_I32_END,))}
    ends |= {name for name in ("current", "frequency") if _reaches(raw[name], _U16_ENDS)}
    if each.voltage_kind == "u16" and _reaches(raw["voltage"], _U16_ENDS):
        ends.add("voltage")
    if each.energy_kind == "i32" and _reaches(raw["energy_total"], (_I32_END,)):
        ends.add("energy_total")
    return {name: None if value is None else value / per[name] for name, value in raw.items()}, frozenset(ends)


def _check_order(block: bytes, reading: Reading) -> None:
    """Voltages and powers of two registers tell the word order: in the wrong one they are impossibly large."""
    fits = {order: _is_possible(block, reading, Order(order)) for order in ORDERS}
    if fits[reading.order.value]:
        return
    for order, fit in fits.items():
        if fit:
            raise BadInput("word_order", reading.order.value, f"voltages and power are possible with {order}")
    raise MalformedFrame(
        "in neither word order do voltages, current and power fit each other: another map, or other counts_per_… values"
    )


def _is_possible(block: bytes, reading: Reading, order: Order) -> bool:
    each = reading.map
    neutral = _voltage(block, each, each.line_to_neutral, order)
    line = _voltage(block, each, each.line_to_line, order)
    amps = _unsigned(_at(block, each, each.current, 1), reading.per_amp)
    if line and neutral and not LEAST_RATIO <= line / neutral <= MOST_RATIO:
        return False
    volts = max(line or 0.0, math.sqrt(3) * (neutral or 0.0)) / reading.per_volt
    if volts > MOST_VOLTS:
        return False
    most_kilowatts = MOST_OVER_VOLT_AMPS * math.sqrt(3) * volts * (amps or 0.0) / 1000 + 2 / reading.per_kilowatt
    powers = (_total(block, each, first, order) for first in (each.powers, each.reactives))
    return all(power is None or abs(power) / reading.per_kilowatt <= most_kilowatts for power in powers)


def _at(block: bytes, each: Map, address: int, count: int) -> bytes:
    start_byte = 2 * (address - each.first)
    return block[start_byte : start_byte + 2 * count]


def _frequency(block: bytes, each: Map, per_hertz: float) -> float | None:
    return _unsigned(_at(block, each, each.frequency, 1), per_hertz)


def _unsigned(data: bytes, per_unit: float = 1.0) -> float | None:
    return None if _is_unmapped(data) else number(data, "u16") / per_unit


def _voltage(block: bytes, each: Map, address: int, order: Order) -> float | None:
    if each.voltage_kind == "u16":
        return _unsigned(_at(block, each, address, 1))
    data = _at(block, each, address, 2)
    return None if _is_unmapped(data) else number(data, "u32", order)


def _total(block: bytes, each: Map, first: int, order: Order) -> float | None:
    """The total after the three phases. Unmapped registers read all ones, and so does -1 count: only if the phases
    read so too is the total unmapped.
    """
    data = _at(block, each, first, 8)
    return None if _is_unmapped(data) else number(data[6 * 2 :], "i32", order)


def _energy(data: bytes, kind: str, order: Order) -> float | None:
    if _is_unmapped(data):
        return None
    return m10k(data, order) if kind == "m10k" else number(data, kind, order)


def m10k(data: bytes, order: Order) -> float:
    """Two registers of up to 9999 each that make one number; both carry the sign. Raises MalformedFrame."""
    words = [number(data[:2], "i16"), number(data[2:], "i16")]
    high, low = words if order is Order.ABCD else reversed(words)
    if max(abs(high), abs(low)) > _M10K_PART or high * low < 0:
        raise MalformedFrame(f"{data.hex(' ')} is no number of the M10K format: another map or format is set")
    return high * 10_000 + low


def _is_unmapped(data: bytes) -> bool:
    return all(byte == _UNMAPPED for byte in data)


def _reaches(value: float | None, ends: tuple[int, ...]) -> bool:
    return value is not None and abs(value) >= min(ends)


def _as_option(each: Map) -> mains.Options:
    return (("register_map", next(name for name, known in MAPS.items() if known is each)),)


def _reading(options: Options) -> Reading:
    return Reading(
        MAPS[choice(options, "register_map", MAP_NAMES)],
        Order(choice(options, "word_order", ORDERS)),
        choice(options, "voltage", VOLTAGES),
        choice(options, "energy", ENERGIES),
        *(_counts(options, name, default) for name, (_, default) in COUNTS.items()),
    )


def _counts(options: Options, name: str, default: int) -> float:
    value = options.get(name, default)
    if isinstance(value, bool | str) or not math.isfinite(value) or value <= 0:
        raise BadInput(name, value, "a number above 0 is allowed")
    return float(value)


COUNTS: Mapping[str, tuple[str, int]] = {
    "counts_per_volt": ("Counts for 1 V", 10),
    "counts_per_amp": ("Counts for 1 A", 10),
    "counts_per_hertz": ("Counts for 1 Hz", 10),
    "counts_per_kilowatt": ("Counts for 1 kW or kVAr", 10),
    "counts_per_kilowatt_hour": ("Counts for 1 kWh", 1),
}

SCALED: Mapping[str, tuple[str, ...]] = {
    "counts_per_volt": ("voltage",),
    "counts_per_amp": ("current",),
    "counts_per_hertz": ("frequency",),
    "counts_per_kilowatt": ("active_power", "reactive_power"),
    "counts_per_kilowatt_hour": ("energy_total",),
}
"""The channels that each of them scales."""

SETTINGS = (
    *unit_settings(DEFAULT_ADDRESS),
    Setting(
        "register_map",
        "Modbus map",
        "choice",
        "current",
        choices=MAP_NAMES,
        help="legacy where the meter was set up like an ION7500, ION7600 or ION8000. Checked by the mains frequency.",
    ),
    Setting("word_order", "Word order", "choice", "ABCD", choices=ORDERS, help="Checked by voltages and power."),
    Setting(
        "voltage",
        "Which voltage",
        "choice",
        "line_to_line",
        choices=VOLTAGES,
        help="The mean of all phases.",
        alters=("voltage",),
    ),
    Setting(
        "energy",
        "Which energy",
        "choice",
        "delivered",
        choices=ENERGIES,
        help="Delivered to the load, or received from it, e.g. from a solar plant.",
        risk="The wrong direction counts consumption as generation.",
        alters=("energy_total",),
    ),
    mains.RATED_POWER_SETTING,
    *(
        Setting(
            name,
            label,
            "number",
            default,
            minimum=0.0001,
            maximum=1_000_000,
            help="Compare the value shown here with the meter's own display.",
            risk="A wrong scaling makes every reading of this kind wrong by the same factor.",
            documented=False,
            alters=SCALED[name],
        )
        for name, (label, default) in COUNTS.items()
    ),
)


def steps(options: Options) -> Mapping[str, float]:
    """One count, in the unit of each channel. Raises BadInput naming the option."""
    return {
        channel: 1 / _counts(options, name, default)
        for name, (_, default) in COUNTS.items()
        for channel in SCALED[name]
    }


DRIVER = PolledDriver(
    name="schneider_ion7550",
    version="1",
    source="Schneider Electric, ION7550 and ION7650 default Modbus map, document 70022-0124-01",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(61, "PowerLogic ION7550: read the frequency in either map", LineSettings(9_600), ask),),
    settings=SETTINGS,
    steps=steps,
)
