# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hukseflux SR30 pyranometer and its relatives over Modbus. Pure: yields requests, never opens a port.

Sources: Hukseflux SR05-D1A3-PV manual v1801 (map, longest read, scaling); logger makers' manuals for SR05 and SR20-D2
(the same map counted from 1); an open station collector for the SR30's diagnostic registers 98 to 199. The coils that
switch heater and ventilator are published nowhere we could read, so nothing here writes a coil.
"""

import struct
from collections.abc import Mapping

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.connection import LineSettings, Parity
from edge_daemon.domain.faults import BadInput, DeviceRefused, MalformedFrame
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments import modbus_pdu as pdu
from edge_daemon.instruments.driver import (
    TOLD_DATE,
    TOLD_FORMER_DATES,
    Action,
    Dialogue,
    Identity,
    Match,
    Options,
    PolledDriver,
    Probe,
    Sample,
    Setting,
    Steps,
)
from edge_daemon.instruments.modbus_unit import HIGHEST_ADDRESS, LOWEST_ADDRESS, Unit, choice, unit_of, unit_settings
from edge_daemon.instruments.modbus_unit import whole as whole_option

DEFAULT_ADDRESS = 1

ADDRESS = 0
MEASUREMENT, MEASUREMENT_WORDS = 2, 5
SCALES = 8
NAME, NAME_WORDS = 32, 8
SERIAL = 40
CALIBRATED = 46
VERSIONS = 61
HISTORY, HISTORY_ENTRIES = 63, 5
HUMIDITY = 98
PRESSURE = 137
TILT = 194

MOST_WORDS_A_READ = 5
PV_BASE = 0x1000

FULL, HUMID, PLAIN = "full", "humidity", "none"
LEAST_PLAUSIBLE_W_M2 = -20.0
MOST_PLAUSIBLE_W_M2 = 2000.0
DAMP_PERCENT = 50.0
HEATING_MA = 20

_Words = Dialogue[tuple[int, ...]]


def start(options: Options) -> Steps:
    """See that a pyranometer of this family answers and that the options fit it.

    Options: `address` 1 to 247, `framing`, `register_base` 0 or 4096, `diagnostics` full, humidity or none. Raises
    BadInput, DeviceRefused where another device or another register base answers, or what `Unit.ask` raises.
    """
    unit, base, _ = _settings(options)
    name = yield from _name(unit, base)
    if not name.startswith("SR"):
        raise DeviceRefused(f"address {unit.address} calls itself {name!r}, which is no pyranometer of this family")
    return None


def measure(options: Options) -> Steps:
    """One sample: `irradiance` and `irradiance_uncompensated` in W/m², `body_temperature` in °C, and what else the
    option `diagnostics` says is there: `internal_humidity` in %, `internal_pressure` in hPa, `tilt` in degrees,
    `ventilator_speed` in 1/min, `heater_current` in mA.

    The device's own scaling factors are read each time, so that no change of them can pass unseen.
    """
    unit, base, diagnostics = _settings(options)
    scales = yield from unit.registers(base + SCALES, 2)
    channels = decode((yield from unit.register_bytes(base + MEASUREMENT, MEASUREMENT_WORDS)), scales)
    if diagnostics == PLAIN:
        del channels["irradiance_uncompensated"]
        return judged(channels)
    channels["internal_humidity"] = (yield from unit.registers(base + HUMIDITY, 2))[0] * 0.01
    if diagnostics == FULL:
        channels["internal_pressure"] = (yield from unit.registers(base + PRESSURE, 1))[0] / 32
        tilt, _, speed, _, heater = yield from unit.registers(base + TILT, 5)
        channels.update({"tilt": tilt * 0.01, "ventilator_speed": float(speed), "heater_current": float(heater)})
    return judged(channels)


def decode(data: bytes, scales: tuple[int, ...]) -> dict[str, float]:
    """The ten bytes of registers 2 to 6, divided by the device's factors for irradiance and temperature.

    Raises MalformedFrame for another length or a factor of 0.
    """
    if len(data) != 2 * MEASUREMENT_WORDS or 0 in scales or len(scales) != 2:
        raise MalformedFrame(f"no measurement of a pyranometer: {data.hex(' ')} with factors {scales}")
    compensated, uncompensated, temperature = struct.unpack(">iih", data)
    return {
        "irradiance": compensated / scales[0],
        "irradiance_uncompensated": uncompensated / scales[0],
        "body_temperature": temperature / scales[1],
    }


def judged(channels: Mapping[str, float]) -> Sample:
    """The sample, with what the instrument's own diagnostics say about it. Negative values at night are normal."""
    flags: dict[str, Flag] = {}
    words: list[str] = []
    for name in ("irradiance", "irradiance_uncompensated"):
        if not LEAST_PLAUSIBLE_W_M2 <= channels.get(name, 0.0) <= MOST_PLAUSIBLE_W_M2:
            flags[name] = Flag.SUSPECT
            words.append(f"{name} outside {LEAST_PLAUSIBLE_W_M2:g} to {MOST_PLAUSIBLE_W_M2:g} W/m²")
    if channels.get("internal_humidity", 0.0) > DAMP_PERCENT:
        words.append(f"humidity inside above {DAMP_PERCENT:g} %: change the desiccant, check the seal")
    if channels.get("ventilator_speed", 1.0) == 0 and channels.get("heater_current", 0.0) > HEATING_MA:
        flags["irradiance"] = Flag.SUSPECT
        words.append("heated while the ventilator stands still")
    return Sample(dict(channels), flags, "; ".join(words) or "ok")


def identify(options: Options) -> Dialogue[Identity]:
    """Serial number, firmware, and as details the model's name, sensitivity, its date, and former ones."""
    unit, base, _ = _settings(options)
    return (yield from _identity(unit, base))


def ask() -> Dialogue[Match | None]:
    """The model's name at the address these instruments leave the factory with."""
    unit = Unit(DEFAULT_ADDRESS, tries=2)
    name = yield from _name(unit, 0)
    if not name.startswith("SR"):
        return None
    model = next((model for start, model in MODELS.items() if name.startswith(start)), "")
    identity = yield from _identity(unit, 0)
    if model:
        return Match(model, identity=identity)
    return Match("hukseflux_sr05", certain=False, identity=identity, note=f"it calls itself {name}")


MODELS = {
    "SR30": "hukseflux_sr30",
    "SR20-D2": "hukseflux_sr20",
    "SR20": "hukseflux_sr05",
    "SR15": "hukseflux_sr05",
    "SR05": "hukseflux_sr05",
}


def _identity(unit: Unit, base: int) -> Dialogue[Identity]:
    name = yield from _name(unit, base)
    serial, *sensitivity = yield from unit.registers(base + SERIAL, 3)
    calibrated = yield from unit.registers(base + CALIBRATED, 2)
    firmware, hardware = yield from unit.registers(base + VERSIONS, 2)
    details = {
        "model": name,
        "hardware version": str(hardware),
        "sensitivity in µV/(W/m²)": f"{_float(sensitivity):.6g}",
        TOLD_DATE: _date(calibrated),
    }
    dates = []
    for entry in range(HISTORY_ENTRIES):
        former = yield from unit.registers(base + HISTORY + 4 * entry, 4)
        if any(former):
            dates.append(_date(former[2:]))
            details[f"former sensitivity {entry + 1}"] = f"{_float(former[:2]):.6g} of {dates[-1]}"
    if dates:
        details[TOLD_FORMER_DATES] = ", ".join(dates)
    return Identity(str(serial), str(firmware), details)


def _name(unit: Unit, base: int) -> Dialogue[str]:
    first = yield from unit.registers(base + NAME, MOST_WORDS_A_READ)
    rest = yield from unit.registers(base + NAME + MOST_WORDS_A_READ, NAME_WORDS - MOST_WORDS_A_READ)
    return name_of((*first, *rest))


def name_of(words: tuple[int, ...]) -> str:
    """The text in registers whose low byte is the first character; other than printable ASCII becomes `?`."""
    text = b"".join(word.to_bytes(2, "little") for word in words).partition(b"\0")[0]
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in text).strip()


def _float(words: tuple[int, ...] | list[int]) -> float:
    (value,) = struct.unpack(">f", struct.pack(">HH", *words))
    return float(value)


def _date(words: tuple[int, ...]) -> str:
    text = f"{words[0] << 16 | words[1]:08d}"
    return f"{text[:-4]}-{text[-4:-2]}-{text[-2:]}"


def _settings(options: Options) -> tuple[Unit, int, str]:
    base = whole_option(options, "register_base", 0)
    if base not in {0, PV_BASE}:
        raise BadInput("register_base", base, f"0, or {PV_BASE} for an SR05-D1A3-PV, is allowed")
    return unit_of(options, DEFAULT_ADDRESS), base, choice(options, "diagnostics", (FULL, HUMID, PLAIN))


def _change_address(options: Options, address: OptionValue | None) -> Dialogue[str]:
    unit, base, _ = _settings(options)
    wanted = whole_option({} if address is None else {"address": address}, "address", 0)
    if not LOWEST_ADDRESS <= wanted <= HIGHEST_ADDRESS:
        raise BadInput("address", wanted, f"{LOWEST_ADDRESS} to {HIGHEST_ADDRESS} is allowed")
    yield from unit.write(pdu.write_register(base + ADDRESS, wanted))
    (held,) = yield from unit.registers(base + ADDRESS, 1)
    if held != wanted:
        raise DeviceRefused(f"the address reads {held} after {wanted} was written")
    return f"The new address {wanted} holds once the instrument was without power. Then set it in Verifield too."


SETTINGS = (
    *unit_settings(DEFAULT_ADDRESS),
    Setting(
        "register_base",
        "First register of the map",
        "choice",
        0,
        choices=(0, PV_BASE),
        help=f"{PV_BASE} for an SR05-D1A3-PV, 0 for all others.",
    ),
    Setting(
        "diagnostics",
        "Diagnostic sensors inside",
        "choice",
        FULL,
        choices=(FULL, HUMID, PLAIN),
        help="full for an SR30, humidity for an SR20-D2, none for an SR05.",
        alters_values=False,
    ),
)

ACTIONS = (
    Action(
        "change_address",
        "Change the Modbus address",
        _change_address,
        risk="After its next power-up the instrument answers only at the new address. No other device may have it.",
        argument=Setting(
            "address", "New Modbus address", "whole", DEFAULT_ADDRESS, minimum=LOWEST_ADDRESS, maximum=HIGHEST_ADDRESS
        ),
    ),
)

DRIVER = PolledDriver(
    name="hukseflux_sr30",
    version="1",
    source="Hukseflux, SR05-D1A3-PV user manual v1801, and makers of loggers on the map shared by SR05, SR20 and SR30",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(50, "Hukseflux pyranometer: read the model's name", LineSettings(19_200, 8, Parity.EVEN), ask),),
    settings=SETTINGS,
    actions=ACTIONS,
)
