# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated PowerLogic ION7550 at a solar plant, with its current or its legacy map. Pure.

Source: Schneider Electric, ION7550 and ION7650 default Modbus map, document 70022-0124-01 (numbers from 40001).
"""

import math
from collections.abc import Mapping

from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.modbus_line import ILLEGAL_ADDRESS, ModbusLine, Refusal, placed, words
from edge_daemon.instruments.simulators.sun import Mains, Plant

ADDRESS = 100
UNMAPPED = 0xFFFF
BASE = 40001


class Ion7550:
    """Both default maps, of which one is loaded. Registers between the mapped ones read all ones."""

    model = "schneider_ion7550"

    def __init__(self, seed: int, now: float, *, legacy: bool = False, address: int = ADDRESS) -> None:
        self.address = address
        self._plant = Plant(seed, now, delivered_kwh=12_345_678.0)
        self._legacy = legacy

    def power_up(self, now: float) -> None:
        """Nothing is forgotten."""

    def most_registers(self) -> int:
        """As the standard."""
        return 125

    def write(self, register: int, value: int, now: float) -> None:  # noqa: ARG002 - refuses whatever comes
        """Nothing can be written here."""
        raise Refusal(ILLEGAL_ADDRESS)

    def registers(self, now: float) -> Mapping[int, int]:
        """The loaded map at this time."""
        mains = self._plant.at(now)
        numbered = _legacy(mains) if self._legacy else _current(mains)
        found = dict.fromkeys(range(266), UNMAPPED)
        for number, content in numbered.items():
            found.update(placed(number - BASE, content))
        return found


def _current(mains: Mains) -> dict[int, tuple[int, ...]]:
    amps, hertz = words("H", mains.current_a * 10), words("H", mains.frequency_hz * 10)
    line, neutral = words("I", mains.line_to_line_v * 10), words("I", mains.line_to_line_v / math.sqrt(3) * 10)
    return {
        **dict.fromkeys((40150, 40151, 40152, 40155, 40156, 40157, 40158), amps),
        **dict.fromkeys((40159, 40160, 40161, 40162), hertz),
        **dict.fromkeys((40166, 40168, 40170, 40172), neutral),
        **dict.fromkeys((40178, 40180, 40182, 40184), line),
        **_powers(40198, mains),
        40230: words("i", mains.delivered_kwh),
        40232: words("i", mains.received_kwh),
    }


def _legacy(mains: Mains) -> dict[int, tuple[int, ...]]:
    amps, hertz = words("H", mains.current_a * 10), words("H", mains.frequency_hz * 10)
    line, neutral = words("H", mains.line_to_line_v * 10), words("H", mains.line_to_line_v / math.sqrt(3) * 10)
    return {
        **dict.fromkeys(range(40011, 40015), neutral),
        **dict.fromkeys(range(40015, 40019), line),
        **dict.fromkeys(range(40019, 40023), amps),
        40023: (2,),
        40024: (9,),
        40025: hertz,
        **_powers(40027, mains, together=True),
        40091: _m10k(mains.delivered_kwh),
        40093: _m10k(mains.received_kwh),
    }


def _powers(first: int, mains: Mains, *, together: bool = False) -> dict[int, tuple[int, ...]]:
    """Active and reactive power of the phases and in total, the blocks next to each other or with a maximum between."""
    apart = 8 if together else 10
    found = {}
    for start, total in ((first, mains.active_kw), (first + apart, mains.reactive_kvar)):
        found.update({start + 2 * phase: words("i", total / 3 * 10) for phase in range(3)})
        found[start + 6] = words("i", total * 10)
    return found


def _m10k(value: float) -> tuple[int, ...]:
    high, low = divmod(round(value), 10_000)
    return high, low


def _make(seed: int, now: float, _warm_up_s: float | None) -> ModbusLine:
    return ModbusLine([Ion7550(seed, now)])


SIMULATED: Mapping[str, Maker] = {"ion7550": _make}
