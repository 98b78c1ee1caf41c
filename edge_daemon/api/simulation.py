# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Switching the faults of the demo's simulated instruments. Commands the simulators."""

from edge_daemon.api.messages import SimulatorCommand
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.instruments.ports import SimulatedPorts, SimulatorFailed


def simulate(ports: SimulatedPorts, command: SimulatorCommand) -> None:
    """Switch a simulated instrument's fault or plug. Raises BadInput, Conflict."""
    if command.fault is None and command.plug is None:
        raise BadInput("fault", None, "name a fault, or unplug or replug")
    try:
        if command.fault is not None:
            ports.command(command.port, fault=command.fault)
        if command.plug is not None:
            ports.command(command.port, **{command.plug: True})
    except SimulatorFailed as error:
        raise Conflict(str(error)) from error
