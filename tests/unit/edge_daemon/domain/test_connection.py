# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Port identities: their keys and back, and the network port that nothing lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.connection import PortIdentity, PortKind, network_port
from edge_daemon.domain.faults import BadInput

KEYS = {
    "usb:0403:6001:A50285BI": PortKind.PHYSICAL,
    "usb:1a86:7523@1-2.3": PortKind.PHYSICAL,
    "port:/dev/ttyS0": PortKind.PHYSICAL,
    "pty:scd30": PortKind.PSEUDO_TERMINAL,
    "socket:scd30": PortKind.SOCKET,
    "tcp:192.168.1.20:502": PortKind.NETWORK,
    "tcp:meter.site.example:1502": PortKind.NETWORK,
    "tcp:[fe80::1]:502": PortKind.NETWORK,
}


@pytest.mark.parametrize(("key", "kind"), KEYS.items())
def test_a_key_names_its_identity_and_comes_back(key: str, kind: PortKind) -> None:
    identity = PortIdentity.from_key(key)
    assert (identity.kind, identity.key) == (kind, key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "tcp:",
        "tcp:host",
        "tcp:host:",
        "tcp:host:0",
        "tcp:host:65536",
        "tcp:a b:502",
        "tcp:-x:502",
        "tcp:user@host:502",
        "tcp:host:502?logging=debug",
        "tcp:host/x:502",
        "http:host:80",
        "network:host:502",
        "usb:1:2:3",
    ],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match="port"):
        PortIdentity.from_key(key)


def test_a_network_port_can_be_tried_at_any_time() -> None:
    port = network_port(PortIdentity.from_key("tcp:192.168.1.20:502"))
    assert port is not None
    assert port.device == "socket://192.168.1.20:502"
    assert port.identity.key == "tcp:192.168.1.20:502"


@pytest.mark.parametrize("key", [key for key, kind in KEYS.items() if kind is not PortKind.NETWORK])
def test_other_ports_are_there_only_when_listed(key: str) -> None:
    assert network_port(PortIdentity.from_key(key)) is None


@given(st.text(max_size=80))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    for key in (text, f"tcp:{text}"):
        try:
            assert PortIdentity.from_key(key).key == key
        except BadInput:
            continue
