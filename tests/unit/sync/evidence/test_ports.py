# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A program can stand behind every port that does not lead out of the computer, however it is written."""

from pathlib import Path

import pytest

from edge_daemon.log.bodies import ConfigurationBody, ConnectionBody
from sync.evidence.ports import unreal
from tests.unit.sync.recorded import TEMPERATURE, WIND, S
from tests.unit.sync.signed_logs import SENSOR, SignedLog, checked


def connected(kind: str, port: str) -> SignedLog:
    """A real home with a second sensor on this port."""
    log = SignedLog().begin()
    body = ConfigurationBody(
        sensor="m2", state="recording", name="m2", kind="weather_station", model="maker_model", driver="d",
        driver_version="1", interval_ns=S, channels=(TEMPERATURE, WIND),
        connection=ConnectionBody(port, kind, "9600 8N1"), settings={}, demo=False,
    )  # fmt: skip
    at = log.recorded.add(body)
    for _ in range(20):
        log.recorded.reading("m2", at)
        log.recorded.reading(SENSOR, log.configuration, after_s=0.1)
    log.sign()
    return log


@pytest.mark.parametrize(
    ("kind", "port"),
    [
        ("network", "tcp:127.0.0.1:1502"),
        ("socket", "socket:127.0.0.1:1502"),
        ("pseudo_terminal", "pty:/dev/pts/3"),
        ("x", "x:1"),
    ],
)
def test_a_simulator_in_a_real_home_is_detected_and_named(tmp_path: Path, kind: str, port: str) -> None:
    log = connected(kind, port)
    found = checked(log.bundle(tmp_path).path, log.register())
    check = next(one for one in found.checks if one.name == "instruments")
    assert (found.standing, check.outcome) == ("simulated", "not_checked")
    assert "m2 was connected through" in check.words
    assert any(words.startswith("that m2 was a real instrument") for words in found.not_proven)


def test_an_instrument_on_a_network_is_one(tmp_path: Path) -> None:
    log = connected("network", "tcp:192.168.1.20:502")
    assert checked(log.bundle(tmp_path).path, log.register()).standing == "sound"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LocalHost.", "meter.localhost", "127.0.0.1", "127.9.8.7", "0.0.0.0", "0", "127.1", "2130706433",
     "0x7f.1", "0177.0.0.1", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::FFFF:7f00:1]",
     "ip6-loopback"],
)  # fmt: skip
def test_an_address_of_the_computer_itself_is_none_of_an_instrument(host: str) -> None:
    assert "the computer itself" in unreal("network", f"tcp:{host}:502")


@pytest.mark.parametrize("host", ["10.0.0.7", "192.168.1.20", "100.127.0.0", "meter", "localhost.example", "[fe80::1]"])
def test_other_addresses_are_those_of_instruments(host: str) -> None:
    assert unreal("network", f"tcp:{host}:502") == ""
