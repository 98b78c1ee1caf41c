# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The computer's side of a simulated line where there are no pseudo-terminals: a TCP listener on the loopback.

Opens, reads and writes sockets; never waits.
"""

import selectors
import socket
from collections.abc import Callable

BUFFER_BYTES = 4096


class SocketLine:
    """One listener for one host at a time, reached through pyserial as `socket://127.0.0.1:PORT`.

    Args:
        avoid: a device name not to take, so that a replugged port shows under another one.

    Raises:
        OSError: no port can be listened on.
    """

    def __init__(self, avoid: str = "") -> None:
        self._listener = _listen()
        if _device(self._listener) == avoid:
            taken = self._listener
            self._listener = _listen()
            taken.close()
        self.device = _device(self._listener)
        self._host: socket.socket | None = None
        self._pending = bytearray()
        self._watched: tuple[selectors.BaseSelector, Callable[[], None]] | None = None

    def register(self, selector: selectors.BaseSelector, on_ready: Callable[[], None]) -> None:
        """Have `on_ready` kept as the data of this line's sockets in the selector."""
        self._watched = selector, on_ready
        selector.register(self._listener, selectors.EVENT_READ, on_ready)

    def unregister(self, selector: selectors.BaseSelector) -> None:
        """Undo `register`."""
        self._watched = None
        selector.unregister(self._listener)
        if self._host is not None:
            selector.unregister(self._host)

    def read(self) -> bytes:
        """What the host sent, empty if nothing. Takes a waiting host first; a second one is turned away."""
        self._accept()
        if self._host is None:
            return b""
        try:
            data = self._host.recv(BUFFER_BYTES)
        except BlockingIOError:
            return b""
        except ConnectionError:
            data = b""
        if not data:
            self._lose_host()
        return data

    def write(self, data: bytes) -> None:
        """Send to the host; while it does not read, the oldest bytes give way. Without a host they are lost."""
        if self._host is None:
            return
        self._pending += data
        del self._pending[:-BUFFER_BYTES]
        try:
            del self._pending[: self._host.send(self._pending)]
        except BlockingIOError:
            return
        except ConnectionError:
            self._lose_host()

    def close(self) -> None:
        """Unplug: the host's connection ends and the listener is gone."""
        self._lose_host()
        self._listener.close()

    def _accept(self) -> None:
        try:
            host, _ = self._listener.accept()
        except BlockingIOError:
            return
        if self._host is not None:
            host.close()
            return
        host.setblocking(False)
        self._host = host
        if self._watched:
            selector, on_ready = self._watched
            selector.register(host, selectors.EVENT_READ, on_ready)

    def _lose_host(self) -> None:
        if self._host is None:
            return
        if self._watched:
            self._watched[0].unregister(self._host)
        self._host.close()
        self._host = None
        self._pending.clear()


def _listen() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    return listener


def _device(listener: socket.socket) -> str:
    return f"socket://127.0.0.1:{listener.getsockname()[1]}"
