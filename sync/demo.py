# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a demonstration may reach: simulated readings never leave this computer over a network. Pure."""

import ipaddress
from urllib.parse import urlsplit

from edge_daemon.domain.destination import Destination, FileDestination, InfluxDestination
from edge_daemon.domain.faults import BadInput


def check_reach(destination: Destination, *, demo: bool) -> None:
    """Raises BadInput for a destination outside this computer when the home is a demonstration's."""
    if not demo or isinstance(destination, FileDestination):
        return
    host = urlsplit(destination.url).hostname if isinstance(destination, InfluxDestination) else destination.host
    if not is_loopback(host or ""):
        raise BadInput("destination", destination.name, "a demonstration reaches this computer and folders only")


def is_loopback(host: str) -> bool:
    """Whether the host can only be this computer: localhost, 127.0.0.0/8, ::1. No other name is looked up."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
