# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The meaning of readings' bytes: outside names, units and factors, and times by the rules of the log."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.log.clock_history import clock_history
from edge_daemon.log.effective import amendments_of
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.reported_time import ReportedTime
from sync.engine.pages import is_reading
from sync.packets.chronicle import LANDMARKS, Chronicle, Unreadable, chronicle_of
from sync.packets.meaning import Meaning
from tests.unit.sync.recorded import Recorded


def chronicle(log: Recorded) -> Chronicle:
    entries = [(index, decode_entry(data)) for index, data in enumerate(log.entries)]
    return chronicle_of((index, entry) for index, entry in entries if entry.type in LANDMARKS)


def test_wire_names_units_and_factors_come_from_the_configuration(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("vent", primary="wind", stated_calibration_date="2026-03-01")
    index = log.reading("vent", cfg, {"temperature": None, "wind": 10})
    told = Meaning(chronicle(log), {}).read(index, log.entries[index]).outgoing
    assert told is not None
    assert (told.facts.unit, told.facts.calibration_date, told.facts.kind) == ("km/h", "2026-03-01", "weather_station")
    values = {value.channel.field: value for value in told.values}
    assert (values["wind_speed"].value, values["wind_speed"].raw, values["wind_speed"].channel.primary) == (
        36,
        36,
        True,
    )
    assert (values["temperature"].value, values["temperature"].flag) == (None, 9)
    assert values["temperature"].channel.unit == "°C"


def test_a_reading_whose_configuration_is_missing_is_not_guessed() -> None:
    log = Recorded().begin()
    index = log.reading("a", 0)
    with pytest.raises(Unreadable, match="configuration"):
        Meaning(chronicle(log), {}).read(index, log.entries[index])


EVENTS = st.lists(
    st.sampled_from(
        [
            "reading",
            "reading",
            "reading",
            "twin",
            "back",
            "far_back",
            "trusted",
            "holdover",
            "untrusted",
            "boot",
            "fix",
            "release",
        ]
    ),
    max_size=40,
)


@given(events=EVENTS)
def test_times_are_those_of_the_rules_whatever_happens_to_the_clock(events: list[str]) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    boots = 1
    for event in events:
        match event:
            case "reading":
                log.reading("a", cfg)
            case "twin":
                log.reading("a", cfg, after_s=0)
            case "back":
                log.t_ns -= 20 * 10**9
            case "far_back":
                log.t_ns -= 500 * 10**9
            case "trusted" | "holdover" | "untrusted":
                log.clock(event)
            case "boot":
                boots += 1
                log.mono_us = 5_000
                log.boot(f"boot-{boots}", "untrusted")
            case "fix":
                log.fix(f"boot-{boots}", offset_ns=7 * 10**9)
            case "release":
                log.amendment("release_untrusted_time", 0, len(log.entries) - 1, offset_us=5, uncertainty_us=9)
    told = chronicle(log)
    entries = [(index, decode_entry(data)) for index, data in enumerate(log.entries)]
    fold = ReportedTime(clock_history(entries), amendments_of(entries).releases)
    meaning = Meaning(told, {})
    for index, entry in entries:
        fold = fold.after(index, entry)
        if not is_reading(log.entries[index]):
            continue
        outgoing = meaning.read(index, log.entries[index]).outgoing
        expected = fold.reported
        assert expected is not None
        assert (outgoing.t_ns if outgoing else None) == (None if expected.held else expected.time_ns)
