# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a Davis Vantage console can be told to do: its clock, its lamp, its offsets. Pure: opens no port.

Source: Davis Instruments, Vantage Pro serial communication reference, revisions 2.3 to 2.6.1 (EEPROM map, GETTIME,
SETTIME, BAR=, RXCHECK). Offsets alter the calibration, so only a calibration procedure may run those actions.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import davis_console as console
from edge_daemon.instruments.davis_packets import HPA_PER_INHG
from edge_daemon.instruments.driver import Action, Dialogue, Options, Setting

OFFSETS, OFFSETS_BYTES = 0x32, 29
ELEVATION = 0x0F
CLOCK_BYTES = 6
LONGEST_ANSWER_MIN = 2

BARDATA_LINES = 9
_NUMBERED = re.compile(r"(\S(?:.*\S)?) +(-?[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Offset:
    """One offset that the console adds to what a sensor measures, in its memory as counts of `step` units.

    With `complement` the next byte holds its one's complement, and both are written together.
    """

    name: str
    label: str
    unit: str
    address: int
    kind: str
    step: float
    limit: float
    complement: bool = False

    def held(self, memory: bytes) -> int:
        """The counts in the 29 bytes of the offsets."""
        (counts,) = struct.unpack_from(self.kind, memory, self.address - OFFSETS)
        return int(counts)

    def stored(self, counts: int) -> bytes:
        """The bytes to write."""
        data = struct.pack(self.kind, counts)
        return data + bytes([data[0] ^ 0xFF]) if self.complement else data


TENTH_F = 1 / 18
"""A tenth of a degree Fahrenheit as a difference in °C."""

ALL_OFFSETS = (
    Offset("inside_temperature_offset", "Inside temperature", "°C", 0x32, "b", TENTH_F, 7.0, complement=True),
    Offset("temperature_offset", "Outside temperature", "°C", 0x34, "b", TENTH_F, 7.0),
    Offset("inside_humidity_offset", "Inside humidity", "%", 0x44, "b", 1.0, 100.0),
    Offset("humidity_offset", "Outside humidity", "%", 0x45, "b", 1.0, 100.0),
    Offset("wind_direction_offset", "Wind direction", "°", 0x4D, "<h", 1.0, 359.0),
)


def read_offsets() -> Dialogue[bytes]:
    """The bytes of all offsets. Raises DeviceRefused where the console's own check of them fails."""
    memory = yield from console.read_memory(OFFSETS, OFFSETS_BYTES)
    if memory[0] ^ memory[1] != 0xFF:
        raise DeviceRefused(f"the console's calibration memory is damaged: {memory[:2].hex(' ')} are no complements")
    return memory


def described(memory: bytes) -> dict[str, str]:
    """The offsets that are not zero, in words, by their label."""
    found = {offset: offset.held(memory) for offset in ALL_OFFSETS}
    return {
        f"{offset.label} offset": f"{counts * offset.step:+.2f} {offset.unit}"
        for offset, counts in found.items()
        if counts
    }


def _correct(offset: Offset, _options: Options, argument: OptionValue | None) -> Dialogue[str]:
    correction = _number(argument)
    memory = yield from read_offsets()
    old = offset.held(memory)
    new = old + round(correction / offset.step)
    lowest, highest = (-359, 359) if offset.kind == "<h" else (-128, 127) if offset.step != 1.0 else (-100, 100)
    if not lowest <= new <= highest:
        most = f"{lowest * offset.step:.1f} to {highest * offset.step:.1f} {offset.unit}"
        raise BadInput("correction", argument, f"the offset of the console can only be {most} in all")
    if new != old:
        yield from console.write_memory(offset.address, offset.stored(new))
    was, now = old * offset.step, new * offset.step
    return f"The offset was {was:+.2f} {offset.unit} and is {now:+.2f} {offset.unit}."


def _set_barometer(_options: Options, argument: OptionValue | None) -> Dialogue[str]:
    reference_hpa = _number(argument)
    (elevation_ft,) = struct.unpack("<h", (yield from console.read_memory(ELEVATION, 2)))
    thousandths = round(reference_hpa / HPA_PER_INHG * 1000)
    yield from console.text(f"BAR={thousandths} {elevation_ft}")
    return f"The console took {thousandths / 1000:.3f} inHg as sea-level pressure, at {elevation_ft} ft."


def barometer(lines: tuple[str, ...]) -> dict[str, float]:
    """The lines of BARDATA by their names: BAR, R and BARCAL in inHg, C in °F or without unit, others as printed.

    Raises MalformedFrame.
    """
    found: dict[str, float] = {}
    for line in lines:
        match = _NUMBERED.fullmatch(line)
        if match is None:
            raise MalformedFrame(f"no line of barometer data: {line!r}")
        name, number = match.groups()
        found[name] = int(number) / {"BAR": 1000, "R": 1000, "BARCAL": 1000, "C": 10}.get(name, 1)
    return found


def read_clock() -> Dialogue[datetime]:
    """The console's date and local time. Raises MalformedFrame for a date that does not exist."""
    second, minute, hour, day, month, year = yield from console.checked("GETTIME", CLOCK_BYTES)
    try:
        return datetime(1900 + year, month, day, hour, minute, second)  # noqa: DTZ001 - the console knows no zone
    except ValueError as error:
        raise MalformedFrame(f"the console's clock holds no date: {year} {month} {day} {hour} {minute}") from error


def clock_bytes(when: datetime) -> bytes:
    """A local date and time as SETTIME sends it."""
    return bytes([when.second, when.minute, when.hour, when.day, when.month, when.year - 1900])


def _set_clock(_options: Options, argument: OptionValue | None) -> Dialogue[str]:
    try:
        when = datetime.fromisoformat(str(argument))
    except ValueError as error:
        raise BadInput("time", argument, "a date and time such as 2026-03-29T14:05:30 is needed") from error
    if not 2000 <= when.year <= 2155 or when.tzinfo is not None:
        raise BadInput("time", argument, "the station's local time is needed, without a zone")
    yield from console.send("SETTIME", clock_bytes(when))
    shown = yield from read_clock()
    if abs((shown - when).total_seconds()) > 60 * LONGEST_ANSWER_MIN:
        raise DeviceRefused(f"the console's clock reads {shown.isoformat()} after {when.isoformat()} was written")
    return f"The console's clock reads {shown.isoformat()}."


def _switch_lamp(_options: Options, argument: OptionValue | None) -> Dialogue[str]:
    yield from console.text(f"LAMPS {int(argument is True)}")
    return f"The console's lamp is {'on' if argument is True else 'off'}."


def _check_reception(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    (line,) = yield from console.text("RXCHECK", 1)
    numbers = line.split()
    if len(numbers) != 5 or not all(number.isdecimal() for number in numbers):
        raise MalformedFrame(f"no five counters: {line!r}")
    received, missed, resynchronised, longest, damaged = numbers
    return (
        f"Since midnight {received} packets came, {missed} were missed, {damaged} were damaged; the receiver lost the "
        f"station {resynchronised} times and heard at most {longest} packets in a row."
    )


def _number(argument: OptionValue | None) -> float:
    if argument is None or isinstance(argument, bool | str):
        raise BadInput("argument", argument, "a number is needed")
    return float(argument)


def _offset_action(offset: Offset) -> Action:
    run: Callable[[Options, OptionValue | None], Dialogue[str]] = partial(_correct, offset)
    return Action(
        offset.name,
        f"{offset.label}: change the offset in the console",
        run,
        risk="All later values of the console move by the correction. The old offset is told and can be restored.",
        argument=Setting(
            "correction",
            "Reference minus what the console shows",
            "number",
            0.0,
            unit=offset.unit,
            minimum=-2 * offset.limit,
            maximum=2 * offset.limit,
        ),
        calibrates=True,
    )


ACTIONS = (
    Action(
        "set_clock",
        "Set the console's clock",
        _set_clock,
        risk="Rain since midnight begins anew at the console's midnight, and its archive is dated by this clock.",
        argument=Setting("time", "Local date and time", "text", "", help="For example 2026-03-29T14:05:30."),
    ),
    Action(
        "lamp",
        "Switch the console's lamp",
        _switch_lamp,
        risk="Left on, the lamp empties the batteries.",
        argument=Setting("on", "Lamp on", "switch", False),
    ),
    Action("reception", "Ask how well the console hears its station", _check_reception, risk="None: it only tells."),
    *(_offset_action(offset) for offset in ALL_OFFSETS),
    Action(
        "barometer",
        "Set the barometer to a reference",
        _set_barometer,
        risk="All later pressures of the console move. The elevation in the console must be right.",
        argument=Setting(
            "pressure", "Sea-level pressure now", "number", 1013.25, unit="hPa", minimum=677.3, maximum=1100.5
        ),
        calibrates=True,
    ),
)
