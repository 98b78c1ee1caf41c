# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a run found before it was given up stands: it amends earlier readings, and no later pass takes that back."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BufferUnavailable, Conflict, DiskFull
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationVerdict,
    CarriedCalibration,
    CutOffRun,
    PointResult,
)
from edge_daemon.log.entry import EntryType
from edge_daemon.station.calibration_records import amendments_of
from edge_daemon.station.entries import entries_of
from tests.support.logged_station import CO2, LoggedStation
from tests.unit.edge_daemon.calibration.runs import Level, found, fresh_air, start
from tests.unit.edge_daemon.station.signing_world import SIGNED, Signing, quick_scrypt

GOOD = PointResult("fresh_air", 425.0, 427.0, 2.0, 20.0, 2.0, 42.75, "pass", 0.99)
KEPT = "Earlier readings stay as they are."


def as_found(raw: float) -> Run:
    """A run that has come as far as the decision."""
    fresh = {"fresh_air": Level(425.0, raw, 1.0, expanded=20.0)}
    return found(start("sensirion_scd30", "co2_fresh_air"), fresh, temperature=20.0, pressure=1000.0)


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoggedStation]:
    monkeypatch.setattr(hashlib, "scrypt", quick_scrypt)
    with LoggedStation(tmp_path) as station:
        yield station


@pytest.fixture
def open_run(station: LoggedStation, tmp_path: Path) -> Callable[[Run], Signing]:
    def opened(made: Run, before: Callable[[LoggedStation], None] = lambda _: None) -> Signing:
        signing = Signing(station, tmp_path, made, before)
        if "Ana" not in signing.persons.names():
            signing.persons.add("Ana", "4711")
        return signing

    return opened


def test_giving_up_a_failed_run_amends_back_to_the_first_reading_and_a_pass_leaves_that(
    open_run: Callable[[Run], Signing],
) -> None:
    first = open_run(as_found(562.0))
    given_up = first.closing.give_up(first.run, "rain", "Ana")
    ended = given_up.end
    assert isinstance(ended, CalibrationAbort)
    (told,) = first.amendments.amendments.in_force
    assert (told.index, ended.outcome) == (ended.impact, "fail")
    assert (told.body.first, told.body.last) == (first.installed, first.run.index)
    words = " ".join(first.closing.summary(given_up))
    assert "Given up: rain" in words
    assert told.body.evidence in words
    second = open_run(fresh_air(raw=430.0))
    draft = second.closing.draft(second.run)
    assert KEPT not in draft.summary
    assert any(f"Amended at entry {told.index}" in line for line in draft.summary)
    signed = second.closing.sign(second.run, SIGNED)
    assert isinstance(signed.end, CalibrationVerdict)
    assert KEPT not in second.closing.summary(signed)
    assert [one.index for one in second.amendments.amendments.in_force] == [told.index]


def test_after_a_signature_that_passed_what_was_given_up_before_it_is_no_longer_told(
    open_run: Callable[[Run], Signing], station: LoggedStation
) -> None:
    failed = open_run(as_found(562.0))
    failed.closing.give_up(failed.run, "rain", "Ana")
    good = open_run(fresh_air(raw=430.0))
    good.closing.sign(good.run, SIGNED)
    station.sample(431.0)
    third = open_run(fresh_air(raw=431.0))
    assert KEPT in third.closing.draft(third.run).summary


def test_a_run_that_found_nothing_or_only_good_amends_nothing(open_run: Callable[[Run], Signing]) -> None:
    good = open_run(as_found(430.0))
    ended = good.closing.give_up(good.run, "rain", "Ana").end
    assert isinstance(ended, CalibrationAbort)
    assert (ended.outcome in {"pass", "conditional_pass"}, ended.impact) == (True, None)
    begun = open_run(start("sensirion_scd30", "co2_fresh_air"))
    empty = begun.closing.give_up(begun.run, "rain", "Ana").end
    assert isinstance(empty, CalibrationAbort)
    assert (empty.outcome, empty.impact) == (None, None)
    assert begun.amendments.amendments.told == ()


def test_giving_up_is_done_once_where_the_disk_gave_way_between_the_entries(open_run: Callable[[Run], Signing]) -> None:
    signing = open_run(as_found(562.0))
    signing.full = CalibrationAbort
    with pytest.raises(DiskFull):
        signing.closing.give_up(signing.run, "rain", "Ana")
    signing.start()
    signing.full = None
    ended = signing.closing.give_up(signing.run, "rain", "Ana").end
    assert isinstance(ended, CalibrationAbort)
    assert [one.index for one in signing.amendments.amendments.told] == [ended.impact]


def known_elsewhere(station: LoggedStation) -> None:
    """The same instrument is still known at the sensor that it was taken from."""
    made = as_found(430.0).start
    station.write(replace(CO2, sensor="co2-9"))
    station.write(InstallationBody("co2-9", made.model, made.serial, SerialSource.LABEL))


def test_an_instrument_still_known_at_another_sensor_amends_each_of_both(open_run: Callable[..., Signing]) -> None:
    signing = open_run(as_found(562.0), known_elsewhere)
    ended = signing.closing.give_up(signing.run, "rain", "Ana").end
    assert isinstance(ended, CalibrationAbort)
    told = {one.body.sensors: one for one in signing.amendments.amendments.told}
    assert set(told) == {("co2-1",), ("co2-9",)}
    assert len(signing.amendments.amendments.told) == 2
    assert ended.impact == told[("co2-1",)].index


def test_each_is_written_once_though_another_person_ends_it_in_the_end(open_run: Callable[..., Signing]) -> None:
    signing = open_run(as_found(562.0), known_elsewhere)
    signing.full = CalibrationAbort
    with pytest.raises(DiskFull):
        signing.closing.give_up(signing.run, "rain", "Ana")
    signing.start()
    signing.full = None
    signing.closing.give_up(signing.run, "rain", "Bo")
    told = [(one.body.sensors, one.body.person) for one in signing.amendments.amendments.told]
    assert sorted(told) == [(("co2-1",), "Ana"), (("co2-9",), "Ana")]


def test_each_is_written_once_though_the_disk_confirmed_it_late(open_run: Callable[..., Signing]) -> None:
    signing = open_run(as_found(562.0), known_elsewhere)
    signing.journal.late = True
    with pytest.raises(BufferUnavailable):
        signing.closing.give_up(signing.run, "rain", "Ana")
    signing.journal.late = False
    signing.closing.give_up(signing.run, "rain", "Ana")
    written = [body.sensors for _, body in amendments_of(signing.station.reader, signing.run.index)]
    assert sorted(written) == [("co2-1",), ("co2-9",)]
    notes = [entry.body["text"] for _, entry in entries_of(signing.station.reader, (EntryType.NOTE.value,), limit=9)]
    assert sum("given up again" in str(one) for one in notes) == 1, "what is durable comes after what was late"


def test_a_run_that_may_not_be_given_up_amends_nothing(open_run: Callable[[Run], Signing]) -> None:
    whole = fresh_air(raw=562.0)
    points = tuple(one for one in whole.points if one.body.stage == "as_found")
    signing = open_run(
        Run(
            whole.index,
            whole.start,
            whole.started_ns,
            whole.last,
            whole.conditions,
            points,
            (),
            whole.decision,
            whole.commands,
        )
    )
    with pytest.raises(Conflict, match="as-left"):
        signing.closing.give_up(signing.run, "rain", "Ana")
    assert signing.amendments.amendments.told == ()


def test_what_a_run_found_that_ended_with_the_log_before_is_told_with_the_closed_log(
    open_run: Callable[..., Signing],
) -> None:
    bad = PointResult("fresh_air", 425.0, 562.0, 137.0, 20.0, 2.0, 42.75, "fail", 0.0)
    since = "2026-05-01T00:00:00.000000000Z"

    def before(station: LoggedStation) -> None:
        start_body = as_found(430.0).start
        station.write(
            CutOffRun(
                "co2-1",
                start_body.model,
                start_body.serial,
                "co2",
                "old.example/1",
                77,
                "damaged",
                False,
                (bad,),
                "fail",
                12,
                since,
            )
        )

    signing = open_run(fresh_air(raw=430.0), before)
    summary = " ".join(signing.closing.draft(signing.run).summary)
    assert KEPT not in summary
    assert "closed log old.example/1 since its entry 12 (2026-05-01)" in summary
    assert "cannot be amended here" in summary


def test_a_failure_reaches_into_the_closed_log_where_the_last_good_calibration_was_made(
    open_run: Callable[..., Signing],
) -> None:
    made = "2026-05-01T00:00:00.000000000Z"

    def before(station: LoggedStation) -> None:
        one = as_found(430.0).start
        carried = CarriedCalibration(
            "co2-1", one.model, one.serial, "co2", "old.example/1", 77, made, "2027-05-01", "pass"
        )
        station.write(replace(carried, results=(GOOD,)))

    signing = open_run(fresh_air(raw=562.0), before)
    draft = signing.closing.draft(signing.run)
    assert draft.impact.here is not None
    assert (draft.impact.here.also_in, draft.impact.here.also_since) == ("old.example/1", 77)
    for words in (draft.impact.here.evidence, " ".join(draft.summary)):
        assert "in the closed log old.example/1 since its entry 77 (2026-05-01)" in words
        assert "cannot be amended here" in words
    assert any("Drift since the calibration before" in line for line in draft.summary), "what it left came along"
    signing.closing.sign(signing.run, SIGNED)
    (told,) = signing.amendments.amendments.in_force
    assert told.body.also_made == made


def test_an_amendment_of_other_sensors_or_channels_does_not_speak_for_this_run(
    open_run: Callable[..., Signing],
) -> None:
    def before(station: LoggedStation) -> None:
        station.write(AmendmentBody("as_found_failure", 0, 2, "humidity", "Bo", ("co2-1",), ("humidity",)))

    signing = open_run(fresh_air(raw=430.0), before)
    assert KEPT in signing.closing.draft(signing.run).summary
