# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The ports that are present now, kept up to date. Asks the daemon through the desk."""

from PySide6.QtCore import QObject, Signal

from app.client.device_desk import DeviceDesk
from app.client.rest import Failed
from edge_daemon.api.messages import PortMessage, Problem


class PortList(QObject):
    """`ports` as last told. `fresh` are the keys of those that came while the window was looking on.

    Signals:
        changed: the ports, or what is known of one, have changed.
        plugged: a `PortMessage` of a port that was not there before.
    """

    changed = Signal()
    plugged = Signal(object)

    def __init__(self, desk: DeviceDesk, refused: Failed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._refused = desk, refused
        self._under_way = self._again = False
        self.ports: tuple[PortMessage, ...] = ()
        self.known = False
        self.fresh: set[str] = set()

    def refresh(self) -> None:
        """Ask now. While an answer is under way, ask once more after it: it may be older than the news."""
        if self._under_way:
            self._again = True
            return
        self._under_way = True
        self._desk.ports(self._take, self._fail)

    def forget_fresh(self, key: str) -> None:
        """Somebody has dealt with this port: it is not new any more."""
        if key in self.fresh:
            self.fresh.discard(key)
            self.changed.emit()

    def _take(self, ports: tuple[PortMessage, ...]) -> None:
        before = {port.key for port in self.ports}
        plugged = [port for port in ports if self.known and port.key not in before]
        changed = ports != self.ports or not self.known
        self.ports, self.known = ports, True
        self.fresh &= {port.key for port in ports}
        self.fresh |= {port.key for port in plugged if not port.sensors}
        if changed:
            self.changed.emit()
        for port in plugged:
            self.plugged.emit(port)
        self._answered()

    def _fail(self, problem: Problem) -> None:
        self._refused(problem)
        self._answered()

    def _answered(self) -> None:
        again, self._under_way, self._again = self._again, False, False
        if again:
            self.refresh()
