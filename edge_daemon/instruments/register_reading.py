# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads what a register map describes from a Modbus device. Pure: yields requests, never opens a port, never writes."""

from dataclasses import replace

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments.driver import Dialogue, Identity, Options, Setting
from edge_daemon.instruments.modbus_pdu import BIT_READS
from edge_daemon.instruments.modbus_unit import Unit
from edge_daemon.instruments.register_map import Group, RegisterMap, register_map

PROFILE = Setting(
    "profile",
    "Register map",
    "text",
    "",
    help="TOML; see the commented example that comes with Verifield.",
    risk="A wrong type, order or scale makes wrong readings that look like right ones.",
    lines=True,
)


def profile_of(options: Options) -> RegisterMap:
    """The register map in the option `profile`. Raises BadInput."""
    text = options.get("profile", "")
    if not isinstance(text, str):
        raise BadInput("profile", text, "a register map in TOML is needed")
    return register_map(text)


def read_points(unit: Unit, registers: RegisterMap) -> Dialogue[dict[str, float | None]]:
    """The map's channels. Points close to each other come by one request, of one instant. Raises as `Unit.ask`."""
    channels: dict[str, float | None] = {}
    for group in registers.groups:
        channels.update((yield from _values(unit, group)))
    return channels


def read_identity(unit: Unit, registers: RegisterMap) -> Dialogue[Identity]:
    """What the device tells by function 43/14, and its serial number where the map says where it stands."""
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
