# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A demonstration's simulated readings stay on this computer."""

import pytest

from edge_daemon.domain.destination import FileDestination, InfluxDestination, MqttDestination
from edge_daemon.domain.faults import BadInput
from sync.demo import check_reach


@pytest.mark.parametrize("url", ["http://127.0.0.1:8086", "http://localhost:8086", "http://[::1]:8086"])
def test_this_computer_and_folders_are_in_reach(url: str) -> None:
    check_reach(InfluxDestination("i", url, "o", "b"), demo=True)
    check_reach(FileDestination("f", "/media/stick"), demo=True)


@pytest.mark.parametrize("host", ["broker.example", "127.0.0.1.example", "10.0.0.1", "localhost.example", "0.0.0.0"])
def test_other_computers_are_not(host: str) -> None:
    for destination in (MqttDestination("m", host), InfluxDestination("i", f"https://{host}:443", "o", "b")):
        check_reach(destination, demo=False)
        with pytest.raises(BadInput, match="demonstration"):
            check_reach(destination, demo=True)
