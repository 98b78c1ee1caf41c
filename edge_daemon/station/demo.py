# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The demo station: which instruments are simulated. Writes their configuration entries."""

import logging

from edge_daemon.domain.faults import BufferUnavailable, DiskFull, Overloaded
from edge_daemon.instruments.ports import PortSource
from edge_daemon.station.sensors import SensorBook, SensorOrder

log = logging.getLogger(__name__)

DEMO_SENSORS = {"scd30": "sensirion_scd30", "pms7003": "plantower_pms7003", "windsonic": "gill_windsonic"}
DEMO_NAMES = {"scd30": "CO₂, hut", "pms7003": "Particles, hut", "windsonic": "Wind, mast"}


def add_demo_sensors(book: SensorBook, ports: PortSource) -> None:
    """Set up the simulated instruments that the station does not record yet."""
    present = {port.identity.location: port.identity for port in ports.ports()}
    try:
        for name, model in DEMO_SENSORS.items():
            if name in present and name not in book.setup.sensors:
                book.add(SensorOrder(name, model, present[name], DEMO_NAMES[name], person="demo"))
    except (DiskFull, BufferUnavailable, Overloaded) as fault:
        log.error("the demo's sensors are not all set up; start again once there is room: %s", fault)
