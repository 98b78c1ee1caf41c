# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the Winsen MH-Z19B and MH-Z19C have in common: reading, warm-up, commands. Pure: yields requests.

Sources: Winsen, MH-Z19B user manual v1.5 (2019) and MH-Z19C user manual v1.2 (2021). Temperature, firmware and range
are read as open drivers do (ESPHome, Tasmota, WifWaf/MH-Z19): the manuals do not tell them, so nothing depends on them.
"""

from dataclasses import dataclass

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput, MalformedFrame, NoReply, NotReady
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import winsen
from edge_daemon.instruments.driver import (
    Action,
    Dialogue,
    Identity,
    Match,
    Options,
    Pause,
    Sample,
    Setting,
    Steps,
)

RANGES_PPM = (2000, 5000, 10_000)
DEFAULT_RANGE_PPM = 5000
AFTER_COMMAND_S = 0.2

FIRMWARE = 0xA0
RANGE = 0x9B
SET_SELF_CALIBRATION = 0x79
SET_ZERO = 0x87
SET_SPAN = 0x88
SET_RANGE = 0x99

_SWITCH = {True: 0xA0, False: 0x00}
_BOOTING = 15_000
_PROBE_S = 0.3


@dataclass(frozen=True, slots=True)
class Measured:
    """One reply: CO2 in ppm as sent; temperature inside the module in °C, or None where it sends none."""

    co2_ppm: int
    temperature_degc: float | None


def decode(data: bytes) -> Measured:
    """Six bytes of a reply to 0x86.

    Raises NotReady for the values of the warm-up: all zero, or the number 15000 where it counts while booting.
    MalformedFrame for another length.
    """
    if len(data) != winsen.REPLY_LENGTH - 3:
        raise MalformedFrame(f"{len(data)} bytes where a measurement of an MH-Z19 has 6")
    if not any(data):
        raise NotReady("the MH-Z19 sends only zeros: it is warming up")
    if int.from_bytes(data[4:6], "big") == _BOOTING:
        raise NotReady("the MH-Z19 is still starting: its CO2 value is a placeholder")
    return Measured(int.from_bytes(data[:2], "big"), data[2] - 40.0 if data[2] else None)


def start(options: Options) -> Steps:
    """Check the range, send the wanted state of self-calibration, which the module forgets, and see that it answers.

    Options: `range_ppm` 2000, 5000 (default) or 10000; `self_calibration`, left alone where it is not given. Raises
    BadInput for an option.
    """
    _range_ppm(options)
    if "self_calibration" in options:
        yield from write_self_calibration(options, options["self_calibration"])
    yield from _read()
    return None


def measure(options: Options, least_ppm: int) -> Steps:
    """CO2 in ppm and the module's temperature in °C; values outside `least_ppm` to the range are flagged suspect."""
    range_ppm = _range_ppm(options)
    data = yield from _read()
    try:
        measured = decode(data)
    except NotReady:
        # It has just started and so forgotten what was chosen.
        if "self_calibration" in options:
            yield from write_self_calibration(options, options["self_calibration"])
        raise
    channels = {"co2": float(measured.co2_ppm), "temperature": measured.temperature_degc}
    if measured.co2_ppm >= range_ppm:
        return Sample(channels, {"co2": Flag.SUSPECT}, f"CO2 at the end of the range: {range_ppm} ppm or more")
    if measured.co2_ppm < least_ppm:
        return Sample(channels, {"co2": Flag.SUSPECT}, f"CO2 below the specified {least_ppm} ppm")
    return Sample(channels)


def identify(_options: Options) -> Dialogue[Identity]:
    """The firmware's four digits, where the module tells them. It tells no serial number."""
    try:
        reply = yield winsen.exchange(FIRMWARE, timeout_s=_PROBE_S, tries=2)
    except NoReply:
        return Identity()
    digits = winsen.payload(reply, FIRMWARE)[:4]
    if not digits.isdigit():
        raise MalformedFrame(f"a firmware of other than four digits: {digits.hex(' ')}")
    return Identity(firmware=digits.decode("ascii"))


def ask() -> Dialogue[Match | None]:
    """The CO2 reading, then the firmware, by which the two models can be guessed apart but not told apart."""
    reply = yield winsen.exchange(winsen.READ, timeout_s=_PROBE_S, tries=2)
    winsen.payload(reply, winsen.READ)
    identity = yield from identify({})
    model = "winsen_mhz19c" if identity.firmware.startswith("05") else "winsen_mhz19b"
    guess = f"firmware {identity.firmware}" if identity.firmware else "no firmware told"
    note = (
        f"A Winsen module that speaks as an MH-Z19 does ({guess}): compare the label. MH-Z19B and MH-Z19C differ in "
        "warm-up and range; single-gas modules of the ZE series answer in the same form."
    )
    return Match(model, certain=False, identity=identity, note=note)


def write_self_calibration(_options: Options, value: OptionValue) -> Dialogue[None]:
    """Switch the automatic baseline correction (0x79). Raises BadInput for other than true or false."""
    if not isinstance(value, bool):
        raise BadInput("self_calibration", value, "true or false is allowed")
    yield from _command(SET_SELF_CALIBRATION, bytes([_SWITCH[value], 0, 0, 0, 0]))


def write_range(_options: Options, value: OptionValue) -> Dialogue[None]:
    """Set the detection range in ppm (0x99). Raises BadInput for a range there is not."""
    range_ppm = _range_ppm({"range_ppm": value})
    yield from _command(SET_RANGE, b"\0" + range_ppm.to_bytes(4, "big"))


def read_range(_options: Options) -> Dialogue[OptionValue]:
    """The detection range in ppm, of firmware that tells it."""
    reply = yield winsen.exchange(RANGE)
    return int.from_bytes(winsen.payload(reply, RANGE)[2:4], "big")


def calibrate_zero(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    """Take the present air for 400 ppm (0x87)."""
    yield from _command(SET_ZERO, bytes(5))
    return (yield from _told("take the present air for 400 ppm"))


def calibrate_span(_options: Options, reference: OptionValue | None) -> Dialogue[str]:
    """Take the present gas for `reference` ppm (0x88), 1000 to 5000. Raises BadInput for another."""
    if isinstance(reference, bool | str | None) or not 1000 <= reference <= 5000:
        raise BadInput("reference", reference, "1000 to 5000 ppm is allowed")
    yield from _command(SET_SPAN, round(reference).to_bytes(2, "big") + bytes(3))
    return (yield from _told(f"take the present gas for {round(reference)} ppm"))


def _range_ppm(options: Options) -> int:
    value = options.get("range_ppm", DEFAULT_RANGE_PPM)
    if isinstance(value, bool | str) or value not in RANGES_PPM:
        raise BadInput("range_ppm", value, f"one of {', '.join(map(str, RANGES_PPM))} is allowed")
    return int(value)


def _read() -> Dialogue[bytes]:
    reply = yield winsen.exchange(winsen.READ)
    return winsen.payload(reply, winsen.READ)


def _command(command: int, data: bytes) -> Dialogue[None]:
    yield winsen.unanswered(command, data)
    yield Pause(AFTER_COMMAND_S)


def _told(what: str) -> Dialogue[str]:
    yield from _read()
    return f"The MH-Z19 was told to {what}. It confirms nothing: check its reading in a known gas."


SELF_CALIBRATION = Setting(
    "self_calibration",
    "Automatic self-calibration (ABC)",
    "switch",
    True,
    "until_power_off",
    help="On again after every loss of power; the state chosen is sent at each connection. It cannot be read back.",
    risk="Left on, the module takes the lowest CO2 of a day for 400 ppm and shifts its calibration without a record.",
    evidence_risk=True,
    write=write_self_calibration,
    alters_values=False,
)

ZERO = Action(
    "zero_calibration",
    "Calibrate to fresh air (400 ppm)",
    calibrate_zero,
    risk="Only after 20 minutes in steady outdoor air: elsewhere it puts the calibration wrong for good.",
    calibrates=True,
)
