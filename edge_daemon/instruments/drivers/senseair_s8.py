# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""SenseAir S8 and S8 LP: CO2 and meter status over Modbus RTU. Pure: yields requests, never opens a port.

Source: SenseAir, Modbus on Senseair S8 (TDE2067): input registers 1 to 4 and 26 to 31, holding registers 1, 2 and 32.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused
from edge_daemon.instruments import modbus, senseair
from edge_daemon.instruments.driver import (
    Dialogue,
    Match,
    Options,
    PolledDriver,
    Probe,
    Sample,
    Setting,
    Steps,
)

METER_WORDS = 4
FACTORS = (1, 10)

_PROBE_S = 0.3


def start(options: Options) -> Steps:
    """Check the options and see that the sensor answers. Nothing is written: it keeps its settings."""
    _factor(options)
    yield from _meter(senseair.address(options))
    return None


def measure(options: Options) -> Steps:
    """CO2 in ppm with the meter status of the same moment, from one request.

    Options: `address` (default 254), `co2_factor` 1 (default) or 10 for models that count in tens of ppm. Raises
    BadInput for an option.
    """
    factor = _factor(options)
    words = yield from _meter(senseair.address(options))
    flags, status = senseair.judged(words[0])
    return Sample({"co2": float(senseair.signed(words[3]) * factor)}, flags, status)


def ask() -> Dialogue[Match | None]:
    """Status and CO2, then the identity: the K30 answers the first too, but has no documented identity."""
    yield from senseair.read(senseair.ANY_ADDRESS, 0, METER_WORDS, modbus.READ_INPUT, timeout_s=_PROBE_S, tries=2)
    try:
        identity = yield from senseair.identify({})
    except DeviceRefused:
        note = (
            "A SenseAir sensor that tells no serial number, so probably a K30. It is no MH-Z19, whatever it was called."
        )
        return Match("senseair_k30", certain=False, note=note)
    note = (
        f"A SenseAir sensor, type {identity.details['type']}: compare the label (S8, S8 LP or another of the family). "
        "It is no MH-Z19, whatever it was called."
    )
    return Match("senseair_s8", certain=False, identity=identity, note=note)


def _meter(where: int) -> senseair.Words:
    return (yield from senseair.read(where, senseair.STATUS, METER_WORDS, modbus.READ_INPUT))


def _factor(options: Options) -> int:
    value = options.get("co2_factor", 1)
    if isinstance(value, bool | str) or value not in FACTORS:
        raise BadInput("co2_factor", value, "1 or 10 is allowed")
    return int(value)


FACTOR = Setting(
    "co2_factor",
    "ppm per count",
    "choice",
    1,
    unit="ppm",
    choices=FACTORS,
    help="Some models send tens of ppm: in outdoor air they send about 40 instead of 400.",
    risk="A wrong factor puts every reading wrong by ten times.",
)

DRIVER = PolledDriver(
    name="senseair_s8",
    version="1",
    source="SenseAir, Modbus on Senseair S8, TDE2067",
    start=start,
    measure=measure,
    identify=senseair.identify,
    probes=(Probe(30, "SenseAir: read meter status and CO2", LineSettings(9600), ask),),
    settings=(*senseair.SETTINGS, FACTOR),
    actions=senseair.ACTIONS,
)
