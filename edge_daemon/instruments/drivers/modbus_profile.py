# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Any Modbus device, by a register map that is one of its options and so stands in the log. Pure, and writes nothing.

The map's form is described in `register_map`. Source: MODBUS Application Protocol V1.1b3; MODBUS over Serial Line
V1.02; MODBUS Messaging on TCP/IP Implementation Guide V1.0b.
"""

from edge_daemon.instruments.driver import Dialogue, Identity, Options, PolledDriver, Sample, Steps
from edge_daemon.instruments.modbus_unit import unit_of, unit_settings
from edge_daemon.instruments.register_reading import PROFILE, profile_of, read_identity, read_points

DEFAULT_ADDRESS = 1


def start(options: Options) -> Steps:
    """Read everything once, so that a register the device does not have is known before recording begins.

    Options: `address`, `framing`, `profile`. Raises BadInput for an option, or what `Unit.ask` raises.
    """
    yield from measure(options)
    return None


def measure(options: Options) -> Steps:
    """One sample with the channels of the map. Points close to each other come by one request, of one instant."""
    return Sample((yield from read_points(unit_of(options, DEFAULT_ADDRESS), profile_of(options))))


def identify(options: Options) -> Dialogue[Identity]:
    """What the device tells by function 43/14, and its serial number where the map says where it stands."""
    return (yield from read_identity(unit_of(options, DEFAULT_ADDRESS), profile_of(options)))


DRIVER = PolledDriver(
    name="modbus_profile",
    version="1",
    source="MODBUS Application Protocol V1.1b3; the register map names the device's own document",
    start=start,
    measure=measure,
    identify=identify,
    settings=(*unit_settings(DEFAULT_ADDRESS), PROFILE),
)
