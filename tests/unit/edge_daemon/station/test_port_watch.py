# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A port that comes or goes is noticed once; excluded ports are kept in the home; twins are told apart by place."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge_daemon.domain.connection import Port, PortIdentity, PortKind
from edge_daemon.domain.faults import BadInput, BufferUnavailable
from edge_daemon.instruments.ports import SerialPorts
from edge_daemon.station.excluded_ports import FILE_NAME, ExcludedPorts
from edge_daemon.station.port_watch import PortWatch
from tests.support.waiting import wait_until


def port(device: str, location: str) -> Port:
    return Port(device, PortIdentity(PortKind.PHYSICAL, "1a86", "7523", location=location))


def test_a_change_is_told_once_from_a_thread_that_ends() -> None:
    present: list[Port] = [port("/dev/ttyUSB0", "1-1")]
    told: list[Sequence[Port]] = []
    watch = PortWatch(lambda: tuple(present), told.append, every_s=0.01)
    watch.start()
    try:
        present.append(port("/dev/ttyUSB1", "1-2"))
        wait_until(lambda: len(told) == 1, what="the new port to be told")
        present[:] = [port("/dev/ttyUSB7", "1-1")]
        wait_until(lambda: len(told) >= 2 and len(told[-1]) == 1, what="the change to be told")
    finally:
        watch.stop()
    assert [one.device for one in told[-1]] == ["/dev/ttyUSB7"]


def test_ports_that_stay_are_no_news_and_a_failing_list_is_asked_again() -> None:
    fails = [False]
    told: list[Sequence[Port]] = []

    def ports() -> tuple[Port, ...]:
        if fails[0]:
            raise OSError("gone while asked")
        return (port("/dev/ttyUSB0", "1-1"),)

    watch = PortWatch(ports, told.append)
    watch.look()
    fails[0] = True
    watch.look()
    fails[0] = False
    watch.look()
    watch.stop()
    assert told == []


@dataclass
class Listed:
    device: str
    location: str | None
    description: str | None = "CH340"
    vid: int | None = 0x1A86
    pid: int | None = 0x7523
    serial_number: str | None = None


def test_two_adapters_without_serial_numbers_are_known_by_their_place_whatever_their_names() -> None:
    def found(*listed: Listed) -> dict[str, str]:
        return {port.identity.key: port.device for port in SerialPorts(lambda: listed).ports()}

    before = found(Listed("/dev/ttyUSB0", "1-2.1"), Listed("/dev/ttyUSB1", "1-2.4"))
    after = found(Listed("/dev/ttyUSB1", "1-2.1"), Listed("/dev/ttyUSB0", "1-2.4"))
    assert before == {"usb:1a86:7523@1-2.1": "/dev/ttyUSB0", "usb:1a86:7523@1-2.4": "/dev/ttyUSB1"}
    assert after == {"usb:1a86:7523@1-2.1": "/dev/ttyUSB1", "usb:1a86:7523@1-2.4": "/dev/ttyUSB0"}


def test_an_excluded_port_stays_excluded_until_it_is_allowed(tmp_path: Path) -> None:
    ExcludedPorts(tmp_path).put("usb:1a86:7523@1-2.1", excluded=True)
    again = ExcludedPorts(tmp_path)
    again.put("port:/dev/ttyS0", excluded=True)
    assert again.all() == {"usb:1a86:7523@1-2.1", "port:/dev/ttyS0"}
    again.put("usb:1a86:7523@1-2.1", excluded=False)
    assert ExcludedPorts(tmp_path).all() == {"port:/dev/ttyS0"}


@pytest.mark.parametrize("content", [b"{", b'{"a": 1}', b"[1]"])
def test_a_damaged_list_is_an_error_and_not_an_empty_list(tmp_path: Path, content: bytes) -> None:
    ExcludedPorts(tmp_path).put("a", excluded=True)
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(BadInput, match="JSON list"):
        ExcludedPorts(tmp_path).all()


def test_a_list_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(BufferUnavailable, match="cannot be written"):
        ExcludedPorts(tmp_path / "absent").put("a", excluded=True)
