# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the way to a destination is there: a connection can be opened, a folder is there. Uses the network; sends
nothing."""

import socket
from pathlib import Path
from urllib.parse import urlsplit

from edge_daemon.domain.destination import Destination, FileDestination, InfluxDestination

WAIT_S = 5.0
_PORTS = {"http": 80, "https": 443}


def can_be_reached(destination: Destination) -> bool:
    """True as soon as a connection was opened, which is closed again at once. Waits at most some seconds."""
    try:
        if isinstance(destination, FileDestination):
            return Path(destination.folder).is_dir()
        with socket.create_connection(_address(destination), WAIT_S):
            return True
    except OSError:  # a name that is not known, a refusal, no route, no answer, no right to look: no way
        return False
    except (ValueError, OverflowError):  # no name and no port that any network has; a sync says so in words
        return False


def _address(destination: Destination) -> tuple[str, int]:
    if isinstance(destination, InfluxDestination):
        parts = urlsplit(destination.url)
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
    assert not isinstance(destination, FileDestination)
    return destination.host, destination.port
