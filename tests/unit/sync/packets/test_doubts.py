# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings of an instrument that nobody has confirmed are marked in what is delivered, and no others."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, InstallationEvent
from edge_daemon.log.entry import EntryType, decode_entry, encode_entry
from sync.packets.chronicle import LANDMARKS, Chronicle, chronicle_of
from sync.packets.lines import lines_of
from sync.packets.meaning import Meaning
from sync.packets.packet import groups, packet_of
from sync.packets.packet_writer import PacketWriter
from sync.packets.reading import Outgoing
from sync.sinks.file.payload import decode, encode
from tests.unit.sync.recorded import Recorded


def said(log: Recorded, event: InstallationEvent, sensor: str = "vent") -> int:
    cause = "unplugged" if event == "unconfirmed" else ""
    return log.add(InstallationBody(sensor, "maker_model", "", SerialSource.UNKNOWN, event=event, cause=cause))


def chronicle(log: Recorded, end: int | None = None) -> Chronicle:
    entries = [(index, decode_entry(data)) for index, data in enumerate(log.entries[:end])]
    return chronicle_of((index, entry) for index, entry in entries if entry.type in LANDMARKS)


def told(log: Recorded, indices: list[int], end: int | None = None) -> list[Outgoing]:
    meaning = Meaning(chronicle(log, end), {})
    found = [meaning.read(index, log.entries[index]).outgoing for index in indices]
    assert None not in found
    return [one for one in found if one is not None]


def doubted_log() -> tuple[Recorded, list[int]]:
    """A reading before a doubt, two within it, one after it."""
    log = Recorded().begin()
    cfg = log.sensor("vent")
    said(log, "installed")
    before = log.reading("vent", cfg)
    said(log, "unconfirmed")
    within = [log.reading("vent", cfg)]
    said(log, "described")
    within.append(log.reading("vent", cfg))
    said(log, "confirmed")
    return log, [before, *within, log.reading("vent", cfg)]


def test_points_say_so_between_the_doubt_and_the_confirmation_and_others_are_as_ever() -> None:
    log, indices = doubted_log()
    lines = [list(lines_of([one])) for one in told(log, indices)]
    assert [all(',identity="unconfirmed",quality=' in line for line in each) for each in lines] == [
        False, True, True, False,
    ]  # fmt: skip
    assert [sum("identity" in line for line in each) for each in lines] == [0, 2, 2, 0]
    plain = [replace(one, facts=replace(one.facts, unconfirmed=False)) for one in told(log, indices)]
    assert [line.replace(',identity="unconfirmed"', "") for each in lines for line in each] == list(lines_of(plain))


@pytest.mark.parametrize("form", ["sorted_json", "rfc8785"])
def test_packets_say_so_and_others_are_the_same_bytes_as_without_any_doubt(form: str) -> None:
    log, indices = doubted_log()
    writer = PacketWriter(log.origin, form)  # type: ignore[arg-type]  # one of the two forms
    packets = [writer.packet(group) for group in groups(told(log, indices))]
    assert packets == [packet_of(group, log.origin, form) for group in groups(told(log, indices))]  # type: ignore[arg-type]  # as above
    sensors = [json.loads(packet.payload)["sensors"]["vent"] for packet in packets]
    assert [one.get("identity") for one in sensors] == [None, "unconfirmed", "unconfirmed", None]
    sure = Recorded().begin()
    cfg = sure.sensor("vent")
    said(sure, "installed")
    index = sure.reading("vent", cfg)
    [packet] = [writer.packet(group) for group in groups(told(sure, [index]))]
    assert b"identity" not in packet.payload


def test_it_comes_through_a_stick() -> None:
    log, indices = doubted_log()
    sent = told(log, indices)
    assert list(lines_of(decode(encode(sent)))) == list(lines_of(sent))
    assert b"unconfirmed" not in encode(sent[:1])


def test_a_doubt_about_one_sensor_is_none_about_another_and_a_removal_ends_it() -> None:
    log = Recorded().begin()
    vent, roof = log.sensor("vent"), log.sensor("roof")
    said(log, "unconfirmed")
    doubted, sure = log.reading("vent", vent), log.reading("roof", roof)
    assert [one.facts.unconfirmed for one in told(log, [doubted, sure])] == [True, False]
    gone = removed(log, "vent")
    again = log.sensor("vent")
    later = log.reading("vent", again)
    assert gone < later
    assert [one.facts.unconfirmed for one in told(log, [doubted, later])] == [True, False]


def removed(log: Recorded, sensor: str) -> int:
    body = dict(decode_entry(log.entries[log.sensor(sensor)]).body)
    log.entries.pop()
    return log.put(encode_entry(EntryType.CONFIGURATION, log.stamp(), body | {"state": "removed"}))


EVENTS = st.lists(
    st.sampled_from(["reading", "installed", "described", "unconfirmed", "confirmed", "stopped"]), max_size=20
)


@given(EVENTS)
def test_what_the_log_says_later_changes_no_mark(events: list[str]) -> None:
    log = Recorded().begin()
    cfg = log.sensor("vent")
    expected: dict[int, bool] = {}
    doubt = False
    for event in events:
        if event == "reading":
            expected[log.reading("vent", cfg)] = doubt
        else:
            said(log, event)  # type: ignore[arg-type]  # one of the events
            doubt = event == "unconfirmed" or (event == "described" and doubt)
    for index, doubted in expected.items():
        early, late = told(log, [index], index + 1), told(log, [index])
        assert [early[0].facts.unconfirmed, late[0].facts.unconfirmed] == [doubted, doubted]
        assert list(lines_of(early)) == list(lines_of(late))
