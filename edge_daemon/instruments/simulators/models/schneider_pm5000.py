# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated PowerLogic PM5330 at a solar plant, over RTU or TCP. Pure.

Source: Schneider Electric, public register list of the PM5000 family (numbers from 1).
"""

import math
from collections.abc import Mapping

from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.modbus_line import ILLEGAL_ADDRESS, ModbusLine, Refusal, placed, words
from edge_daemon.instruments.simulators.sun import Plant

MODEL_CODE = 15273
SERIAL = 2_024_117_083
NAME = "Solar plant east"
UNAVAILABLE = 0x8000


class Pm5000:
    """The registers that the family's list prints, sent one below their number.

    Args:
        low_word_first: sends the low word of every number first, as some gateways do.
    """

    model = "schneider_pm5000"

    def __init__(self, seed: int, now: float, *, address: int = 1, low_word_first: bool = False) -> None:
        self.address = address
        self._plant = Plant(seed, now)
        self._low_word_first = low_word_first

    def power_up(self, now: float) -> None:
        """The counters are kept, and have counted what was generated meanwhile by others' power."""

    def most_registers(self) -> int:
        """As the standard."""
        return 125

    def write(self, register: int, value: int, now: float) -> None:  # noqa: ARG002 - refuses whatever comes
        """Nothing can be written here."""
        raise Refusal(ILLEGAL_ADDRESS)

    def registers(self, now: float) -> Mapping[int, int]:
        """The map at this time; unused slots say "not available"."""
        mains = self._plant.at(now)
        apparent = math.hypot(mains.active_kw, mains.reactive_kvar)
        neutral_v = mains.line_to_line_v / math.sqrt(3.0)
        floats = {
            **dict.fromkeys((3000, 3002, 3004, 3010), mains.current_a),
            **dict.fromkeys((3020, 3022, 3024, 3026), mains.line_to_line_v),
            **dict.fromkeys((3028, 3030, 3032, 3036), neutral_v),
            **dict.fromkeys((3054, 3056, 3058), mains.active_kw / 3.0),
            **dict.fromkeys((3062, 3064, 3066), mains.reactive_kvar / 3.0),
            **dict.fromkeys((3070, 3072, 3074), apparent / 3.0),
            3060: mains.active_kw,
            3068: mains.reactive_kvar,
            3076: apparent,
            3110: mains.frequency_hz,
            2700: mains.delivered_kwh,
            2702: mains.received_kwh,
        }
        counters = {3204: mains.delivered_kwh * 1000.0, 3208: mains.received_kwh * 1000.0}
        found = dict.fromkeys((*range(2699, 2703), *range(2999, 3120), *range(3203, 3243)), UNAVAILABLE)
        for number, value in floats.items():
            found.update(placed(number - 1, self._ordered(words("f", value))))
        for number, value in counters.items():
            found.update(placed(number - 1, self._ordered(words("q", value))))
        found.update(placed(29, _text(NAME, 20)))
        found.update(placed(89, (MODEL_CODE,)))
        found.update(placed(129, words("I", SERIAL)))
        return found

    def _ordered(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        return numbers[::-1] if self._low_word_first else numbers


def _text(text: str, count: int) -> tuple[int, ...]:
    data = text.encode("utf-8").ljust(2 * count, b"\0")
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, 2 * count, 2))


def _make(seed: int, now: float, _warm_up_s: float | None) -> ModbusLine:
    return ModbusLine([Pm5000(seed, now)])


def _make_tcp(seed: int, now: float, _warm_up_s: float | None) -> ModbusLine:
    return ModbusLine([Pm5000(seed, now)], tcp=True)


SIMULATED: Mapping[str, Maker] = {"pm5000": _make, "pm5000_tcp": _make_tcp}
