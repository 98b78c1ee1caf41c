# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A visit report gathered from a real log, and what its reader finds on the page."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from edge_daemon.documents.visit_record import AnchorLine, CheckpointLine, VisitRecord
from edge_daemon.documents.visit_report import root_text, visit_report
from edge_daemon.domain.faults import BadInput, SyncFailed
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import NoteBody, VisitBody
from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationReturned, CertificateReview
from edge_daemon.log.calibration_story import Story
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.instruments import Instruments
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_fold import Summaries
from edge_daemon.station.visit_calibrations import Calibrated
from edge_daemon.station.visit_reports import MOST_ANCHORS, MOST_GAPS, Around, belongs, visit_record
from tests.support.log_files import T0
from tests.support.logged_station import SECOND_NS, LoggedStation
from tests.unit.edge_daemon.documents.test_calibration_report import words_of
from tests.unit.edge_daemon.log.calibration_world import TV_A3, U_A3, certificate, installed, start, verdict

ROOT = "ab" * 32
CHECKPOINT = CheckpointLine(4, ROOT, T0, "verifield/log/x+1234+key")
ANCHOR = AnchorLine(6, "done", "testnet", "0xfeed", T0 + 5 * SECOND_NS, "Its data is wiped now and then.", True)


def around(station: LoggedStation, anchors: Sequence[AnchorLine] = ()) -> Around:
    return Around(station.setup, Instruments(), {}, Summaries(), CHECKPOINT, lambda: anchors, "0.1.0")


def recorded(station: LoggedStation, anchors: Sequence[AnchorLine] = (), since_ns: int | None = None) -> VisitRecord:
    station.second += 1
    return visit_record(station.reader, around(station, anchors), since_ns, station.stamp().t_ns, "")


def test_the_period_begins_where_the_visit_before_ended(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.second = 10
        station.write(VisitBody("start", "Ana"))
        station.second = 20
        station.write(VisitBody("end", "Ana"))
        station.second = 5_000
        station.write(VisitBody("start", "Ben"))
        record = recorded(station)
        assert recorded(station, since_ns=T0).start_ns == T0
    assert record.start_ns == T0 + 20 * SECOND_NS
    assert record.person == "Ben"


def test_a_first_visit_begins_with_the_log(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.second = 10
        station.write(VisitBody("start", "Ana"))
        assert recorded(station).start_ns == T0


def test_gaps_are_told_with_their_causes_and_the_longest_are_kept(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        for _ in range(MOST_GAPS + 2):
            station.second += 10
            station.gap()
        record = recorded(station)
        words = words_of(visit_report(record))
    assert len(record.gaps) == MOST_GAPS
    assert "the sensor did not answer" in words
    assert "2 shorter gaps are in the log" in words


def test_a_gap_that_has_not_ended_is_told(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.second += 5
        assert not recorded(station).gaps
        station.second += 3_600
        record = recorded(station)
        words = words_of(visit_report(record))
    assert [(gap.sensor, gap.end_ns) for gap in record.gaps] == [("co2-1", record.end_ns)]
    assert "not ended yet" in words
    assert "None in this period" not in words


def test_what_was_done_is_told_in_order(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.second = 10
        station.write(VisitBody("start", "Ana", "north mast"))
        station.write(NoteBody("bird's nest <on> the head", "2026-11-24T00:00:00.000000000Z", "Ana", "co2-1"))
        station.write(AmendmentBody("maintenance", 0, 2, "the head was cleaned", "Ana"))
        words = words_of(visit_report(recorded(station)))
    places = [
        words.index(said)
        for said in ("arrived north mast", "co2-1: bird's nest <on> the head", "Why: the head was cleaned")
    ]
    assert "maintenance of all sensors: flagged fail; entries 0 to 2" in words
    assert places == sorted(places)


@pytest.mark.parametrize(("accepted", "said"), [(True, "accepted"), (False, "refused")])
def test_whether_a_certificate_was_accepted_is_told(tmp_path: Path, accepted: bool, said: str) -> None:
    with LoggedStation(tmp_path) as station:
        station.write(CertificateReview(3, "co2-1", "fake", "S-1", "co2", accepted, "Bo"))
        words = words_of(visit_report(recorded(station)))
    assert f"co2-1 co2 fake S-1: {said}" in words


def test_a_calibration_that_was_given_up_says_why_and_that_the_sensor_is_back(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.write(CalibrationAbort(3, "co2-1", "fake", "S-1", "rain", "Bo", outcome="conditional_fail"))
        station.write(CalibrationReturned(3, "co2-1", "fake", "S-1", "Cy"))
        words = words_of(visit_report(recorded(station)))
    assert "co2-1 fake S-1: rain (found until then: conditional fail)" in words
    assert "Sensor back in its place after a calibration" in words


def test_periods_that_join_count_every_hour_once() -> None:
    ends = [T0 + round(hours * HOUR_NS) for hours in (0, 1.4, 1.9, 3, 3.0001, 7.5)]
    hours = range(T0 // HOUR_NS, T0 // HOUR_NS + 8)
    for hour in hours:
        counted = sum(belongs(hour, start_ns, until_ns) for start_ns, until_ns in pairwise(ends))
        assert counted == (ends[0] < (hour + 1) * HOUR_NS <= ends[-1])


def test_what_no_one_outside_has_seen_is_never_told_as_witnessed(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.write(VisitBody("start", "Ana"))
        bare, anchored = recorded(station), recorded(station, (ANCHOR,))
        waiting = recorded(station, (AnchorLine(6, "waiting", "testnet", "", None, counts=True),))
        own = recorded(station, (replace(ANCHOR, network="custom", counts=False),))
    assert "Nothing is anchored yet" in words_of(visit_report(bare))
    assert f"{bare.size:,} entries are unwitnessed" in words_of(visit_report(bare))
    told = words_of(visit_report(anchored))
    assert "Anchored: 6 entries on testnet" in told
    assert "transaction 0xfeed. Its data is wiped now and then." in told
    assert (anchored.witnessed, waiting.witnessed) == (6, 0)
    assert "Anchor of 6 entries on testnet: waiting." in words_of(visit_report(waiting))
    assert own.witnessed == 0
    assert f"{own.size:,} entries are unwitnessed" in words_of(visit_report(own))
    assert "It witnesses nothing to others" in words_of(visit_report(own))


def test_anchors_of_the_period_are_listed_and_those_of_others_are_counted(tmp_path: Path) -> None:
    old = [replace(ANCHOR, size=size, ledger_ns=T0 - size * SECOND_NS) for size in range(1, 51)]
    with LoggedStation(tmp_path) as station:
        station.second = 10
        record = recorded(station, [*old, replace(ANCHOR, size=60), replace(ANCHOR, size=61)])
        many = recorded(station, [replace(ANCHOR, size=size) for size in range(1, 31)])
    assert [one.size for one in record.anchors] == [60, 61]
    assert (record.witnessed, record.anchors_left_out) == (61, 50)
    assert len(many.anchors) == MOST_ANCHORS
    assert many.anchors[-1].size == 30
    assert "50 more anchors are not in this list" in words_of(visit_report(record))


def test_readings_that_no_summary_counts_yet_are_not_told_as_none(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        for _ in range(1_200):
            station.sample(400.0)
        record = recorded(station)
        part = recorded(station, since_ns=T0 + 1_000 * SECOND_NS)
    (line,) = record.sensors
    assert (line.readings, line.unsummarised) == (0, 1_200)
    assert part.sensors[0].unsummarised == 201
    words = words_of(visit_report(record))
    assert "1,200 – –" in words
    assert "not summarised yet" in words


def test_what_is_signed_for_the_report_is_what_it_shows(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.second += 1
        told = replace(around(station), signed=True)
        record = visit_record(station.reader, told, None, station.stamp().t_ns, "Ana")
        unsigned = recorded(station)
    assert (record.size, record.root, record.signed) == (CHECKPOINT.size, CHECKPOINT.root, True)
    assert "Signed by the device key" in words_of(visit_report(record))
    assert "Signed not yet" in words_of(visit_report(unsigned))


def calibrated(station: LoggedStation, days: int = 0) -> Around:
    parameter = Parameter("co2", "ppm", "co2-1", "co2", "record", 60.0, "any", days, 600.0, "Ana")
    entries = [(index, decode_entry(data)) for index, data in station.reader.entries(0, 10_000)]
    story, told = Story(), Calibrations()
    for index, entry in entries:
        story, told = story.after(index, entry), told.after(index, entry)
    plan = Plan(body=PlanBody((parameter,), "Ana")) if days else Plan()
    return replace(around(station), calibrated=Calibrated(told, story, plan))


def test_the_calibration_of_each_channel_in_the_period_is_told(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.second = 10
        station.write(installed("S-1", "co2-1", "fake"))
        run = station.write(start("S-1", "co2-1", "co2", "fake"))
        first = replace(
            verdict(run, "pass", TV_A3, U_A3, serial="S-1", sensor="co2-1", model="fake", channel="co2"),
            due="2026-12-24", person="Ana", second_person="Ben",
        )  # fmt: skip
        index = station.write(first)
        station.second = 100
        before = visit_record(station.reader, calibrated(station), T0 + 50 * SECOND_NS, station.stamp().t_ns, "Cy")
        station.second = 200
        run = station.write(start("S-1", "co2-1", "co2", "fake"))
        second = station.write(replace(first, run=run, outcome="conditional_pass", due="2020-01-01"))
        station.second = 300
        during = visit_record(station.reader, calibrated(station), T0 + 50 * SECOND_NS, station.stamp().t_ns, "Cy")
        planned = visit_record(station.reader, calibrated(station, -1), T0 + 50 * SECOND_NS, station.stamp().t_ns, "Cy")
        early = visit_record(station.reader, calibrated(station), T0, T0 + 5 * SECOND_NS, "Cy")
    co2, humidity = before.calibrations
    assert (co2.channel, co2.index, co2.since_ns, co2.result, co2.due, co2.overdue) == (
        "co2", index, None, "pass", "2026-12-24", False,
    )  # fmt: skip
    assert (co2.person, co2.certificate) == ("Ana and Ben", f"calibration report, entry {index}")
    assert (humidity.channel, humidity.index) == ("humidity", None)
    assert [one.index for one in during.calibrations] == [index, second, None]
    assert during.calibrations[1].overdue
    assert all(one.overdue for one in planned.calibrations if one.index is not None), "the plan's interval counts too"
    assert [one.index for one in early.calibrations] == [None, None], "none was in force yet"
    words = words_of(visit_report(during))
    assert "2020-01-01: OVERDUE" in words
    assert "conditional pass, in force since" in words
    assert "Recorded without a calibration, at least for a time: co2-1 humidity" in words


def test_a_laboratorys_certificate_is_named_with_who_reviewed_it(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        station.second = 10
        station.write(installed("S-1", "co2-1", "fake"))
        paper = station.write(
            replace(
                certificate(), sensor="co2-1", model="fake", serial="S-1", channel="co2", laboratory="PTB", number="77"
            )
        )
        station.write(CertificateReview(paper, "co2-1", "fake", "S-1", "co2", True, "Bo"))
        station.second = 100
        record = visit_record(station.reader, calibrated(station), T0 + 50 * SECOND_NS, station.stamp().t_ns, "Cy")
    (line, _) = record.calibrations
    assert (line.certificate, line.result) == ("PTB 77", "laboratory's certificate")
    assert line.person.endswith("reviewed by Bo")


def test_anchors_that_cannot_be_told_are_not_told_as_none(tmp_path: Path) -> None:
    def fail() -> Sequence[AnchorLine]:
        raise SyncFailed("the delivery program did not answer")

    with LoggedStation(tmp_path) as station:
        station.second += 1
        told = Around(station.setup, Instruments(), {}, Summaries(), None, fail, "0.1.0")
        record = visit_record(station.reader, told, None, station.stamp().t_ns, "Ana")
    words = words_of(visit_report(record))
    assert "could not be told" in words
    assert "did not answer" in words
    assert "Nothing is anchored" not in words
    assert "No checkpoint was signed yet" in words


def test_the_head_can_be_photographed_and_used_as_a_witness(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        record, head = recorded(station), station.reader.head()
    assert root_text(record) == f"{head.origin} {head.size}:{head.root.hex()}"
    assert head.root.hex() in words_of(visit_report(record)).replace(" ", "")


def test_a_period_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station, pytest.raises(BadInput, match="must end after"):
        recorded(station, since_ns=T0 + 10**18)


def test_the_same_record_gives_the_same_bytes(tmp_path: Path) -> None:
    with LoggedStation(tmp_path) as station:
        record = recorded(station, (ANCHOR,))
    assert visit_report(record) == visit_report(record)
