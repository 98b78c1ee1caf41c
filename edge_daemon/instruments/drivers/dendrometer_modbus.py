# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A dendrometer on Modbus, by its register map, with temperature compensation. Pure, and writes nothing.

There is no standard map: each maker's own is entered as `profile`, with the channels `raw` (mm, counts or volts, as
`kind` says), `temperature` in °C where the device tells it, and `full` where it tells its excitation. Conversions as in
`dendrometer`; raw value, temperature, movement and compensated movement are all recorded.
"""

from edge_daemon.domain.faults import BadInput
from edge_daemon.instruments import dendrometer_method
from edge_daemon.instruments.driver import Dialogue, Identity, Options, PolledDriver, Sample, Steps
from edge_daemon.instruments.modbus_unit import unit_of, unit_settings
from edge_daemon.instruments.register_map import RegisterMap
from edge_daemon.instruments.register_reading import PROFILE, profile_of, read_identity, read_points

DEFAULT_ADDRESS = 2


def start(options: Options) -> Steps:
    """Read everything once, so that a register the device does not have is known before recording begins.

    Raises BadInput for an option, or what `Unit.ask` raises.
    """
    yield from measure(options)
    return None


def measure(options: Options) -> Steps:
    """One sample as `dendrometer_method.channels_of` tells it; the status says what is missing and why."""
    method, registers = dendrometer_method.method_of(options), _map(options)
    _check_unit(method.kind, registers)
    told = yield from read_points(unit_of(options, DEFAULT_ADDRESS), registers)
    channels, why = dendrometer_method.channels_of(method, told)
    return Sample(channels, status=why or "ok")


def identify(options: Options) -> Dialogue[Identity]:
    """What the device tells by function 43/14, and its serial number where the map says where it stands."""
    return (yield from read_identity(unit_of(options, DEFAULT_ADDRESS), _map(options)))


def _map(options: Options) -> RegisterMap:
    registers = profile_of(options)
    names = {point.channel for point in registers.points}
    if "raw" not in names:
        raise BadInput("profile", ", ".join(sorted(names)), "a point with the channel raw is needed")
    if not names <= dendrometer_method.TOLD:
        unknown = min(names - dendrometer_method.TOLD)
        raise BadInput("profile", unknown, f"one of {', '.join(sorted(dendrometer_method.TOLD))} is allowed")
    return registers


def _check_unit(kind: str, registers: RegisterMap) -> None:
    """Volts or counts taken for millimetres would be recorded, and calibrated, as a movement that never was."""
    unit = next(point.unit for point in registers.points if point.channel == "raw")
    fits = unit != "mm" if kind == "ratio" else unit == {"mm": "mm", "voltage": "V"}[kind]
    if not fits:
        needed = {"mm": "the unit mm", "voltage": "the unit V", "ratio": "counts or another unit than mm"}[kind]
        raise BadInput("kind", kind, f"the map's raw point is in {unit!r}, and {kind} needs {needed}: put one right")


DRIVER = PolledDriver(
    name="dendrometer_modbus",
    version="1",
    source="MODBUS Application Protocol V1.1b3; the maker's register map; geometry and thermal expansion",
    start=start,
    measure=measure,
    identify=identify,
    settings=(*unit_settings(DEFAULT_ADDRESS), PROFILE, *dendrometer_method.SETTINGS),
    factors=dendrometer_method.factors,
)
