# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""SenseAir K30 and its K-series relatives: CO2 by the RAM read. Pure: yields requests, never opens a port.

Sources: SenseAir sample code for K-series sensors (`FE 44 00 08 02 9F 25`); SenseAir TDE2067 for the status, ABC and
calibration registers that K30 and S8 share. Older software sent the RAM read to what it called an MH-Z19, which ignores
it, and took CO2 from the wrong bytes of the reply: 512 to 527 ppm whatever the air.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, DeviceRefused, NoReply
from edge_daemon.instruments import modbus, senseair
from edge_daemon.instruments.driver import (
    Dialogue,
    Exchange,
    Identity,
    Match,
    Options,
    PolledDriver,
    Probe,
    Sample,
    Setting,
    Steps,
)

CO2_IN_RAM = 0x0008
CO2_BYTES = 2
REPLY_S = 2.0
FACTORS = (1, 3, 10)

_PROBE_S = 0.3


def start(options: Options) -> Steps:
    """Check the options and see that the sensor answers. Nothing is written: it keeps its settings."""
    _factor(options)
    yield from _co2_counts(senseair.address(options))
    return None


def measure(options: Options) -> Steps:
    """CO2 in ppm from RAM, after the meter status.

    Options: `address` (default 254); `co2_factor` 1 (K30, default), 3 (K30 3 %) or 10 (K33 ICB); `meter_status` False
    for a sensor that does not know the status register. Raises BadInput for an option.
    """
    factor, where = _factor(options), senseair.address(options)
    status = 0
    if options.get("meter_status", True):
        (status,) = yield from senseair.read(where, senseair.STATUS, 1, modbus.READ_INPUT)
    counts = yield from _co2_counts(where)
    flags, words = senseair.judged(status)
    return Sample({"co2": float(counts * factor)}, flags, words)


def identify(options: Options) -> Dialogue[Identity]:
    """What it remembers of its own calibration; it tells no serial number and no firmware."""
    if not options.get("meter_status", True):
        return Identity()
    return Identity(details=(yield from senseair.remembered(senseair.address(options))))


def ask() -> Dialogue[Match | None]:
    """CO2 from RAM, which no MH-Z19 answers; then the serial number, which an S8 has and a K30 has not."""
    yield from _co2_counts(senseair.ANY_ADDRESS, timeout_s=_PROBE_S, tries=2)
    try:
        identity = yield from senseair.identify({})
    except (DeviceRefused, NoReply):
        identity = Identity()
    if identity.serial:
        note = (
            f"It answers SenseAir's RAM read and tells a serial number, type {identity.details['type']}: an S8 or S8 "
            "LP, and no MH-Z19, whatever it was called."
        )
        return Match("senseair_s8", certain=False, identity=identity, note=note)
    note = (
        "It answers SenseAir's RAM read, so it is no MH-Z19, whatever it was called: probably a K30; "
        "compare the label. Old records of 512 to 527 ppm were decoded at the wrong bytes."
    )
    return Match("senseair_k30", certain=False, note=note)


def _co2_counts(where: int, *, timeout_s: float = REPLY_S, tries: int = 2) -> Dialogue[int]:
    request = senseair.ram_request(where, CO2_IN_RAM, CO2_BYTES)
    reply = yield Exchange(request, senseair.ram_length, timeout_s=timeout_s, tries=tries)
    return int.from_bytes(senseair.ram_bytes(request, reply), "big", signed=True)


def _factor(options: Options) -> int:
    value = options.get("co2_factor", 1)
    if isinstance(value, bool | str) or value not in FACTORS:
        raise BadInput("co2_factor", value, "1, 3 or 10 is allowed")
    return int(value)


DRIVER = PolledDriver(
    name="senseair_k30",
    version="1",
    source="SenseAir, sample code for K-series sensors; Modbus on Senseair S8, TDE2067",
    start=start,
    measure=measure,
    identify=identify,
    probes=(Probe(40, "SenseAir K-series: read CO2 from RAM", LineSettings(9600), ask),),
    settings=(
        *senseair.SETTINGS,
        Setting(
            "co2_factor",
            "ppm per count",
            "choice",
            1,
            unit="ppm",
            choices=FACTORS,
            help="1 for a K30, 3 for a K30 3 %, 10 for a K33 ICB.",
            risk="A wrong factor scales every reading.",
        ),
        Setting(
            "meter_status",
            "Read the meter status",
            "switch",
            True,
            help="Off only for a sensor that refuses it: its own fault report is then missing from the record.",
            alters_values=False,
        ),
    ),
    actions=senseair.ACTIONS,
)
