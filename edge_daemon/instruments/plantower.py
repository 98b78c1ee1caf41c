# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Plantower's frames and commands: PMS7003, PMS5003, PMS1003 and PMSA003 send the same. Pure: opens no port.

Sources: Plantower data manuals PMS7003 v2.5 and PMS5003 v2.3 (2016). Frame: `42 4D`, length of the rest, data, 16-bit
sum of all bytes before it, high byte first. Answers to commands as recorded from a PMS7003 (avaldebe/PyPMS).
"""

import struct
from collections.abc import Mapping

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import ChecksumMismatch, DeviceFault, Fault, MalformedFrame, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.checked_frames import CheckedFramer, FrameForm
from edge_daemon.instruments.driver import Action, Dialogue, Exchange, Options, Pause, Sample

MASSES = ("pm1_0_cf1", "pm2_5_cf1", "pm10_cf1", "pm1_0", "pm2_5", "pm10")
COUNTS = ("count_0_3", "count_0_5", "count_1_0", "count_2_5", "count_5_0", "count_10")
CHANNELS = MASSES + COUNTS

DATA_LENGTH = 28
ANSWER_LENGTH = 4
FRAME_LENGTH = 4 + DATA_LENGTH

SET_MODE, READ_ONCE, SET_SLEEP = 0xE1, 0xE2, 0xE4
PASSIVE, ACTIVE = 0, 1
ASLEEP, AWAKE = 0, 1

ACKNOWLEDGED_S = 3.0
FAN_S = 30.0

_START = b"\x42\x4d"
_HEADER = 4
_LENGTHS = frozenset({DATA_LENGTH, ANSWER_LENGTH})
_DATA = struct.Struct(">4x12HBB2x")


def new_framer() -> CheckedFramer:
    """Finds the frames of one connection."""
    return CheckedFramer(_FORM)


def decode(frame: bytes, _options: Mapping[str, OptionValue]) -> Sample | None:
    """One frame as masses in µg/m³ and counts per 0.1 L of air; None for the answer to a command.

    Raises ChecksumMismatch; MalformedFrame for another length or counts that contradict each other; NotReady for all
    zero (the fan is starting); DeviceFault for all zero with an error code.
    """
    fault = _fault(frame)
    if fault is not None:
        raise fault
    if len(frame) == _HEADER + ANSWER_LENGTH:
        return None
    *words, _version, error = _DATA.unpack(frame)
    if not any(words):
        if error:
            raise DeviceFault(f"the sensor sends no values and error code {error}")
        raise NotReady("the sensor sends only zeros: its fan is starting")
    _check_counts(words)
    channels = dict(zip(CHANNELS, map(float, words), strict=True))
    if error:
        return Sample(channels, dict.fromkeys(CHANNELS, Flag.SUSPECT), f"device error code {error}")
    return Sample(channels)


def _check_counts(words: list[int]) -> None:
    # Each count includes the larger particles, so it can only fall with size.
    counts = words[len(MASSES) :]
    if counts != sorted(counts, reverse=True):
        raise MalformedFrame(f"particle counts {counts} rise with size")
    if counts[0] == 0 and words[MASSES.index("pm10")] > 0:
        raise MalformedFrame("particle mass without any particle")


def _start_after(buffer: bytes, at: int) -> int:
    start = buffer.find(_START, at)
    if start >= 0:
        return start
    return len(buffer) - 1 if buffer[-1] == _START[0] else len(buffer)


def _size(buffer: bytes, at: int) -> int | None:
    # A length that no frame has is whole with its header: it is refused at once.
    if len(buffer) - at < _HEADER:
        return None
    length = (buffer[at + 2] << 8) | buffer[at + 3]
    return _HEADER + length if length in _LENGTHS else _HEADER


def _fault(frame: bytes) -> Fault | None:
    length = len(frame) - _HEADER
    if frame[:2] != _START or length not in _LENGTHS or frame[2] << 8 | frame[3] != length:
        return MalformedFrame(f"no Plantower frame: {frame[:8].hex(' ')}")
    stated = frame[-2] << 8 | frame[-1]
    computed = sum(frame[:-2])
    if stated != computed:
        return ChecksumMismatch(f"the sum is {computed}, the frame says {stated}")
    return None


_FORM = FrameForm(_start_after, _size, _fault, "Plantower")


def command(code: int, value: int = 0) -> bytes:
    """A command frame: sleep, wake, mode, or one reading in passive mode."""
    body = _START + bytes([code, 0, value])
    return body + sum(body).to_bytes(2, "big")


def acknowledgement(code: int, value: int) -> bytes:
    """The frame that answers a command."""
    body = _START + bytes([0, ANSWER_LENGTH, code, value])
    return body + sum(body).to_bytes(2, "big")


def data_length(so_far: bytes) -> int | None:
    """How long the reply is up to the end of its first data frame; what stands before it does not count."""
    at = so_far.find(_START)
    while 0 <= at <= len(so_far) - _HEADER:
        if int.from_bytes(so_far[at + 2 : at + 4], "big") == DATA_LENGTH:
            return at + FRAME_LENGTH
        at = so_far.find(_START, at + 1)
    return None


def acknowledged(code: int, value: int) -> Dialogue[None]:
    """Send a command until it is acknowledged. In active mode data frames may come before the acknowledgement."""
    awaited = acknowledgement(code, value)

    def length(so_far: bytes) -> int | None:
        at = so_far.find(awaited)
        return at + len(awaited) if at >= 0 else None

    yield Exchange(command(code, value), length, timeout_s=ACKNOWLEDGED_S, silence_s=0)


def unacknowledged(code: int, value: int) -> Dialogue[None]:
    """Send a command that is not, or not always, acknowledged, and give the sensor time to obey."""
    yield Exchange(command(code, value), len, silence_s=0, expects_reply=False)
    yield Pause(0.1)


def _sleep(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield from acknowledged(SET_SLEEP, ASLEEP)
    return "The sensor sleeps: fan and laser are off, and no readings come until it is woken or connected again."


def _wake(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield from unacknowledged(SET_SLEEP, AWAKE)
    return f"The sensor was told to wake. Readings count {FAN_S:g} seconds from now, when its fan has settled."


SLEEP_AND_WAKE = (
    Action("sleep", "Sleep", _sleep, risk="No readings come until it is woken."),
    Action("wake", "Wake", _wake, risk="Readings of the first 30 seconds are not steady."),
)
