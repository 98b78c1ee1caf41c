# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What does not fit together is told in the log once, shown while it lasts, and never in the writer's way."""

from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import Overloaded
from edge_daemon.log.amendment_body import AnomalyBody
from edge_daemon.log.bodies import NoteBody, from_json
from edge_daemon.log.entry import Stamp, decode_entry
from edge_daemon.station.anomalies import AnomalyDesk
from tests.support.log_files import T0
from tests.support.waiting import wait_until

S = 10**9


class Station:
    """The desk with a clock that the test sets and a log that it can look into."""

    def __init__(self) -> None:
        self.second = 0
        self.full = False
        self.kept: list[Record] = []
        self.desk = AnomalyDesk(self.keep, self.stamp)

    def keep(self, record: Record) -> None:
        if self.full:
            raise Overloaded("no room")
        self.kept.append(record)

    def stamp(self) -> Stamp:
        return Stamp(T0 + self.second * S, self.second * 10**6, bytes(16))

    def reading(self, sensor: str, flag: Flag = Flag.GOOD, **values: float | None) -> None:
        cells = tuple((name, value, flag) for name, value in values.items())
        self.desk.committed([Committed(1, Record(b"{}", "reading", self.stamp().t_ns, sensor, cells))])

    def breath(self) -> None:
        self.reading("scd30", co2=420.0, humidity=45.0)
        self.second += 4
        self.reading("scd30", co2=1200.0, humidity=70.0)

    @property
    def told(self) -> list[AnomalyBody]:
        return [from_json(AnomalyBody, decode_entry(record.data).body) for record in self.kept]


def test_an_anomaly_begins_is_shown_and_ends() -> None:
    station = Station()
    station.breath()
    station.desk.look()
    station.desk.look()
    (shown,) = station.desk.now()
    assert (shown.rule, shown.sensors, shown.since_ns) == ("co2_and_humidity_jump", ("scd30",), T0 + 4 * S)
    fault = station.desk.fault()
    assert fault is not None
    assert "scd30" in str(fault)
    station.second = 1000
    station.desk.look()
    assert [(one.event, one.rule, one.sensors) for one in station.told] == [
        ("begin", "co2_and_humidity_jump", ("scd30",)),
        ("end", "co2_and_humidity_jump", ("scd30",)),
    ]
    assert (station.desk.now(), station.desk.fault()) == ((), None)
    assert {record.type for record in station.kept} == {"note"}


def test_its_entry_can_be_read_as_a_note_of_nobody() -> None:
    station = Station()
    station.breath()
    station.desk.look()
    note = from_json(NoteBody, decode_entry(station.kept[0].data).body)
    assert (note.person, note.sensor) == ("", "scd30")
    assert "780 ppm" in note.text


def test_failed_values_prove_nothing() -> None:
    station = Station()
    station.reading("scd30", co2=420.0, humidity=45.0)
    station.second += 4
    station.reading("scd30", flag=Flag.FAIL, co2=1200.0, humidity=70.0)
    station.desk.look()
    assert station.kept == []


def test_a_log_without_room_does_not_end_the_watch() -> None:
    station = Station()
    station.full = True
    station.breath()
    station.desk.look()
    assert (len(station.desk.now()), station.kept) == (1, [])


def test_it_looks_by_itself_and_stops() -> None:
    station = Station()
    station.desk.start()
    try:
        station.breath()
        wait_until(lambda: station.kept, seconds=30, what="the anomaly's entry")
    finally:
        station.desk.stop()
