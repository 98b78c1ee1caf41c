# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The end of a run in a real log: summed up, signed, and signed again where the log gave way between two entries."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict, DiskFull
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import CalibrationVerdict, CertificateReview, ExternalCertificate
from edge_daemon.log.instruments import Key
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.station.entries import entries_of
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation, renamed
from tests.unit.edge_daemon.calibration.runs import fresh_air
from tests.unit.edge_daemon.log.calibration_world import TV_A3, certificate, review
from tests.unit.edge_daemon.station.signing_world import SIGNED, Signing, quick_scrypt

RISK = "co2-1: Automatic self-calibration is on. Left on, the calibration changes without a record."


@pytest.fixture
def signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Signing]:
    monkeypatch.setattr(hashlib, "scrypt", quick_scrypt)
    with LoggedStation(tmp_path) as station:
        made = Signing(station, tmp_path, fresh_air(raw=562.0))
        made.persons.add("Ana", "4711")
        made.persons.add("Ben", "0815")
        yield made


def test_a_failure_as_found_is_amended_back_to_the_first_reading_and_named(signing: Signing) -> None:
    signed = signing.closing.sign(signing.run, {**SIGNED, "remarks": "windy"})
    verdict = signed.end
    assert isinstance(verdict, CalibrationVerdict)
    assert signing.closing.found(signing.run) == ("Fresh air: error +137 ppm, ± 42.75 allowed.",)
    (told,) = signing.amendments.amendments.in_force
    assert verdict.impact == told.index
    assert told.index < signed.last
    assert (told.body.first, told.body.last) == (signing.installed, signing.run.index)
    assert told.body.channels == ("co2",)
    assert f"Calibration run {signing.run.index}" in told.body.evidence
    assert (verdict.outcome, verdict.device_adjusted, verdict.remarks) == ("pass", True, "windy")
    assert verdict.due > "2026"
    assert signing.runs.of("co2-1") == signed


def test_a_failure_as_found_spares_what_another_instrument_measured_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashlib, "scrypt", quick_scrypt)
    made, found = fresh_air(raw=562.0), dict[str, int]()

    def swapped(station: LoggedStation) -> None:
        """Another instrument for a while, while this one measures elsewhere."""
        own, others = made.start, SerialSource.LABEL
        found["away"] = station.write(InstallationBody("co2-1", own.model, "ANOTHER", others))
        found["there"] = station.write(InstallationBody("co2-9", own.model, own.serial, others))
        found["theirs"] = station.sample(441.0)
        found["gone"] = station.write(InstallationBody("co2-9", own.model, "THIRD", others))
        found["back"] = station.write(InstallationBody("co2-1", own.model, own.serial, others))
        station.sample(442.0)

    with LoggedStation(tmp_path) as station:
        station.write(renamed("co2-9"))
        signing = Signing(station, tmp_path, made, swapped)
        signing.persons.add("Ana", "4711")
        signing.full = CalibrationVerdict
        for _ in range(2):
            with pytest.raises(DiskFull):
                signing.closing.sign(signing.run, SIGNED)
        told = {(one.body.sensors, one.body.first, one.body.last) for one in signing.amendments.amendments.told}
    assert len(signing.amendments.amendments.told) == len(told)
    assert told == {
        (("co2-1",), signing.installed, found["away"] - 1),
        (("co2-9",), found["there"], found["gone"] - 1),
        (("co2-1",), found["back"], signing.run.index),
    }


def test_what_the_log_had_no_room_for_is_signed_again_with_one_amendment(signing: Signing) -> None:
    signing.full = CalibrationVerdict
    with pytest.raises(DiskFull):
        signing.closing.sign(signing.run, SIGNED)
    open_run = signing.runs.of("co2-1")
    assert open_run is not None
    assert open_run.step.kind == "sign"
    (first,) = signing.amendments.amendments.told
    signing.start()
    resumed = signing.runs.of("co2-1")
    assert resumed == open_run
    signing.full = None
    signed = signing.closing.sign(signing.run, SIGNED)
    assert isinstance(signed.end, CalibrationVerdict)
    assert [one.index for one in signing.amendments.amendments.told] == [first.index]
    assert signed.end.impact == first.index


def test_an_amendment_that_was_recorded_although_the_disk_seemed_too_slow_is_not_written_twice(
    signing: Signing,
) -> None:
    signing.journal.late = True
    with pytest.raises(BufferUnavailable):
        signing.closing.sign(signing.run, SIGNED)
    signing.journal.late = False
    signed = signing.closing.sign(signing.run, SIGNED)
    told = [index for index, _ in entries_of(signing.station.reader, ("amendment",))]
    assert isinstance(signed.end, CalibrationVerdict)
    assert told == [signed.end.impact]
    (_, note) = entries_of(signing.station.reader, ("note",))[-1]
    assert "signed again" in str(note.body["text"]), "an entry of its own makes sure what the disk has kept"
    assert signing.closing.summary(signed), "the amendment is found in the log"


def test_late_is_what_comes_after_the_plans_interval_where_that_is_shorter(signing: Signing) -> None:
    before = signing.closing.sign(signing.run, SIGNED)
    assert isinstance(before.end, CalibrationVerdict)
    signing.station.second += 40 * 86_400
    later = Signing(signing.station, signing.home, fresh_air(raw=427.0))
    assert not any("days late" in line for line in later.closing.draft(later.run).summary)
    parameter = Parameter("CO2", "ppm", "co2-1", "co2", "record", 60.0, "±30 ppm", 30, 3600.0, "Ana")
    later.amendments.set_plan(PlanBody((parameter,), "Ana"))
    late = [line for line in later.closing.draft(later.run).summary if "days late" in line]
    assert len(late) == 1
    assert "is 10 days late" in late[0]
    day_ns = 86_400 * NS_PER_S
    assert later.meter.asked_ns == [(T0 // day_ns + 31) * day_ns], "counted from the end of the last good day"


def test_the_next_one_is_compared_with_the_last_and_reaches_back_to_it_only(signing: Signing) -> None:
    before = signing.closing.sign(signing.run, SIGNED)
    signing.station.second += 100 * 86_400
    later = Signing(signing.station, signing.home, fresh_air(raw=640.0))
    later.risks = (RISK,)
    found, told = later.closing.found(later.run)
    assert "error +215 ppm" in found
    assert "+782 ppm per year" in found, "214 ppm more in 100 days"
    assert told == RISK
    draft = later.closing.draft(later.run)
    assert draft.verdict.before == before.last
    assert draft.impact.here is not None
    assert draft.impact.here.first == before.last
    assert any("last good calibration" in line for line in draft.summary), draft.summary


def test_a_pass_as_found_amends_nothing(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        signing = Signing(station, tmp_path, fresh_air(raw=427.0))
        signing.persons.add("Ana", "4711")
        signed = signing.closing.sign(signing.run, SIGNED)
        assert isinstance(signed.end, CalibrationVerdict)
        assert signed.end.impact is None
        assert signing.amendments.amendments.told == ()


def test_a_setting_that_undoes_the_calibration_is_told_and_recorded(signing: Signing) -> None:
    signing.risks = (RISK,)
    assert RISK in signing.closing.summary(signing.run)
    signed = signing.closing.sign(signing.run, {**SIGNED, "remarks": "windy"})
    assert isinstance(signed.end, CalibrationVerdict)
    assert signed.end.remarks == f"windy\n{RISK}"
    assert RISK in signing.closing.summary(signed)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"person": "Eve", "pin": "4711"}, "values.person"),
        ({"person": "Ana", "pin": "1234"}, "values.pin"),
        ({**SIGNED, "second_person": "ANA", "second_pin": "4711"}, "values.second_person"),
        ({**SIGNED, "second_person": "Eve", "second_pin": "4711"}, "values.second_person"),
        ({**SIGNED, "second_person": "Ben"}, "values.second_pin"),
    ],
)
def test_who_cannot_sign_is_refused_by_field_and_nothing_is_written(
    signing: Signing, values: dict[str, Any], field: str
) -> None:
    size = signing.station.writer.head().size
    with pytest.raises(BadInput) as refused:
        signing.closing.sign(signing.run, values)
    assert refused.value.field == field
    assert signing.station.writer.head().size == size


def test_a_run_is_not_signed_where_another_calibration_took_effect_since_it_began(signing: Signing) -> None:
    start = signing.run.start
    of = replace(certificate(start.serial, function=TV_A3), sensor="co2-1", model=start.model, channel="co2")
    at = signing.station.write(of)
    accepted = replace(review(at, serial=start.serial), sensor="co2-1", model=start.model, channel="co2")
    signing.station.calibrations.follow(signing.station.write(accepted))
    assert signing.closing.function_in_force(Key(start.model, start.serial), "co2") == TV_A3
    with pytest.raises(Conflict, match="took effect since this one began"):
        signing.closing.sign(signing.run, SIGNED)
    assert signing.runs.under_way()
    assert not signing.amendments.amendments.told


def test_a_run_in_the_middle_cannot_be_signed(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        signing = Signing(station, tmp_path, fresh_air())
        signing.persons.add("Ana", "4711")
        early = replace(signing.run, points=signing.run.points[:1])
        with pytest.raises((BadInput, Conflict)):
            signing.closing.sign(early, SIGNED)
        assert signing.amendments.amendments.told == ()


def test_a_certificate_speaks_for_readings_from_its_day_on_and_so_does_the_failure_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashlib, "scrypt", quick_scrypt)
    made, found = fresh_air(raw=562.0), dict[str, int]()

    def certified(station: LoggedStation) -> None:
        own = made.start
        found["first"] = station.sample(441.0)
        files = (AttachmentBody("n1.pdf", "00" * 32, 3),)
        body = ExternalCertificate(
            "co2-1", own.model, own.serial, "co2", "ppm", "Lab", "N-1", "2020-01-01", "2035-01-01", "Bo", files
        )
        at = station.write(body)
        found["review"] = station.write(CertificateReview(at, "co2-1", own.model, own.serial, "co2", True, "Cy"))
        station.sample(442.0)

    with LoggedStation(tmp_path) as station:
        signing = Signing(station, tmp_path, made, certified)
        signing.persons.add("Ana", "4711")
        signing.closing.sign(signing.run, SIGNED)
        (told,) = signing.amendments.amendments.told
    assert signing.installed < told.body.first <= found["first"] < found["review"]
    assert told.body.last == signing.run.index
    assert f"the last good calibration (entry {found['review']})" in told.body.evidence


@pytest.mark.parametrize("second", ["Ana Berg", "ana  berg", " ANA\tBERG "])
def test_the_second_person_is_another_however_the_name_is_typed(signing: Signing, second: str) -> None:
    signing.persons.add("Ana Berg", "4711")
    given = {**SIGNED, "person": "Ana Berg", "second_person": second, "second_pin": "4711"}
    with pytest.raises(BadInput) as refused:
        signing.closing.sign(signing.run, given)
    assert refused.value.field == "values.second_person"
    assert signing.runs.of("co2-1") == signing.run
