# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Notices when a port comes or goes: a thread that asks once a second. Asks the operating system through `ports`."""

import logging
import threading
from collections.abc import Callable, Sequence

from edge_daemon.domain.connection import Port

log = logging.getLogger(__name__)

EVERY_S = 1.0


class PortWatch:
    """`on_change` gets the ports present now, whenever they are others than a second ago; called in its thread."""

    def __init__(
        self,
        ports: Callable[[], Sequence[Port]],
        on_change: Callable[[Sequence[Port]], None],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self._ports = ports
        self._on_change = on_change
        self._every_s = every_s
        self._known = frozenset((port.identity.key, port.device) for port in ports())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._main, name="port watch", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> None:
        """Compare once."""
        try:
            present = self._ports()
        except OSError as error:  # an adapter that is being pulled out while it is asked about
            log.warning("the ports could not be listed: %s", error)
            return
        known = frozenset((port.identity.key, port.device) for port in present)
        if known != self._known:
            self._known = known
            self._on_change(present)

    def _main(self) -> None:
        while not self._stop.wait(self._every_s):
            self.look()
