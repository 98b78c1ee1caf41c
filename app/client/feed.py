# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The live feed: one small thread around a WebSocket that reconnects and resumes. Network and files."""

import contextlib
import http.client
import threading
from collections.abc import Callable
from urllib.parse import quote

from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.sync.client import ClientConnection, connect

from app.client.endpoint import Endpoint, log_origin
from edge_daemon.api.messages import Live

_FIRST_WAIT_S = 0.25
_LONGEST_WAIT_S = 4.0
_OPEN_SECONDS = 4.0
_LOOK_UP_SECONDS = 0.25


class Feed(QObject):
    """Live readings of one project. Signals are emitted in the feed's thread and arrive in the receivers'.

    Signals:
        trying: the `Endpoint` that is about to be asked (it changes when the daemon restarts).
        began: origin of a log that is not the one followed so far; its entries follow from the first one on.
        opened: the feed is connected.
        received: a `Live` message; every entry arrives once, in log order.
        lost: text that says why the feed broke off or could not be opened.
    """

    trying = Signal(object)
    began = Signal(str)
    opened = Signal()
    received = Signal(object)
    lost = Signal(str)

    def __init__(self, locate: Callable[[], Endpoint | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._locate = locate
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = -1
        self._origin = ""

    @property
    def running(self) -> bool:
        """Whether the feed was started and not stopped."""
        return self._thread is not None

    def start(self, project_id: str, origin: str, size: int) -> None:
        """Follow the log of this origin from index `size` on, and any that takes its place, until stopped."""
        self.stop()
        self._origin, self._last = origin, size - 1
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(project_id, self._stop), name="live-feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it: a second or so at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, project_id: str, stop: threading.Event) -> None:
        wait = _FIRST_WAIT_S
        while not stop.is_set():
            before = self._last
            why = self._follow(project_id, stop)
            if stop.is_set():
                return
            self.lost.emit(why)
            wait = _FIRST_WAIT_S if self._last > before else min(wait * 2, _LONGEST_WAIT_S)
            stop.wait(wait)

    def _follow(self, project_id: str, stop: threading.Event) -> str:
        """Connect once and pass on what comes, until the connection breaks or `stop`; says why it broke."""
        try:
            endpoint = self._locate()
            if endpoint is None:
                return "The recorder is not running."
            self.trying.emit(endpoint)
            self._look_for_a_new_log(log_origin(endpoint))
            address = f"{endpoint.websocket_url}/ws/projects/{quote(project_id, safe='')}/live?from={self._last + 1}"
            with connect(
                address,
                additional_headers={"Authorization": f"Bearer {endpoint.token}"},
                open_timeout=_OPEN_SECONDS,
                close_timeout=0.5,
                proxy=None,
            ) as socket:
                self.opened.emit()
                return self._listen(socket, stop)
        except (OSError, http.client.HTTPException, InvalidHandshake, InvalidMessage, ConnectionClosed) as error:
            return str(error) or type(error).__name__

    def _look_for_a_new_log(self, origin: str) -> None:
        """Indices count within one log: in another one they start over, and nothing of it has been seen."""
        if origin != self._origin:
            self._origin, self._last = origin, -1
            self.began.emit(origin)

    def _listen(self, socket: ClientConnection, stop: threading.Event) -> str:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                text = socket.recv(timeout=_LOOK_UP_SECONDS)
                try:
                    live = Live.model_validate_json(text)
                except ValidationError as error:
                    return f"A live message cannot be read: {error.error_count()} of its parts are not as expected."
                self._pass_on(live)
        return ""

    def _pass_on(self, live: Live) -> None:
        if live.ports_changed:  # it carries no entries, and so tells of nothing new in the log
            self.received.emit(live)
        if live.last <= self._last:
            return
        if live.first <= self._last:  # part of it came before the connection broke
            live = live.model_copy(
                update={
                    "first": self._last + 1,
                    "readings": tuple(one for one in live.readings if one.index > self._last),
                    "events": tuple(one for one in live.events if one.index > self._last),
                }
            )
        self._last = live.last
        self.received.emit(live)
