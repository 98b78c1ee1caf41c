# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a port is said to a person. Pure."""

import re
from collections.abc import Mapping

from app.pages.words import sensor_name
from edge_daemon.api.messages import PortMessage, SensorMessage

_COMMAND = re.compile(r"`([^`]+)`")


def port_title(port: PortMessage) -> str:
    """The adapter, and the name under which the system knows it now."""
    return f"{port.description} · {port.device}" if port.description else port.device


def use_text(port: PortMessage, sensors: Mapping[str, SensorMessage]) -> str:
    """What uses the port, in words."""
    if port.identifying:
        return "… Being identified now"
    if port.sensors:
        names = ", ".join(sensor_name(sensors[one]) if one in sensors else one for one in port.sensors)
        return f"✓ Used by {names}"
    return "Excluded: it is never identified" if port.excluded else "Free"


def command_in(trouble: str) -> str:
    """The command that a diagnosis offers, to be copied; empty where it offers none."""
    found = _COMMAND.search(trouble)
    return found.group(1) if found else ""
