# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Sensirion SPS30: particle mass, number and typical size over SHDLC. Pure: yields requests, never opens a port.

Source: Sensirion, Datasheet SPS30, version 1.0 D1, March 2020, chapters 4 and 5.
"""

import math
import struct

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import shdlc
from edge_daemon.instruments.driver import (
    Action,
    Dialogue,
    Exchange,
    Identity,
    Match,
    Options,
    Pause,
    PolledDriver,
    Probe,
    Sample,
    Setting,
    Steps,
)

MASSES = ("pm1_0", "pm2_5", "pm4_0", "pm10")
NUMBERS = ("number_0_5", "number_1_0", "number_2_5", "number_4_0", "number_10")
CHANNELS = (*MASSES, *NUMBERS, "typical_size")

START, READ, CLEAN, CLEANING_INTERVAL = 0x00, 0x03, 0x56, 0x80
INFORMATION, VERSION, STATUS, RESET = 0xD0, 0xD1, 0xD2, 0xD3
FLOATS = b"\x01\x03"
PRODUCT_TYPE, SERIAL = b"\x00", b"\x03"
PRODUCT = "00080000"
KEEP_FLAGS = b"\x00"

REPLY_S = 0.25
RESTART_S = 0.5
WEEK_S = 604_800
LONGEST_CLEANING_S = 0xFFFF_FFFF

_FLOATS = struct.Struct(">10f")
_WORDS = struct.Struct(">10H")
_FLAGS = {1 << 21: "fan speed out of range", 1 << 5: "laser current out of range", 1 << 4: "fan blocked or broken"}
_SELF_CLEARING = 1 << 21


def start(_options: Options) -> Steps:
    """Start measuring with floats; a sensor that measures already goes on as it does."""
    received = yield Exchange(shdlc.request(START, FLOATS), shdlc.reply_length, timeout_s=REPLY_S)
    if shdlc.reply(START, received).code != shdlc.WRONG_STATE:
        shdlc.accepted(START, received)
    return None


def measure(options: Options) -> Steps:
    """The newest measurement, or None. An error of the device is asked for and flags every channel.

    A sensor that does not measure is started again. Raises as `decode`, and DeviceRefused.
    """
    received = yield Exchange(shdlc.request(READ), shdlc.reply_length, timeout_s=REPLY_S)
    if shdlc.reply(READ, received).code == shdlc.WRONG_STATE:
        yield from start(options)  # it lost power so briefly that no reply was missed
        return None
    answer = shdlc.accepted(READ, received)
    if not answer.data:
        return None
    channels = decode(answer.data)
    if not answer.device_error:
        return Sample(channels)
    flag, words = _judged((yield from _command(STATUS, KEEP_FLAGS)).data)
    return Sample(channels, dict.fromkeys(channels, flag), words)


def decode(data: bytes) -> dict[str, float | None]:
    """Ten numbers, floats or 16-bit, as µg/m³, 1/cm³ and µm. Raises MalformedFrame for other lengths and numbers."""
    if len(data) == _FLOATS.size:
        values: list[float] = list(_FLOATS.unpack(data))
    elif len(data) == _WORDS.size:
        *words, nanometres = _WORDS.unpack(data)
        values = [*map(float, words), nanometres / 1000]
    else:
        raise MalformedFrame(f"{len(data)} bytes where a measurement of an SPS30 has 40 or 20")
    if not all(math.isfinite(value) and value >= 0 for value in values):
        raise MalformedFrame(f"the measurement {data.hex(' ')} holds an impossible number")
    return dict(zip(CHANNELS, values, strict=True))


def identify(_options: Options) -> Dialogue[Identity]:
    """Serial number, firmware and hardware revision."""
    serial = _text((yield from _command(INFORMATION, SERIAL)).data)
    version = (yield from _command(VERSION)).data
    if len(version) != 7:
        raise MalformedFrame(f"{len(version)} bytes where a version has 7")
    return Identity(serial, f"{version[0]}.{version[1]}", {"hardware": str(version[3])})


def ask() -> Dialogue[Match | None]:
    """The product type, which names the SPS30."""
    product = _text((yield from _command(INFORMATION, PRODUCT_TYPE, tries=2)).data)
    if product != PRODUCT:
        return None
    return Match("sensirion_sps30", identity=(yield from identify({})))


def _command(command: int, data: bytes = b"", *, tries: int = 3) -> Dialogue[shdlc.Reply]:
    received = yield Exchange(shdlc.request(command, data), shdlc.reply_length, timeout_s=REPLY_S, tries=tries)
    return shdlc.accepted(command, received)


def _judged(status: bytes) -> tuple[Flag, str]:
    if len(status) != 5:
        raise MalformedFrame(f"{len(status)} bytes where a status has 5")
    flags = int.from_bytes(status[:4], "big")
    named = [text for bit, text in _FLAGS.items() if flags & bit]
    # A fan that is only off its speed comes back by itself; without laser or fan there is nothing to trust.
    only_speed = flags & sum(_FLAGS) in {0, _SELF_CLEARING}
    return Flag.SUSPECT if only_speed else Flag.FAIL, ", ".join(named) or "error flag without a cause"


def _text(data: bytes) -> str:
    text = data.split(b"\0", 1)[0]
    if not text.isascii():
        raise MalformedFrame(f"a text that is no ASCII: {data[:32].hex(' ')}")
    return text.decode("ascii")


def _read_cleaning(_options: Options) -> Dialogue[OptionValue]:
    data = (yield from _command(CLEANING_INTERVAL, KEEP_FLAGS)).data
    if len(data) != 4:
        raise MalformedFrame(f"{len(data)} bytes where an interval has 4")
    return int.from_bytes(data, "big")


def _write_cleaning(_options: Options, value: OptionValue) -> Dialogue[None]:
    if isinstance(value, bool | str) or not 0 <= value <= LONGEST_CLEANING_S or value != int(value):
        raise BadInput("cleaning_interval_s", value, f"0 (never) to {LONGEST_CLEANING_S} whole seconds is allowed")
    yield from _command(CLEANING_INTERVAL, KEEP_FLAGS + int(value).to_bytes(4, "big"))


def _clean(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    try:
        yield from _command(CLEAN)
    except DeviceRefused as refusal:
        raise DeviceRefused(f"{refusal}; the fan can be cleaned only while it measures") from refusal
    return "The fan is cleaned for 10 seconds; values stand still meanwhile."


def _restart(options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield from _command(RESET)
    yield Pause(RESTART_S)
    yield from start(options)
    return "The SPS30 has started again."


DRIVER = PolledDriver(
    name="sensirion_sps30",
    version="1",
    source="Sensirion, Datasheet SPS30, version 1.0 D1, March 2020",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(50, "SPS30: read the product type", LineSettings(115_200), ask),),
    settings=(
        Setting(
            "cleaning_interval_s",
            "Interval of the fan's cleaning",
            "whole",
            WEEK_S,
            "permanent",
            unit="s",
            minimum=0,
            maximum=LONGEST_CLEANING_S,
            help="0 switches it off. A sensor that is switched off every day never gets there: clean it by hand.",
            risk="Without cleaning, dust on the fan makes readings drift.",
            read=_read_cleaning,
            write=_write_cleaning,
            alters_values=False,
        ),
    ),
    actions=(
        Action("clean_fan", "Clean the fan", _clean, risk="Values stand still for 10 seconds."),
        Action("restart", "Restart", _restart, risk="Readings of the next 30 seconds are not steady."),
    ),
)
