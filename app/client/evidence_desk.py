# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests about evidence: what is witnessed, checks, bundles, anchors, register, visit report. Keeps nothing."""

from collections.abc import Callable

from pydantic import BaseModel, TypeAdapter

from app.client.rest import Failed, Rest
from edge_daemon.api.messages_evidence import (
    EvidenceJob,
    EvidenceStanding,
    NewBundle,
    NewVerification,
    RegisterChange,
    RegisterMessage,
)

_STANDING = TypeAdapter(EvidenceStanding)
_JOB = TypeAdapter(EvidenceJob)
_REGISTER = TypeAdapter(RegisterMessage)

ANSWER_MS = 90_000
"""What is anchored is asked of another program, which may take its time on a busy laptop."""


class _Nothing(BaseModel):
    """An empty body."""


class EvidenceDesk:
    """Every method ends in exactly one call, of `done` or of `failed`."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def standing(self, done: Callable[[EvidenceStanding], None], failed: Failed) -> None:
        """Checkpoints, anchors, and what is unwitnessed."""
        self._rest.ask("GET", "/api/evidence", None, _STANDING, done, failed, timeout_ms=ANSWER_MS)

    def job(self, done: Callable[[EvidenceJob], None], failed: Failed) -> None:
        """The newest check, bundle or anchor."""
        self._rest.get("/api/evidence/job", _JOB, done, failed)

    def cancel(self, done: Callable[[EvidenceJob], None], failed: Failed) -> None:
        """End what is under way."""
        self._rest.ask("DELETE", "/api/evidence/job", None, _JOB, done, failed)

    def verify(
        self,
        path: str,
        done: Callable[[EvidenceJob], None],
        failed: Failed,
        *,
        witness: str = "",
        online: bool = False,
    ) -> None:
        """Check a bundle, or with an empty path the station's own logs; `online` asks the chain about anchors too.

        `witness` is a head that somebody outside kept, empty for none.
        """
        body = NewVerification(path=path, witness=witness, online=online)
        self._rest.ask("POST", "/api/evidence/verify", body, _JOB, done, failed, timeout_ms=ANSWER_MS)

    def bundle(self, wanted: NewBundle, done: Callable[[EvidenceJob], None], failed: Failed) -> None:
        """Write the evidence of a period."""
        self._rest.ask("POST", "/api/evidence/bundle", wanted, _JOB, done, failed, timeout_ms=ANSWER_MS)

    def anchor(self, done: Callable[[EvidenceJob], None], failed: Failed) -> None:
        """Anchor everything that is signed."""
        self._rest.ask("POST", "/api/evidence/anchor", _Nothing(), _JOB, done, failed, timeout_ms=ANSWER_MS)

    def register(self, done: Callable[[RegisterMessage], None], failed: Failed) -> None:
        """The project's station register as it is kept."""
        self._rest.get("/api/evidence/register", _REGISTER, done, failed)

    def put_register(self, wanted: RegisterChange, done: Callable[[RegisterMessage], None], failed: Failed) -> None:
        """Keep another register."""
        self._rest.ask("PUT", "/api/evidence/register", wanted, _REGISTER, done, failed)

    def visit_report(self, done: Callable[[bytes], None], failed: Failed) -> None:
        """The report of the present visit, as PDF."""
        self._rest.fetch("/api/visit-report", done, failed, timeout_ms=ANSWER_MS)
