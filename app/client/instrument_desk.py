# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests about physical instruments: passports, remarks, dossiers, and who is at a sensor. Asks; keeps nothing."""

from collections.abc import Callable
from urllib.parse import quote

from pydantic import TypeAdapter

from app.client.rest import ANYTHING, Failed, Rest
from edge_daemon.api.messages_instruments import (
    IdentityAnswer,
    InstrumentMessage,
    NewInstrumentNote,
    PassportMessage,
)

FILE_MS = 60_000
MOST_FILE_BYTES = 16 * 1024 * 1024
MOST_DOSSIER_BYTES = 64 * 1024 * 1024

_INSTRUMENTS = TypeAdapter(tuple[InstrumentMessage, ...])
_PASSPORT = TypeAdapter(PassportMessage)


class InstrumentDesk:
    """An instrument is named by its model and its id, which is its serial number where one is known."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def all(self, done: Callable[[tuple[InstrumentMessage, ...]], None], failed: Failed) -> None:
        """Every instrument that the log speaks of."""
        self._rest.get("/api/instruments", _INSTRUMENTS, done, failed)

    def passport(self, model: str, name: str, done: Callable[[PassportMessage], None], failed: Failed) -> None:
        """All that is known of one."""
        self._rest.get(_path(model, name), _PASSPORT, done, failed)

    def note(self, model: str, name: str, note: NewInstrumentNote, done: Callable[[], None], failed: Failed) -> None:
        """Write a remark on it, with files."""
        path = f"{_path(model, name)}/notes"
        self._rest.ask("POST", path, note, ANYTHING, lambda _: done(), failed, timeout_ms=FILE_MS)

    def attachment(self, sha256: str, done: Callable[[bytes], None], failed: Failed) -> None:
        """A file that was attached."""
        self._rest.fetch(f"/api/attachments/{quote(sha256, safe='')}", done, failed, timeout_ms=FILE_MS)

    def dossier(self, model: str, name: str, done: Callable[[bytes], None], failed: Failed) -> None:
        """Its history as one file."""
        self._rest.fetch(f"{_path(model, name)}/dossier", done, failed, timeout_ms=FILE_MS)

    def bring_in(self, content: bytes, person: str, done: Callable[[PassportMessage], None], failed: Failed) -> None:
        """Import another station's dossier."""
        query = {"person": person}
        self._rest.ask(
            "POST", "/api/instruments/import", content, _PASSPORT, done, failed, query=query, timeout_ms=FILE_MS
        )

    def answer(self, sensor_id: str, told: IdentityAnswer, done: Callable[[], None], failed: Failed) -> None:
        """Say which instrument is at a sensor."""
        path = f"/api/sensors/{quote(sensor_id, safe='')}/identity"
        self._rest.ask("POST", path, told, ANYTHING, lambda _: done(), failed)


def _path(model: str, name: str) -> str:
    return f"/api/instruments/{quote(model, safe='')}/{quote(name, safe='')}"
