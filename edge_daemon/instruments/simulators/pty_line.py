# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The computer's side of a simulated line: a pseudo-terminal. Opens, reads and writes it; never waits."""

import array
import contextlib
import fcntl
import os
import selectors
import termios
import tty
from collections.abc import Callable

BUFFER_BYTES = 4096
FULL_BYTES = 3500


class PtyLine:
    """One pseudo-terminal in raw mode.

    The instrument keeps a handle on the port's end too: so the port stays usable while nobody else has it open, and the
    oldest bytes can be dropped when nobody reads, as a UART does.

    Args:
        avoid: a device name not to take, so that a replugged port shows under another one.

    Raises:
        OSError: the system has no pseudo-terminal left.
    """

    def __init__(self, avoid: str = "") -> None:
        self._far, self._near = os.openpty()
        if os.ttyname(self._near) == avoid:
            taken = self._far, self._near
            try:
                self._far, self._near = os.openpty()
            finally:
                for handle in taken:
                    os.close(handle)
        self.device = os.ttyname(self._near)
        for handle in (self._far, self._near):
            os.set_blocking(handle, False)
        tty.setraw(self._near, termios.TCSANOW)

    def register(self, selector: selectors.BaseSelector, on_ready: Callable[[], None]) -> None:
        """Have `on_ready` kept as the data of this line's handle in the selector."""
        selector.register(self._far, selectors.EVENT_READ, on_ready)

    def unregister(self, selector: selectors.BaseSelector) -> None:
        """Undo `register`."""
        selector.unregister(self._far)

    def read(self) -> bytes:
        """What the host sent, empty if nothing."""
        try:
            return os.read(self._far, BUFFER_BYTES)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Send to the host; while nobody reads, the oldest bytes give way."""
        excess = self._unread() + len(data) - FULL_BYTES
        if excess > 0:
            self._drop(excess)
        with contextlib.suppress(BlockingIOError):  # still full: the line loses these bytes, as a UART that overruns
            os.write(self._far, data)

    def close(self) -> None:
        """Unplug: whoever has the port open gets an error."""
        os.close(self._far)
        os.close(self._near)

    def _unread(self) -> int:
        count = array.array("i", [0])
        fcntl.ioctl(self._near, termios.FIONREAD, count)
        return count[0]

    def _drop(self, count: int) -> None:
        with contextlib.suppress(BlockingIOError):  # the host has read them in the meantime
            os.read(self._near, count)
