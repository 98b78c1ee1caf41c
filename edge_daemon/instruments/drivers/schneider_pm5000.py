# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Schneider PowerLogic PM5000 family over Modbus. Pure: yields requests, never opens a port. Writes nothing.

Sources: Schneider's public register list of the family (numbers from 1, so the wire address is one less); captured
registers of a PM5330 in SolarNetwork's node software (PM5100DataTests). Where a firmware counts differently, the
option `register_shift` says so; the mains frequency tells which is right.
"""

import math

from edge_daemon.domain.connection import LineSettings, Parity
from edge_daemon.domain.faults import BadInput, DeviceRefused
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
from edge_daemon.instruments.modbus_unit import whole as whole_option
from edge_daemon.instruments.modbus_values import Order, number

DEFAULT_ADDRESS = 1

NAME, NAME_WORDS = 29, 20
MODEL_CODE = 89
SERIAL = 129
BLOCK, BLOCK_WORDS = 3009, 102
FREQUENCY = 3109
PHASES = 3019
MOST_KILOWATT_HOURS = 1e11
DELIVERED, RECEIVED = 3203, 3207

_CURRENT = 3009
_VOLTAGES = {"line_to_line": 3025, "line_to_neutral": 3035}
_ACTIVE = 3059
_REACTIVE = 3067
_ENERGIES = {"delivered": DELIVERED, "received": RECEIVED}
_ORDERS = ("ABCD", "CDAB")
_SHIFTS = (0, 1)
_Way = tuple[int, Order]
_USUAL: _Way = (0, Order.ABCD)
_ALIKE: tuple[_Way, _Way] = ((0, Order.CDAB), (1, Order.ABCD))

MODELS = {15270: "PM5110", 15272: "PM5310", 15273: "PM5330", 15276: "PM5340", 15244: "PM5350"}

_NO_FLOAT = bytes.fromhex("80008000")
_NO_COUNT = (bytes.fromhex("8000800080008000"), bytes.fromhex("8000000000000000"), b"\xff" * 8)


def start(options: Options) -> Steps:
    """Check map and word order by the mains frequency.

    Options: `address`, `framing`, `word_order` ABCD or CDAB, `register_shift` 0 or 1, `voltage` line_to_line or
    line_to_neutral, `energy` delivered or received. Raises BadInput naming the right options, NotReady while the mains
    is off, MalformedFrame where no order fits, or what `Unit.ask` raises.
    """
    unit, order, shift = _reading(options)
    _choices(options)
    found = yield from _frequencies(unit)
    mains.check(_as_options(shift, order), {_as_options(*way): frequency for way, frequency in found.items()})
    return None


def measure(options: Options) -> Steps:
    """One sample: `active_power` in kW, `reactive_power` in kVAr, `voltage` in V, `current` in A (mean of the phases),
    `frequency` in Hz, `energy_total` in kWh. All but the energy are of one request. A value that the meter marks as not
    available is None.
    """
    unit, order, shift = _reading(options)
    voltage, energy = _choices(options)
    block = yield from unit.register_bytes(BLOCK + shift, BLOCK_WORDS)
    counted = yield from unit.register_bytes(energy + shift, 4)
    return decode(block, counted, order, voltage)


def decode(block: bytes, counted: bytes, order: Order, voltage: int) -> Sample:
    """A sample from registers 3009 to 3110 and the four of one energy. `voltage` is its wire address."""

    def at(address: int) -> float | None:
        start_byte = 2 * (address - BLOCK)
        return real(block[start_byte : start_byte + 4], order)

    return mains.judged(
        {
            "active_power": at(_ACTIVE),
            "reactive_power": at(_REACTIVE),
            "voltage": at(voltage),
            "current": at(_CURRENT),
            "frequency": at(FREQUENCY),
            "energy_total": kilowatt_hours(counted, order),
        }
    )


def real(data: bytes, order: Order) -> float | None:
    """A 32-bit float; None for either form of "not available". Raises MalformedFrame for other than four bytes."""
    value = number(data, "f32", order)
    return None if data == _NO_FLOAT or not math.isfinite(value) else value


def kilowatt_hours(data: bytes, order: Order) -> float | None:
    """A 64-bit count of Wh in kWh; None where not available. Raises MalformedFrame for other than eight bytes."""
    count = number(data, "i64", order)
    return None if data in _NO_COUNT else count / 1000


def identify(options: Options) -> Dialogue[Identity]:
    """Serial number, and as details the name given to the meter and its model; firmware where it tells it (43/14)."""
    unit, _, shift = _reading(options)
    return (yield from _identity(unit, shift))


def ask() -> Dialogue[Match | None]:
    """The mains frequency, then the model code, at the address these meters leave the factory with."""
    unit = Unit(DEFAULT_ADDRESS, tries=2)
    found = yield from _frequencies(unit)
    shift, order = next((way for way, frequency in found.items() if mains.is_mains(frequency)), _USUAL)
    (code,) = yield from unit.registers(MODEL_CODE + shift, 1)
    on = mains.is_mains(found[shift, order])
    if not on and code not in MODELS:
        return None
    identity = yield from _identity(unit, shift)
    note = "" if on else "it sees no mains now"
    if (shift, order) != _USUAL:
        note = f"set register_shift {shift} and word_order {order}"
    return Match("schneider_pm5000", certain=code in MODELS, identity=identity, note=note)


def _frequencies(unit: Unit) -> Dialogue[dict[_Way, float | None]]:
    """What the mains frequency reads in every way there is, None where it cannot be."""
    found: dict[_Way, float | None] = {(shift, Order(order)): None for shift in _SHIFTS for order in _ORDERS}
    for shift in _SHIFTS:
        data = yield from _held(unit, FREQUENCY + shift, 2)
        found.update({(shift, Order(order)): real(data, Order(order)) for order in _ORDERS})
        if mains.is_mains(found[_USUAL]):
            return found
    if all(mains.is_mains(found[way]) for way in _ALIKE):
        # Both find the high word where it is and differ in the low one: a frequency alone cannot tell them apart.
        first, second = _ALIKE
        doubts = (yield from _doubt(unit, first)), (yield from _doubt(unit, second))
        found[second if doubts[0] < doubts[1] else first] = None
    return found


def _doubt(unit: Unit, way: _Way) -> Dialogue[tuple[bool, float, bool]]:
    """How far this way of reading is from sense: an energy beyond all meters, phases that do not make their mean."""
    shift, order = way
    energy = kilowatt_hours((yield from _held(unit, DELIVERED + shift, 4)), order)
    volts = yield from _held(unit, PHASES + shift, 8)
    *phases, mean = (real(volts[at : at + 4], order) for at in range(0, 16, 4))
    known = [phase for phase in phases if phase is not None]
    off = abs(sum(known) / 3 - mean) / abs(mean) if mean and len(known) == len(phases) else 0.0
    return not 0 <= (energy or 0.0) < MOST_KILOWATT_HOURS, off, order is not Order.ABCD


def _held(unit: Unit, first: int, count: int) -> Dialogue[bytes]:
    """Registers, as "not available" where the meter has none there."""
    try:
        return (yield from unit.register_bytes(first, count))
    except DeviceRefused:
        return _NO_FLOAT * (count // 2)


def _identity(unit: Unit, shift: int) -> Dialogue[Identity]:
    name = yield from unit.register_bytes(NAME + shift, NAME_WORDS)
    (code,) = yield from unit.registers(MODEL_CODE + shift, 1)
    serial = yield from unit.registers(SERIAL + shift, 2)
    more = yield from unit.identification()
    text = name.partition(b"\0")[0].decode("utf-8", "replace").strip()
    details = {**more.details, "model": MODELS.get(code, f"code {code}"), "name": text}
    return Identity(str(serial[0] << 16 | serial[1]), more.firmware, details)


def _reading(options: Options) -> tuple[Unit, Order, int]:
    shift = whole_option(options, "register_shift", 0)
    if shift not in _SHIFTS:
        raise BadInput("register_shift", shift, "0 or 1 is allowed")
    return unit_of(options, DEFAULT_ADDRESS), Order(choice(options, "word_order", _ORDERS)), shift


def _choices(options: Options) -> tuple[int, int]:
    voltage = choice(options, "voltage", tuple(_VOLTAGES))
    return _VOLTAGES[voltage], _ENERGIES[choice(options, "energy", tuple(_ENERGIES))]


def _as_options(shift: int, order: Order) -> mains.Options:
    return ("register_shift", shift), ("word_order", order.value)


SETTINGS = (
    *unit_settings(DEFAULT_ADDRESS),
    Setting("word_order", "Word order", "choice", "ABCD", choices=_ORDERS, help="Checked by the mains frequency."),
    Setting(
        "register_shift",
        "Shift of the register numbers",
        "choice",
        0,
        choices=_SHIFTS,
        help="0 where the printed numbers count from 1, 1 where they are sent as printed. Checked the same way.",
    ),
    Setting(
        "voltage",
        "Which voltage",
        "choice",
        "line_to_line",
        choices=tuple(_VOLTAGES),
        help="The mean of all phases.",
        alters=("voltage",),
    ),
    Setting(
        "energy",
        "Which energy",
        "choice",
        "delivered",
        choices=tuple(_ENERGIES),
        help="Delivered to the load, or received from it, e.g. from a solar plant.",
        risk="The wrong direction counts consumption as generation.",
        alters=("energy_total",),
    ),
    mains.RATED_POWER_SETTING,
)

DRIVER = PolledDriver(
    name="schneider_pm5000",
    version="1",
    source="Schneider Electric, public register list of the PM5000 family; SolarNetwork node software, PM5100DataTests",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(60, "PowerLogic PM5000: read model code and frequency", LineSettings(19_200, 8, Parity.EVEN), ask),),
    settings=SETTINGS,
)
