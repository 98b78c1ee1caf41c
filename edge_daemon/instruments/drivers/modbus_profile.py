# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Any Modbus device, by a register map that is one of its options and so stands in the log. Pure, and writes nothing.

The map's form is described in `register_map`. Source: MODBUS Application Protocol V1.1b3; MODBUS over Serial Line
V1.02; MODBUS Messaging on TCP/IP Implementation Guide V1.0b.
"""

from dataclasses import replace

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.driver import Dialogue, Identity, Options, PolledDriver, Sample, Setting, Steps
from edge_daemon.instruments.modbus_pdu import BIT_READS
from edge_daemon.instruments.modbus_unit import Unit, unit_of, unit_settings
from edge_daemon.instruments.register_map import Group, RegisterMap, register_map

DEFAULT_ADDRESS = 1


def start(options: Options) -> Steps:
    """Read everything once, so that a register the device does not have is known before recording begins.

    Options: `address`, `framing`, `profile`. Raises BadInput for an option, or what `Unit.ask` raises.
    """
    yield from measure(options)
    return None


def measure(options: Options) -> Steps:
    """One sample with the channels of the map. Points close to each other come by one request, of one instant."""
    unit, registers = unit_of(options, DEFAULT_ADDRESS), _map(options)
    channels: dict[str, float | None] = {}
    for group in registers.groups:
        channels.update((yield from _values(unit, group)))
    return Sample(channels)


def identify(options: Options) -> Dialogue[Identity]:
    """What the device tells by function 43/14, and its serial number where the map says where it stands."""
    unit, registers = unit_of(options, DEFAULT_ADDRESS), _map(options)
    identity = yield from unit.identification()
    if registers.serial is None:
        return identity
    place = registers.serial
    data = yield from unit.register_bytes(place.address, place.count, place.function)
    return replace(identity, serial=place.text(data))


def _values(unit: Unit, group: Group) -> Dialogue[dict[str, float | None]]:
    if group.function in BIT_READS:
        states = yield from unit.bits(group.first, group.count, group.function)
        return {
            point.channel: states[point.address - group.first] * point.scale + point.offset for point in group.points
        }
    data = yield from unit.register_bytes(group.first, group.count, group.function)
    found: dict[str, float | None] = {}
    for point in group.points:
        start_byte = 2 * (point.address - group.first)
        found[point.channel] = point.value(data[start_byte : start_byte + 2 * point.count])
    return found


def _map(options: Options) -> RegisterMap:
    text = options.get("profile", "")
    if not isinstance(text, str):
        raise BadInput("profile", text, "a register map in TOML is needed")
    return register_map(text)


DRIVER = PolledDriver(
    name="modbus_profile",
    version="1",
    source="MODBUS Application Protocol V1.1b3; the register map names the device's own document",
    start=start,
    measure=measure,
    identify=identify,
    settings=(
        *unit_settings(DEFAULT_ADDRESS),
        Setting(
            "profile",
            "Register map",
            "text",
            "",
            help="TOML; see the commented example that comes with Verifield.",
            risk="A wrong type, order or scale makes wrong readings that look like right ones.",
            lines=True,
        ),
    ),
)
