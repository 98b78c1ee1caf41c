# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Winsen MH-Z19C: CO2 by request. Pure: yields requests, never opens a port.

Source: Winsen, MH-Z19C user manual v1.2, 2021. Its range and span cannot be set: no document of this model lists them.
It is found by the probe of the MH-Z19B, which asks the same question.
"""

from edge_daemon.instruments import mhz19
from edge_daemon.instruments.driver import Options, PolledDriver, Setting, Steps

LEAST_PPM = 400


def measure(options: Options) -> Steps:
    """One reading. See `mhz19.measure`."""
    return mhz19.measure(options, LEAST_PPM)


RANGE = Setting(
    "range_ppm",
    "Detection range on the label",
    "choice",
    mhz19.DEFAULT_RANGE_PPM,
    unit="ppm",
    choices=mhz19.RANGES_PPM,
    help="The module cuts its readings off at the end of the range; such readings are flagged.",
)

DRIVER = PolledDriver(
    name="winsen_mhz19c",
    version="1",
    source="Winsen, MH-Z19C user manual v1.2, 2021",
    start=mhz19.start,
    measure=measure,
    identify=mhz19.identify,
    settings=(RANGE, mhz19.SELF_CALIBRATION),
    actions=(mhz19.ZERO,),
)
