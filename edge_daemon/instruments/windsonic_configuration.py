# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The configuration mode of a Gill WindSonic: who it is, and its settings. Pure: yields requests, never opens a port.

Source: Gill WindSonic user manual 1405-PS-0019 issue 30 (2022), configuration. The unit stops measuring while it is in
this mode, so every dialogue ends by leaving it, whatever happened, and sees that lines come again.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from edge_daemon.domain.faults import BadInput, DeviceRefused, Fault, MalformedFrame, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Dialogue, Exchange, Identity, Options, Pause, Setting

T = TypeVar("T")

ENTER_S = 2.0
ANSWER_S = 1.0
BANNER_S = 1.0
LONGEST_PERIOD_S = 5.0
POLL_S = 0.5

NODE_LETTERS = tuple("GHIJLOQRSTUVWXYZ")
DEFAULT_NODE = "Q"
DIRECTION = ("wind_direction",)

_LEAVE = b"\rQ\r"
"""The first CR ends whatever was typed before, so that the command stands alone."""

_MODE = re.compile(rb"CONFIGURATION MODE[^\r\n]*\r")
_LINE = re.compile(rb"[\r\n]*([^\r\n]+)\r")
_POLLED = re.compile(rb"[^\r\n]*\x02[^\r\n]*\r")
_SETTING = re.compile(r"([A-Z])([0-9A-Z]{1,5})")

Node = Callable[[Options], str]
"""The node letter of a polled unit, "" for one that speaks by itself."""


def streaming(_options: Options) -> str:
    """A unit that speaks by itself has no node letter to call it by."""
    return ""


def node_of(options: Options) -> str:
    """The option `node` of a polled unit. Raises BadInput: the other letters occur inside its data."""
    node = options.get("node", DEFAULT_NODE)
    if node not in NODE_LETTERS:
        raise BadInput("node", node, f"one of {', '.join(NODE_LETTERS)} is allowed")
    return str(node)


def polled_length(so_far: bytes) -> int | None:
    """Through the end of the first line that has a start character."""
    match = _POLLED.search(so_far)
    return match.end() if match else None


def line_length(so_far: bytes) -> int | None:
    """Through the end of the first line that is not empty."""
    match = _LINE.match(so_far)
    return match.end() if match else None


def identify(options: Options, node: Node) -> Dialogue[Identity]:
    """Serial number (D1), firmware (D2), and all settings as one detail (D3)."""
    return (yield from _configuring(node(options), _who))


def read_settings(node: str) -> Dialogue[Mapping[str, str]]:
    """All settings by their command letter, e.g. {"M": "2", "U": "1", …}. Raises MalformedFrame."""
    return (yield from _configuring(node, _settings_now))


def resume(_options: Options) -> Dialogue[None]:
    """Wait for a line; where none comes, leave a configuration mode that a broken connection left behind."""
    try:
        yield Exchange(b"", line_length, LONGEST_PERIOD_S, tries=1, silence_s=0.0)
    except NoReply:
        yield _unanswered(_LEAVE)


def settings(node: Node) -> tuple[Setting, ...]:
    """What can be set in the unit's permanent memory; formats are those that this kind of unit (`node`) may have."""
    messages = ("M1", "M2", "M5", "M12", "M14", "M15", "M16") if node is streaming else ("M3", "M4")
    threshold = Setting(
        "direction_threshold",
        "Least wind for a direction",
        "whole",
        50,
        "permanent",
        unit="mm/s",
        minimum=0,
        maximum=5000,
        help="Below it the direction is left out, or the last one is repeated, as the fields are set.",
        alters=DIRECTION,
        read=partial(_read_threshold, node),
        write=partial(_write_threshold, node),
    )
    return (*(_setting(node, choice) for choice in _choices(messages)), threshold)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A setting that is one of a few: what is shown, and the value after the command letter. What is `decoded` makes no
    other values: every line tells how it is to be read."""

    name: str
    label: str
    letter: str
    codes: Mapping[OptionValue, str]
    default: OptionValue
    unit: str = ""
    help: str = ""
    risk: str = ""
    decoded: bool = False
    alters: tuple[str, ...] = ()


def _choices(messages: tuple[str, ...]) -> tuple[_Choice, ...]:
    return (
        _Choice(
            "message_format",
            "Message format",
            "M",
            {code: code[1:] for code in messages},
            "M2" if "M2" in messages else "M4",
            help="M1, M3 two axes; M2, M4 speed and direction; M5, M14, M15, M16 NMEA; M12 one axis in a tunnel.",
            risk="With M12 only the tunnel model can read the lines; all other formats need the usual model.",
        ),
        _Choice(
            "output_rate",
            "Lines a second",
            "P",
            {0.25: "20", 0.5: "21", 1: "1", 2: "2", 4: "3"},
            1,
            unit="1/s",
            help="The expected interval of the sensor should be set to match.",
            risk="Fewer lines than expected are recorded as gaps.",
            decoded=True,
        ),
        _Choice(
            "speed_unit",
            "Unit in the lines",
            "U",
            {"m/s": "1", "knots": "2", "mph": "3", "km/h": "4", "ft/min": "5"},
            "m/s",
            help="Every line names its unit, and readings are recorded in m/s whichever it is.",
            risk="Two decimals of a larger unit are coarser in m/s.",
            decoded=True,
        ),
        _Choice(
            "fields",
            "Fields in calm air",
            "O",
            {"empty": "1", "repeated": "2"},
            "empty",
            help="empty: no direction in calm air. repeated: fixed width, the last direction stays.",
            risk="A repeated direction in calm air cannot be told from a measured one.",
            alters=DIRECTION,
        ),
    )


def _setting(node: Node, choice: _Choice) -> Setting:
    return Setting(
        choice.name,
        choice.label,
        "choice",
        choice.default,
        "permanent",
        unit=choice.unit,
        choices=tuple(choice.codes),
        help=choice.help,
        risk=choice.risk,
        read=partial(_read_choice, node, choice),
        write=partial(_write_choice, node, choice),
        alters_values=not choice.decoded,
        alters=choice.alters,
    )


def _read_choice(node: Node, choice: _Choice, options: Options) -> Dialogue[OptionValue]:
    held = yield from read_settings(node(options))
    code = _held(held, choice.letter)
    return next((value for value, known in choice.codes.items() if known == code), f"{choice.letter}{code}")


def _write_choice(node: Node, choice: _Choice, options: Options, value: OptionValue) -> Dialogue[None]:
    if value not in choice.codes:
        raise BadInput(choice.name, value, f"one of {', '.join(map(str, choice.codes))} is allowed")
    yield from _configuring(node(options), partial(_set, f"{choice.letter}{choice.codes[value]}"))


def _read_threshold(node: Node, options: Options) -> Dialogue[OptionValue]:
    held = _held((yield from read_settings(node(options))), "K")
    if not held.isdigit():
        raise MalformedFrame(f"the direction threshold reads {held!r}")
    return int(held)


def _write_threshold(node: Node, options: Options, value: OptionValue) -> Dialogue[None]:
    if isinstance(value, bool | str) or not float(value).is_integer() or not 0 <= value <= 5000:
        raise BadInput("direction_threshold", value, "0 to 5000 mm/s is allowed")
    yield from _configuring(node(options), partial(_set, f"K{int(value)}"))


def _held(held: Mapping[str, str], letter: str) -> str:
    if letter not in held:
        raise MalformedFrame(f"the WindSonic lists its settings without {letter}: {dict(held)}")
    return held[letter]


def _configuring(node: str, work: Callable[[], Dialogue[T]]) -> Dialogue[T]:
    yield from _enter(node)
    try:
        result = yield from work()
    except Fault:
        yield from _leave(node)
        raise
    yield from _leave(node)
    return result


def _enter(node: str) -> Dialogue[None]:
    try:
        yield Exchange(b"*" + node.encode(), _mode_length, ENTER_S, tries=2, silence_s=0.0)
    except NoReply:
        # The answer may have been lost on the way: a unit that is in the mode already answers a command.
        yield Exchange(b"\rD2\r", line_length, ANSWER_S, tries=1, silence_s=0.0)


def _leave(node: str) -> Dialogue[None]:
    if not node:
        yield Exchange(_LEAVE, line_length, LONGEST_PERIOD_S, tries=3, silence_s=0.0)
        return
    yield _unanswered(_LEAVE)
    yield Pause(BANNER_S)
    yield _unanswered(b"?")
    yield Exchange(node.encode(), polled_length, POLL_S, tries=3, silence_s=0.0)


def _who() -> Dialogue[Identity]:
    serial = yield from _ask("D1")
    firmware = yield from _ask("D2")
    return Identity(serial, firmware, {"settings": (yield from _ask("D3"))})


def _settings_now() -> Dialogue[Mapping[str, str]]:
    answer = yield from _ask("D3")
    parts = [part.strip() for part in answer.split(",") if part.strip()]
    matches = [_SETTING.fullmatch(part) for part in parts]
    if not parts or not all(matches):
        raise MalformedFrame(f"no list of settings: {answer!r}")
    return {match[1]: match[2] for match in matches if match}


def _set(command: str) -> Dialogue[None]:
    try:
        answer = yield from _ask(command)
    except NoReply as silence:
        raise DeviceRefused(f"the WindSonic does not take {command}") from silence
    if answer.replace(" ", "").rstrip(",") != command:
        raise DeviceRefused(f"the WindSonic answered {answer!r} to {command}")


def _ask(command: str) -> Dialogue[str]:
    reply = yield Exchange(f"{command}\r".encode(), line_length, ANSWER_S, tries=2, silence_s=0.0)
    match = _LINE.match(reply)
    if match is None:
        raise MalformedFrame(f"no answer to {command}: {reply[:64]!r}")
    return match[1].decode("ascii", "replace").strip()


def _unanswered(data: bytes) -> Exchange:
    return Exchange(data, line_length, expects_reply=False, silence_s=0.0)


def _mode_length(so_far: bytes) -> int | None:
    match = _MODE.search(so_far)
    return match.end() if match else None
