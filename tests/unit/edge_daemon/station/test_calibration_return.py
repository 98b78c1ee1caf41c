# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""After the signature the sensor still stands in the gas: its readings count only once it is said to be back."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.calibration.procedures import BEGIN_IN_PLACE, load_procedures, procedures_folder
from edge_daemon.calibration.run import OutOfOrder, Run, away
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import Conflict
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.calibration_body import CalibrationReturned, SensorAway
from edge_daemon.log.calibrations import TYPES, fold
from edge_daemon.log.carrying import still_away as still_away_in
from edge_daemon.log.entry import decode_reading
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_cut_off import ends_of, starts_of
from edge_daemon.station.calibration_pages import Around, page
from edge_daemon.station.calibration_return import RETURNED, still_away
from edge_daemon.station.entries import entries_of
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation
from tests.unit.edge_daemon.calibration.runs import fresh_air
from tests.unit.edge_daemon.station.signing_world import SIGNED, Signing, quick_scrypt


@pytest.fixture
def signing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Signing]:
    monkeypatch.setattr(hashlib, "scrypt", quick_scrypt)
    with LoggedStation(tmp_path) as station:
        made = Signing(station, tmp_path, fresh_air(raw=430.0))
        made.persons.add("Ana", "4711")
        yield made


def flag(signing: Signing, co2: float) -> Flag:
    index = signing.station.sample(co2)
    return decode_reading(signing.station.reader.entries(index, index + 1)[0][1]).channels["co2"].flag


def test_span_gas_after_the_signature_fails_until_the_sensor_is_back(signing: Signing) -> None:
    signed = signing.closing.sign(signing.run, SIGNED)
    assert signed.step.kind == "return"
    assert flag(signing, 600.0) is Flag.FAIL
    signing.start()  # the recorder comes back after a power cut
    resumed = signing.runs.of("co2-1")
    assert resumed == signed
    assert flag(signing, 601.0) is Flag.FAIL
    back = signing.runs.add(resumed, moves.returned(resumed, "Ana"))
    assert (back.step.kind, back.state) == ("done", "signed")
    assert flag(signing, 430.0) is not Flag.FAIL
    with pytest.raises(Conflict):
        signing.runs.add(back, moves.returned(back, "Ana"))


def test_it_is_the_same_after_a_run_that_was_given_up(signing: Signing) -> None:
    given_up = signing.closing.give_up(signing.run, "rain", "Ana")
    assert flag(signing, 600.0) is Flag.FAIL
    signing.runs.add(given_up, moves.returned(given_up, "Ana"))
    assert flag(signing, 430.0) is not Flag.FAIL


def test_nobody_is_back_before_the_run_has_ended(signing: Signing) -> None:
    with pytest.raises(OutOfOrder, match="nobody waits"):
        signing.run.after(signing.run.last + 1, 0, moves.returned(signing.run, "Ana"))


def test_the_page_asks_with_one_choice_and_counts_as_the_last_step(signing: Signing) -> None:
    signed = signing.closing.sign(signing.run, SIGNED)
    shown = page(signed, signed.step, Around(blocked="nothing is read"))
    assert [(one.name, one.enabled) for one in shown.choices] == [(RETURNED, True)]
    assert shown.number == shown.count
    assert "Is the sensor back in its place?" in shown.title


def test_in_the_log_after_it_nobody_is_told_that_a_signed_run_was_given_up(signing: Signing) -> None:
    signed = signing.closing.sign(signing.run, SIGNED)
    assert signed.ended_ns is not None
    ended_ns, start = signed.ended_ns - NS_PER_S, signed.start
    gone = SensorAway("co2-1", start.model, start.serial, "co2", "old.example/1", signed.index, start)
    index, _ = signing.write(replace(gone, ended=rfc3339_from_ns(ended_ns)))
    signing.start()
    run = signing.runs.of("co2-1")
    assert run is not None
    assert (run.index, run.step.kind, run.ended_ns) == (index, "return", ended_ns)
    title, words = page(run, run.step, Around()).title, " ".join(signing.closing.summary(run))
    assert "Is the sensor back in its place?" in title
    assert "log before, which was closed" in words
    assert "given up" not in (title + words).lower()


@pytest.mark.parametrize("sign", [True, False])
def test_how_it_ended_is_told_in_every_log_that_follows(signing: Signing, sign: bool) -> None:
    closing, run = signing.closing, signing.run
    done = closing.sign(run, SIGNED) if sign else closing.give_up(run, "rain", "Ana")
    state, word = ("signed", "signed") if sign else ("aborted", "given up")
    reader, known = signing.station.reader, signing.station.calibrations.told
    for log in ("first", "second"):
        (gone,) = still_away_in(known, log, starts_of(reader), ends_of(reader))
        assert (gone.ended_as, gone.outcome) == (state, done.outcome)
        index, _ = signing.write(gone)
        signing.station.calibrations.follow(index)
        signing.start()
        carried = signing.runs.of("co2-1")
        assert carried is not None
        assert (carried.index, carried.state, carried.outcome) == (index, state, "pass" if sign else None)
        assert word in " ".join(closing.summary(carried))
        known = fold((at, one) for at, one in entries_of(reader, TYPES) if at in {signing.installed, index})


def test_one_that_ended_with_its_log_took_no_effect(signing: Signing) -> None:
    (gone,) = still_away_in(
        signing.station.calibrations.told, "first", starts_of(signing.station.reader), ends_of(signing.station.reader)
    )
    index, _ = signing.write(gone)
    signing.start()
    run = signing.runs.of("co2-1")
    assert run is not None
    assert (run.index, run.state, run.outcome) == (signing.run.index, "under_way", None), "of this log it is open yet"
    carried = away(index, T0, gone)
    assert (carried.state, carried.outcome) == ("aborted", None)
    assert "nothing of it takes effect" in " ".join(signing.closing.summary(carried))


def test_a_run_without_leaving_its_place_is_done_with_its_end() -> None:
    run: Run = fresh_air()
    assert run.procedure.leaves_place
    body = CalibrationReturned(run.index, "s1", run.start.model, run.start.serial, "Ada")
    with pytest.raises(OutOfOrder):
        run.after(run.last + 1, 0, body)


def test_every_procedure_says_whether_the_sensor_leaves_its_place() -> None:
    for path in procedures_folder().glob("*.toml"):
        assert "\nleaves_place = " in path.read_text(encoding="utf-8"), path.name
    known = load_procedures()
    for key in ("co2_zero_span", "ph_buffers", "dissolved_oxygen", "wind_zero", "dendrometer_gauge_blocks"):
        assert known[key].preparation[0] == BEGIN_IN_PLACE
    for key in ("meter_comparison", "irradiance_side_by_side", "wind_side_by_side"):
        assert BEGIN_IN_PLACE not in known[key].preparation
        assert not known[key].leaves_place


def test_the_reminder_says_since_when_and_what_it_means() -> None:
    told = str(still_away("co2-1", T0))
    assert "UTC" in told
    assert "count for nothing" in told
