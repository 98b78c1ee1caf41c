# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests about the station itself: name, place, recording after a restart. Asks the daemon; keeps nothing."""

from collections.abc import Callable

from pydantic import BaseModel, TypeAdapter, ValidationError

from app.client.rest import Failed, Rest
from edge_daemon.api.messages import Problem, StationChange, StationMessage
from edge_daemon.domain.autostart import AutostartReport

_STATION = TypeAdapter(StationMessage)
_REPORT = TypeAdapter(AutostartReport)
_AUTOSTART = "/api/autostart"

Reported = Callable[[AutostartReport], None]


class _Wish(BaseModel):
    """Body of the request that switches."""

    enabled: bool


class StationDesk:
    """`changed` takes the station as the daemon tells it after a change."""

    def __init__(self, rest: Rest, changed: Callable[[StationMessage], None]) -> None:
        self._rest = rest
        self._changed = changed

    def describe(self, change: StationChange, done: Callable[[], None], failed: Failed) -> None:
        """Set the station's name or place; `done` follows once the station has been told anew."""

        def told(station: StationMessage) -> None:
            self._changed(station)
            done()

        self._rest.send(
            "PATCH", "/api/station", change, lambda _: self._rest.get("/api/station", _STATION, told, failed), failed
        )

    def autostart(self, done: Reported, failed: Failed) -> None:
        """Whether the recorder begins by itself after a restart of the computer."""
        self._rest.get(_AUTOSTART, _REPORT, done, failed)

    def switch_autostart(self, enabled: bool, done: Reported, failed: Failed) -> None:
        """Switch it. The report says what came of it, which may not be what was asked for."""
        self._rest.send("PUT", _AUTOSTART, _Wish(enabled=enabled), lambda reply: _take(reply, done, failed), failed)


def _take(reply: object, done: Reported, failed: Failed) -> None:
    try:
        report = _REPORT.validate_python(reply)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        failed(
            Problem(
                title="The recorder's answer cannot be read",
                status=200,
                detail=f"{first['msg']}.",
                code="unreadable_reply",
                advice="Window and recorder may be of different versions: restart both.",
            )
        )
    else:
        done(report)
