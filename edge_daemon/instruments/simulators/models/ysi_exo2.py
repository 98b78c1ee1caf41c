# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated YSI EXO2 sonde in a pond, behind each of its adapters. Pure.

Sources: open drivers of the adapters (Modbus registers, command line); SDI-12 Support Group, SDI-12 specification 1.4.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.modbus_line import (
    ILLEGAL_ADDRESS,
    ILLEGAL_VALUE,
    ModbusLine,
    Refusal,
    placed,
    words,
)
from edge_daemon.instruments.simulators.water import pond

SERIAL, FIRMWARE = "17E102345", "112"
DELIVERED = (1, 7, 18, 212, 223)
SLOTS = 32
CODES, STATES, VALUES = 128, 256, 384
AVAILABLE, NOT_SET, NOT_AVAILABLE = 0, 1, 2
WIPE_S = 15.0
MEASURING_S = 3
LONGEST_LINE = 256
BANNER = b"SDI-12 adapter 1.2\r\nready\r\n"
BANNER_AFTER_S = 0.5
LONGEST_AFTER_M, LONGEST_AFTER_C = 35, 75


class ModbusExo:
    """The registers of the Modbus adapter."""

    model = "ysi_exo2_modbus"
    address = 1

    def __init__(self, seed: int, codes: tuple[int, ...] = DELIVERED) -> None:
        self._seed = seed
        self._slots = [*codes, *(0,) * (SLOTS - len(codes))]
        self._period_s = 1

    def power_up(self, now: float) -> None:
        """Nothing is forgotten."""

    def most_registers(self) -> int:
        """As the standard allows."""
        return 125

    def registers(self, now: float) -> Mapping[int, int]:
        """The whole map at this time."""
        water = pond(self._seed, math.floor(now / self._period_s) * self._period_s)
        map_ = {**placed(0, (self._period_s, 0, 0)), **placed(CODES, self._slots)}
        ended = False
        for slot, code in enumerate(self._slots):
            ended = ended or code == 0
            state = NOT_SET if ended else AVAILABLE if code in water else NOT_AVAILABLE
            high, low = words("f", water[code] if state == AVAILABLE else 0.0)
            map_ |= {STATES + slot: state, VALUES + 2 * slot: low, VALUES + 2 * slot + 1: high}
        return map_

    def write(self, register: int, value: int, now: float) -> None:  # noqa: ARG002 - nothing depends on when
        """Sample period, sample, wipe and the list."""
        if CODES <= register < CODES + SLOTS:
            self._slots[register - CODES] = value
        elif register == 0 and value > 0:
            self._period_s = value
        elif register not in {1, 2}:
            raise Refusal(ILLEGAL_ADDRESS if register else ILLEGAL_VALUE)
        elif value != 1:
            raise Refusal(ILLEGAL_VALUE)


def sdi_crc(data: bytes) -> bytes:
    """CRC-16/ARC as three characters, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0xA001 if value & 1 else value >> 1
    return bytes([64 + (value >> 12), 64 + (value >> 6 & 63), 64 + (value & 63)])


@dataclass(slots=True)
class Sdi12Exo:
    """The sonde on SDI-12, with an adapter that gives typed characters back and prints a banner when it starts."""

    seed: int
    now: float
    codes: tuple[int, ...] = DELIVERED
    address: str = "0"
    serial: str = SERIAL
    model: str = "ysi_exo2_sdi12"
    _typed: bytes = field(default=b"", init=False)
    _parts: list[str] = field(default_factory=list, init=False)
    _checked: bool = field(default=False, init=False)
    _ready_at: float = field(default=math.inf, init=False)
    _request_at: float = field(default=math.inf, init=False)
    _banner_at: float = field(default=math.inf, init=False)

    def power_up(self, now: float) -> None:
        """The adapter starts again; what was measured is gone."""
        self._typed, self._parts = b"", []
        self._ready_at = self._request_at = math.inf
        self._banner_at = now + BANNER_AFTER_S

    def receive(self, data: bytes, now: float) -> bytes:
        """Carry out each command that ends in an exclamation mark; line ends mean nothing to the adapter."""
        answers = b""
        for byte in data:
            self._typed = (self._typed + bytes([byte]))[-LONGEST_LINE:] if byte not in b"\r\n" else self._typed
            if byte == ord("!"):
                command, self._typed = self._typed, b""
                answers += command + b"\r\n" + self._answer(command[:-1].decode("latin-1"), now)
        return answers

    def due(self, now: float) -> bytes:
        """The adapter's banner, and the service request of a measurement begun by M."""
        sent = b""
        if now >= self._banner_at:
            self._banner_at = math.inf
            sent += BANNER
        if now >= self._request_at:
            self._request_at = math.inf
            sent += f"{self.address}\r\n".encode("ascii")
        return sent

    def next_due(self) -> float:
        """When one of them is next."""
        return min(self._banner_at, self._request_at)

    def spoil(self, sent: bytes) -> bytes:
        """Change the last character of every checksum."""
        return re.sub(rb"([+-][0-9.+-]+[@-\x7f]{2})([@-\x7f])", lambda found: found[1] + bytes([found[2][0] ^ 1]), sent)

    def _answer(self, command: str, now: float) -> bytes:
        if command == "?":
            return self._line("")
        if not command.startswith(self.address):
            return b""
        letters = command[len(self.address) :]
        if letters == "":
            return self._line("")
        if letters == "I":
            return self._line(f"14YSI     EXO2  {FIRMWARE}{self.serial}")
        if letters in {"M", "MC", "C", "CC"}:
            return self._begin(letters, now)
        if re.fullmatch("D[0-9]", letters):
            return self._fetched(int(letters[1]), now)
        if re.fullmatch("A[0-9A-Za-z]", letters):
            self.address = letters[1]
            return self._line("")
        return b""

    def _begin(self, letters: str, now: float) -> bytes:
        concurrent, self._checked = letters[0] == "C", len(letters) > 1
        longest = LONGEST_AFTER_C if concurrent else LONGEST_AFTER_M
        water = pond(self.seed, now)
        codes = self.codes if concurrent else self.codes[:9]
        self._parts = [""]
        for code in codes:
            number = _signed(water.get(code, 0.0))
            self._parts += [""] if len(self._parts[-1]) + len(number) > longest else []
            self._parts[-1] += number
        self._ready_at = now + MEASURING_S
        self._request_at = math.inf if concurrent else self._ready_at
        return self._line(f"{MEASURING_S:03d}{len(codes):0{2 if concurrent else 1}d}")

    def _fetched(self, place: int, now: float) -> bytes:
        if now < self._ready_at:
            self._parts = []
            self._request_at = math.inf
        return self._line(self._parts[place] if place < len(self._parts) else "", checked=self._checked)

    def _line(self, text: str, *, checked: bool = False) -> bytes:
        line = f"{self.address}{text}".encode("ascii")
        return line + (sdi_crc(line) if checked else b"") + b"\r\n"


def _signed(value: float) -> str:
    """A number with its sign and at most seven digits."""
    return f"{value:+.{3 if abs(value) < 1000 else 1}f}"


@dataclass(slots=True)
class CommandLineExo:
    """The command line on the RS-232 side: echo, prompt, one line for each answer."""

    seed: int
    now: float
    codes: tuple[int, ...] = DELIVERED
    echo: bool = True
    model: str = "ysi_exo2_rs232"
    _typed: bytes = field(default=b"", init=False)
    _wipes_until: float = field(default=-math.inf, init=False)

    def power_up(self, now: float) -> None:  # noqa: ARG002 - the list is kept
        """What was typed is gone."""
        self._typed = b""

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every line that ends in a carriage return."""
        *lines, self._typed = (self._typed + data).split(b"\r")
        self._typed = self._typed[-LONGEST_LINE:]
        answers = b""
        for line in lines:
            text = line.decode("latin-1").strip()
            answer = self._answer(text.split(), now) if text else ""
            echo = line + b"\r\n" if self.echo else b""
            answers += echo + (answer.encode("ascii") + b"\r\n" if answer else b"") + b"# "
        return answers

    def due(self, now: float) -> bytes:  # noqa: ARG002 - it only answers
        """Nothing."""
        return b""

    def next_due(self) -> float:
        """Never."""
        return math.inf

    def spoil(self, sent: bytes) -> bytes:
        """The lines carry no checksum."""
        return sent

    def _answer(self, words_: list[str], now: float) -> str:
        match words_:
            case ["sn"]:
                return SERIAL
            case ["para"]:
                return " ".join(map(str, self.codes))
            case ["para", *codes] if all(re.fullmatch("[0-9]{1,3}", code) for code in codes):
                self.codes = tuple(map(int, codes))
                return " ".join(codes)
            case ["data"]:
                water = pond(self.seed, now)
                return " ".join(f"{water.get(code, 0.0):.3f}" for code in self.codes)
            case ["twipeb"]:
                self._wipes_until = now + WIPE_S
                return f"{WIPE_S:g}"
            case ["hwipesleft"]:
                return "1" if now < self._wipes_until else "0"
            case ["setecho", "0" | "1" as state]:
                self.echo = state == "1"
                return ""
            case _:
                return "?Command"


def _make_modbus(seed: int, _now: float, _warm_up_s: float | None) -> ModbusLine:
    return ModbusLine([ModbusExo(seed)])


def _make_sdi12(seed: int, now: float, _warm_up_s: float | None) -> Sdi12Exo:
    return Sdi12Exo(seed, now)


def _make_command_line(seed: int, now: float, _warm_up_s: float | None) -> CommandLineExo:
    return CommandLineExo(seed, now)


SIMULATED: Mapping[str, Maker] = {
    "exo2_modbus": _make_modbus,
    "exo2_sdi12": _make_sdi12,
    "exo2_rs232": _make_command_line,
}
