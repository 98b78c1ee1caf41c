# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Gill WindSonic. Pure.

Source: Gill Instruments, WindSonic user manual 1405-PS-0019 issue 30 (2022), sections on message formats, polled mode
and configuration.
"""

import functools
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.physics import Wind

UNITS = {"1": ("M", 1.0), "2": ("N", 0.514444), "3": ("P", 0.44704), "4": ("K", 0.277778), "5": ("F", 0.00508)}
PERIOD_S = {"1": 1.0, "2": 0.5, "3": 0.25, "20": 4.0, "21": 2.0}
NMEA = {"5": ("IIMWV", "A"), "14": ("WIMWV", "A"), "15": ("WIMWV", "00"), "16": ("IIMWV", "00")}
UV, POLAR = {"1", "3"}, {"2", "4"}
POLLED = {"3", "4"}
VALUES = {
    "M": UV | POLAR | set(NMEA),
    "U": set(UNITS),
    "O": {"1", "2"},
    "L": {"1", "2"},
    "P": set(PERIOD_S),
    "H": {"1", "2"},
}
NODE_LETTERS = set("GHIJLOQRSTUVWXYZ")
HIGHEST_THRESHOLD_MM_S = 5000
LONGEST_COMMAND = 32
SERIAL_NUMBER, FIRMWARE = "Y16120001", "2368-110-01"
BANNER = (
    "WINDSONIC (Gill Instruments Ltd)",
    FIRMWARE,
    "RS232 (CFG)",
    "CHECKSUM ROM:AB7F AB7F *PASS*",
    "CHECKSUM FAC:04F8 04F8 *PASS*",
    "CHECKSUM ENG:068A 068A *PASS*",
    "CHECKSUM CAL:CC55 CC55 *PASS*",
)
_CHECKSUM = re.compile(rb"[\x03*][0-9A-F]{2}(?=\r)")


def _defaults() -> dict[str, str]:
    """The settings in the order in which `D3` lists them."""
    pairs = ("M2", "U1", "O1", "L1", "P1", "B3", "H1", "NQ", "F1", "E3", "K50")
    return {pair[0]: pair[1:] for pair in pairs}


@dataclass(slots=True)
class WindSonic:
    """The measuring loop and the configuration dialogue of one anemometer.

    `wind` tells what blows at a time; `now` is when the unit was switched on; `model` is its catalogue key.
    """

    wind: Callable[[float], Wind]
    now: float
    settings: dict[str, str] = field(default_factory=_defaults)
    model: str = "gill_windsonic"
    _configuring: bool = field(default=False, init=False)
    _answers_polls: bool = field(default=True, init=False)
    _starred: bool = field(default=False, init=False)
    _command: str = field(default="", init=False)
    _greeting: str = field(default="", init=False)
    _next_at: float = field(default=0.0, init=False)
    _last_direction: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Measure from the start."""
        self._next_at = self.now + self._period_s

    def power_up(self, now: float) -> None:
        """Settings are kept; the unit greets (H1) and measures."""
        self._configuring = self._starred = False
        self._answers_polls = True
        self._greeting = self._banner()
        self._next_at = now + self._period_s

    def receive(self, data: bytes, now: float) -> bytes:
        """Act on every character, as the unit does."""
        return "".join(self._take(character, now) for character in data.decode("latin-1")).encode("ascii")

    def due(self, now: float) -> bytes:
        """The start-up message after power-up, and a line when it is time for one. The rate holds its phase."""
        text, self._greeting = self._greeting, ""
        if not self._streams or now < self._next_at:
            return text.encode("ascii")
        late = math.floor((now - self._next_at) / self._period_s)
        self._next_at += (late + 1) * self._period_s
        return (text + self._line(now)).encode("ascii")

    def next_due(self) -> float:
        """The time of the next line; never while configured or polled."""
        if self._greeting:
            return -math.inf
        return self._next_at if self._streams else math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Replace the last hex digit of every checksum by another."""
        return _CHECKSUM.sub(lambda found: found[0][:-1] + (b"1" if found[0].endswith(b"0") else b"0"), sent)

    @property
    def _polled(self) -> bool:
        return self.settings["M"] in POLLED

    @property
    def _streams(self) -> bool:
        return not self._configuring and not self._polled

    @property
    def _period_s(self) -> float:
        return PERIOD_S[self.settings["P"]]

    @property
    def _end(self) -> str:
        return "\r\n" if self.settings["L"] == "1" else "\r"

    def _take(self, character: str, now: float) -> str:
        if self._configuring:
            return self._type(character, now)
        starred, self._starred = self._starred, character == "*"
        node = self.settings["N"]
        if (character == "*" and not self._polled) or (starred and character == node):
            self._configuring, self._starred, self._command = True, False, ""
            return f"{self._end}CONFIGURATION MODE{self._end}"
        if not self._polled:
            return ""
        if character in "?!":
            self._answers_polls = character == "?"
        elif character == "&" and self._answers_polls:
            return node
        elif character == node and self._answers_polls:
            return self._line(now)
        return ""

    def _type(self, character: str, now: float) -> str:
        if character == "\n":
            return ""
        if character != "\r":
            self._command = (self._command + character)[-LONGEST_COMMAND:]
            return ""
        command, self._command = self._command.strip().upper(), ""
        if command == "Q":
            self._configuring = False
            self._answers_polls = True
            self._next_at = now + self._period_s
            return self._banner()
        answer = self._configure(command)
        return f"{answer}{self._end}" if answer else ""

    def _configure(self, command: str) -> str:
        """Answer one command; nothing for one the unit does not take."""
        letter, value = command[:1], command[1:]
        if letter == "D":
            everything = "".join(f"{key}{setting}," for key, setting in self.settings.items())
            return {"1": SERIAL_NUMBER, "2": FIRMWARE, "3": everything, "5": "+11.7v"}.get(value, "")
        if letter in self.settings and value and self._accepts(letter, value):
            self.settings[letter] = str(int(value)) if letter == "K" else value
        elif letter not in self.settings or value:
            return ""
        return f"{letter}{self.settings[letter]}"

    def _accepts(self, letter: str, value: str) -> bool:
        if letter == "N":
            return value in NODE_LETTERS
        if letter == "K":
            return value.isascii() and value.isdigit() and int(value) <= HIGHEST_THRESHOLD_MM_S
        return value in VALUES.get(letter, {self.settings[letter]})

    def _line(self, now: float) -> str:
        wind, message = self.wind(now), self.settings["M"]
        letter, metres_a_second = UNITS[self.settings["U"]]
        speed = wind.speed_m_s / metres_a_second
        if message in UV:
            angle = math.radians(wind.direction_deg)
            axes = f"{_signed(-speed * math.cos(angle))},{_signed(speed * math.sin(angle))}"
            return self._framed(f"{self.settings['N']},{axes},{letter},00,")
        direction = self._direction(wind)
        if message in NMEA:
            talker, status = NMEA[message]
            text = f"{talker},{direction},R,{speed:06.2f},{letter},{status}"
            return f"${text}*{_xor(text):02X}{self._end}"
        return self._framed(f"{self.settings['N']},{direction},{speed:06.2f},{letter},00,")

    def _direction(self, wind: Wind) -> str:
        """Below the threshold (K) there is none: left empty (O1) or the last one again (O2)."""
        if wind.speed_m_s >= int(self.settings["K"]) / 1000.0:
            self._last_direction = round(wind.direction_deg) % 360
        elif self.settings["O"] == "1":
            return ""
        return f"{self._last_direction:03d}"

    def _framed(self, text: str) -> str:
        return f"\x02{text}\x03{_xor(text):02X}{self._end}"

    def _banner(self) -> str:
        return "".join(f"{line}{self._end}" for line in BANNER) if self.settings["H"] == "1" else ""


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+07.2f}"


def _xor(text: str) -> int:
    total = 0
    for byte in text.encode("ascii"):
        total ^= byte
    return total


def _make(seed: int, now: float, _warm_up_s: float | None) -> WindSonic:
    return WindSonic(functools.partial(physics.wind, seed), now)


def _make_polled(seed: int, now: float, _warm_up_s: float | None) -> WindSonic:
    settings = {**_defaults(), "M": "4"}
    return WindSonic(functools.partial(physics.wind, seed), now, settings, "gill_windsonic_polled")


SIMULATED: Mapping[str, Maker] = {"windsonic": _make, "windsonic_polled": _make_polled}
