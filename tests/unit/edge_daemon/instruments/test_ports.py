# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Serial ports as the operating system lists them become ports with a stable identity. No real port is needed."""

from dataclasses import dataclass

from edge_daemon.domain.connection import PortKind
from edge_daemon.instruments.ports import SerialPorts


@dataclass
class Listed:
    device: str
    description: str | None = "n/a"
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None
    location: str | None = None


def keys(*listed: Listed) -> list[str]:
    return [port.identity.key for port in SerialPorts(lambda: listed).ports()]


def test_a_usb_adapter_is_known_by_its_serial_number_whatever_its_name() -> None:
    first = Listed("/dev/ttyUSB0", "FT232R", 0x0403, 0x6001, "A50285BI", "1-2.3")
    again = Listed("/dev/ttyUSB7", "FT232R", 0x0403, 0x6001, "A50285BI", "1-4")

    assert keys(first) == keys(again) == ["usb:0403:6001:A50285BI"]


def test_without_a_serial_number_the_usb_path_counts() -> None:
    assert keys(Listed("/dev/ttyUSB0", "CH340", 0x1A86, 0x7523, None, "1-2.3")) == ["usb:1a86:7523@1-2.3"]


def test_two_ports_with_one_serial_number_are_told_apart_by_their_path() -> None:
    one = Listed("/dev/ttyUSB0", "CP2102", 0x10C4, 0xEA60, "0001", "1-1")
    other = Listed("/dev/ttyUSB1", "CP2102", 0x10C4, 0xEA60, "0001", "1-2")

    assert keys(one, other) == ["usb:10c4:ea60@1-1", "usb:10c4:ea60@1-2"]


def test_a_port_that_is_not_on_usb_is_known_by_its_name_and_a_pseudo_terminal_is_left_out() -> None:
    (port,) = SerialPorts(lambda: [Listed("/dev/pts/4"), Listed("/dev/ttyS0")]).ports()

    assert (port.identity.key, port.identity.kind) == ("port:/dev/ttyS0", PortKind.PHYSICAL)
    assert port.description == ""
