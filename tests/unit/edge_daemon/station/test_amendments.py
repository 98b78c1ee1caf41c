# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Amendments and plans are checked against the log, written once, and stay; times become indices."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.faults import BadInput, BufferUnavailable, Unknown
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import ClockFixBody, ClockStateBody
from edge_daemon.log.effective import amendments_of
from edge_daemon.log.entry import Entry
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.station.amendments import SLACK_NS, AmendmentDesk, amendment_desk, sensors_of
from edge_daemon.station.entries import entries_of
from edge_daemon.station.past import entry_at
from tests.support.log_files import T0
from tests.support.logged_station import SECOND_NS, LoggedStation
from tests.unit.edge_daemon.log.test_plan import POWER


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as open_station:
        yield open_station


def desk(station: LoggedStation) -> AmendmentDesk:
    return amendment_desk(
        station.reader,
        station.journal,
        head=station.writer.head,
        history=lambda: station.history,
        setup=lambda: station.setup,
    )


def body(kind: Any = "maintenance", first: int = 0, last: int = -1, **more: Any) -> AmendmentBody:
    return AmendmentBody(kind, first, last, "seen on site", "Ana", **more)


def at(second: int) -> str:
    return rfc3339_from_ns(T0 + second * SECOND_NS)


def test_an_amendment_is_an_entry_and_a_new_start_reads_it_again(station: LoggedStation) -> None:
    last = [station.sample(412.0) for _ in range(3)][-1]
    now = desk(station)
    index, _ = now.amend(body(channels=("co2",)))
    assert index == last + 1
    (told,) = now.amendments.in_force
    assert (told.body.first, told.body.last, told.index) == (0, last, index)
    again, _ = now.amend(body("withdrawal", replaces=index))
    assert now.amendments.in_force == ()
    assert [one.index for one in now.amendments.told] == [index, again]
    assert desk(station).amendments == now.amendments
    assert amendments_of(entries_of(station.reader, ("amendment",))) == now.amendments


def test_times_become_the_narrowest_indices_that_can_hold_them(station: LoggedStation) -> None:
    indices = [station.sample(400.0 + number % 7) for number in range(400)]
    now = desk(station)
    now.amend(body(start=at(150), end=at(200), sensors=("co2-1",)))
    (told,) = now.amendments.in_force
    slack = SLACK_NS // SECOND_NS
    # The sample at second n has index indices[n - 1].
    assert (told.body.first, told.body.last) == (indices[150 - slack - 1], indices[200 + slack - 2])
    concerned = [
        place + 1 for place, index in enumerate(indices) if told.concerns(index, "co2-1", T0 + (place + 1) * SECOND_NS)
    ]
    assert concerned == list(range(150, 200))
    with pytest.raises(BadInput) as refused:
        now.amend(body(start=at(100_000), end=at(200_000)))
    assert refused.value.field == "from"


def test_times_are_those_that_a_later_fix_gives(tmp_path: Path) -> None:
    with LoggedStation(tmp_path, clock="none") as station:
        station.write(ClockStateBody(None, "untrusted", None))
        slow = [station.sample(400.0 + number % 7) for number in range(200)]
        week_ns = 7 * 86_400 * SECOND_NS
        utc = rfc3339_from_ns(station.stamp().t_ns + week_ns)
        station.write(ClockFixBody("boot-1", station.stamp().mono_us, utc, 1000, "synchronised"))
        late = [station.sample(400.0) for _ in range(5)]
        now = desk(station)
        start, end = (rfc3339_from_ns(T0 + second * SECOND_NS + week_ns) for second in (80, 90))
        now.amend(body(start=start, end=end))
        (told,) = now.amendments.in_force
        assert slow[0] < told.body.first <= slow[79]
        assert slow[89] <= told.body.last < late[0]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("last", body(last=10_000)),
        ("first", body(first=-1)),
        ("first", body(first=9, last=3)),
        ("to", body(start=at(5), end=at(5))),
        ("from", body(start="yesterday")),
        ("from", body("release_untrusted_time", offset_us=0, uncertainty_us=1, start=at(1))),
        ("sensors", body(sensors=("nobody",))),
        ("reads_as", body("wrong_plug", sensors=("co2-1",), reads_as="nobody")),
        ("channels", body(channels=("wind",))),
        ("flag", body(flag=1)),
    ],
)
def test_what_does_not_fit_the_log_is_refused_and_nothing_is_written(
    station: LoggedStation, field: str, wrong: AmendmentBody
) -> None:
    for _ in range(10):
        station.sample(412.0)
    before = station.writer.head()
    with pytest.raises(BadInput) as refused:
        desk(station).amend(wrong)
    assert refused.value.field == field
    assert station.writer.head() == before


def test_only_an_amendment_can_be_replaced(station: LoggedStation) -> None:
    with pytest.raises(Unknown):
        desk(station).amend(body("withdrawal", replaces=1))


def test_a_plan_is_an_entry_and_the_next_one_replaces_it(station: LoggedStation) -> None:
    now = desk(station)
    assert desk(station).plan.body is None
    parameter = replace(POWER, sensor="co2-1", channel="co2")
    first = PlanBody((parameter,), "Ana")
    now.set_plan(first)
    second = replace(first, remark="other interval", parameters=(replace(parameter, frequency_s=30.0),))
    index, _ = now.set_plan(second)
    assert (now.plan.index, now.plan.body) == (index, second)
    assert desk(station).plan == now.plan
    with pytest.raises(BadInput):
        now.set_plan(replace(first, parameters=(replace(parameter, channel="wind"),)))


def test_an_entry_that_was_given_up_as_too_late_counts_once_it_is_durable(station: LoggedStation) -> None:
    now = desk(station)
    now.set_plan(PlanBody((POWER,), "Ana"))
    late, _ = station.journal.write(body(channels=("co2",)))
    mine, _ = now.amend(body())
    assert [one.index for one in now.amendments.told] == [mine]
    batch = [
        Committed(index, Record(data, "amendment", T0, ""))
        for index, data in station.reader.entries(late, mine - late + 1)
    ]
    now.committed([*batch, *batch])
    assert [one.index for one in now.amendments.told] == [late, mine]
    assert now.amendments == desk(station).amendments
    assert now.plan == desk(station).plan


def test_what_the_disk_did_not_give_at_the_start_is_asked_for_again(station: LoggedStation) -> None:
    early = desk(station)
    first, _ = early.amend(body())
    reads: list[int] = []

    def entries() -> list[tuple[int, Entry]]:
        reads.append(1)
        if len(reads) < 3:
            raise BufferUnavailable("the disk does not answer")
        return entries_of(station.reader, ("amendment", "plan"))

    now = AmendmentDesk(
        station.journal,
        entries,
        head=station.writer.head,
        history=lambda: station.history,
        setup=lambda: station.setup,
        read=lambda index: entry_at(station.reader, index),
        known_sensors=lambda: sensors_of(station.reader),
    )
    assert not now.amendments.told
    second, _ = now.amend(body())
    assert [one.index for one in now.amendments.told] == [first, second]
    assert len(reads) == 3
