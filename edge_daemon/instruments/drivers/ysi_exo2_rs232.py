# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""YSI EXO2 sonde behind the RS-232 side of its output adapter: a command line. Pure: opens no port.

Source: an open driver of this command line with its emulator. The lines carry no checksum, so that the list of
parameters is read before and after the values and must be the same; a changed digit of a value cannot be noticed.
"""

import re
from functools import partial

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame, NoReply, NotReady
from edge_daemon.domain.instrument import OptionValue
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
from edge_daemon.instruments.exo_parameters import PARAMETERS, codes_of, described, listed, sample_of

ANSWER_S = 2.0
WAKE_PAUSE_S = 0.1
PROBE_RANK = 85

_ENDS = re.compile(rb"[\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_COUNT = re.compile(r"[0-9]{1,4}")
_SERIAL = re.compile(r"[0-9A-Za-z]{4,16}")


def start(options: Options) -> Steps:
    """Wake the adapter and see that the sonde tells its list. Raises BadInput and what `_asked` raises."""
    _recorded(options)
    yield from _wake()
    yield from _parameters()
    return None


def measure(options: Options) -> Steps:
    """One sample of all that the sonde sends. Raises NotReady while it wipes, as its values are not valid then."""
    recorded = _recorded(options)
    if (yield from _is_wiping()):
        raise NotReady("the sonde is wiping its sensors")
    codes = yield from _parameters()
    line = yield from _asked("data")
    after = yield from _parameters()
    if after != codes:
        raise MalformedFrame(f"the list of parameters was {listed(codes)} before the values and {listed(after)} after")
    changed = recorded not in {(), codes}
    words = f"the sonde's list is now {listed(codes)}, recorded is {listed(recorded)}" if changed else ""
    return decode(codes, line, words)


def decode(codes: tuple[int, ...], line: str, words: str = "") -> Sample:
    """The sample from the answer to `data`, one number for each code. Raises MalformedFrame."""
    numbers = line.split(" ")
    if not all(_NUMBER.fullmatch(one) for one in numbers):
        raise MalformedFrame(f"no values of the sonde: {line[:80]!r}")
    return sample_of(codes, [float(one) for one in numbers], words)


def identify(_options: Options) -> Dialogue[Identity]:
    """Serial number and parameters."""
    yield from _wake()
    serial = yield from _asked("sn")
    if not _SERIAL.fullmatch(serial):
        raise MalformedFrame(f"no serial number: {serial[:40]!r}")
    codes = yield from _parameters()
    return Identity(serial, details={"parameters": described(codes)})


def ask() -> Dialogue[Match | None]:
    """Serial number and a list of parameters that are all known."""
    identity = yield from identify({})
    codes = yield from _parameters()
    return Match("ysi_exo2_rs232", identity=identity) if all(code in PARAMETERS for code in codes) else None


def answer_length(command: str, so_far: bytes) -> int | None:
    """Through the end of the first line that is neither empty, nor the prompt, nor the command given back."""
    at = 0
    for end in _ENDS.finditer(so_far):
        if _content(command, so_far[at : end.start()]):
            return end.end()
        at = end.end()
    return None


def _content(command: str, line: bytes) -> bytes:
    bare = line.lstrip(b"# ").rstrip(b" ")
    return b"" if bare == command.encode("ascii") else bare


def _asked(command: str) -> Dialogue[str]:
    request = command.encode("ascii") + b"\r"
    reply = yield Exchange(request, partial(answer_length, command), ANSWER_S, tries=2)
    *lines, rest = _ENDS.split(reply)
    found = [content for line in lines if (content := _content(command, line))]
    if rest or len(found) != 1 or not found[0].isascii() or not found[0].decode("ascii").isprintable():
        raise MalformedFrame(f"the answer to {command} is no line of text: {reply[:80]!r}")
    if found[0].startswith(b"?"):
        raise DeviceRefused(f"the adapter does not know the command {command}: {found[0].decode('ascii')}")
    return found[0].decode("ascii")


def _wake() -> Dialogue[None]:
    for _ in range(2):
        yield Exchange(b"\r", len, expects_reply=False)
        yield Pause(WAKE_PAUSE_S)


def _parameters() -> Dialogue[tuple[int, ...]]:
    line = yield from _asked("para")
    try:
        return codes_of("para", line)
    except BadInput as error:
        raise MalformedFrame(f"no list of parameters: {line[:80]!r}") from error


def _is_wiping() -> Dialogue[bool]:
    left = yield from _asked("hwipesleft")
    if not _COUNT.fullmatch(left):
        raise MalformedFrame(f"no count of wipes: {left[:40]!r}")
    return int(left) > 0


def _recorded(options: Options) -> tuple[int, ...]:
    stated = options.get("parameters", "")
    return () if stated == "" else codes_of("parameters", stated)


def _read_parameters(_options: Options) -> Dialogue[OptionValue]:
    return listed((yield from _parameters()))


def _write_parameters(_options: Options, value: OptionValue) -> Dialogue[None]:
    codes = codes_of("parameters", value)
    try:
        yield from _asked(f"para {listed(codes)}")
    except NoReply:
        return  # whether it says anything to this is not documented; the list is read back


def _wipe(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    try:
        answer = yield from _asked("twipeb")
    except NoReply:
        return "The sonde was told to wipe."
    return f"The sonde began to wipe and answered {answer}."


SETTINGS = (
    Setting(
        "parameters",
        "Parameters that the sonde sends",
        "text",
        "",
        "permanent",
        help="Their codes in order, e.g. 1 7 18 212 223. Values are always told by the list that the sonde has.",
        risk="What is not in the list is no longer measured.",
        read=_read_parameters,
        write=_write_parameters,
    ),
)

ACTIONS = (Action("wipe", "Wipe the sensors", _wipe, risk="There are no readings during the wipe, up to two minutes."),)

DRIVER = PolledDriver(
    name="ysi_exo2_rs232",
    version="1",
    source="An open driver of the EXO adapter's command line, with its emulator; two open drivers (parameter codes)",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(PROBE_RANK, "EXO sonde: ask its command line for the serial number", LineSettings(9_600), ask),),
    settings=SETTINGS,
    actions=ACTIONS,
)
