# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The live feed: committed entries to any number of WebSocket clients, none of which can slow the recorder.

The writer's thread only appends to a bounded list and wakes the event loop. A client that falls behind by more than
`QUEUE` messages is dropped; it reconnects and asks for what follows the last index it has.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence

from edge_daemon.api.messages import Live
from edge_daemon.buffer.record import Committed

QUEUE = 64
BACKLOG = 20_000


class Subscription:
    """One client's queue. `dropped` is set once it has fallen behind."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Live | None] = asyncio.Queue(QUEUE)
        self.dropped = False

    def offer(self, message: Live) -> None:
        """Queue the message, or drop the client when its queue is full."""
        if self.dropped:
            return
        try:
            self.messages.put_nowait(message)
        except asyncio.QueueFull:
            self.drop()

    def drop(self) -> None:
        """End this client: it would have a hole. None in the queue tells its task."""
        self.dropped = True
        while not self.messages.empty():
            self.messages.get_nowait()
        self.messages.put_nowait(None)


class LiveHub:
    """Hands what the writer committed to all subscriptions. `publish` may be called from any thread and never waits."""

    def __init__(self, message: Callable[[Sequence[Committed]], Live]) -> None:
        self._message = message
        self._pending: list[Committed] = []
        self._overrun = False
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._subscriptions: set[Subscription] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver in this event loop from now on."""
        self._loop = loop

    def detach(self) -> None:
        """The event loop ends: what is published from now on reaches nobody."""
        self._loop = None

    def publish(self, committed: Sequence[Committed]) -> None:
        """Called by the writer after each commit."""
        loop = self._loop
        if loop is None or not committed:
            return
        with self._lock:
            first = not self._pending
            self._overrun = self._overrun or len(self._pending) > BACKLOG
            self._pending += committed if not self._overrun else ()
        if first:
            loop.call_soon_threadsafe(self._deliver)

    def announce(self, message: Live) -> None:
        """Hand out a message that carries no entries. Callable from any thread; while nobody serves, it is dropped."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._hand_out, message)

    def subscribe(self) -> Subscription:
        """A new client. Call in the event loop."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """The client is gone."""
        self._subscriptions.discard(subscription)

    def _deliver(self) -> None:
        with self._lock:
            batch, self._pending = self._pending, []
            overrun, self._overrun = self._overrun, False
        if not self._subscriptions or not batch:
            return
        message = self._message(batch)
        if not overrun:
            self._hand_out(message)
            return
        for subscription in self._subscriptions:
            subscription.drop()

    def _hand_out(self, message: Live) -> None:
        for subscription in self._subscriptions:
            subscription.offer(message)
