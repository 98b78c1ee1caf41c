# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings of a device: refused, confirmed, written, read back, and logged as the device answered."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

import pytest

from edge_daemon.buffer.record import Record
from edge_daemon.domain.connection import PortIdentity, PortKind
from edge_daemon.domain.faults import BadInput, Conflict, DeviceRefused, DiskFull, Fault, NoReply
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.station import Station
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Action, Dialogue, Driver, Exchange, Setting
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import ConfigurationBody, NoteBody, from_json
from edge_daemon.log.entry import Stamp, decode_entry
from edge_daemon.log.setup import Setup
from edge_daemon.station.device_board import DeviceBoard
from edge_daemon.station.device_settings import DeviceDesk
from edge_daemon.station.journal import Journal
from edge_daemon.station.sensors import SensorBook, SensorOrder
from edge_daemon.station.setting_risks import ConfirmationNeeded
from edge_daemon.station.setting_values import accepted, same

T = TypeVar("T")
PORT = PortIdentity(PortKind.PHYSICAL, "0403", "6001", "A1")


class Device:
    """Holds values, takes at most `most`, and may fall silent; `values` are what it really has."""

    def __init__(self) -> None:
        self.values: dict[str, OptionValue] = {"range": 2000, "abc": True}
        self.most = 5000
        self.silent_after = 1000
        self.asked = 0

    def run(self, sensor: str, dialogue: Dialogue[T], *, seconds: float, renew: bool = False) -> Future[T]:
        assert sensor == "s1"
        assert seconds > 0
        result: Future[T] = Future()
        try:
            next(dialogue)
            while True:
                self.asked += 1
                if self.asked > self.silent_after:
                    dialogue.throw(NoReply("s1 did not answer"))
                dialogue.send(b"")
        except StopIteration as end:
            result.set_result(end.value)
        except Fault as fault:
            result.set_exception(fault)
        return result

    def setting(self, name: str, **more: object) -> Setting:
        def read(_options: Mapping[str, OptionValue]) -> Dialogue[OptionValue]:
            yield Exchange(b"", len)
            return self.values[name]

        def write(_options: Mapping[str, OptionValue], value: OptionValue) -> Dialogue[None]:
            yield Exchange(b"", len)
            if isinstance(value, int) and value > 9000:
                raise DeviceRefused("code 3: that is too much")
            self.values[name] = min(value, self.most) if type(value) is int else value

        declared = Setting(name, name.upper(), "whole", 0, "permanent", risk=f"{name} is risky", read=read, write=write)
        return replace(declared, **more)  # type: ignore[arg-type]  # a test's shorthand


class Bench:
    def __init__(self) -> None:
        self.device = Device()
        self.records: list[Record] = []
        self.full_after = 1000
        journal = Journal(self, lambda: Stamp(1_795_000_000_000_000_000 + len(self.records), 5, bytes(16)))
        self.book = SensorBook(
            Setup(station=Station("d", "p")), journal, load_catalogue(), lambda _: "1", demo=False, on_change=len_of
        )
        self.book.add(SensorOrder("s1", "sensirion_scd30", PORT))
        self.board = DeviceBoard(lambda: 7)
        settings = (
            self.device.setting("range", minimum=0, maximum=10_000, unit="ppm"),
            self.device.setting("abc", kind="switch", default=False, documented=False, risk="", evidence_risk=True),
            self.device.setting("blind", read=None, risk=""),
            Setting("label", "Label", "text", ""),
        )
        actions = (
            Action("zero", "Zero", answer_done, "changes it", calibrates=True),
            Action("wink", "Wink", answer_done, "it blinks", argument=Setting("times", "Times", "whole", 1, minimum=1)),
        )
        self.driver: Driver = replace(driver("sensirion_scd30"), settings=settings, actions=actions)
        self.desk = DeviceDesk(self.book, journal, self.board, self.device.run, lambda _: self.driver, lambda: 7)

    def append(self, record: Record, timeout_s: float) -> int:
        assert timeout_s > 0
        if len(self.records) >= self.full_after:
            raise DiskFull("no room")
        self.records.append(record)
        return len(self.records) - 1

    def configuration(self) -> ConfigurationBody:
        return self.book.sensor("s1").configuration

    def last(self) -> ConfigurationBody:
        return from_json(ConfigurationBody, decode_entry(self.records[-1].data).body)

    def notes(self) -> list[str]:
        return [from_json(NoteBody, decode_entry(r.data).body).text for r in self.records if r.type == "note"]


def len_of(_setup: Setup) -> None:
    """Acquisition is not part of this test."""


def answer_done(_options: Mapping[str, OptionValue], argument: OptionValue | None) -> Dialogue[str]:
    yield Exchange(b"", len)
    return f"Done {argument}."


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_what_the_device_answers_is_what_is_configured_not_what_was_asked(bench: Bench) -> None:
    written = bench.desk.write("s1", {"range": 8000}, ["range"], "Ana")
    (change,) = written.changes
    assert (change.old, change.new, change.answer, change.result) == (2000, 8000, 5000, "differs")
    assert bench.configuration().settings["range"] == 5000
    assert bench.last().changes == (change,)
    assert bench.last().person == "Ana"
    assert bench.notes() == ["About to be written to the device: range = 8000"]


def test_a_later_entry_does_not_repeat_the_changes(bench: Bench) -> None:
    bench.desk.write("s1", {"range": 3000}, ["range"], "Ana")
    bench.book.change("s1", name="Other")
    assert bench.last().changes == ()
    assert bench.last().settings["range"] == 3000


def test_what_alters_values_is_an_adjustment_and_is_refused_while_the_sensor_is_calibrated(bench: Bench) -> None:
    bench.desk.write("s1", {"range": 8000}, ["range"], "Ana")
    assert bench.last().values_altered
    bench.desk.write("s1", {"range": 8000}, ["range"], "Ana")
    assert not bench.last().values_altered, "it is what it was"
    bench.desk.write("s1", {"range": 9500}, ["range"], "Ana")
    assert bench.last().values_altered, "it was refused in the middle: what it holds is not known"
    bench.book.change("s1", name="Hut")
    assert not bench.last().values_altered
    bench.book.change("s1", settings={"altitude_m": 900})
    assert bench.last().values_altered
    bench.book.change("s1", settings={"interval_s": 4})
    assert not bench.last().values_altered, "the same thing measured has the same number"
    size = len(bench.records)
    bench.book.guard(lambda sensor: sensor == "s1")
    with pytest.raises(Conflict, match="is being calibrated"):
        bench.desk.write("s1", {"range": 7000}, ["range"], "Ana")
    with pytest.raises(Conflict, match="is being calibrated"):
        bench.book.change("s1", settings={"altitude_m": 1000})
    assert len(bench.records) == size, "nothing was sent or logged"
    bench.book.change("s1", settings={"interval_s": 2}, name="Mast")
    assert bench.last().name == "Mast"


def test_without_the_confirmation_nothing_is_sent_or_logged(bench: Bench) -> None:
    before = len(bench.records)
    with pytest.raises(ConfirmationNeeded, match="range is risky") as refused:
        bench.desk.write("s1", {"range": 3000, "abc": False}, ["label"], "Ana")
    assert [(risk.name, risk.documented) for risk in refused.value.risks] == [("range", True), ("abc", False)]
    assert "leave doubt" in str(refused.value)
    assert (bench.device.asked, len(bench.records)) == (0, before)


def test_what_becomes_of_a_calibration_is_confirmed_before_its_channel_is_altered(bench: Bench) -> None:
    bench.driver = replace(bench.driver, settings=(bench.device.setting("range", alters=("co2",), risk=""),))
    for nothing in ((), ("humidity",)):
        bench.desk.heed(lambda _, channels=nothing: channels)  # type: ignore[misc]  # a test's shorthand
        assert bench.desk.write("s1", {"range": 3000 + len(nothing)}, [], "Ana").fault is None
    bench.desk.heed(lambda _: ("co2",))
    with pytest.raises(ConfirmationNeeded, match=r"calibration of co2 .* suspect, until a calibration"):
        bench.desk.write("s1", {"range": 3500}, [], "Ana")
    assert bench.desk.write("s1", {"range": 3001}, [], "Ana").fault is None, "as it is already"
    assert bench.desk.write("s1", {"range": 3500}, ["range"], "Ana").fault is None


def test_a_failure_half_way_leaves_what_is_true(bench: Bench) -> None:
    bench.device.silent_after = 4
    written = bench.desk.write("s1", {"range": 3000, "abc": False}, ["range", "abc"], "Ana")
    assert [change.result for change in written.changes] == ["confirmed", "failed"]
    assert isinstance(written.fault, NoReply)
    assert bench.last().changes == written.changes
    assert bench.configuration().settings["range"] == 3000
    assert "abc" not in bench.configuration().settings
    assert written.changes[1].old is True


def test_a_refusal_of_the_device_is_recorded_in_its_words(bench: Bench) -> None:
    written = bench.desk.write("s1", {"range": 9500}, ["range"], "")
    assert "that is too much" in written.changes[0].detail
    assert written.changes[0].old == 2000
    assert "range" not in bench.configuration().settings


def test_a_full_disk_is_found_out_before_the_device_is_touched(bench: Bench) -> None:
    bench.full_after = len(bench.records)
    with pytest.raises(DiskFull):
        bench.desk.write("s1", {"range": 3000}, ["range"], "")
    assert bench.device.asked == 0


def test_a_setting_that_cannot_be_read_back_is_unconfirmed_and_one_of_the_host_configured(bench: Bench) -> None:
    bench.device.values["blind"] = 0
    written = bench.desk.write("s1", {"blind": 4, "label": "north"}, [], "")
    assert [change.result for change in written.changes] == ["unconfirmed", "configured"]
    assert {"blind": 4, "label": "north"}.items() <= bench.configuration().settings.items()


def test_a_paused_sensor_keeps_only_what_lives_in_the_decoder(bench: Bench) -> None:
    bench.book.change("s1", paused=True)
    with pytest.raises(Conflict, match="not being recorded"):
        bench.desk.write("s1", {"range": 1}, ["range"], "")
    assert bench.desk.write("s1", {"label": "x"}, [], "").fault is None


def test_settings_are_read_and_a_silence_is_not_waited_for_again(bench: Bench) -> None:
    held = {one.setting.name: one for one in bench.desk.read("s1")}
    assert (held["range"].configured, held["range"].device) == (None, 2000)
    assert (held["label"].device, held["label"].fault) == (None, None)
    bench.device.silent_after = bench.device.asked
    held = {one.setting.name: one for one in bench.desk.read("s1")}
    assert isinstance(held["range"].fault, NoReply)
    assert held["abc"].fault is held["range"].fault


def test_a_setting_that_puts_the_evidence_at_risk_is_told(bench: Bench) -> None:
    assert bench.desk.risk() is None
    bench.board.settings_seen("s1", {"abc": True})
    (risk,) = bench.desk.risks("s1")
    assert "ABC is on" in str(risk)
    assert bench.desk.risk() is not None
    bench.desk.write("s1", {"abc": False}, ["abc"], "")
    assert bench.desk.risks("s1") == ()


def test_actions_are_confirmed_checked_noted_and_calibration_stays_with_its_procedures(bench: Bench) -> None:
    with pytest.raises(Conflict, match="calibration procedures"):
        bench.desk.act("s1", "zero", None, confirmed=True, person="")
    with pytest.raises(BadInput, match="1 to inf"):
        bench.desk.act("s1", "wink", 0, confirmed=True, person="")
    with pytest.raises(ConfirmationNeeded, match="it blinks"):
        bench.desk.act("s1", "wink", 2, confirmed=False, person="")
    assert bench.desk.act("s1", "wink", 2, confirmed=True, person="Ana") == "Done 2."
    bench.device.silent_after = 0
    with pytest.raises(NoReply):
        bench.desk.act("s1", "wink", 3, confirmed=True, person="Ana")
    assert bench.notes() == [
        "Wink (2): Done 2.",
        "Wink (3): failed. The instrument does not answer: s1 did not answer",
    ]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("switch", [True, False], [1, "on", None]),
        ("whole", [3, 4.0], [3.5, True, "3", 11, -1, float("nan")]),
        ("number", [3, 3.5], [True, "3", 10.5, float("inf")]),
        ("choice", [1, "a"], [2, True, "b"]),
        ("text", ["", "mast ü"], [3, "x" * 201, "line\nbreak"]),
    ],
)
def test_values_are_held_to_their_declaration(kind: str, good: list[OptionValue], bad: list[OptionValue]) -> None:
    declared = Setting("s", "S", kind, 0, minimum=0, maximum=10, choices=(1, "a"))  # type: ignore[arg-type]  # a test's shorthand
    for value in good:
        assert same(accepted(declared, value), value)
    for value in bad:
        with pytest.raises(BadInput, match="allowed"):
            accepted(declared, value)
