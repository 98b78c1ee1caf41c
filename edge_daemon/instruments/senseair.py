# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""SenseAir's Modbus registers and RAM read, shared by its sensors. Pure: yields requests, never opens a port.

Sources: SenseAir, Modbus on Senseair S8 (TDE2067), register tables and examples; SenseAir sample code for K-series
sensors (RAM read, function 0x44).
"""

import struct

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceRefused, MalformedFrame, ReadsOtherwise
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus
from edge_daemon.instruments.driver import (
    TOLD_COMMANDS,
    TOLD_SELF_CALIBRATION,
    Action,
    Dialogue,
    Exchange,
    Identity,
    Options,
    Pause,
    Setting,
)

ANY_ADDRESS = 0xFE
REPLY_S = 0.5

STATUS = 0x0000
TYPE, FIRMWARE = 0x0019, 0x001C
ACKNOWLEDGEMENT = 0x0000
COMMAND = 0x0001
SELF_CALIBRATION_PERIOD = 0x001F
DEFAULT_PERIOD_H = 180
LONGEST_PERIOD_H = 4800

BACKGROUND, BACKGROUND_DONE = 0x7C06, 0x0020
ZERO, ZERO_DONE = 0x7C07, 0x0040
_ACKNOWLEDGED = {BACKGROUND_DONE: "background_calibration", ZERO_DONE: "zero_calibration"}
LAMP_CYCLES_S = 10.0

READ_RAM = 0x44

OUT_OF_RANGE = 0x20
_STATUS_BITS = {
    0x01: "fatal error",
    0x02: "offset regulation error",
    0x04: "algorithm error",
    0x08: "output error",
    0x10: "self-diagnostics error",
    OUT_OF_RANGE: "out of range",
    0x40: "memory error",
}

Words = Dialogue[tuple[int, ...]]


def address(options: Options) -> int:
    """The option `address`: 1 to 247, or 254 (default), which any single sensor answers. Raises BadInput."""
    value = options.get("address", ANY_ADDRESS)
    if isinstance(value, bool | str) or not (1 <= value <= 247 or value == ANY_ADDRESS) or value != int(value):
        raise BadInput("address", value, "1 to 247, or 254 for the only sensor on the line, is allowed")
    return int(value)


def read(where: int, register: int, count: int, function: int, *, timeout_s: float = REPLY_S, tries: int = 3) -> Words:
    """Registers of the sensor at address `where`. Raises as `modbus.registers`."""
    request = modbus.read_request(where, register, count, function)
    reply = yield Exchange(request, modbus.reply_length, timeout_s=timeout_s, tries=tries)
    return modbus.registers(request, reply)


def write(where: int, register: int, value: int) -> Dialogue[None]:
    """Write one register and see it echoed. Raises as `modbus.check_written`."""
    request = modbus.write_request(where, register, value)
    reply = yield Exchange(request, modbus.reply_length, timeout_s=REPLY_S)
    modbus.check_written(request, reply)


def identify(options: Options) -> Dialogue[Identity]:
    """Serial number, firmware and type of an S8, in requests of three registers, and what it remembers of its own
    calibration; a K30 documents only the last.

    Raises as `modbus.registers`.
    """
    where = address(options)
    high, low, memory_map = yield from read(where, TYPE, 3, modbus.READ_INPUT)
    firmware, serial_high, serial_low = yield from read(where, FIRMWARE, 3, modbus.READ_INPUT)
    details = {"type": f"{(high & 0xFF) << 16 | low:06X}", "memory map": str(memory_map)}
    serial = str(serial_high << 16 | serial_low)
    details |= yield from remembered(where)
    return Identity(serial, f"{firmware >> 8}.{firmware & 0xFF}", details)


def remembered(where: int) -> Dialogue[dict[str, str]]:
    """What the sensor knows of its own calibration, by the names of `Identity`; nothing where it refuses the question.

    The acknowledgements of calibrations last until the sensor loses power or they are cleared (TDE2067, HR1, HR32).
    """
    try:
        (done,) = yield from read(where, ACKNOWLEDGEMENT, 1, modbus.READ_HOLDING)
        (hours,) = yield from read(where, SELF_CALIBRATION_PERIOD, 1, modbus.READ_HOLDING)
    except DeviceRefused:
        return {}
    told = {TOLD_SELF_CALIBRATION: "on" if hours else "off"}
    actions = [action for bit, action in _ACKNOWLEDGED.items() if done & bit]
    return {**told, TOLD_COMMANDS: ", ".join(actions)} if actions else told


def judged(status: int) -> tuple[dict[str, Flag], str]:
    """Flags and words for a meter status: out of range is suspect, everything else fails the CO2 value."""
    named = [text for bit, text in _STATUS_BITS.items() if status & bit]
    if not named:
        return {}, "ok"
    only_range = status & sum(_STATUS_BITS) == OUT_OF_RANGE
    return {"co2": Flag.SUSPECT if only_range else Flag.FAIL}, f"meter status: {', '.join(named)}"


def signed(word: int) -> int:
    """A register as a signed 16-bit number."""
    return word - 0x10000 if word & 0x8000 else word


def ram_request(where: int, at: int, count: int) -> bytes:
    """Request for `count` bytes of RAM from `at` on (function 0x44)."""
    body = struct.pack(">BBHB", where, READ_RAM, at, count)
    return body + modbus.crc(body)


def ram_length(so_far: bytes) -> int | None:
    """How many bytes the whole reply to a RAM read, or its refusal, has; anything else counts as whole."""
    if len(so_far) < 3:
        return None
    if so_far[1] == READ_RAM:
        return 5 + so_far[2]
    return 5 if so_far[1] == READ_RAM | 0x80 else len(so_far)


def ram_bytes(request: bytes, reply: bytes) -> bytes:
    """The bytes of RAM in the reply to a RAM read.

    Raises MalformedFrame, ChecksumMismatch, or DeviceRefused for a Modbus refusal.
    """
    shown = reply[:32].hex(" ")
    if len(reply) < 5 or ram_length(reply) != len(reply) or reply[1] & 0x7F != READ_RAM:
        raise MalformedFrame(f"no reply to a RAM read: {shown}")
    if modbus.crc(reply[:-2]) != reply[-2:]:
        raise ChecksumMismatch(f"the CRC of the reply {shown} is wrong")
    if reply[1] != READ_RAM:
        raise DeviceRefused(f"address {reply[0]} refused the RAM read with code {reply[2]}")
    if reply[0] != request[0] or reply[2] != request[4]:
        raise MalformedFrame(f"the reply {shown} is not to the RAM read {request.hex(' ')}")
    return reply[3:-2]


def read_period(options: Options) -> Dialogue[OptionValue]:
    """Hours between automatic self-calibrations, 0 for none."""
    (hours,) = yield from read(address(options), SELF_CALIBRATION_PERIOD, 1, modbus.READ_HOLDING)
    return hours


def write_period(options: Options, value: OptionValue) -> Dialogue[None]:
    """Set the hours between automatic self-calibrations, 0 to 4800. Raises BadInput."""
    if isinstance(value, bool | str) or value != int(value) or not 0 <= value <= LONGEST_PERIOD_H:
        raise BadInput("abc_period_h", value, f"0 (off) to {LONGEST_PERIOD_H} whole hours is allowed")
    yield from write(address(options), SELF_CALIBRATION_PERIOD, int(value))


def _read_switch(options: Options) -> Dialogue[OptionValue]:
    return (yield from read_period(options)) != 0


def _write_switch(options: Options, value: OptionValue) -> Dialogue[None]:
    held = yield from read_period(options)
    if bool(held) == bool(value):
        return
    yield from write_period(options, (options.get("abc_period_h") or DEFAULT_PERIOD_H) if value else 0)


def _calibrate(options: Options, command: int, done: int, what: str) -> Dialogue[str]:
    where = address(options)
    yield from write(where, ACKNOWLEDGEMENT, 0)
    yield from write(where, COMMAND, command)
    yield Pause(LAMP_CYCLES_S)
    try:
        (answer,) = yield from read(where, ACKNOWLEDGEMENT, 1, modbus.READ_HOLDING)
    except DeviceRefused as refusal:  # of the question alone: it had taken the command
        raise ReadsOtherwise(f"the sensor took the command, and did not tell what came of it: {refusal}") from refusal
    if not answer & done:
        raise DeviceRefused(f"the sensor did not calibrate to {what}: the CO2 was not steady; wait and try again")
    return f"The sensor has calibrated itself to {what}."


def _calibrate_background(options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    return (yield from _calibrate(options, BACKGROUND, BACKGROUND_DONE, "fresh air as 400 ppm"))


def _calibrate_zero(options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    return (yield from _calibrate(options, ZERO, ZERO_DONE, "nitrogen as 0 ppm"))


SETTINGS = (
    Setting(
        "address",
        "Modbus address",
        "whole",
        ANY_ADDRESS,
        minimum=1,
        maximum=ANY_ADDRESS,
        help="254 is answered by any single sensor on the line.",
        alters_values=False,
    ),
    Setting(
        "self_calibration",
        "Automatic self-calibration (ABC)",
        "switch",
        True,
        "permanent",
        help="Switched off by a period of 0 hours; what it had collected is kept.",
        risk="Left on, the sensor takes the lowest CO2 of a period for 400 ppm and shifts its calibration by itself.",
        evidence_risk=True,
        read=_read_switch,
        write=_write_switch,
        alters_values=False,
    ),
    Setting(
        "abc_period_h",
        "Period of the self-calibration",
        "whole",
        DEFAULT_PERIOD_H,
        "permanent",
        unit="h",
        minimum=0,
        maximum=LONGEST_PERIOD_H,
        help="0 switches it off. Makers' documents name 180 and 192 hours as the state on delivery.",
        risk=(
            "Any period but 0 lets the sensor change its calibration by itself. No document of the maker bounds it; "
            "one open program takes 4 to 4800 hours."
        ),
        documented=False,
        read=read_period,
        write=write_period,
        alters_values=False,
    ),
)

ACTIONS = (
    Action(
        "background_calibration",
        "Calibrate to fresh air (400 ppm)",
        _calibrate_background,
        risk="Only after 5, better 15 minutes in steady outdoor air: elsewhere it puts the calibration wrong.",
        calibrates=True,
    ),
    Action(
        "zero_calibration",
        "Calibrate to nitrogen (0 ppm)",
        _calibrate_zero,
        risk="Only in pure nitrogen: in any other gas it puts the calibration wrong.",
        calibrates=True,
    ),
)
