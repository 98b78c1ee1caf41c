# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What amendments make of readings: by the rules, whatever the order they are read in, and never of the bytes."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.amendment_check import check_amendment
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import BootBody, ClockStateBody, to_json
from edge_daemon.log.clock_history import Reported, Standing, clock_history
from edge_daemon.log.effective import Amendments, Effective, amendments_of, effective
from edge_daemon.log.entry import (
    Entry,
    EntryType,
    LoggedReading,
    Stamp,
    decode_entry,
    decode_reading,
    encode_entry,
    encode_reading,
)
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.log.stamp import ENTRY_VERSION

T0 = 1_795_421_700_000_000_000
S = 10**9
READING = LoggedReading(
    "s",
    {
        "co2": ChannelValue(410.0, 412.0, Flag.GOOD),
        "humidity": ChannelValue(48.0, 48.0, Flag.SUSPECT),
        "lost": ChannelValue(None, None, Flag.MISSING),
    },
    69,
    1,
    {},
    (),
    T0,
    5,
    bytes(16),
)
REPORTED = Reported(T0 + 5, 100, Standing.TRUSTED)
HELD = Reported(T0, None, Standing.HELD)


def body(kind: Any, first: int = 0, last: int = 100, **more: Any) -> AmendmentBody:
    return AmendmentBody(kind, first, last, "seen on site", "Ana", **more)


def entry(told: AmendmentBody) -> Entry:
    return Entry(ENTRY_VERSION, EntryType.AMENDMENT, T0, 5, bytes(16), to_json(told))


def told(*bodies: AmendmentBody, start: int = 200) -> Amendments:
    return amendments_of((start + place, entry(one)) for place, one in enumerate(bodies))


def read(
    *bodies: AmendmentBody, settled: tuple[tuple[str, Flag], ...] = (), reported: Reported = REPORTED
) -> Effective:
    return effective(50, READING, reported, told(*bodies), settled)


def test_without_amendments_a_reading_is_as_it_stands() -> None:
    now = read()
    assert (now.channels, now.time, now.sensor, now.quality, now.amended_by) == (
        READING.channels,
        REPORTED,
        "s",
        69,
        (),
    )
    assert now.original is READING


def test_a_clock_offset_moves_the_time_and_the_last_one_counts() -> None:
    week = 7 * 86_400 * 10**6
    now = read(
        body("clock_offset", offset_us=5, uncertainty_us=1), body("clock_offset", offset_us=week, uncertainty_us=2)
    )
    assert now.time == Reported(T0 + 5 + week * 1000, 2100, Standing.TRUSTED)
    assert (now.reported, now.amended_by) == (REPORTED, (200, 201))
    assert read(body("clock_offset", offset_us=5, uncertainty_us=1), reported=HELD).time == HELD


def test_a_wrong_plug_gives_the_reading_to_another_sensor_or_to_none() -> None:
    assert read(body("wrong_plug", sensors=("s",), reads_as="other")).sensor == "other"
    unknown = read(body("wrong_plug", sensors=("s",)))
    assert {name: int(value.flag) for name, value in unknown.channels.items()} == {"co2": 4, "humidity": 4, "lost": 9}
    assert unknown.quality == 0
    found = read(body("wrong_plug", sensors=("s",)), body("wrong_plug", sensors=("s",), reads_as="other"))
    assert (found.sensor, found.channels["co2"].flag) == ("other", Flag.GOOD)


def test_the_last_correction_of_a_channel_counts_and_the_raw_value_stays() -> None:
    now = read(
        body("value_correction", sensors=("s",), channels=("co2", "lost"), gain=2.0, offset=0.0),
        body("value_correction", sensors=("s",), channels=("co2",), gain=1.0, offset=-12.0),
    )
    assert now.channels["co2"] == ChannelValue(410.0, 400.0, Flag.GOOD)
    assert now.channels["lost"] == READING.channels["lost"]
    assert now.channels["humidity"] == READING.channels["humidity"]
    assert now.original.channels["co2"].value == 412.0


def test_the_worst_flag_counts_and_caps_the_quality() -> None:
    now = read(body("as_found_failure", channels=("co2",)), settled=(("co2", Flag.GOOD),))
    assert (now.channels["co2"].flag, now.quality) == (Flag.SUSPECT, 69)
    worst = read(body("as_found_failure", channels=("co2",)), settled=(("co2", Flag.FAIL), ("co2", Flag.SUSPECT)))
    assert worst.channels["co2"].flag is Flag.FAIL
    assert read(body("maintenance")).channels["humidity"].flag is Flag.FAIL
    assert read(body("maintenance", flag=3)).channels["co2"].flag is Flag.SUSPECT


def test_a_replaced_amendment_does_not_count_whatever_becomes_of_the_later_one() -> None:
    first = body("maintenance")
    assert read(first, body("withdrawal", replaces=200)).channels == READING.channels
    softer = read(first, body("maintenance", flag=3, replaces=200))
    assert (softer.channels["co2"].flag, softer.amended_by) == (Flag.SUSPECT, (201,))
    twice = read(first, body("maintenance", flag=3, replaces=200), body("withdrawal", replaces=201))
    assert twice.channels == READING.channels
    assert [one.index for one in told(first, body("withdrawal", replaces=200)).told] == [200, 201]


@pytest.mark.parametrize(
    "narrow",
    [
        {"first": 51},
        {"last": 49},
        {"sensors": ("other",)},
        {"start": rfc3339_from_ns(T0 + 6)},
        {"end": rfc3339_from_ns(T0 + 5)},
    ],
)
def test_an_amendment_concerns_only_what_it_names(narrow: dict[str, Any]) -> None:
    assert read(replace(body("maintenance"), **narrow)).channels == READING.channels


def test_an_amendment_with_times_concerns_what_lies_in_them_and_nothing_of_unknown_time() -> None:
    timed = body("maintenance", start=rfc3339_from_ns(T0 + 5), end=rfc3339_from_ns(T0 + 6))
    assert read(timed).channels["co2"].flag is Flag.FAIL
    assert read(timed, reported=HELD).channels == READING.channels


def test_an_amendment_says_nothing_of_what_is_recorded_after_it() -> None:
    amendments = told(body("maintenance", last=10**6), start=50)
    assert effective(51, READING, REPORTED, amendments).channels == READING.channels


amendment = st.builds(
    lambda kind, first, length, sensor, flag, number, replaces: AmendmentBody(
        kind,
        first,
        first + length,
        "e",
        "p",
        sensors=("s",) if sensor else (),
        channels=("co2",) if kind == "value_correction" or number % 2 else (),
        flag=flag if kind in {"maintenance", "as_found_failure"} else None,
        offset_us=number,
        uncertainty_us=number,
        reads_as="other" if number % 3 else "",
        gain=1.0 + number,
        offset=float(number),
        replaces=replaces,
    ),
    st.sampled_from(
        ["clock_offset", "wrong_plug", "maintenance", "as_found_failure", "value_correction", "withdrawal"]
    ),
    st.integers(0, 60),
    st.integers(0, 60),
    st.booleans(),
    st.sampled_from([None, 3, 4]),
    st.integers(0, 9),
    st.one_of(st.none(), st.integers(198, 206)),
)
flags = st.lists(st.tuples(st.sampled_from(["co2", "humidity", "lost"]), st.sampled_from(list(Flag))), max_size=4)


@given(st.lists(amendment, max_size=8), flags, st.randoms(use_true_random=False))
def test_how_a_reading_is_to_be_read_depends_on_the_log_alone(
    bodies: list[AmendmentBody], settled: list[tuple[str, Flag]], random: Any
) -> None:
    entries = [(200 + place, entry(one)) for place, one in enumerate(bodies)]
    shuffled, settled_otherwise = list(entries), list(settled)
    random.shuffle(shuffled)
    random.shuffle(settled_otherwise)
    data = encode_reading(Stamp(T0, 5, bytes(16)), "s", READING.channels, 69, 1, {})
    original = decode_reading(data)
    now = effective(50, original, REPORTED, amendments_of(entries), settled)
    assert now == effective(50, original, REPORTED, amendments_of(shuffled), settled_otherwise)
    again = encode_reading(Stamp(T0, 5, bytes(16)), "s", now.original.channels, now.original.quality, 1, {})
    assert again == data
    assert now.quality <= original.quality
    for name, value in now.channels.items():
        own = original.channels[name]
        assert value.raw == own.raw
        worst = own.flag
        for channel, flag in settled:
            worst = worse(worst, flag) if channel == name and own.flag is not Flag.MISSING else worst
        assert worse(value.flag, worst) is value.flag


@given(st.lists(amendment, min_size=1, max_size=8))
def test_of_each_kind_the_last_that_counts_wins(bodies: list[AmendmentBody]) -> None:
    now = read(*bodies)
    replaced = {
        one.replaces for place, one in enumerate(bodies) if one.replaces is not None and one.replaces < 200 + place
    }
    counting = [
        one
        for place, one in enumerate(bodies)
        if 200 + place not in replaced and one.first <= 50 <= one.last and one.kind != "withdrawal"
    ]
    moved = [one.offset_us or 0 for one in counting if one.kind == "clock_offset"]
    assert now.time.time_ns == REPORTED.time_ns + (moved[-1] * 1000 if moved else 0)
    lines = [one for one in counting if one.kind == "value_correction"]
    plugs = [one for one in counting if one.kind == "wrong_plug"]
    assert now.sensor == (plugs[-1].reads_as or "s" if plugs else "s")
    own = 412.0 if now.sensor == "s" else 410.0  # the other sensor's instrument is not calibrated: raw is its value
    expected = own if not lines else (lines[-1].gain or 0.0) * own + (lines[-1].offset or 0.0)
    assert now.channels["co2"].value == expected


def test_a_release_gives_held_readings_a_time_and_a_replaced_one_takes_it_back() -> None:
    salts = count()

    def logged(kind: EntryType, second: int, said: Any) -> Entry:
        salt = next(salts).to_bytes(16, "big")
        return decode_entry(encode_entry(kind, Stamp(T0 + second * S, second * 10**6, salt), to_json(said)))

    def reading(second: int) -> Entry:
        data = encode_reading(Stamp(T0 + second * S, second * 10**6, bytes(16)), "s", READING.channels, 69, 1, {})
        return decode_entry(data)

    log = [
        logged(EntryType.BOOT, 0, BootBody("start", "b", "1", "untrusted")),
        logged(EntryType.CLOCK, 1, ClockStateBody(None, "untrusted", None)),
        reading(2),
        reading(3),
    ]
    release = body("release_untrusted_time", 2, 3, offset_us=7_000_000, uncertainty_us=500_000)
    for bodies, expected in (
        ((), [None, None]),
        ((release,), [T0 + 9 * S, T0 + 10 * S]),
        ((release, replace(release, last=2, offset_us=1_000_000, replaces=4)), [T0 + 3 * S, None]),
        ((release, body("withdrawal", replaces=4)), [None, None]),
    ):
        amendments = told(*bodies, start=4)
        fold = ReportedTime(clock_history(enumerate(log)), amendments.releases)
        times = []
        for index, one in enumerate(log):
            fold = fold.after(index, one)
            assert fold.reported is not None
            if one.type == EntryType.READING:
                times.append(None if fold.reported.held else fold.reported.time_ns)
        assert times == expected


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("evidence", replace(body("maintenance"), evidence=" ")),
        ("person", replace(body("maintenance"), person="")),
        ("offset_us", body("clock_offset", uncertainty_us=1)),
        ("uncertainty_us", body("clock_offset", offset_us=1, uncertainty_us=-1)),
        ("sensors", body("release_untrusted_time", offset_us=1, uncertainty_us=1, sensors=("s",))),
        ("gain", body("value_correction", sensors=("s",), channels=("co2",), offset=1.0)),
        ("gain", body("value_correction", sensors=("s",), channels=("co2",), gain=0.0, offset=1.0)),
        ("offset", body("value_correction", sensors=("s",), channels=("co2",), gain=1.0, offset=float("inf"))),
        ("channels", body("value_correction", sensors=("s",), gain=1.0, offset=1.0)),
        ("flag", body("maintenance", flag=1)),
        ("flag", body("clock_offset", offset_us=1, uncertainty_us=1, flag=3)),
        ("replaces", body("withdrawal")),
        ("reads_as", body("maintenance", reads_as="other")),
        ("attachments.0.sha256", body("maintenance", attachments=(AttachmentBody("a.pdf", "12", 3),))),
    ],
)
def test_an_amendment_that_cannot_be_meant_is_refused_by_name(field: str, wrong: AmendmentBody) -> None:
    with pytest.raises(BadInput) as refused:
        check_amendment(wrong)
    assert refused.value.field == field


def test_amendments_that_can_be_meant_pass() -> None:
    good = (
        body("maintenance", channels=("co2",), flag=3),
        body("clock_offset", offset_us=0, uncertainty_us=0),
        body("wrong_plug", sensors=("s",)),
        body("withdrawal", replaces=0),
        body("value_correction", sensors=("s",), channels=("co2",), gain=1.1, offset=0.0),
    )
    assert [check_amendment(one) for one in good] == list(good)
