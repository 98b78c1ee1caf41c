# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Sensirion SCD30: CO2, temperature and humidity over Modbus RTU. Pure: yields requests, never opens a port.

Sources: Interface Description SCD30 1.0 D1 (May 2020) 1.4, Datasheet SCD30 1.0 D1 (May 2020). Nothing is written that
the device already holds, and its automatic self-calibration is never switched: the technician decides about it.
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame, NotReady, ReadsOtherwise
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus
from edge_daemon.instruments.driver import (
    TOLD_REFERENCE,
    TOLD_SELF_CALIBRATION,
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

ADDRESS = 0x61

FIRMWARE = 0x0020
INTERVAL = 0x0025
READY = 0x0027
MEASUREMENT = 0x0028
RESET = 0x0034
START = 0x0036
ALTITUDE = 0x0038
FORCED_RECALIBRATION = 0x0039
SELF_CALIBRATION = 0x003A
TEMPERATURE_OFFSET = 0x003B

MEASUREMENT_WORDS = 6
REFERENCE_AT_POWER_UP = 400
LEAST_PLAUSIBLE_CO2_PPM = 200.0
MOST_SPECIFIED_CO2_PPM = 10_000.0
RESTART_S = 3.0
POLL_S = 0.5

_Words = Dialogue[tuple[int, ...]]
_Nothing = Dialogue[None]
_Answer = Dialogue[bool]


@dataclass(frozen=True, slots=True)
class _Settings:
    interval_s: int
    pressure_mbar: int
    altitude_m: int


def start(options: Options) -> Steps:
    """Identify the device, set what differs, start it and throw its first measurement away.

    Options: `interval_s` 2..1800 (default 2); `pressure_mbar` 700..1400, or 0 (default) for none; `altitude_m` 0..65535
    (default 0), which the device uses only without a pressure. The first measurement may be old or unsettled. Without
    one within two intervals and two seconds the device is restarted once. Raises BadInput for an option, NotReady when
    the restart does not help, DeviceRefused when a written setting does not read back.
    """
    settings = _settings(options)
    yield from _read(FIRMWARE)
    yield from _set_up(settings)
    if (yield from _first_discarded(settings.interval_s)):
        return None
    yield from _write(RESET, 1)
    yield Pause(RESTART_S)
    yield from _set_up(settings)
    if not (yield from _first_discarded(settings.interval_s)):
        raise NotReady("the SCD30 gives no measurement, not even after a restart")
    return None


def measure(_options: Options) -> Steps:
    """The waiting measurement, or None. All six words come in one request: two requests could mix two measurements."""
    if not (yield from _ready()):
        return None
    request = modbus.read_request(ADDRESS, MEASUREMENT, MEASUREMENT_WORDS)
    reply = yield Exchange(request, modbus.reply_length)
    return decode(modbus.register_bytes(request, reply))


def decode(data: bytes) -> Sample:
    """Twelve bytes, three big-endian floats, as co2 in ppm, temperature in °C and humidity in %.

    Raises NotReady while the device has no CO2 value, MalformedFrame for other than twelve bytes or numbers that are
    not finite.
    """
    if len(data) != 2 * MEASUREMENT_WORDS:
        raise MalformedFrame(f"{len(data)} bytes where a measurement has {2 * MEASUREMENT_WORDS}")
    co2, temperature, humidity = struct.unpack(">fff", data)
    if not (math.isfinite(co2) and math.isfinite(temperature) and math.isfinite(humidity)):
        raise MalformedFrame(f"the measurement {data.hex(' ')} holds a number that is not finite")
    if co2 <= 0:
        raise NotReady(f"the SCD30 has no CO2 value yet (it sent {co2:g} ppm)")
    flags, status = _doubt(co2)
    return Sample({"co2": co2, "temperature": temperature, "humidity": humidity}, flags, status)


def _doubt(co2: float) -> tuple[dict[str, Flag], str]:
    if co2 < LEAST_PLAUSIBLE_CO2_PPM:
        return {"co2": Flag.FAIL}, f"CO2 below {LEAST_PLAUSIBLE_CO2_PPM:g} ppm: not a valid measurement"
    if co2 > MOST_SPECIFIED_CO2_PPM:
        return {"co2": Flag.SUSPECT}, f"CO2 above {MOST_SPECIFIED_CO2_PPM:g} ppm: outside the specified accuracy"
    return {}, "ok"


def _settings(options: Options) -> _Settings:
    interval_s = _whole(options, "interval_s", 2)
    pressure_mbar = _whole(options, "pressure_mbar", 0)
    altitude_m = _whole(options, "altitude_m", 0)
    if not 2 <= interval_s <= 1800:
        raise BadInput("interval_s", interval_s, "a whole number of seconds from 2 to 1800 is allowed")
    if pressure_mbar != 0 and not 700 <= pressure_mbar <= 1400:
        raise BadInput("pressure_mbar", pressure_mbar, "0 (no pressure) or 700 to 1400 mbar is allowed")
    if not 0 <= altitude_m <= 0xFFFF:
        raise BadInput("altitude_m", altitude_m, "0 to 65535 m is allowed")
    return _Settings(interval_s, pressure_mbar, altitude_m)


def _whole(options: Options, name: str, default: int) -> int:
    value = options.get(name, default)
    if isinstance(value, bool | str) or not float(value).is_integer():
        raise BadInput(name, value, "a whole number is allowed")
    return int(value)


def _set_up(settings: _Settings) -> _Nothing:
    (self_calibration,) = yield from _read(SELF_CALIBRATION)
    if self_calibration not in {0, 1}:
        raise MalformedFrame(f"the state of self-calibration reads {self_calibration}, which no SCD30 sends")
    yield from _keep(INTERVAL, settings.interval_s)
    if settings.pressure_mbar == 0:
        yield from _keep(ALTITUDE, settings.altitude_m)
    yield from _write(START, settings.pressure_mbar)


def _keep(register: int, value: int) -> _Nothing:
    # These registers outlive a power cut in memory that wears out, so what is right already is left alone.
    (held,) = yield from _read(register)
    if held == value:
        return
    yield from _write(register, value)
    (held,) = yield from _read(register)
    if held != value:
        raise DeviceRefused(f"register 0x{register:04X} reads {held} after {value} was written")


def _first_discarded(interval_s: int) -> _Answer:
    for _ in range(round((2 * interval_s + 2) / POLL_S)):
        if (yield from _ready()):
            yield from _read(MEASUREMENT, MEASUREMENT_WORDS)
            return True
        yield Pause(POLL_S)
    return False


def _ready() -> _Answer:
    (ready,) = yield from _read(READY)
    return ready == 1


def _read(register: int, count: int = 1) -> _Words:
    request = modbus.read_request(ADDRESS, register, count)
    reply = yield Exchange(request, modbus.reply_length)
    return modbus.registers(request, reply)


def _write(register: int, value: int) -> _Nothing:
    request = modbus.write_request(ADDRESS, register, value)
    reply = yield Exchange(request, modbus.reply_length)
    modbus.check_written(request, reply)


def identify(_options: Options) -> Dialogue[Identity]:
    """Firmware version, whether the device changes its own calibration, and the reference it was recalibrated to since
    it has power. It tells no serial number."""
    (firmware,) = yield from _read(FIRMWARE)
    (self_calibration,) = yield from _read(SELF_CALIBRATION)
    (reference,) = yield from _read(FORCED_RECALIBRATION)
    details = {TOLD_SELF_CALIBRATION: "on" if self_calibration else "off"}
    if reference != REFERENCE_AT_POWER_UP:
        details[TOLD_REFERENCE] = str(reference)
    return Identity(firmware=f"{firmware >> 8}.{firmware & 0xFF}", details=details)


def ask() -> Dialogue[Match | None]:
    """The firmware version, at an address and line speed that no other known instrument uses."""
    identity = yield from identify({})
    return Match("sensirion_scd30", identity=identity, note="its serial number is on its label only")


def _reader(register: int, factor: float) -> Callable[[Options], Dialogue[OptionValue]]:
    def read(_options: Options) -> Dialogue[OptionValue]:
        (count,) = yield from _read(register)
        return count * factor

    return read


def _writer(register: int, counts_per_unit: float) -> Callable[[Options, OptionValue], _Nothing]:
    def write(_options: Options, value: OptionValue) -> _Nothing:
        yield from _keep(register, round(float(value) * counts_per_unit))

    return write


def _read_self_calibration(_options: Options) -> Dialogue[OptionValue]:
    (state,) = yield from _read(SELF_CALIBRATION)
    return state == 1


def _write_pressure(_options: Options, value: OptionValue) -> _Nothing:
    yield from _write(START, _settings({"pressure_mbar": value}).pressure_mbar)


def _restart(_options: Options, _argument: OptionValue | None) -> Dialogue[str]:
    yield from _write(RESET, 1)
    yield Pause(RESTART_S)
    return "The SCD30 has started again."


def _recalibrate(_options: Options, reference: OptionValue | None) -> Dialogue[str]:
    if reference is None:
        raise BadInput("reference", None, "the CO2 of the reference gas in ppm is needed")
    wanted = round(float(reference))
    yield from _write(FORCED_RECALIBRATION, wanted)
    try:
        (held,) = yield from _read(FORCED_RECALIBRATION)
    except DeviceRefused as refusal:  # of the question alone: it had taken the command
        raise ReadsOtherwise(f"the SCD30 took {wanted} ppm, and did not tell it again: {refusal}") from refusal
    if held != wanted:
        raise ReadsOtherwise(f"the SCD30 was told {wanted} ppm as its reference, and holds {held} ppm")
    return f"The SCD30 took {wanted} ppm as its reference, and told it again when it was asked."


SETTINGS = (
    Setting(
        "interval_s",
        "Measuring interval of the device",
        "whole",
        2,
        "permanent",
        unit="s",
        minimum=2,
        maximum=1800,
        help="A longer interval saves power. The sampling interval should be no shorter.",
        read=_reader(INTERVAL, 1),
        write=_writer(INTERVAL, 1),
        alters_values=False,
    ),
    Setting(
        "pressure_mbar",
        "Ambient pressure",
        "whole",
        0,
        "permanent",
        unit="mbar",
        minimum=0,
        maximum=1400,
        help="700 to 1400 mbar, or 0 to compensate by the altitude instead.",
        risk="A wrong pressure scales every CO2 value. Above 1200 mbar the maker's documents contradict each other.",
        write=_write_pressure,
    ),
    Setting(
        "altitude_m",
        "Altitude above sea level",
        "whole",
        0,
        "permanent",
        unit="m",
        minimum=0,
        maximum=65535,
        help="Used only while no ambient pressure is set.",
        risk="A wrong altitude scales every CO2 value.",
        read=_reader(ALTITUDE, 1),
        write=_writer(ALTITUDE, 1),
    ),
    Setting(
        "temperature_offset",
        "Temperature offset",
        "number",
        0.0,
        "permanent",
        unit="°C",
        minimum=0,
        maximum=655.35,
        help="Subtracted by the device, for its own warmth.",
        risk="It also moves the relative humidity.",
        read=_reader(TEMPERATURE_OFFSET, 0.01),
        write=_writer(TEMPERATURE_OFFSET, 100),
    ),
    Setting(
        "self_calibration",
        "Automatic self-calibration",
        "switch",
        False,
        "permanent",
        help="The device takes the lowest CO2 of some days for fresh air and shifts its calibration by itself.",
        risk="Left on, the calibration changes without a record, so readings cannot be proven against a standard.",
        evidence_risk=True,
        read=_read_self_calibration,
        write=_writer(SELF_CALIBRATION, 1),
        alters_values=False,
    ),
)

ACTIONS = (
    Action("restart", "Restart", _restart, risk="Readings stop for a few seconds."),
    Action(
        "forced_recalibration",
        "Recalibrate to a reference gas",
        _recalibrate,
        risk="The calibration changes at once and cannot be undone.",
        argument=Setting("reference", "CO2 of the reference", "whole", 400, unit="ppm", minimum=400, maximum=2000),
        calibrates=True,
    ),
)

DRIVER = PolledDriver(
    name="sensirion_scd30",
    version="1",
    source="Sensirion, Interface Description SCD30, version 1.0 D1, May 2020",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(10, "SCD30: read the firmware version", LineSettings(19_200), ask),),
    settings=SETTINGS,
    actions=ACTIONS,
)
