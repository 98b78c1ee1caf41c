# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a broker's port is for TLS or for plain MQTT, where the settings say the other. Uses the network.

Source: MQTT 3.1.1 section 3.1 and MQTT 5.0 section 3.1 (CONNECT), 3.2 (CONNACK). The packet names no client and no
user: a broker answers it, if only to turn it away.
"""

from edge_daemon.domain.destination import MqttDestination
from sync.sinks.port_probe import answers_plainly, speaks_tls
from sync.sinks.sink import Stopped

_CONNECT = {4: bytes.fromhex("100c00044d5154540402000a0000"), 5: bytes.fromhex("100d00044d5154540502000a000000")}
_CONNACK = b"\x20"

_PLAIN = Stopped(
    "the broker's port answers without encryption (TLS), and this destination is set to use it",
    "Enter the broker's port for TLS (usually 8883). Where it has none and nobody can listen on the way, switch "
    "encryption off for this destination.",
)
_ENCRYPTED = Stopped(
    "the broker's port is for encrypted connections (TLS), and this destination is set to do without",
    "Switch encryption on for this destination. A user name and password were just sent unencrypted: where others can "
    "listen on the way, have the password changed.",
)


def wrong_way(destination: MqttDestination) -> Stopped | None:
    """What is to be set otherwise, once the port has ended a connection without an answer; None where that is not it.

    Waits for the network, at most twice `PROBE_SECONDS`.
    """
    host, port = destination.host, destination.port
    if destination.tls:
        return _PLAIN if answers_plainly(host, port, _CONNECT[destination.protocol], _CONNACK) else None
    return _ENCRYPTED if speaks_tls(host, port) else None
