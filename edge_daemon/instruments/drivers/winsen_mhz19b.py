# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Winsen MH-Z19B: CO2 by request. Pure: yields requests, never opens a port.

Source: Winsen, MH-Z19B user manual v1.5, 2019.
"""

from edge_daemon.domain.connection import LineSettings
from edge_daemon.instruments import mhz19
from edge_daemon.instruments.driver import Action, Options, PolledDriver, Probe, Setting, Steps

LEAST_PPM = 0


def measure(options: Options) -> Steps:
    """One reading. See `mhz19.measure`."""
    return mhz19.measure(options, LEAST_PPM)


RANGE = Setting(
    "range_ppm",
    "Detection range",
    "choice",
    mhz19.DEFAULT_RANGE_PPM,
    "permanent",
    unit="ppm",
    choices=mhz19.RANGES_PPM,
    help="The module cuts its readings off at the end of the range.",
    risk="The first edition of the manual puts the value elsewhere in the command: compare a reading before and after.",
    documented=False,
    read=mhz19.read_range,
    write=mhz19.write_range,
)

SPAN = Action(
    "span_calibration",
    "Calibrate to a span gas",
    mhz19.calibrate_span,
    risk="Only after the zero calibration and 20 minutes in the gas. A wrong gas puts every reading wrong for good.",
    argument=Setting("reference", "CO2 of the gas", "whole", 2000, unit="ppm", minimum=1000, maximum=5000),
    calibrates=True,
)

DRIVER = PolledDriver(
    name="winsen_mhz19b",
    version="1",
    source="Winsen, MH-Z19B user manual v1.5, 2019",
    start=mhz19.start,
    measure=measure,
    identify=mhz19.identify,
    probes=(Probe(20, "Winsen MH-Z19: read the CO2 value", LineSettings(9600), mhz19.ask),),
    settings=(RANGE, mhz19.SELF_CALIBRATION),
    actions=(mhz19.ZERO, SPAN),
)
