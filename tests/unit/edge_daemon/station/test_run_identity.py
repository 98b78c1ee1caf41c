# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A run in which the instrument's identity came into doubt is not signed unasked, and its report tells of it."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, InstallationEvent
from edge_daemon.log.calibration_body import CalibrationVerdict
from edge_daemon.station.calibration_pages import Around, page
from tests.support.logged_station import LoggedStation
from tests.unit.edge_daemon.calibration.runs import fresh_air
from tests.unit.edge_daemon.documents.test_calibration_report import words_of
from tests.unit.edge_daemon.station.signing_world import SIGNED, Signing, quick_scrypt
from tests.unit.edge_daemon.station.test_calibration_reports import reports

SILENT = "the sensor did not answer"


@pytest.fixture
def signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Signing]:
    monkeypatch.setattr(hashlib, "scrypt", quick_scrypt)
    with LoggedStation(tmp_path) as station:
        made = Signing(station, tmp_path, fresh_air(raw=562.0))
        made.persons.add("Ana", "4711")
        yield made


def says(signing: Signing, event: InstallationEvent, person: str = "", cause: str = "") -> None:
    start = signing.run.start
    body = InstallationBody(start.sensor, start.model, start.serial, SerialSource.LABEL, person, event, cause=cause)
    signing.station.calibrations.follow(signing.station.write(body))


def report(station: LoggedStation, folder: Path, verdict: int) -> str:
    words = words_of(reports(station, folder).pdf(verdict))
    return words.partition("Additions to, deviations")[2].partition("Persons")[0]


def test_an_instrument_in_doubt_is_asked_about_and_not_signed_for_by_whoever_cannot_tell(signing: Signing) -> None:
    says(signing, "unconfirmed", cause=SILENT)
    size = signing.station.writer.head().size
    for answer in ({}, {"same_instrument": "unsure"}):
        with pytest.raises(BadInput) as refused:
            signing.closing.sign(signing.run, {**SIGNED, **answer})
        assert refused.value.field == "values.same_instrument"
    assert signing.station.writer.head().size == size
    assert any(
        f"uncertain which instrument is at co2-1 ({SILENT})" in line for line in signing.closing.summary(signing.run)
    )


def test_why_it_is_in_doubt_is_told_in_words(signing: Signing) -> None:
    says(signing, "unconfirmed", cause="no_reply")
    (told,) = [line for line in signing.closing.summary(signing.run) if "uncertain" in line]
    assert told.endswith("at co2-1 (it was silent for a while).")


def test_who_says_that_it_is_the_same_signs_and_the_report_tells_who_said_it(signing: Signing, tmp_path: Path) -> None:
    says(signing, "unconfirmed", cause=SILENT)
    signed = signing.closing.sign(signing.run, {**SIGNED, "same_instrument": "same"})
    assert isinstance(signed.end, CalibrationVerdict)
    assert signed.end.same_instrument
    said = report(signing.station, tmp_path, signed.last)
    assert "It was not certain that the same instrument was connected from" in said
    assert f"({SILENT}) on; Ana said when signing that it was the same throughout." in said


def test_a_doubt_that_was_settled_before_is_not_asked_about_and_is_told(signing: Signing, tmp_path: Path) -> None:
    says(signing, "unconfirmed", cause=SILENT)
    says(signing, "confirmed", "Ben")
    signed = signing.closing.sign(signing.run, SIGNED)
    assert isinstance(signed.end, CalibrationVerdict)
    assert not signed.end.same_instrument
    assert "Ben confirmed that it was the same." in report(signing.station, tmp_path, signed.last)


def test_an_instrument_that_was_never_in_doubt_is_not_spoken_of(signing: Signing, tmp_path: Path) -> None:
    signed = signing.closing.sign(signing.run, SIGNED)
    says(signing, "unconfirmed", cause=SILENT)
    assert "certain" not in report(signing.station, tmp_path, signed.last)


def test_a_verdict_of_a_program_that_did_not_ask_is_told_so(signing: Signing, tmp_path: Path) -> None:
    signed = signing.closing.sign(signing.run, SIGNED)
    says(signing, "unconfirmed", cause=SILENT)
    assert isinstance(signed.end, CalibrationVerdict)
    verdict = signing.station.write(replace(signed.end, same_instrument=False))
    assert "nobody confirmed that it was the same" in report(signing.station, tmp_path, verdict)


def test_the_page_asks_for_it_only_in_doubt(signing: Signing) -> None:
    asked = [one.name for one in page(signing.run, signing.run.step, Around(doubt="In doubt.")).inputs]
    assert asked[0] == "same_instrument"
    assert "same_instrument" not in [one.name for one in page(signing.run, signing.run.step, Around()).inputs]
