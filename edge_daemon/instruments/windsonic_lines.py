# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The lines of a Gill WindSonic: found in a stream and read as samples. Pure; shared by its two drivers.

Source: Gill WindSonic user manual 1405-PS-0019 issue 30 (2022), output formats, status codes, configuration mode. Every
format of the `M` command is read: polar, UV, NMEA (`$IIMWV`, `$WIMWV`) and tunnel, as CSV or fixed fields, ended by CR
LF or CR.
"""

import math
import re
from collections.abc import Mapping
from functools import reduce
from operator import xor

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, ChecksumMismatch, DeviceFault, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import BadFrame, Sample

SOURCE = "Gill Instruments, WindSonic user manual, 1405-PS-0019 issue 30, 2022"

HORIZONTAL = "horizontal"
AXIS_U = "axis_u"

METRES_PER_SECOND = {b"M": 1.0, b"N": 1852 / 3600, b"P": 0.44704, b"K": 1 / 3.6, b"F": 0.00508}
GOOD = frozenset({"00", "A"})
BAD = {
    "01": "too few samples on the U axis",
    "02": "too few samples on the V axis",
    "04": "both axes failed, a blocked path",
    "08": "settings memory damaged, defaults in use",
    "09": "program memory damaged",
    "V": "declared void by the instrument",
}
DOUBTFUL = {"10": "gain at its maximum", "50": "marginal gain", "51": "average still building"}

LONGEST_FRAME = 82
KEPT_BYTES = 256

_STX = 0x02
_ETX = 0x03
_NO_SPEED = 999.99
_NO_DIRECTION = 999

_POLAR = re.compile(rb"[A-Z],([0-9]{3})?,([0-9]{1,3}\.[0-9]{1,2})?,([MNPKF]),([0-9A-Z]{1,2}),")
_UV = re.compile(rb"[A-Z],([+-][0-9]{1,3}\.[0-9]{1,2})?,([+-][0-9]{1,3}\.[0-9]{1,2})?,([MNPKF]),([0-9A-Z]{1,2}),")
_TUNNEL = re.compile(rb"[A-Z],([+-]?[0-9]{1,3}\.[0-9]{1,2})?,([01])?,([0-9]{2}|[AV]),([MNPKF]),")
_NMEA = re.compile(rb"(?:II|WI)MWV,([0-9]{3})?,R,([0-9]{1,3}\.[0-9]{1,2})?,([MNPKF]),([0-9A-Z]{1,2})")
_SUM = re.compile(rb"[0-9A-Fa-f]{2}")
_SETTINGS = re.compile(rb"(?:[A-Z][0-9A-Z]{1,5} ?, ?)*[A-Z][0-9A-Z]{1,5} ?,?")
_PROSE = re.compile(rb"(?=.*[A-Za-z-])[ -+\--~]{4,80}")


class Framer:
    """Splits at CR or LF. A frame begins at the last start character of its line, so noise before it is cut off."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes | BadFrame]:
        """The lines that `data` completes, without their end."""
        found: list[bytes | BadFrame] = []
        *lines, rest = (self._rest + data).replace(b"\n", b"\r").split(b"\r")
        for line in lines:
            if line:
                _split_noise(line, found)
        self._rest = _bounded(rest, found)
        return found

    def idle(self) -> list[bytes | BadFrame]:
        """The line that never ended, as bad."""
        rest, self._rest = self._rest, b""
        return [_bad(rest, "a line without an end")] if rest else []


def decode(frame: bytes, options: Mapping[str, OptionValue]) -> Sample | None:
    """One line as `wind_speed` in m/s and `wind_direction` in degrees, where the wind comes from.

    None for a line that is no measurement: start-up banner, settings. An empty direction is calm air, not an error.
    With the option `output` = `axis_u` only tunnel lines are read, as `wind_speed_u` in m/s, positive from the south:
    one axis is no wind speed. A bad status flags the values it comes with fail, a doubtful or
    unknown one suspect.

    Raises ChecksumMismatch, MalformedFrame, DeviceFault where the instrument gives no speed, BadInput for the option.
    """
    output = options.get("output", HORIZONTAL)
    if output not in {HORIZONTAL, AXIS_U}:
        raise BadInput("output", output, f"{HORIZONTAL} or {AXIS_U} is allowed")
    first = frame[:1]
    if first == b"\x02":
        return _gill(_body_of_gill(frame), axis=output == AXIS_U)
    if first == b"$":
        return _nmea(_body_of_nmea(frame), axis=output == AXIS_U)
    if _SETTINGS.fullmatch(frame) or _PROSE.fullmatch(frame):
        return None
    raise MalformedFrame(f"no line of a WindSonic: {frame[:LONGEST_FRAME]!r}")


def _gill(body: bytes, *, axis: bool) -> Sample:
    if match := _TUNNEL.fullmatch(body):
        if not axis:
            raise MalformedFrame("a tunnel line holds one axis only: choose the tunnel model, or set format M2")
        return _tunnel(*match.groups())
    if axis:
        raise MalformedFrame(f"no tunnel line: {body!r}; choose the horizontal model, or set format M12")
    if match := _POLAR.fullmatch(body):
        return _polar(*match.groups())
    if match := _UV.fullmatch(body):
        return _uv(*match.groups())
    raise MalformedFrame(f"fields of no WindSonic format: {body!r}")


def _nmea(body: bytes, *, axis: bool) -> Sample:
    match = _NMEA.fullmatch(body)
    if match is None or axis:
        raise MalformedFrame(f"fields of no format chosen for this WindSonic: {body!r}")
    return _polar(*match.groups())


def _polar(direction: bytes | None, speed: bytes | None, unit: bytes, status: bytes) -> Sample:
    degrees = None if direction is None else int(direction)
    if degrees == _NO_DIRECTION:
        degrees = None
    if degrees is not None and degrees >= 360:
        raise MalformedFrame(f"direction {degrees}° does not exist")
    return _horizontal(_speed(speed, unit), degrees, status)


def _uv(south: bytes | None, east: bytes | None, unit: bytes, status: bytes) -> Sample:
    u, v = _speed(south, unit), _speed(east, unit)
    if u is None or v is None:
        return _horizontal(None, None, status)
    # The second remainder turns the 360.0 that rounding makes of a tiny negative angle into 0.
    direction = math.degrees(math.atan2(v, -u)) % 360.0 % 360.0 if u or v else None
    return _horizontal(math.hypot(u, v), direction, status)


def _tunnel(speed: bytes | None, polarity: bytes | None, status: bytes, unit: bytes) -> Sample:
    if speed is not None and speed[:1] == b"-" and polarity == b"1":
        raise MalformedFrame("the sign of the tunnel speed contradicts its polarity")
    magnitude = _speed(speed, unit)
    if magnitude is None or polarity is None:
        return _judged({"wind_speed_u": None}, "wind_speed_u", status)
    u = abs(magnitude)
    return _judged({"wind_speed_u": u if polarity == b"1" else 0.0 - u}, "wind_speed_u", status)


def _speed(text: bytes | None, unit: bytes) -> float | None:
    if text is None:
        return None
    number = float(text)
    return None if abs(number) == _NO_SPEED else number * METRES_PER_SECOND[unit]


def _horizontal(speed: float | None, direction: float | None, status: bytes) -> Sample:
    return _judged({"wind_speed": speed, "wind_direction": direction}, "wind_speed", status)


def _judged(channels: dict[str, float | None], speed: str, status: bytes) -> Sample:
    code = status.decode("ascii")
    meaning = BAD.get(code) or DOUBTFUL.get(code, "not in the manual")
    if channels[speed] is None:
        why = "declared good" if code in GOOD else meaning
        raise DeviceFault(f"the WindSonic sends no wind speed; status {code}: {why}")
    if code in GOOD:
        return Sample(channels)
    flag = Flag.FAIL if code in BAD else Flag.SUSPECT
    flags = {name: flag for name, value in channels.items() if value is not None}
    return Sample(channels, flags, f"status {code}: {meaning}")


def _body_of_gill(frame: bytes) -> bytes:
    end = frame.find(_ETX)
    if end < 0:
        raise MalformedFrame(f"a line without its end character: {frame[:LONGEST_FRAME]!r}")
    return _checked(frame[1:end], frame[end + 1 :])


def _body_of_nmea(frame: bytes) -> bytes:
    body, star, checksum = frame[1:].partition(b"*")
    if not star:
        raise MalformedFrame(f"an NMEA sentence without its checksum: {frame[:LONGEST_FRAME]!r}")
    return _checked(body, checksum)


def _checked(body: bytes, checksum: bytes) -> bytes:
    if len(body) > LONGEST_FRAME or _SUM.fullmatch(checksum) is None:
        raise MalformedFrame(f"a line of another form: {body[:LONGEST_FRAME]!r} with checksum {checksum[:8]!r}")
    computed = reduce(xor, body, 0)
    if computed != int(checksum, 16):
        raise ChecksumMismatch(f"the checksum is {computed:02X}, the line says {checksum.decode('ascii')}")
    return body


def _start(line: bytes) -> int:
    return max(line.rfind(_STX), line.rfind(b"$"))


def _split_noise(line: bytes, found: list[bytes | BadFrame]) -> None:
    start = _start(line)
    if start > 0:
        found.append(_bad(line[:start], "bytes before the start of a line"))
    frame = line[max(start, 0) :]
    found.append(frame if len(frame) <= KEPT_BYTES else _bad(frame, "a line longer than any of a WindSonic"))


def _bounded(rest: bytes, found: list[bytes | BadFrame]) -> bytes:
    if len(rest) <= KEPT_BYTES:
        return rest
    start = _start(rest)
    kept = rest[start:] if start >= 0 and len(rest) - start <= LONGEST_FRAME else b""
    found.append(_bad(rest[: len(rest) - len(kept)], "bytes without an end of line"))
    return kept


def _bad(data: bytes, why: str) -> BadFrame:
    return BadFrame(data[:KEPT_BYTES], MalformedFrame(f"{len(data)} bytes: {why}"))
