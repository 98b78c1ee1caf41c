# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Guided calibrations through the API of the whole recorder, with simulated instruments: done, refused, given up."""

import base64
import math
import struct
from collections.abc import Callable
from itertools import dropwhile
from pathlib import Path

import pytest

from edge_daemon import compose
from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.channel import Flag
from edge_daemon.instruments.driver import Sample
from edge_daemon.instruments.drivers import sensirion_scd30
from edge_daemon.log.entry import decode_entry
from sync.home_verdict import verify_log
from tests.support.calibrating import PATIENCE_S, PIN, Run, Shift, Station, ready, station_of
from tests.support.waiting import wait_until

REFERENCE = {"reference": 450.0, "expanded_uncertainty": 5.0}


def test_a_fresh_air_calibration_from_the_first_page_to_the_next_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        station.ask("POST", "/persons", json={"name": "Ana", "pin": PIN})
        assert station.get("/sensors/co2/procedures")[0]["changes_device"]
        run.begin()
        start = run.now["index"]
        assert run.now["step"]["inputs"][0]["unit"] == "hPa"
        picture = {"name": "before.jpg", "content": base64.b64encode(b"a picture").decode()}
        conditions = run.do("go_on", values={"pressure": 1001.5, "note": "dusty"}, files=[picture])
        begun, told = (body for _, body in station.entries("calibration")[-2:])
        assert (begun["maker"], begun["title"]) == ("Sensirion", "SCD30 CO2, temperature and humidity")
        (attached,) = told["attachments"]
        assert (told["note"], attached["name"], attached["size"]) == ("dusty", "before.jpg", 9)
        assert station.ask("GET", f"/attachments/{attached['sha256']}").content == b"a picture"
        assert conditions["step"]["kind"] == "apply"
        found = run.take(reference=800.0, expanded_uncertainty=5.0)
        (as_found,) = found["points"]
        assert as_found["outcome"] == "fail"
        assert as_found["error"] < -200
        assert [one["name"] for one in found["step"]["choices"]][:2] == ["adjust", "keep"]
        run.do("adjust", confirmed=True)
        assert (run.now["step"]["kind"], run.now["step"]["stage"]) == ("apply", None)
        assert run.refused("send")["field"] == "choice"
        run.stand()
        assert run.now["step"]["kind"] == "command"
        run.send()
        assert run.now["step"]["stage"] == "as_left", run.now["words"]
        left = run.take(reference=800.0, expanded_uncertainty=5.0)
        assert abs(left["points"][-1]["error"]) < 30, left["points"]
        assert left["step"]["kind"] == "sign"
        assert any("cannot be undone" in line for line in left["summary"]), left["summary"]
        wrong = run.refused("sign", values={"person": "Ana", "pin": "0000"})
        assert (wrong["field"], "0000" in str(wrong)) == ("values.pin", False)
        wait_until(
            lambda: run.try_to("sign", values={"person": "Ana", "pin": PIN}).status_code == 200,
            seconds=PATIENCE_S,
            what="the wait after a wrong PIN",
        )
        done = run.look()
        assert (done["state"], done["step"]["kind"], done["outcome"]) == ("signed", "done", "pass")
        verdict = done["verdict"]
        following = wait_until(lambda: station.readings("co2", verdict + 3), seconds=PATIENCE_S, what="more readings")
        _, reading = following[-1]
        assert reading.calibrations["co2"] == verdict
        assert abs((reading.channels["co2"].raw or 0) - 800) < 40, "the instrument itself has changed"
        before = [one.channels["co2"].flag for at, one in station.readings("co2", start) if at < verdict]
        # Readings that were on their way when the run began say nothing of it; the log's order tells that it has them.
        marked = list(dropwhile(lambda flag: flag is not Flag.FAIL, before))
        assert len(marked) > len(before) / 2
        assert set(marked) == {Flag.FAIL}, "kept out of summaries"
        (impact,) = station.get("/amendments")
        assert (impact["kind"], impact["first"] < start, impact["last"]) == ("as_found_failure", True, start)
        body = station.entries("calibration")[-1][1]
        assert (body["event"], body["impact"], body["device_adjusted"]) == ("verdict", impact["index"], True)
        phases = [one["phase"] for _, one in station.entries("calibration") if one["event"] == "command"]
        assert phases[-2:] == ["sent", "done"]
        told = [one for _, one in station.entries("calibration") if one["event"] == "start"]
        assert told[0]["device"] == {"automatic self-calibration": "off"}, "as the instrument said before"
        checks = verify_log(station.home.buffer, CheckpointFiles(station.home.path / FOLDER)).checks
        judged = {one.name: one for one in checks if one.name.startswith("calibration")}
        assert judged["calibration_runs"].outcome == "passed", judged["calibration_runs"].words
        assert "1 verdicts follow from their points, and 2 points from" in judged["calibration_runs"].words
        assert told[0]["procedure"]["revision"] == 9, "the run holds the project's own procedure whole"


def test_wrong_answers_name_their_field_and_a_second_window_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        asked = {"procedure": "no such", "person": "Ana"}
        assert station.ask("POST", "/sensors/co2/calibration", json=asked).json()["field"] == "procedure"
        assert station.ask("GET", "/sensors/co2/calibration").status_code == 404
        assert station.ask("GET", "/sensors/none/calibration").status_code == 404
        run.begin()
        again = station.ask("POST", "/sensors/co2/calibration", json={**asked, "procedure": "co2_fresh_air"})
        assert (again.status_code, "Ana is under way" in again.json()["detail"]) == (409, True)
        other = Run(station, now=run.now)

        for values, fault in (
            ({}, "values.pressure"),
            ({"pressure": "high"}, "values.pressure"),
            ({"pressure": 2000.0}, "values.pressure"),
            ({"pressure": 1000.0, "colour": "red"}, "values.colour"),
        ):
            assert run.refused("go_on", values=values)["field"] == fault
        for files, fault in (
            ([{"name": "a.jpg", "content": "no base64!"}], "files.0.content"),
            ([{"name": "../a.jpg", "content": "QQ=="}], "name"),
            ([{"name": "empty.jpg", "content": ""}], "content"),
        ):
            assert run.refused("go_on", values={"pressure": 1000.0}, files=files)["field"] == fault
        assert run.refused("sign")["field"] == "choice"
        run.do("go_on", values={"pressure": "1001,5"})
        late = other.refused("go_on", values={"pressure": 900.0})
        assert (late["code"], "Another window" in late["detail"]) == ("conflict", True)
        assert run.look()["conditions"] == {"pressure": 1001.5}

        file = {"name": "a.jpg", "content": "QQ=="}
        assert run.refused("apply", values=REFERENCE, files=[file])["field"] == "files"
        assert run.refused("apply", values={"reference": 9000.0, "expanded_uncertainty": 5.0})["field"] == (
            "values.reference"
        )
        assert run.refused("apply", values={"reference": 450.0, "expanded_uncertainty": -5.0})["field"] == (
            "values.expanded_uncertainty"
        )
        station.ask("PATCH", "/sensors/co2", json={"paused": True})
        assert "paused" in run.look()["step"]["help"]
        assert run.refused("apply", values=REFERENCE)["code"] == "conflict"
        station.ask("PATCH", "/sensors/co2", json={"paused": False})
        unsaid = station.ask("DELETE", "/sensors/co2/calibration", params={"reason": " ", "person": "Ana"})
        assert unsaid.json()["field"] == "reason"
        station.ask("DELETE", "/sensors/co2")
        assert "removed" in run.look()["step"]["help"]
        assert run.refused("apply", values=REFERENCE)["code"] == "conflict"
        given_up = station.ask("DELETE", "/sensors/co2/calibration", params={"reason": "sold", "person": "Ana"})
        assert given_up.json()["state"] == "aborted", given_up.text
        assert [one["event"] for _, one in station.entries("calibration")] == ["start", "conditions", "abort"]


def test_what_goes_wrong_with_the_signal_is_said_and_the_run_stays_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shift, spoil = Shift(), Spoiled()
    monkeypatch.setattr(compose, "SystemClock", shift.clock)
    monkeypatch.setattr(sensirion_scd30, "decode", spoil.decode)
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        run.begin()
        run.do("go_on", values={"pressure": 1000.0})
        run.do("apply", values=REFERENCE)
        early = run.refused("take")
        assert (early["code"], "Take the point" in early["detail"]) == ("conflict", True)
        wait_until(
            lambda: run.refused("take_anyway")["field"] == "reason", seconds=PATIENCE_S, what="a reason to be asked for"
        )
        troubles: tuple[tuple[Callable[[], None], Callable[[], None], str], ...] = (
            (lambda: station.ports.command("scd30-2", unplug=True), lambda: _plug(station), "Not connected"),
            (lambda: _fault(station, "garbage"), lambda: _fault(station, "none"), ""),
            (spoil.begin, spoil.end, ""),
        )
        for bad, good, words in troubles:
            bad()
            wait_until(lambda: run.look()["live"]["mean"] is None, seconds=PATIENCE_S, what="the trouble to be seen")
            assert run.now["state"] == "under_way"
            assert words in run.now["live"]["unmet"][0]
            assert run.refused("take_anyway", reason="never mind")["code"] == "conflict"
            good()
            run.wait_some()

        run.wait_stable()
        shift.by_ns = -3_600 * 10**9
        wait_until(
            lambda: any("clock was set by -3600" in words for words in run.look()["live"]["unmet"]),
            seconds=PATIENCE_S,
            what="the set clock to be told",
        )
        taken = run.take_now()
        (point,) = taken["points"]
        with LogReader(station.home.buffer) as reader:
            body = decode_entry(reader.entries(point["index"], 1)[0][1]).body
        within = [
            one
            for at, one in station.readings("co2", run.now["index"])
            if body["first"] <= at <= body["last"]  # type: ignore[operator]  # a point's form
        ]
        raws = [one.channels["co2"].raw for one in within]
        assert body["count"] == len(raws)
        assert body["raw"] == pytest.approx(sum(raws) / len(raws), abs=1e-9)
        offsets_s = [(one.t_ns - one.mono_us * 1000) / 1e9 for one in within]
        assert max(offsets_s) - min(offsets_s) < 1, "all readings of a point are of one clock"


def _plug(station: Station) -> None:
    station.ports.command("scd30-2", replug=True)


def _fault(station: Station, fault: str) -> None:
    station.ports.command("scd30-2", fault=fault)


class Spoiled:
    """A device that sends no number where it should send one."""

    def __init__(self) -> None:
        self._sound = sensirion_scd30.decode
        self._bad = False

    def begin(self) -> None:
        self._bad = True

    def end(self) -> None:
        self._bad = False

    def decode(self, data: bytes) -> Sample:
        return self._sound(struct.pack(">f", math.nan) + data[4:] if self._bad else data)


def test_a_command_is_confirmed_recorded_first_and_owes_a_reading_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        run.begin()
        run.do("go_on", values={"pressure": 1000.0})
        run.do("apply", values={"reference": 690.0, "expanded_uncertainty": 5.0})
        assert [one["name"] for one in run.now["step"]["inputs"]] == ["reference"], "the analyser is read again"
        taking = {"values": {"reference": 700.0}, "reason": "a test cannot wait"}
        wait_until(
            lambda: run.look() and run.try_to("take_anyway", **taking).status_code == 200,
            seconds=PATIENCE_S,
            what="the point to be taken",
        )
        run.look()
        assert [one["reference"] for one in run.now["points"]] == [700.0]
        assert run.refused("adjust")["field"] == "confirmed"
        run.do("adjust", confirmed=True)
        run.stand()
        assert run.refused("send")["field"] == "confirmed"
        assert not [one for _, one in station.entries("calibration") if one["event"] == "command"]
        station.ports.command("scd30-2", fault="silence")
        failed = run.do("send", confirmed=True)
        assert "It is not known whether the instrument did it" in failed["words"], failed["words"]
        assert failed["step"]["kind"] == "settle", "what stands there stays, and settles once more"
        assert "its answer is not known" in failed["step"]["help"]
        assert station.entries("calibration")[-1][1]["phase"] == "unanswered"
        give_up = {"reason": "it rains", "person": "Ana"}
        owed = station.ask("DELETE", "/sensors/co2/calibration", params=give_up)
        assert (owed.status_code, "as-left" in owed.json()["detail"]) == (409, True)
        station.ports.command("scd30-2", fault="none")
        run.look()
        wait_until(
            lambda: not station.get("/sensors/co2")["fault"], seconds=PATIENCE_S, what="the sensor to be read again"
        )
        run.do("leave", reason="read what it holds")
        assert run.now["step"]["stage"] == "as_left"
        left = run.take(stable=False, reference=700.0, expanded_uncertainty=5.0)
        assert left["points"][-1]["outcome"] == "fail", "the command never arrived"
        given_up = station.ask("DELETE", "/sensors/co2/calibration", params=give_up)
        assert given_up.json()["state"] == "aborted", given_up.text
        last = station.readings("co2", given_up.json()["index"])[-1][0]
        following = wait_until(lambda: station.readings("co2", last), seconds=PATIENCE_S, what="a reading")
        assert "co2" not in following[-1][1].calibrations, "nothing of it takes effect"


def test_an_adjustment_in_the_software_makes_the_next_values_and_one_out_of_limits_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        station.ask("POST", "/persons", json={"name": "Ana", "pin": PIN})
        station.ask("POST", "/persons", json={"name": "Ben", "pin": "0815"})
        run.begin("co2_gain")
        run.do("go_on", values={"pressure": 1000.0})
        found = run.take(stable=False, reference=1900.0, expanded_uncertainty=5.0)
        (adjust,) = [one for one in found["step"]["choices"] if one["name"] == "adjust"]
        assert not adjust["enabled"]
        assert "0.9 to 1.1 is allowed" in adjust["why_not"]
        assert run.refused("adjust")["code"] == "conflict"
        assert run.refused("keep")["field"] == "reason"
        station.ask("DELETE", "/sensors/co2/calibration", params={"reason": "wrong gas", "person": "Ana"})

        run.begin("co2_offset")
        run.do("go_on", values={"pressure": 1000.0})
        run.take(stable=False, reference=600.0, expanded_uncertainty=5.0)
        run.do("repeat:fresh_air", reason="a gust")
        run.do("back")
        assert run.now["step"]["kind"] == "decide"
        run.do("repeat:fresh_air", reason="a gust")
        again = run.take(stable=False, reference=650.0, expanded_uncertainty=5.0)
        assert [(one["reference"], one["repeated"]) for one in again["points"]] == [(650.0, 1)]
        run.do("adjust")
        run.do("apply", values={"reference": 650.0, "expanded_uncertainty": 5.0})
        run.wait_some()
        live = run.now["live"]
        offset = live["value"] - live["raw"]
        assert offset == pytest.approx(650.0 - again["points"][0]["indication"], abs=1e-6), "by the new function"
        left = run.take_now(stable=False)
        assert abs(left["points"][-1]["error"]) < 30
        signed = {"person": "Ana", "pin": PIN, "second_person": "ana", "second_pin": PIN}
        assert run.refused("sign", values=signed)["field"] == "values.second_person"
        assert run.refused("sign", values={**signed, "second_person": "Eve"})["field"] == "values.second_person"
        done = run.do("sign", values={**signed, "second_person": "Ben", "second_pin": "0815", "remarks": "by hand"})
        assert (done["state"], done["outcome"]) == ("signed", "pass")
        assert done["step"]["choices"] == []
        body = station.entries("calibration")[-1][1]
        assert (body["person"], body["second_person"], body["remarks"]) == ("Ana", "Ben", "by hand")
        following = wait_until(
            lambda: [one for _, one in station.readings("co2", done["verdict"]) if one.calibrations],
            seconds=PATIENCE_S,
            what="readings by the new calibration",
        )
        number = following[-1].channels["co2"]
        assert number.value - number.raw == pytest.approx(offset, abs=1e-9)
        assert following[-1].calibrations["co2"] == done["verdict"]


def test_standards_come_from_the_register_in_order_and_each_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        run.begin("co2_gases")
        run.do("go_on", values={"pressure": 1000.0})
        empty = run.now["step"]
        assert (empty["choices"][0]["enabled"], "register" in empty["choices"][0]["why_not"]) == (False, True)
        gases = {}
        for name, value, expires in (("a", 500.0, "2099-01-01"), ("b", 900.0, "2020-01-01"), ("c", 450.0, "")):
            asked = {
                "kind": "co2_gas",
                "name": name,
                "value": value,
                "unit": "ppm",
                "expanded_uncertainty": 4.0,
                "person": "Ana",
                "expires": expires,
            }
            reply = station.ask("POST", "/standards", json=asked)
            assert reply.status_code == 201, reply.text
            gases[name] = str(reply.json()["index"])
        choices = run.look()["step"]["inputs"][0]["choices"]
        assert {value for value, _ in choices} == set(gases.values())
        assert run.refused("apply", values={"standard": "0"})["field"] == "values.standard"
        assert run.refused("apply", values={})["field"] == "values.standard"
        taken = run.take(stable=False, standard=gases["a"])
        assert taken["points"][0]["reference"] == 500.0
        assert taken["step"]["inputs"][0]["kind"] == "standard"
        same = run.refused("apply", values={"standard": gases["a"]})
        assert (same["field"], "already" in same["detail"]) == ("values.standard", True)
        lower = run.refused("apply", values={"standard": gases["c"]})
        assert (lower["field"], "upwards" in lower["detail"]) == ("values.standard", True)
        expired = run.refused("apply", values={"standard": gases["b"]})
        assert (expired["field"], "2020-01-01" in expired["detail"]) == ("reason", True)
        run.do("apply", values={"standard": gases["b"]}, reason="checked against a new one")
        found = run.take_now(stable=False)
        assert found["step"]["kind"] == "decide"
        body = station.entries("calibration")[-1][1]
        assert (body["standard"], body["standard_override"]) == (int(gases["b"]), "checked against a new one")
        (adjust,) = [one for one in found["step"]["choices"] if one["name"] == "adjust"]
        assert not adjust["enabled"], "two gases that read the same give no line"
        assert adjust["why_not"]
