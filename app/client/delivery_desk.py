# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests about delivery: destinations, syncs, what was set aside. Asks the daemon; keeps nothing."""

from collections.abc import Callable

from pydantic import BaseModel, Field, TypeAdapter

from app.client.rest import ANYTHING, Failed, Rest
from edge_daemon.api.messages_sync import (
    AutomaticSyncChange,
    AutomaticSyncMessage,
    CheckLine,
    DestinationChange,
    DestinationMessage,
    SetAsideMessage,
    SyncMessage,
    SyncStanding,
    SyncStart,
)

_DESTINATION = TypeAdapter(DestinationMessage)
_DESTINATIONS = TypeAdapter(tuple[DestinationMessage, ...])
_CHECKS = TypeAdapter(tuple[CheckLine, ...])
_SYNC = TypeAdapter(SyncMessage)
_STANDING = TypeAdapter(SyncStanding)
_AUTOMATIC = TypeAdapter(AutomaticSyncMessage)
_ASIDE = TypeAdapter(tuple[SetAsideMessage, ...])

ANSWER_MS = 60_000
CHECK_MS = 130_000
"""The far end may take its time; the daemon waits two minutes for it."""


class _Put(BaseModel):
    """`DestinationChange` on its way out: there the secret would be hidden when it is written."""

    settings: dict[str, bool | int | str]
    secret: str | None = Field(default=None, repr=False)


class DeliveryDesk:
    """Every method ends in exactly one call, of `done` or of `failed`."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def destinations(self, done: Callable[[tuple[DestinationMessage, ...]], None], failed: Failed) -> None:
        """All destinations."""
        self._rest.get("/api/destinations", _DESTINATIONS, done, failed)

    def put(
        self, name: str, change: DestinationChange, done: Callable[[DestinationMessage], None], failed: Failed
    ) -> None:
        """Add a destination, or change one."""
        body = _Put(settings=change.settings)
        if change.secret is not None:
            body = _Put(settings=change.settings, secret=change.secret.get_secret_value())
        self._rest.ask("PUT", f"/api/destinations/{name}", body, _DESTINATION, done, failed)

    def remove(self, name: str, done: Callable[[object], None], failed: Failed) -> None:
        """Forget a destination and its secret."""
        self._rest.ask("DELETE", f"/api/destinations/{name}", None, ANYTHING, done, failed)

    def check(self, name: str, done: Callable[[tuple[CheckLine, ...]], None], failed: Failed) -> None:
        """Check a destination; nothing is delivered."""
        self._rest.ask("POST", f"/api/destinations/{name}/check", None, _CHECKS, done, failed, timeout_ms=CHECK_MS)

    def sync(self, done: Callable[[SyncMessage], None], failed: Failed) -> None:
        """How the running sync is doing, or how the last one ended."""
        self._rest.get("/api/sync", _SYNC, done, failed)

    def start(self, done: Callable[[SyncMessage], None], failed: Failed) -> None:
        """Begin to deliver all that waits."""
        self._rest.ask("POST", "/api/sync", SyncStart(), _SYNC, done, failed)

    def cancel(self, done: Callable[[SyncMessage], None], failed: Failed) -> None:
        """End the running sync."""
        self._rest.ask("DELETE", "/api/sync", None, _SYNC, done, failed)

    def standing(self, done: Callable[[SyncStanding], None], failed: Failed) -> None:
        """Accounts, what waits, last runs, room."""
        self._rest.ask("GET", "/api/sync/standing", None, _STANDING, done, failed, timeout_ms=ANSWER_MS)

    def set_aside(self, done: Callable[[tuple[SetAsideMessage, ...]], None], failed: Failed) -> None:
        """What destinations refused."""
        self._rest.ask("GET", "/api/sync/set-aside", None, _ASIDE, done, failed, timeout_ms=ANSWER_MS)

    def retry(self, done: Callable[[object], None], failed: Failed) -> None:
        """Let the next sync try it again."""
        self._rest.ask("POST", "/api/sync/set-aside/retry", None, ANYTHING, done, failed, timeout_ms=ANSWER_MS)

    def resend(self, name: str, done: Callable[[object], None], failed: Failed) -> None:
        """Let the next sync deliver everything to this destination again."""
        path = f"/api/destinations/{name}/resend"
        self._rest.ask("POST", path, None, ANYTHING, done, failed, timeout_ms=ANSWER_MS)

    def automatic(self, done: Callable[[AutomaticSyncMessage], None], failed: Failed) -> None:
        """Whether syncs begin by themselves."""
        self._rest.get("/api/sync/automatic", _AUTOMATIC, done, failed)

    def put_automatic(
        self, change: AutomaticSyncChange, done: Callable[[AutomaticSyncMessage], None], failed: Failed
    ) -> None:
        """Let syncs begin by themselves, or no longer."""
        self._rest.ask("PUT", "/api/sync/automatic", change, _AUTOMATIC, done, failed)
