# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the port that a sensor is set up on, under whatever name it has now. Asks the source of ports."""

from edge_daemon.domain.connection import Port, PortIdentity, network_port, terminal_port
from edge_daemon.instruments.ports import PortSource


class PortFinder:
    """`ports` tells which are present. A device on the network, or a named terminal, is never among them."""

    def __init__(self, ports: PortSource) -> None:
        self._ports = ports

    def find(self, identity: PortIdentity) -> Port | None:
        """The port of this identity as it is present now, or None."""
        present = next((port for port in self._ports.ports() if port.identity.key == identity.key), None)
        return present or network_port(identity) or terminal_port(identity)

    def identity(self, key: str) -> PortIdentity:
        """The identity that a key names, whether or not its port is there. Raises BadInput for what is no key."""
        present = next((port.identity for port in self._ports.ports() if port.identity.key == key), None)
        return present or PortIdentity.from_key(key)
