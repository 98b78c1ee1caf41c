# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Typed bodies survive the trip through an entry's bytes, and the setup is what the log says last."""

from dataclasses import replace

import pytest

from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.station import Location, Station
from edge_daemon.log.bodies import (
    TYPE_OF,
    Body,
    BootBody,
    ChannelBody,
    ClockBody,
    ClockFixBody,
    ClockStateBody,
    ClockStepBody,
    ConfigurationBody,
    ConnectionBody,
    GapBody,
    InstallationBody,
    LogBody,
    NoteBody,
    Predecessor,
    StationBody,
    SuspendBody,
    VisitBody,
    from_json,
    to_json,
)
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import Entry, EntryType, Stamp, decode_entry, encode_entry, is_canonical
from edge_daemon.log.setup import fold

STAMP = Stamp(1_795_000_000_000_000_000, 5, bytes(16))
WIND = ConfigurationBody(
    sensor="wind-north",
    state="recording",
    name="Wind, north mast",
    kind="wind",
    model="gill_windsonic",
    driver="gill_windsonic",
    driver_version="1",
    interval_ns=1_000_000_000,
    channels=(ChannelBody("wind_speed", "m/s", 0.0, 60.0), ChannelBody("wind_direction", "°", 0.0, 359.0)),
    connection=ConnectionBody("usb:0403:6001:A50285BI", "physical", "9600 8N1"),
    settings={"height_m": 10.5, "label": "mast ü"},
    demo=False,
)
GILL = InstallationBody("wind-north", "gill_windsonic", "Y16120001", SerialSource.LABEL, "Ana")
BODIES: list[Body] = [
    LogBody("verifield/log/00", "dev", "p", "0.1.0", "ab", demo=False),
    LogBody("o2", "dev", "p", "0.1.0", "ab", demo=True, predecessor=Predecessor("o1", 7, "00" * 32, "copied home")),
    BootBody("start", "b-1", "0.1.0", "trusted", "killed"),
    BootBody("stop", "b-1", "0.1.0", "holdover"),
    WIND,
    GILL,
    GapBody(
        "wind-north", "2026-11-23T08:15:30.000000000Z", "2026-11-23T08:16:30.000000000Z", 59, ("unplugged",), ("02",)
    ),
    NoteBody("cleaned", "2026-11-23T08:15:30.000000000Z", "Ana"),
    VisitBody("start", "Ana", "north mast"),
    StationBody("dev", "p", "North", Location(1.5, -2.25, None, "dune 4"), "Ana"),
    ClockStateBody(None, "trusted", 500_000),
    ClockStateBody("holdover", "untrusted", None),
    ClockStepBody(-604_800_000_000, "2026-11-23T08:15:30.000000000Z"),
    SuspendBody(60_000_000),
    ClockFixBody("b-1", 86_400_250_000, "2026-11-23T08:15:30.250000000Z", 500_000, "synchronised"),
]


def entry_of(body: Body) -> Entry:
    data = encode_entry(TYPE_OF[type(body)], STAMP, to_json(body))
    assert is_canonical(data)
    return decode_entry(data)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_a_body_comes_back_as_it_went_in(body: Body) -> None:
    assert from_json(type(body), entry_of(body).body) == body


def test_a_key_of_a_later_version_is_skipped() -> None:
    assert from_json(NoteBody, {**to_json(BODIES[7]), "mood": "wet"}) == BODIES[7]


def test_a_body_without_a_needed_key_is_refused() -> None:
    body = to_json(WIND)
    del body["driver"]
    with pytest.raises(ValueError, match="driver"):
        from_json(ConfigurationBody, body)


def test_the_setup_is_what_the_log_says_last() -> None:
    paused = replace(WIND, state="paused")
    setup = fold([(3, entry_of(WIND)), (4, entry_of(GILL)), (5, entry_of(BODIES[7])), (9, entry_of(paused))])
    sensor = setup.sensors["wind-north"]
    assert (sensor.index, sensor.configuration, sensor.installation) == (9, paused, GILL)


def test_a_removed_sensor_leaves_the_setup_and_an_unknown_one_is_not_installed() -> None:
    removed = replace(WIND, state="removed")
    assert not fold([(3, entry_of(WIND)), (4, entry_of(removed)), (5, entry_of(GILL))]).sensors


def test_other_types_of_entries_do_not_touch_the_setup() -> None:
    note = decode_entry(encode_entry(EntryType.SUMMARY, STAMP, {"sensor": "wind-north"}))
    assert not fold([(0, note)]).sensors


def test_the_station_is_what_the_log_says_last() -> None:
    opened = fold([(0, entry_of(BODIES[0])), (1, entry_of(WIND))])
    assert opened.station == Station("dev", "p")
    named = opened.after(2, entry_of(BODIES[9]))
    assert named.station == Station("dev", "p", "North", Location(1.5, -2.25, None, "dune 4"))
    assert named.sensors == opened.sensors


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (
            {"event": "state", "before": None, "state": "trusted", "uncertainty_us": 500000},
            ClockStateBody(None, "trusted", 500_000),
        ),
        (
            {"event": "step", "by_us": -5000000, "from": "2026-11-23T08:15:30.000000000Z"},
            ClockStepBody(-5_000_000, "2026-11-23T08:15:30.000000000Z"),
        ),
        ({"event": "suspend", "for_us": 7}, SuspendBody(7)),
    ],
)
def test_clock_entries_of_the_first_program_stay_readable(said: dict[str, JsonValue], body: ClockBody) -> None:
    assert from_json(type(body), said) == body
    assert to_json(body) == said


def test_a_gap_says_from_and_to() -> None:
    assert {"from", "to"} <= set(to_json(BODIES[6]))
