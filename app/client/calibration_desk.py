# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests about calibrations: runs, persons, standards, certificates, history. Asks the daemon; keeps nothing."""

from collections.abc import Callable
from urllib.parse import quote, urlencode

from pydantic import TypeAdapter

from app.client.rest import Failed, Rest
from edge_daemon.api.messages_calibration import (
    CalibrationMessage,
    InstrumentHistory,
    LeavingPerson,
    NewCertificate,
    NewPerson,
    NewPin,
    NewReview,
    NewRun,
    NewStandard,
    PersonMessage,
    ProcedureMessage,
    RunMessage,
    StandardKind,
    StandardMessage,
    StandardsImport,
    StandardsImported,
    StepAnswer,
)
from edge_daemon.api.messages_coverage import DueMessage
from edge_daemon.api.messages_instruments import CertificateImpact

POLL_MS = 5_000
ANSWER_MS = 120_000
"""An answer may have the instrument do something, which takes its time."""
FILE_MS = 60_000

_PROCEDURES = TypeAdapter(tuple[ProcedureMessage, ...])
_RUN = TypeAdapter(RunMessage)
_PERSONS = TypeAdapter(tuple[PersonMessage, ...])
_PERSON = TypeAdapter(PersonMessage)
_DUE = TypeAdapter(tuple[DueMessage, ...])
_STANDARDS = TypeAdapter(tuple[StandardMessage, ...])
_KINDS = TypeAdapter(tuple[StandardKind, ...])
_STANDARD = TypeAdapter(StandardMessage)
_IMPORTED = TypeAdapter(StandardsImported)
_HISTORY = TypeAdapter(InstrumentHistory)
_CALIBRATION = TypeAdapter(CalibrationMessage)
_IMPACT = TypeAdapter(CertificateImpact)

Taken = Callable[[RunMessage], None]


class CalibrationDesk:
    """Every method ends in exactly one call, of `done` or of `failed` with a `Problem`."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    # ---- a run ------------------------------------------------------------------------------------------------------

    def procedures(self, sensor_id: str, done: Callable[[tuple[ProcedureMessage, ...]], None], failed: Failed) -> None:
        """What the sensor's model can be calibrated by."""
        self._rest.get(f"/api/sensors/{_part(sensor_id)}/procedures", _PROCEDURES, done, failed)

    def run(self, sensor_id: str, done: Taken, failed: Failed) -> None:
        """The run under way, or the last one."""
        self._rest.ask("GET", _run(sensor_id), None, _RUN, done, failed, timeout_ms=POLL_MS)

    def start(self, sensor_id: str, new: NewRun, done: Taken, failed: Failed) -> None:
        """Begin a run."""
        self._rest.ask("POST", _run(sensor_id), new, _RUN, done, failed)

    def answer(self, sensor_id: str, answer: StepAnswer, done: Taken, failed: Failed) -> None:
        """Answer the open step."""
        self._rest.ask("POST", f"{_run(sensor_id)}/answer", answer, _RUN, done, failed, timeout_ms=ANSWER_MS)

    def abort(self, sensor_id: str, reason: str, person: str, done: Taken, failed: Failed) -> None:
        """End the run without a verdict."""
        query = {"reason": reason, "person": person}
        self._rest.ask("DELETE", _run(sensor_id), None, _RUN, done, failed, query=query)

    # ---- persons ----------------------------------------------------------------------------------------------------

    def persons(self, done: Callable[[tuple[PersonMessage, ...]], None], failed: Failed) -> None:
        """Who can sign."""
        self._rest.get("/api/persons", _PERSONS, done, failed)

    def add_person(self, new: NewPerson, done: Callable[[PersonMessage], None], failed: Failed) -> None:
        """Add somebody who signs, with a PIN."""
        self._rest.ask("POST", "/api/persons", new, _PERSON, done, failed)

    def change_pin(self, new: NewPin, done: Callable[[PersonMessage], None], failed: Failed) -> None:
        """Change a PIN, by the one until now."""
        self._rest.ask("POST", "/api/persons/pin", new, _PERSON, done, failed)

    def remove_person(self, leaving: LeavingPerson, done: Callable[[PersonMessage], None], failed: Failed) -> None:
        """Take off somebody who signs no more, by that person's PIN."""
        self._rest.ask("POST", "/api/persons/removal", leaving, _PERSON, done, failed)

    # ---- standards --------------------------------------------------------------------------------------------------

    def standards(self, done: Callable[[tuple[StandardMessage, ...]], None], failed: Failed) -> None:
        """The register."""
        self._rest.get("/api/standards", _STANDARDS, done, failed)

    def kinds(self, done: Callable[[tuple[StandardKind, ...]], None], failed: Failed) -> None:
        """The kinds that procedures ask for, and those of the register."""
        self._rest.get("/api/standards/kinds", _KINDS, done, failed)

    def put_standard(self, new: NewStandard, done: Callable[[StandardMessage], None], failed: Failed) -> None:
        """Add a standard; with `replaces`, correct, renew or withdraw one."""
        self._rest.ask("POST", "/api/standards", new, _STANDARD, done, failed, timeout_ms=FILE_MS)

    def import_standards(self, new: StandardsImport, done: Callable[[StandardsImported], None], failed: Failed) -> None:
        """Add standards from CSV text; the reply tells line by line what became of it."""
        self._rest.ask("POST", "/api/standards/csv", new, _IMPORTED, done, failed, timeout_ms=FILE_MS)

    # ---- history ----------------------------------------------------------------------------------------------------

    def due(self, done: Callable[[tuple[DueMessage, ...]], None], failed: Failed) -> None:
        """What is due soon or overdue."""
        self._rest.get("/api/calibrations/due", _DUE, done, failed)

    def history(self, model: str, name: str, done: Callable[[InstrumentHistory], None], failed: Failed) -> None:
        """An instrument's calibrations, by channel."""
        self._rest.get(f"{_instrument(model, name)}/calibrations", _HISTORY, done, failed)

    def add_certificate(
        self, model: str, name: str, new: NewCertificate, done: Callable[[CalibrationMessage], None], failed: Failed
    ) -> None:
        """Enter a laboratory's certificate; it takes effect once a second person has accepted it."""
        path = f"{_instrument(model, name)}/certificates"
        self._rest.ask("POST", path, new, _CALIBRATION, done, failed, timeout_ms=FILE_MS)

    def review(self, index: int, new: NewReview, done: Callable[[CalibrationMessage], None], failed: Failed) -> None:
        """Accept or reject a laboratory's certificate."""
        self._rest.ask("POST", f"/api/certificates/{index}/review", new, _CALIBRATION, done, failed)

    def certificate_impact(self, index: int, done: Callable[[CertificateImpact], None], failed: Failed) -> None:
        """What accepting a laboratory's certificate would mean for readings already taken."""
        self._rest.get(f"/api/certificates/{index}/impact", _IMPACT, done, failed)

    def certificate(self, index: int, done: Callable[[bytes], None], failed: Failed) -> None:
        """Our own certificate of a calibration, as PDF."""
        self._rest.fetch(f"/api/calibrations/{index}/certificate", done, failed, timeout_ms=FILE_MS)

    def recomputed(
        self,
        sensor_id: str,
        calibration: int,
        start: str,
        end: str,
        done: Callable[[bytes], None],
        failed: Failed,
    ) -> None:
        """A period's values by another calibration beside the recorded ones, as CSV; times are ISO 8601."""
        query = urlencode({"calibration": calibration, "from": start, "to": end})
        self._rest.fetch(f"/api/sensors/{_part(sensor_id)}/recomputed?{query}", done, failed, timeout_ms=FILE_MS)


def _part(text: str) -> str:
    return quote(text, safe="")


def _run(sensor_id: str) -> str:
    return f"/api/sensors/{_part(sensor_id)}/calibration"


def _instrument(model: str, name: str) -> str:
    return f"/api/instruments/{_part(model)}/{_part(name)}"
