# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which instrument a reading is of, from entries alone: swaps, doubts, confirmations, names found later."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import TYPE_OF, Body, ConfigurationBody, InstallationBody, NoteBody, to_json
from edge_daemon.log.entry import Entry, EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.instruments import Instruments, Key, fold, same_serial
from tests.unit.edge_daemon.log.test_bodies import WIND

STAMP = Stamp(1_800_000_000_000_000_000, 5, bytes(16))
SENSOR = "meter"
A = InstallationBody(SENSOR, "pm5000", "A-1", SerialSource.DEVICE)
B = replace(A, serial="B-2")
NAMELESS = replace(A, serial="", serial_source=SerialSource.UNKNOWN)


def entry(body: Body) -> Entry:
    return decode_entry(encode_entry(TYPE_OF[type(body)], STAMP, to_json(body)))


def told(*bodies: tuple[int, Body]) -> Instruments:
    return fold((index, entry(body)) for index, body in bodies)


def doubt(body: InstallationBody, cause: str = "unplugged") -> InstallationBody:
    return replace(body, event="unconfirmed", cause=cause)


def sure(body: InstallationBody, person: str = "Ana") -> InstallationBody:
    return replace(body, event="confirmed", person=person)


def stopped(body: InstallationBody, found: str) -> InstallationBody:
    return replace(body, event="stopped", found=found, cause="identity_mismatch")


def test_entries_of_the_first_program_are_installations() -> None:
    body = {"sensor": SENSOR, "model": "pm5000", "serial": "A-1", "serial_source": "label", "person": "Ana"}
    old = decode_entry(encode_entry(EntryType.INSTALLATION, STAMP, body))
    present = Instruments().after(4, old).present(SENSOR)
    assert present is not None
    assert (present.key, present.standing, present.first) == (Key("pm5000", "A-1"), "confirmed", 4)


def test_no_counter_difference_crosses_a_swap() -> None:
    known = told((1, A), (10, B))
    assert known.same_instrument(SENSOR, 2, 9)
    assert known.same_instrument(SENSOR, 10, 99)
    assert not known.same_instrument(SENSOR, 9, 10)
    assert not known.same_instrument(SENSOR, 0, 1)
    assert not known.same_instrument("another", 2, 9)
    assert [(one.first, one.until) for one in known.of(Key("pm5000", "A-1"))] == [(1, 10)]
    assert known.known() == (Key("pm5000", "A-1"), Key("pm5000", "B-2"))


def test_a_doubt_lasts_until_it_is_confirmed_and_then_never_was() -> None:
    before = told((1, A), (10, doubt(A)))
    assert [before.standing_at(SENSOR, index) for index in (0, 1, 9, 10, 50)] == [
        "unknown",
        "confirmed",
        "confirmed",
        "unconfirmed",
        "unconfirmed",
    ]
    assert not before.same_instrument(SENSOR, 5, 15)
    after = told((1, A), (10, doubt(A)), (20, sure(A)))
    assert after.same_instrument(SENSOR, 5, 50)
    assert after.standing_at(SENSOR, 12) == "confirmed"


def test_a_confirmation_vouches_for_the_last_doubt_only() -> None:
    known = told((1, A), (10, doubt(A)), (20, doubt(A, "power_loss")), (30, sure(A)))
    assert known.standing_at(SENSOR, 15) == "unconfirmed"
    assert known.same_instrument(SENSOR, 20, 40)
    assert not known.same_instrument(SENSOR, 5, 25)


def test_after_a_doubt_a_replacement_leaves_the_doubt_as_it_was() -> None:
    known = told((1, A), (10, doubt(A)), (20, B))
    assert known.standing_at(SENSOR, 15) == "unconfirmed"
    assert known.same_instrument(SENSOR, 20, 30)
    assert not known.same_instrument(SENSOR, 15, 25)


def test_another_serial_number_stops_and_the_right_one_goes_on_apart() -> None:
    wrong_plug = replace(stopped(A, "B-2"), event="wrong_plug", person="Ana")
    known = told((1, A), (10, stopped(A, "B-2")), (12, wrong_plug), (13, doubt(A)), (20, sure(A, "")))
    stretch = known.at(SENSOR, 11)
    assert stretch is not None
    assert (stretch.standing, stretch.found, stretch.key.serial) == ("stopped", "B-2", "A-1")
    assert known.standing_at(SENSOR, 15) == "stopped"
    assert known.standing_at(SENSOR, 20) == "confirmed"
    assert not known.same_instrument(SENSOR, 5, 25)


def test_an_instrument_without_a_number_is_named_by_its_entry_until_it_gets_one() -> None:
    remark = NoteBody("lens cleaned", "2026-11-23T08:15:30.000000000Z", "Ana", model="pm5000", serial="~3")
    known = told((3, NAMELESS), (5, doubt(NAMELESS)), (6, remark))
    assert known.known() == (Key("pm5000", "~3"),)
    assert known.known()[0].serial == ""
    named = known.after(9, entry(replace(sure(NAMELESS), serial="L-7", serial_source=SerialSource.LABEL)))
    key = Key("pm5000", "L-7")
    assert named.known() == (key,)
    assert named.same_instrument(SENSOR, 4, 12)
    assert [note.key for note in named.notes] == [key]
    assert {of for _, of in named.entries} == {key}
    other = named.after(20, entry(NAMELESS))
    assert other.known() == (key, Key("pm5000", "~20"))


def test_a_removed_sensor_lets_its_instrument_go() -> None:
    removed: ConfigurationBody = replace(WIND, sensor=SENSOR, state="removed")
    known = told((1, A), (10, removed), (12, replace(A, event="described")))
    assert known.at(SENSOR, 11) is None
    again = known.present(SENSOR)
    assert again is not None
    assert (again.first, again.standing) == (12, "confirmed")
    assert not known.same_instrument(SENSOR, 5, 15)


def test_the_same_number_again_is_the_same_instrument() -> None:
    known = told((1, A), (10, replace(A, firmware="2.0")))
    present = known.present(SENSOR)
    assert present is not None
    assert (present.first, present.firmware) == (1, "2.0")


def test_a_log_that_carries_over_a_doubt_begins_with_it() -> None:
    assert told((2, doubt(A))).standing_at(SENSOR, 3) == "unconfirmed"
    assert told((2, stopped(A, "B-2"))).standing_at(SENSOR, 3) == "stopped"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("0002507", "2507", True), ("ab 12", "AB12", True), ("2507", "2508", False), ("1020", "102", False)],
)
def test_a_label_and_a_device_may_write_a_number_differently(one: str, other: str, same: bool) -> None:
    assert same_serial(one, other) is same


EVENTS = st.lists(
    st.tuples(st.sampled_from(["A", "B", ""]), st.sampled_from(["installed", "unconfirmed", "confirmed", "stopped"])),
    max_size=12,
)


@given(EVENTS)
def test_stretches_never_overlap_and_cover_all_after_the_first(events: list[tuple[str, str]]) -> None:
    bodies = [
        (3 * place + 1, replace(A, serial=serial, event=event))  # type: ignore[arg-type]  # drawn from the events
        for place, (serial, event) in enumerate(events)
    ]
    known = told(*bodies).stretches.get(SENSOR, ())
    assert [one.until for one in known[:-1]] == [one.first for one in known[1:]]
    assert all(one.until is None for one in known[-1:])
    assert [one.first for one in known[:1]] == [1] * bool(events)
