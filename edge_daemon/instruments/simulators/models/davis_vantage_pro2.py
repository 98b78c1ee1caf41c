# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Davis Vantage Pro2 console with its station under the weather. Pure.

Source: Davis Instruments, Vantage Pro serial communication reference, revisions 2.3 to 2.6.1.
"""

import calendar
import math
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.weather import RainBucket, Weather, weather

ACK, NAK, BAD_CHECKSUM = b"\x06", b"\x15", b"\x18"
SLEEPS_AFTER_S = 120.0
PACKET_EVERY_S = 2.0
LONGEST_COMMAND = 64
MEMORY_BYTES = 0x100
SETUP_BITS, ARCHIVE_MINUTES, ELEVATION, OFFSETS = 0x2B, 0x2D, 0x0F, 0x32
IN_TEMPERATURE, OUT_TEMPERATURE, OUT_HUMIDITY, DIRECTION = 0x32, 0x34, 0x45, 0x4D
TIP_MM = (0.254, 0.2, 0.1)
ARCHIVE_CHOICES = {1, 5, 10, 15, 30, 60, 120}
ELEVATION_FT = 27
FEET_PER_INHG = 1000.0
FIRMWARE_DATE, FIRMWARE = "Sep 29 2009", "1.90"
WHICH_MODEL, MODEL = b"WRD\x12M", 16
MOST_PACKETS = 2048
INHG_PER_HPA = 1 / 33.8639
MPH_PER_M_S = 1 / 0.44704


def crc(data: bytes) -> bytes:
    """CRC-CCITT from zero, high byte first, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value.to_bytes(2, "big")


def _text(*lines: str) -> bytes:
    return b"".join(b"\n\r" + line.encode("ascii") for line in ("OK", *lines)) + b"\n\r"


ANSWERS: Mapping[bytes, bytes] = {
    b"TEST": b"\n\rTEST\n\r",
    b"VER": _text(FIRMWARE_DATE),
    b"NVER": _text(FIRMWARE),
    b"RXCHECK": _text(" 21629 15 0 3204 128"),
    b"LAMPS 0": _text(),
    b"LAMPS 1": _text(),
}


def _delivered() -> bytearray:
    memory = bytearray(MEMORY_BYTES)
    memory[OFFSETS + 1] = 0xFF
    memory[ARCHIVE_MINUTES] = 30
    memory[SETUP_BITS] = 0x10
    memory[ELEVATION : ELEVATION + 2] = ELEVATION_FT.to_bytes(2, "little")
    return memory


@dataclass(slots=True)
class VantagePro2:
    """The console: asleep or awake, answering commands, sending packets until a character comes.

    `seed` makes its weather; `now` is when it was switched on. It keeps its memory and counters without power.
    """

    seed: int
    now: float
    memory: bytearray = field(default_factory=_delivered)
    model: str = "davis_vantage_pro2"
    _typed: bytes = field(default=b"", init=False)
    _awake_until: float = field(default=-math.inf, init=False)
    _expects: tuple[str, int, int] | None = field(default=None, init=False)
    _packets: list[int] = field(default_factory=list, init=False)
    _next_at: float = field(default=math.inf, init=False)
    _clock_offset_s: float = field(default=0.0, init=False)
    _barometer_hpa: float = field(default=0.0, init=False)
    _bucket: RainBucket = field(init=False)

    def __post_init__(self) -> None:
        """Hang a bucket of the size that the memory says under the sky."""
        self._bucket = RainBucket(self.seed, self.now, TIP_MM[self._collector()])

    def power_up(self, now: float) -> None:  # noqa: ARG002 - batteries keep memory, counters and clock
        """It sleeps until it is woken."""
        self._typed = b""
        self._awake_until = -math.inf
        self._expects = None
        self._stop()

    def receive(self, data: bytes, now: float) -> bytes:
        """Wake, or act on each command."""
        if not data:
            return b""
        self._stop()
        asleep = now > self._awake_until
        self._awake_until = now + SLEEPS_AFTER_S
        if asleep:
            self._typed, self._expects = b"", None
            data = data[1:]  # the first character only wakes it
        answers = b""
        for byte in data:
            answers += self._take(byte, now)
        return answers

    def due(self, now: float) -> bytes:
        """The next packet that was asked for."""
        if now < self._next_at or not self._packets:
            return b""
        kind = self._packets.pop(0)
        self._next_at = now + PACKET_EVERY_S if self._packets else math.inf
        self._awake_until = now + SLEEPS_AFTER_S
        return self._packet(kind, now)

    def next_due(self) -> float:
        """When the next packet comes."""
        return self._next_at

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of a checksum; text and single characters carry none."""
        return sent[:-1] + bytes([sent[-1] ^ 0xFF]) if len(sent) > 2 and not sent.endswith(b"\n\r") else sent

    def _stop(self) -> None:
        self._packets = []
        self._next_at = math.inf

    def _take(self, byte: int, now: float) -> bytes:
        if self._expects is not None:
            return self._take_data(byte, now)
        if byte not in b"\n\r":
            self._typed = (self._typed + bytes([byte]))[-LONGEST_COMMAND:]
            return b""
        typed, self._typed = self._typed, b""
        if not typed:
            return b"\n\r"
        try:
            return self._obey(typed, now)
        except ValueError:
            return NAK

    def _take_data(self, byte: int, now: float) -> bytes:
        assert self._expects is not None
        name, address, count = self._expects
        self._typed += bytes([byte])
        if len(self._typed) < count + 2:
            return b""
        data, check = self._typed[:-2], self._typed[-2:]
        self._typed, self._expects = b"", None
        if crc(data) != check:
            return BAD_CHECKSUM
        if name == "EEBWR":
            self.memory[address : address + count] = data
            return ACK
        second, minute, hour, day, month, year = data
        try:
            self._clock_offset_s = calendar.timegm((1900 + year, month, day, hour, minute, second)) - now
        except ValueError:
            return NAK
        return ACK

    def _obey(self, typed: bytes, now: float) -> bytes:
        if typed == WHICH_MODEL:
            return ACK + bytes([MODEL])
        if typed in ANSWERS:
            return ANSWERS[typed]
        name, *words = typed.decode("ascii").split()
        if name in {"LOOP", "LPS"}:
            return self._send(name, [int(word) for word in words], now)
        if name in {"EEBRD", "EEBWR"}:
            address, count = (int(word, 16) for word in words)
            return self._memory(name, address, count)
        return self._set(name, words, now)

    def _memory(self, name: str, address: int, count: int) -> bytes:
        if address < 0 or count <= 0 or address + count > MEMORY_BYTES:
            return NAK
        if name == "EEBWR":
            self._expects = (name, address, count)
            return ACK
        held = bytes(self.memory[address : address + count])
        return ACK + held + crc(held)

    def _set(self, name: str, words: list[str], now: float) -> bytes:
        match name, words:
            case "BARDATA", []:
                return self._barometer_data(now)
            case "GETTIME", []:
                moment = time.gmtime(now + self._clock_offset_s)
                clock = bytes([moment.tm_sec, moment.tm_min, moment.tm_hour, moment.tm_mday, moment.tm_mon])
                clock += bytes([moment.tm_year - 1900])
                return ACK + clock + crc(clock)
            case "SETTIME", []:
                self._expects = (name, 0, 6)
                return ACK
            case "SETPER", [minutes] if int(minutes) in ARCHIVE_CHOICES:
                self.memory[ARCHIVE_MINUTES] = int(minutes)
                return _text()
            case "NEWSETUP", []:
                self._bucket.tip_mm = TIP_MM[self._collector()]
                return ACK
            case str(), [elevation] if name.startswith("BAR=") and 20_000 <= int(name[4:]) <= 32_500:
                self.memory[ELEVATION : ELEVATION + 2] = struct.pack("<h", min(max(int(elevation), -2000), 15_000))
                self._barometer_hpa = int(name[4:]) / 1000 / INHG_PER_HPA - weather(self.seed, now).pressure_hpa
                return _text()
        return NAK

    def _send(self, name: str, numbers: list[int], now: float) -> bytes:
        kinds, count = (1, *numbers) if name == "LOOP" else numbers
        pattern = [kind for kind in (0, 1) if kinds >> kind & 1]
        if not pattern or not 1 <= count <= MOST_PACKETS:
            return NAK
        self._packets = [pattern[place % len(pattern)] for place in range(count)]
        self._next_at = now
        return ACK

    def _barometer_data(self, now: float) -> bytes:
        thousandths = round(self._pressure_inhg(weather(self.seed, now)) * 1000)
        pairs = ("DEW POINT 56", "VIRTUAL TEMP 63", "C 29", "R 1001", "BARCAL 0", "GAIN 1533", "OFFSET 18110")
        elevation = int.from_bytes(self.memory[ELEVATION : ELEVATION + 2], "little", signed=True)
        return _text(f"BAR {thousandths}", f"ELEVATION {elevation}", *pairs)

    def _collector(self) -> int:
        return min(self.memory[SETUP_BITS] >> 4 & 3, len(TIP_MM) - 1)

    def _pressure_inhg(self, seen: Weather) -> float:
        return (seen.pressure_hpa + self._barometer_hpa) * INHG_PER_HPA

    def _packet(self, kind: int, now: float) -> bytes:
        self._bucket.advance(now)
        seen = weather(self.seed, now)
        packet = bytearray(b"\xff" * 95)
        packet[:5] = b"LOO\x00" + bytes([kind])
        self._put_shared(packet, seen)
        (self._put_loop if kind == 0 else self._put_loop2)(packet, seen)
        content = bytes(packet) + b"\n\r"
        return content + crc(content)

    def _put_shared(self, packet: bytearray, seen: Weather) -> None:
        signed = struct.Struct("<b").unpack_from
        inside_f10 = 712 + signed(self.memory, IN_TEMPERATURE)[0]
        outside_f10 = round((seen.temperature_degc * 1.8 + 32) * 10) + signed(self.memory, OUT_TEMPERATURE)[0]
        struct.pack_into("<HhBh", packet, 7, round(self._pressure_inhg(seen) * 1000), inside_f10, 45, outside_f10)
        packet[14] = round(seen.speed_m_s * MPH_PER_M_S)
        (turned,) = struct.unpack_from("<h", self.memory, DIRECTION)
        struct.pack_into("<H", packet, 16, (round(seen.direction_deg) + turned - 1) % 360 + 1)
        packet[33] = min(max(round(seen.humidity_percent) + signed(self.memory, OUT_HUMIDITY)[0], 0), 100)
        struct.pack_into("<H", packet, 41, round(seen.rain_mm_h / self._bucket.tip_mm))
        packet[43] = round(seen.sunlight_w_m2 / 100 * 10 * 0.9)
        struct.pack_into("<H", packet, 44, round(seen.sunlight_w_m2))
        struct.pack_into("<HHHHHH", packet, 46, 0, 0xFFFF, *(self._bucket.day_tips,) * 3, 61)

    def _put_loop(self, packet: bytearray, seen: Weather) -> None:
        struct.pack_into("<H", packet, 5, 1213)
        packet[15] = round(seen.mean_m_s * MPH_PER_M_S)
        struct.pack_into("<HH", packet, 52, self._bucket.day_tips + 129, self._bucket.year_tips)
        struct.pack_into("<HH", packet, 58, 213, 1422)
        packet[70:87] = bytes(17)
        struct.pack_into("<HBBHH", packet, 87, 788, 6, 45, 612, 1958)

    def _put_loop2(self, packet: bytearray, seen: Weather) -> None:
        mean, gust = seen.mean_m_s * MPH_PER_M_S, round(seen.gust_m_s * MPH_PER_M_S)
        bearing = round(seen.gust_direction_deg - 1) % 360 + 1
        struct.pack_into("<HHHH", packet, 18, round(mean * 10), round(mean * 10), gust, bearing)
        struct.pack_into("<HH", packet, 52, 0, 0)
        struct.pack_into("<HBhh", packet, 58, self._bucket.day_tips, 2, 0, 0)
        elevation = int.from_bytes(self.memory[ELEVATION : ELEVATION + 2], "little", signed=True)
        sea = self._pressure_inhg(seen)
        station = round((sea - elevation / FEET_PER_INHG) * 1000)
        struct.pack_into("<HHH", packet, 65, station, station, round(sea * 1000))


def _make(seed: int, now: float, _warm_up_s: float | None) -> VantagePro2:
    return VantagePro2(seed, now)


SIMULATED: Mapping[str, Maker] = {"vantage_pro2": _make}
