# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The simulators' process as a host sees it: real ports opened with pyserial. Starts processes."""

import contextlib
import functools
import json
import operator
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import serial

from edge_daemon.domain.connection import Port
from edge_daemon.instruments.ports import SimulatedPorts, SimulatorFailed
from tests.support.waiting import wait_until

FIRMWARE = bytes.fromhex("6103002000018C60")
READY = bytes.fromhex("6103002700013DA1")
MEASURE = bytes.fromhex("6103002800064C60")
START = bytes.fromhex("6106003600006064")
BAUD = {"scd30": 19200, "pms7003": 9600, "windsonic": 9600}
TRANSPORTS = ["socket"] if sys.platform == "win32" else ["pty", "socket"]


@pytest.fixture(params=TRANSPORTS)
def ports(request: pytest.FixtureRequest) -> Iterator[SimulatedPorts]:
    with SimulatedPorts(warm_up_s=0.0, transport=request.param) as simulated:
        yield simulated


def port_of(ports: SimulatedPorts, name: str) -> Port | None:
    return next((port for port in ports.ports() if port.identity.location == name), None)


@contextlib.contextmanager
def opened(ports: SimulatedPorts, name: str) -> Iterator[serial.SerialBase]:
    port = port_of(ports, name)
    assert port is not None
    with serial.serial_for_url(port.device, BAUD[name], timeout=0.2, exclusive=True) as line:
        yield line


def exchange(line: serial.SerialBase, request: bytes, length: int) -> bytes:
    """The whole reply, however long it takes."""
    line.reset_input_buffer()
    line.write(request)
    return listen(line, length)[:length]


def wait_for_reply(line: serial.SerialBase, is_right: Callable[[bytes], bool], what: str) -> None:
    """Ask for the firmware until what comes within a moment is right: a reply to an earlier request may still come."""

    def asked() -> bool:
        line.reset_input_buffer()
        line.write(FIRMWARE)
        return is_right(bytes(line.read(7)))

    wait_until(asked, what=what)


def drips(line: serial.SerialBase, reply: bytes) -> bool:
    """Whether the reply to a request for the firmware was seen half on its way."""
    line.reset_input_buffer()
    line.write(FIRMWARE)
    first = wait_until(lambda: bytes(line.read(1)), what="the first byte")
    halfway = line.in_waiting < 6
    return first + listen(line, 6) == reply and halfway


def listen(line: serial.SerialBase, enough: int) -> bytes:
    """Whatever comes until there are `enough` bytes."""
    heard = bytearray()

    def has_enough() -> bool:
        heard.extend(line.read(64))
        return len(heard) >= enough

    wait_until(has_enough, what=f"{enough} bytes")
    return bytes(heard)


def crc_is_right(frame: bytes) -> bool:
    crc = 0xFFFF
    for byte in frame[:-2]:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return frame[-2:] == struct.pack("<H", crc)


def good_pms_frames(heard: bytes) -> list[bytes]:
    starts = [found.start() for found in re.finditer(rb"BM\x00\x1c", heard)]
    frames = [heard[start : start + 32] for start in starts if len(heard) >= start + 32]
    return [frame for frame in frames if sum(frame[:30]) == int.from_bytes(frame[30:], "big")]


def good_wind_lines(heard: bytes) -> list[bytes]:
    found = re.findall(rb"\x02([^\x02\x03]*)\x03([0-9A-F]{2})\r\n", heard)
    return [text for text, checksum in found if functools.reduce(operator.xor, text) == int(checksum, 16)]


def test_the_scd30_tells_its_firmware_and_measures(ports: SimulatedPorts) -> None:
    with opened(ports, "scd30") as line:
        firmware = exchange(line, FIRMWARE, 7)
        assert firmware[:5] == bytes.fromhex("6103020342")
        assert crc_is_right(firmware)
        assert exchange(line, START, 8) == START
        wait_until(lambda: exchange(line, READY, 7)[3:5] == b"\x00\x01", what="a measurement")
        reply = exchange(line, MEASURE, 17)
        assert crc_is_right(reply)
        co2, temperature, humidity = struct.unpack(">3f", reply[3:15])
        assert 400 < co2 < 490
        assert 0 < temperature < 45
        assert 0 < humidity < 100


def test_the_streams_carry_sound_frames(ports: SimulatedPorts) -> None:
    with opened(ports, "pms7003") as dust, opened(ports, "windsonic") as wind:
        assert good_pms_frames(listen(dust, 80))
        assert good_wind_lines(listen(wind, 70))[0].startswith(b"Q,")


def test_each_fault_shows_and_goes_away(ports: SimulatedPorts) -> None:
    with opened(ports, "scd30") as line:
        sound = exchange(line, FIRMWARE, 7)
        ports.command("scd30", fault="silence")
        wait_for_reply(line, lambda reply: reply == b"", "silence")
        ports.command("scd30", fault="garbage")
        wait_for_reply(line, lambda reply: len(reply) == 7 and reply[:5] != sound[:5], "garbage")
        ports.command("scd30", fault="wrong_checksum")
        wait_for_reply(
            line,
            lambda reply: len(reply) == 7 and reply[:5] == sound[:5] and not crc_is_right(reply),
            "a wrong checksum",
        )
        ports.command("scd30", fault="slow_drip")
        wait_until(lambda: drips(line, sound), what="a reply that comes byte by byte")
        ports.command("scd30", fault="none")
        wait_for_reply(line, lambda reply: reply == sound, "a sound reply")


def test_a_stream_with_wrong_checksums_holds_no_sound_line(ports: SimulatedPorts) -> None:
    ports.command("windsonic", fault="wrong_checksum")
    with opened(ports, "windsonic") as line:

        def only_wrong() -> bool:  # a line from before the fault may still be on its way
            line.reset_input_buffer()
            heard = listen(line, 60)
            return heard.count(b"\x03") >= 2 and good_wind_lines(heard[heard.index(b"\x02") :]) == []

        wait_until(only_wrong, what="nothing but wrong lines")


def test_unplugged_the_host_gets_an_error_and_replugged_the_port_has_another_name(ports: SimulatedPorts) -> None:
    before = port_of(ports, "windsonic")
    assert before is not None
    with opened(ports, "windsonic") as line:
        listen(line, 1)
        ports.command("windsonic", unplug=True)
        wait_until(lambda: port_of(ports, "windsonic") is None, what="the port to be gone")
        with pytest.raises((serial.SerialException, OSError)):
            wait_until(lambda: line.read(64) and False, what="the host to notice")
    ports.command("windsonic", replug=True)
    after = wait_until(lambda: port_of(ports, "windsonic"), what="the port to be back")

    assert after is not None
    assert after.device != before.device
    assert after.identity == before.identity
    with opened(ports, "windsonic") as line:
        assert good_wind_lines(listen(line, 230 if after.device.startswith("/dev/") else 50))


def test_a_port_can_be_left_and_opened_again(ports: SimulatedPorts) -> None:
    for _ in range(3):
        with opened(ports, "scd30") as line:
            assert crc_is_right(exchange(line, FIRMWARE, 7))


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_pseudo_terminal_that_nobody_reads_keeps_the_newest_bytes_and_never_waits() -> None:
    import fcntl
    import termios

    from edge_daemon.instruments.simulators.pty_line import FULL_BYTES, PtyLine

    def until_carried_across(handle: int, count: int) -> None:
        """The kernel carries the bytes from one end to the other in its own time."""

        def is_across() -> bool:
            return int.from_bytes(fcntl.ioctl(handle, termios.FIONREAD, bytes(4)), sys.byteorder) == count

        wait_until(is_across, what=f"{count} bytes at the port's end")

    line = PtyLine()
    try:
        host = os.open(line.device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            for number in range(100):
                line.write(b"%099d\n" % number)
                until_carried_across(host, min(100 * (number + 1), FULL_BYTES))
            heard = os.read(host, 65536)
        finally:
            os.close(host)
    finally:
        line.close()

    assert heard == b"".join(b"%099d\n" % number for number in range(65, 100))


def test_a_wrong_command_is_refused_and_nothing_breaks(ports: SimulatedPorts) -> None:
    for name, order in [("nothing", {"unplug": True}), ("scd30", {"fault": "fire"}), ("scd30", {"replug": True})]:
        with pytest.raises(SimulatorFailed):
            ports.command(name, **order)  # type: ignore[arg-type]  # the orders are wrong on purpose

    assert len(ports.ports()) == 3


def test_closed_the_ports_are_gone_and_commands_are_refused() -> None:
    ports = SimulatedPorts(["windsonic"])
    ports.close()
    ports.close()

    assert ports.ports() == ()
    with pytest.raises(SimulatorFailed, match="ended"):
        ports.command("windsonic", unplug=True)


def test_an_unknown_instrument_does_not_start() -> None:
    with pytest.raises(SimulatorFailed, match="did not start"):
        SimulatedPorts(["thermometer"])


def test_the_process_ends_when_standard_input_closes() -> None:
    command = [sys.executable, "-m", "edge_daemon.instruments.simulators", "--instruments", "scd30"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        (port,) = json.loads(process.stdout.readline())["ports"]
        assert (port["name"], port["model"]) == ("scd30", "sensirion_scd30")
        process.stdin.write(b"not json\n")
        process.stdin.flush()
        assert "error" in json.loads(process.stdout.readline())
        process.stdin.close()

        assert process.wait(60) == 0
