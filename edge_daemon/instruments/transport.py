# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Opens a port and moves bytes, with every trouble of the operating system named by its cause. Does I/O.

Shared by acquisition and discovery. Nothing here knows what the bytes mean.
"""

import errno
import time
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

import serial

from edge_daemon.domain.connection import LineSettings
from edge_daemon.domain.faults import BadInput, Fault, NotConnected, PermissionRefused, PortBusy
from edge_daemon.instruments import diagnosis

READ_TIMEOUT_S = 0.05
WRITE_TIMEOUT_S = 1.0
MAX_READ_BYTES = 4096

_MOST_DISCARDED = 16

_BUSY = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})
_REFUSED = frozenset({errno.EACCES, errno.EPERM})

try:
    from termios import error as _termios_error
except ImportError:  # Windows has no termios, and pyserial raises nothing of the kind there

    class _termios_error(Exception):  # type: ignore[no-redef]  # noqa: N801  # stands in for a class that is missing
        pass


class Line(Protocol):
    """What a conversation needs of an open port; `OpenPort` says what each does and raises."""

    def read(self) -> bytes: ...

    def write(self, data: bytes) -> None: ...

    def waiting(self) -> int: ...

    def quiet_s(self) -> float: ...

    def discard_input(self) -> None: ...


class OpenPort:
    """An open port. Every method raises NotConnected when the port is gone; `close` never raises.

    `device` is the name it was opened by.
    """

    __slots__ = ("_active_s", "_serial", "device")

    def __init__(self, device: str, opened: Any) -> None:
        self.device = device
        self._serial = opened
        self._active_s = 0.0

    def read(self) -> bytes:
        """What has arrived; waits up to `READ_TIMEOUT_S` seconds for a first byte, b"" when none came."""
        try:
            first: bytes = self._serial.read(1)
            if not first:
                return b""
            self._active_s = time.monotonic()
            waiting = min(self._serial.in_waiting, MAX_READ_BYTES - 1)
            return first + bytes(self._serial.read(waiting)) if waiting else first
        except (OSError, _termios_error) as error:
            self._gone(error)

    def write(self, data: bytes) -> None:
        """Send `data`; also NotConnected when the port takes no bytes for `WRITE_TIMEOUT_S` seconds."""
        try:
            self._serial.write(data)
            self._active_s = time.monotonic()
        except (OSError, _termios_error) as error:
            self._gone(error)

    def waiting(self) -> int:
        """How many bytes can be read without waiting."""
        try:
            return int(self._serial.in_waiting)
        except (OSError, _termios_error) as error:
            self._gone(error)

    def quiet_s(self) -> float:
        """Seconds since bytes were last read or written."""
        return time.monotonic() - self._active_s

    def discard_input(self) -> None:
        """Forget what arrived and was not read."""
        try:
            self._serial.reset_input_buffer()
        except (OSError, _termios_error) as error:
            self._gone(error)

    def close(self) -> None:
        """Free the port's name. A port that is gone counts as closed."""
        try:
            self._serial.close()
        except (OSError, _termios_error):
            # The device went first: the handle is freed all the same, and there is nothing left to say to it.
            self._serial.is_open = False

    def _gone(self, error: Exception) -> NoReturn:
        raise NotConnected(f"{self.device}: the connection broke ({error})") from error


class Tap:
    """An open port whose traffic is also told to others: every byte read, and every byte sent once it was taken.

    Nothing is dropped unheard: what would be discarded is read, at most `_MOST_DISCARDED` times in a row.
    """

    __slots__ = ("_on_received", "_on_sent", "_port")

    def __init__(
        self, port: Line, on_received: Callable[[bytes], None], on_sent: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self._port = port
        self._on_received = on_received
        self._on_sent = on_sent

    def read(self) -> bytes:
        """As `OpenPort.read`."""
        data = self._port.read()
        if data:
            self._on_received(data)
        return data

    def write(self, data: bytes) -> None:
        """As `OpenPort.write`."""
        self._port.write(data)
        self._on_sent(data)

    def waiting(self) -> int:
        """As `OpenPort.waiting`."""
        return self._port.waiting()

    def quiet_s(self) -> float:
        """As `OpenPort.quiet_s`."""
        return self._port.quiet_s()

    def discard_input(self) -> None:
        """Read what has arrived, so that it is heard."""
        for _ in range(_MOST_DISCARDED):
            if not self._port.waiting():
                return
            self.read()


def open_port(device: str, line: LineSettings) -> OpenPort:
    """Open `device` (a port's name or a pyserial URL) for this process alone, with DTR and RTS inactive from the start.

    Some adapters reset their instrument on an active DTR or RTS, hence before opening. Raises NotConnected, PortBusy,
    PermissionRefused, or BadInput for line settings that this port cannot do.
    """
    try:
        port = serial.serial_for_url(
            device,
            do_not_open=True,
            exclusive=True,
            baudrate=line.baud,
            bytesize=line.data_bits,
            parity=line.parity.value,
            stopbits=line.stop_bits,
            timeout=READ_TIMEOUT_S,
            write_timeout=WRITE_TIMEOUT_S,
        )
        port.dtr = False
        port.rts = False
        port.open()
    except OSError as error:
        raise _named(device, error) from error
    except _termios_error as error:
        if error.args and error.args[0] in {errno.EIO, errno.ENODEV, errno.ENXIO}:
            raise NotConnected(f"{device}: gone while it was opened ({error})") from error
        raise BadInput("line settings", str(line), f"{device} does not offer them ({error})") from error
    except ValueError as error:
        raise BadInput("port or line settings", f"{device} {line}", str(error)) from error
    return OpenPort(device, port)


def _named(device: str, error: OSError) -> Fault:
    if error.errno in _BUSY:
        return PortBusy(diagnosis.busy(device))
    if error.errno in _REFUSED:
        return PermissionRefused(diagnosis.refused(device))
    if "PermissionError" in str(error):  # how pyserial on Windows says that another program has the port
        return PortBusy(f"{device} is held by another program")
    return NotConnected(f"{device} cannot be opened ({error})")
