# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers in Modbus registers: types, and the four orders in which devices send their bytes. Pure.

The standard orders only the two bytes of one register (MODBUS Application Protocol V1.1b3, 4.2); how two or four
registers make one number is each maker's choice. Orders are named by where the bytes A (most significant) to D of a
32-bit number stand on the wire. For 64 bits the same is done over four registers.
"""

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from edge_daemon.domain.faults import BadInput, MalformedFrame


class Order(StrEnum):
    """Byte and word order of a number of more than one register."""

    ABCD = "ABCD"
    CDAB = "CDAB"
    BADC = "BADC"
    DCBA = "DCBA"


_FORMATS = {
    "u16": ">H",
    "i16": ">h",
    "u32": ">I",
    "i32": ">i",
    "u64": ">Q",
    "i64": ">q",
    "f32": ">f",
    "f64": ">d",
}
TYPES = tuple(_FORMATS)

_SCALES = (1.0, 0.1, 0.01, 0.001, 1e-4, 10.0, 100.0, 1000.0)

_LEAST_ORDINARY = 1e-6
_MOST_ORDINARY = 1e12


def words_of(kind: str) -> int:
    """How many registers a number of this type (one of TYPES) takes."""
    return struct.calcsize(_FORMATS[kind]) // 2


def arranged(data: bytes, order: Order) -> bytes:
    """Registers as received, with their bytes put into ABCD order. One register knows only AB and BA."""
    pairs = [data[at : at + 2] for at in range(0, len(data), 2)]
    if order in {Order.BADC, Order.DCBA}:
        pairs = [pair[::-1] for pair in pairs]
    if order in {Order.CDAB, Order.DCBA}:
        pairs.reverse()
    return b"".join(pairs)


def number(data: bytes, kind: str, order: Order = Order.ABCD) -> float:
    """The number of this type in its registers' bytes; may be infinite or not a number for the floating types.

    Raises MalformedFrame where `data` is not as long as the type.
    """
    try:
        (value,) = struct.unpack(_FORMATS[kind], arranged(data, order))
    except struct.error as error:
        raise MalformedFrame(f"{len(data)} bytes where a {kind} has {2 * words_of(kind)}") from error
    return float(value)


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What registers mean in one order. `value` is None where they are no number in it."""

    order: Order
    value: float | None
    plausible: bool


def interpretations(
    words: Sequence[int], kind: str, expected: tuple[float, float] | None = None
) -> tuple[Interpretation, ...]:
    """All four readings of the same registers, so that a person can tell which is right.

    `words` are registers of a quantity of known size, e.g. the mains frequency; `expected` its least and greatest
    plausible value. Without it any number of ordinary size is plausible. Raises BadInput.
    """
    if kind not in _FORMATS:
        raise BadInput("type", kind, f"one of {', '.join(TYPES)} is allowed")
    if len(words) != words_of(kind) or not all(0 <= word <= 0xFFFF for word in words):
        raise BadInput("words", list(words), f"{words_of(kind)} registers of 0 to 65535 are needed for a {kind}")
    data = struct.pack(f">{len(words)}H", *words)
    return tuple(_interpreted(data, kind, order, expected) for order in Order)


def _interpreted(data: bytes, kind: str, order: Order, expected: tuple[float, float] | None) -> Interpretation:
    value = number(data, kind, order)
    if not math.isfinite(value):
        return Interpretation(order, None, plausible=False)
    if expected is not None:
        return Interpretation(order, value, expected[0] <= value <= expected[1])
    return Interpretation(order, value, value == 0 or _LEAST_ORDINARY <= abs(value) <= _MOST_ORDINARY)


@dataclass(frozen=True, slots=True)
class Reading:
    """What registers mean as one type in one order. `value` is None where that is no number.

    `fits`: it is the known quantity, once multiplied by `scale`, a power of ten.
    """

    kind: str
    order: Order
    value: float | None
    plausible: bool
    fits: bool = False
    scale: float = 1.0


def every_reading(words: Sequence[int], known: float | None = None, tolerance: float = 0.02) -> tuple[Reading, ...]:
    """The first registers of `words` as every type that has room in them, in every order that makes a difference.

    `known` is the quantity as somebody else shows it, `tolerance` how far from it a fitting value may be, as a share.
    Those that fit come first, then what is plausible. Raises BadInput for no registers or such as there are none.
    """
    if not words:
        raise BadInput("words", list(words), "at least one register is needed")
    found: dict[tuple[str, float | None], Reading] = {}
    for kind in (kind for kind in TYPES if words_of(kind) <= len(words)):
        for one in interpretations(words[: words_of(kind)], kind):
            scale = None if known is None or one.value is None else _fitting_scale(one.value, known, tolerance)
            told = Reading(kind, one.order, one.value, one.plausible, scale is not None, scale or 1.0)
            found.setdefault((kind, one.value), told)
    return tuple(
        sorted(found.values(), key=lambda told: (not told.fits, told.fits and told.scale != 1, not told.plausible))
    )


def _fitting_scale(value: float, known: float, tolerance: float) -> float | None:
    """The power of ten nearest to 1 that makes `value` the known quantity; None where none does."""
    return next((scale for scale in _SCALES if abs(value * scale - known) <= abs(known) * tolerance), None)
