# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A user's register map in TOML, read field by field, and what it makes of registers. Pure.

    address_base = 40001          # the number the maker prints for the first register; 0 where it prints wire addresses
    function = 3                  # 1 coils, 2 discrete inputs, 3 holding registers, 4 input registers
    order = "ABCD"                # or CDAB, BADC, DCBA
    most_registers = 125          # the longest read the device allows
    most_gap = 8                  # registers between two points that are read along rather than asked for apart

    [[points]]
    channel = "temperature"       # the catalogue's channel
    address = 40011
    type = "i16"                  # u16 i16 u32 i32 u64 i64 f32 f64, or bit with functions 1 and 2
    scale = 0.1                   # value = raw × scale + offset
    offset = 0.0
    unit = "°C"
    not_available = ["8000"]      # registers that mean "no value", as on the wire

    [serial]                      # optional: where the serial number stands
    address = 40100
    type = "string"               # or one of the whole numbers
    words = 8                     # of a string

`function` and `order` may also stand in a point and in `[serial]`. What is not there has the value shown, apart from
`address`, `channel`, `type` and `unit`, which each point needs; the default of `address_base` is 0, of `scale` 1, of
`not_available` none. Limits: MODBUS Application Protocol V1.1b3, 6.
"""

import math
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.modbus_pdu import BIT_READS, MOST_BITS, MOST_REGISTERS, REGISTER_READS
from edge_daemon.instruments.modbus_values import TYPES, Order, arranged, number, words_of

BIT = "bit"
STRING = "string"
LONGEST_TEXT = 65_536
MOST_POINTS = 200
HIGHEST_REGISTER = 0xFFFF
LONGEST_STRING_WORDS = 64

_CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,63}")
_HEX = re.compile(r"(?:0x)?([0-9A-Fa-f]{4}(?:[ _]?[0-9A-Fa-f]{4}){0,3})")
_WHOLE_TYPES = tuple(kind for kind in TYPES if not kind.startswith("f"))


@dataclass(frozen=True, slots=True)
class Point:
    """One number in the registers, at its wire address. `missing` are raw registers that mean "no value"."""

    channel: str
    function: int
    address: int
    kind: str
    order: Order
    scale: float
    offset: float
    unit: str
    missing: frozenset[bytes]

    @property
    def count(self) -> int:
        """How many registers, or bits, it takes."""
        return 1 if self.kind == BIT else words_of(self.kind)

    def value(self, data: bytes) -> float | None:
        """What its registers say; None for "no value" and for what is no finite number."""
        if data in self.missing:
            return None
        value = number(data, self.kind, self.order) * self.scale + self.offset
        return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class SerialPoint:
    """Where the device's serial number stands."""

    function: int
    address: int
    kind: str
    order: Order
    count: int

    def text(self, data: bytes) -> str:
        """The serial number in these registers."""
        if self.kind != STRING:
            return f"{number(data, self.kind, self.order):.0f}"
        plain = arranged(data, Order.BADC) if self.order in {Order.BADC, Order.DCBA} else data
        text = plain.partition(b"\0")[0].decode("ascii", "replace")
        return "".join(character for character in text if character.isprintable()).strip()


@dataclass(frozen=True, slots=True)
class Group:
    """Points read by one request: `count` registers or bits from wire address `first` on."""

    function: int
    first: int
    count: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """The whole map: the requests to send, and the serial number's place if it has one."""

    groups: tuple[Group, ...]
    serial: SerialPoint | None

    @property
    def points(self) -> tuple[Point, ...]:
        """All points, in the order in which they are read."""
        return tuple(point for group in self.groups for point in group.points)


@dataclass(frozen=True, slots=True)
class _Defaults:
    base: int
    function: int
    order: Order


def register_map(text: str) -> RegisterMap:
    """The map in this TOML text. Raises BadInput naming the field, its value and what is allowed."""
    if len(text) > LONGEST_TEXT:
        raise BadInput("profile", f"{len(text)} characters", f"at most {LONGEST_TEXT} are allowed")
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput("profile", str(error), "a register map in TOML is needed") from error
    fields = _Fields("profile: ", content)
    most_registers = fields.whole("most_registers", 1, MOST_REGISTERS, MOST_REGISTERS)
    most_gap = fields.whole("most_gap", 0, MOST_REGISTERS, 8)
    defaults = _Defaults(
        fields.whole("address_base", 0, 500_000, 0), fields.whole("function", 1, 4, 3), Order(fields.order("ABCD"))
    )
    points = [_point(each, defaults, most_registers) for each in fields.tables("points")]
    serial = _serial(fields.table("serial"), defaults, most_registers) if fields.has("serial") else None
    fields.nothing_left()
    names = [point.channel for point in points]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput("profile: points", twice[0], "each channel may occur once")
    return RegisterMap(grouped(points, most_registers, most_gap), serial)


def grouped(points: Collection[Point], most_registers: int, most_gap: int) -> tuple[Group, ...]:
    """Points put together into as few requests as the limits allow; no number is ever split between two."""
    groups: list[Group] = []
    for point in sorted(points, key=lambda point: (point.function, point.address)):
        most = MOST_BITS if point.kind == BIT else most_registers
        last = groups[-1] if groups else None
        end = point.address + point.count
        if (
            last is None
            or last.function != point.function
            or point.address - (last.first + last.count) > most_gap
            or end - last.first > most
        ):
            groups.append(Group(point.function, point.address, point.count, (point,)))
        else:
            count = max(last.count, end - last.first)
            groups[-1] = Group(last.function, last.first, count, (*last.points, point))
    return tuple(groups)


def _point(fields: "_Fields", defaults: _Defaults, most_registers: int) -> Point:
    function = fields.whole("function", 1, 4, defaults.function)
    kind = fields.choice("type", (BIT,) if function in BIT_READS else TYPES)
    channel = fields.text("channel")
    if _CHANNEL.fullmatch(channel) is None:
        raise fields.bad("channel", channel, "small letters, digits and underscores, a letter first, are allowed")
    point = Point(
        channel,
        function,
        _address(fields, defaults),
        kind,
        Order(fields.order(defaults.order)),
        fields.number("scale", 1.0),
        fields.number("offset", 0.0),
        fields.text("unit"),
        frozenset(),
    )
    if point.scale == 0:
        raise fields.bad("scale", point.scale, "a number other than 0 is needed")
    return _fitting(fields, point, most_registers)


def _fitting(fields: "_Fields", point: Point, most_registers: int) -> Point:
    """The point with its markers of "no value", once it is known to fit into registers and requests."""
    if point.kind != BIT and point.count > most_registers:
        raise fields.bad("type", point.kind, f"a type of at most {most_registers} registers (most_registers) is needed")
    if point.address + point.count - 1 > HIGHEST_REGISTER:
        raise fields.bad("address", point.address, f"it ends beyond register {HIGHEST_REGISTER}")
    missing = frozenset(_marker(fields, text, point) for text in fields.texts("not_available"))
    fields.nothing_left()
    return replace(point, missing=missing)


def _marker(fields: "_Fields", text: str, point: Point) -> bytes:
    match = _HEX.fullmatch(text.strip())
    data = bytes.fromhex(match[1].replace("_", "").replace(" ", "")) if match else b""
    if point.kind == BIT or len(data) != 2 * point.count:
        raise fields.bad("not_available", text, f"{4 * point.count} hexadecimal digits, as on the wire, are needed")
    return data


def _serial(fields: "_Fields", defaults: _Defaults, most_registers: int) -> SerialPoint:
    function = fields.whole("function", 1, 4, defaults.function)
    if function not in REGISTER_READS:
        raise fields.bad("function", function, "3 or 4 is allowed; give it here if the points are bits")
    kind = fields.choice("type", (STRING, *_WHOLE_TYPES))
    longest = min(LONGEST_STRING_WORDS, most_registers)
    count = fields.whole("words", 1, longest, 8) if kind == STRING else words_of(kind)
    serial = SerialPoint(function, _address(fields, defaults), kind, Order(fields.order(defaults.order)), count)
    if serial.address + count - 1 > HIGHEST_REGISTER:
        raise fields.bad("address", serial.address, f"it ends beyond register {HIGHEST_REGISTER}")
    fields.nothing_left()
    return serial


def _address(fields: "_Fields", defaults: _Defaults) -> int:
    return fields.whole("address", defaults.base, defaults.base + HIGHEST_REGISTER) - defaults.base


class _Fields:
    """A table of the map whose fields are taken one by one; what is left over was misspelt."""

    def __init__(self, place: str, content: Mapping[str, object]) -> None:
        self._place = place
        self._left = dict(content)

    def has(self, name: str) -> bool:
        return name in self._left

    def whole(self, name: str, lowest: int, highest: int, default: int | None = None) -> int:
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            raise self.bad(name, value, f"a whole number from {lowest} to {highest} is needed")
        return value

    def number(self, name: str, default: float) -> float:
        value = self._left.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e300:
            raise self.bad(name, value, "a finite number is needed")
        return float(value)

    def text(self, name: str) -> str:
        value = self._left.pop(name, None)
        if not isinstance(value, str) or not value.strip():
            raise self.bad(name, value, "a text is needed")
        return value

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self._left.pop(name, None)
        if value not in allowed:
            raise self.bad(name, value, f"one of {', '.join(allowed)} is needed")
        return str(value)

    def order(self, default: str) -> str:
        self._left.setdefault("order", str(default))
        return self.choice("order", tuple(Order))

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.bad(name, value, "a list of texts is needed")
        return tuple(value)

    def table(self, name: str) -> "_Fields":
        value = self._left.pop(name)
        if not isinstance(value, dict):
            raise self.bad(name, value, "a table is needed")
        return _Fields(f"{self._place}{name}.", value)

    def tables(self, name: str) -> list["_Fields"]:
        value = self._left.pop(name, None)
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_POINTS:
            raise self.bad(name, value, f"1 to {MOST_POINTS} tables [[{name}]] are needed")
        if not all(isinstance(item, dict) for item in value):
            raise self.bad(name, value, f"tables [[{name}]] are needed")
        return [_Fields(f"{self._place}{name}[{place}].", item) for place, item in enumerate(value)]

    def nothing_left(self) -> None:
        for name, value in self._left.items():
            raise self.bad(name, value, "a register map has no such field")

    def bad(self, name: str, value: object, allowed: str) -> BadInput:
        return BadInput(f"{self._place}{name}", value, allowed)
