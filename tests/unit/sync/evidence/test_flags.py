# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Flags of the tests over several readings, computed again: what the recorder writes follows, and what is made better
is named with its entry."""

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.limits import Limits
from edge_daemon.log.canonical import canonical
from edge_daemon.log.entry import decode_entry, encode_reading
from edge_daemon.log.evidence_index import CONTEXT_TYPES
from edge_daemon.log.plan_body import Parameter, PlanBody
from sync.evidence import form
from sync.evidence.chain import Chain, chain_of
from sync.evidence.entry_checks import EntryChecker
from sync.evidence.verdict import Check, Sheet
from tests.unit.edge_daemon.acquisition.fakes import MODEL
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.sync.evidence.recording import Station

CHECKED = {"entries", "flags", "quality", "calibrations", "values"}


def chain(entries: list[bytes]) -> Chain:
    told = ((index, decode_entry(data)) for index, data in enumerate(entries) if b'"type":"reading"' not in data)
    return chain_of("verifield/log/" + "ab" * 16, [(index, one) for index, one in told if one.type in CONTEXT_TYPES])


def checks(entries: list[bytes], first: int = 0) -> dict[str, Check]:
    """What is said of the entries from `first` on."""
    checker, sheet = EntryChecker(chain(entries), form.NOTABLE_TYPES, first), Sheet()
    for index, data in enumerate(entries[first:], first):
        checker.take(index, data)
    checker.report(sheet)
    return {check.name: check for check in sheet.checks}


def wrong(found: dict[str, Check]) -> list[str]:
    return [str(check) for check in found.values() if check.outcome == "failed" and check.name in CHECKED]


@given(seed=st.integers(0, 2**32), begin=st.floats(0, 1))
def test_what_the_recorder_writes_follows_whatever_happens_and_wherever_a_bundle_begins(
    seed: int, begin: float
) -> None:
    entries = Station(seed).live(300).recorded.entries
    assert wrong(checks(entries)) == []
    assert wrong(checks(entries, round(begin * (len(entries) - 1)))) == []


@cache
def plain(seed: int) -> tuple[bytes, ...]:
    """A log in which every flag follows from tests."""
    return tuple(Station(seed, plain=True).live(300).recorded.entries)


def documents(entries: tuple[bytes, ...]) -> dict[int, dict[str, Any]]:
    """The readings."""
    return {index: json.loads(data) for index, data in enumerate(entries) if b'"type":"reading"' in data}


def altered(entries: tuple[bytes, ...], index: int, document: dict[str, Any]) -> dict[str, Check]:
    return checks([*entries[:index], canonical(document), *entries[index + 1 :]])


def named(found: dict[str, Check]) -> tuple[str, int | None]:
    return found["flags"].outcome, found["flags"].entry


SEEDS = st.integers(0, 400)


@given(seed=SEEDS, data=st.data())
def test_a_flag_made_better_is_named_with_its_entry(seed: int, data: st.DataObject) -> None:
    entries = plain(seed)
    flagged = [
        (index, document)
        for index, document in documents(entries).items()
        if document["ch"]["co2"][2] in {3, 4} and not _is_open(entries, index)
    ]
    assume(flagged)
    index, document = data.draw(st.sampled_from(flagged))
    was = document["ch"]["co2"][2]
    document["ch"]["co2"][2] = data.draw(st.sampled_from([1, 2] if was == 3 else [1, 2, 3]))
    assert named(altered(entries, index, document)) == ("failed", index)


@given(seed=SEEDS, data=st.data())
def test_a_flag_given_later_that_is_changed_is_named_with_the_reading_that_gives_it(
    seed: int, data: st.DataObject
) -> None:
    entries = plain(seed)
    settling = [
        (index, document)
        for index, document in documents(entries).items()
        if "re" in document and not _is_open(entries, document["re"][0][0])
    ]
    assume(settling)
    index, document = data.draw(st.sampled_from(settling))
    [of, name, flag], *others = document["re"]
    other = data.draw(
        st.sampled_from([[of, name, 7 - flag], [of, "humidity", flag], [_earlier(entries, index, of), name, flag]])
    )
    document["re"] = [other, *others]
    assert named(altered(entries, index, document)) == ("failed", index)


@given(seed=SEEDS, data=st.data())
def test_a_flag_given_later_that_is_left_out_is_told(seed: int, data: st.DataObject) -> None:
    entries = plain(seed)
    settling = [
        (index, document)
        for index, document in documents(entries).items()
        if "re" in document and not _is_open(entries, document["re"][0][0])
    ]
    assume(settling)
    index, document = data.draw(st.sampled_from(settling))
    of = document.pop("re")[0][0]
    found = altered(entries, index, document)
    before = checks(list(entries)).get("flags_untold")
    assert found["flags_untold"].outcome == "not_checked"
    assert before is not None or f"first: entry {of}" in found["flags_untold"].words


def test_a_flag_given_later_that_is_left_out_for_good_is_named_with_the_value_that_stands_out() -> None:
    station = Station(1, plain=True)
    station.configure("a", Limits(spike=(5, 20)))
    log = station.recorded
    values: dict[str, float | None] = {"co2": 400.0, "humidity": 50.0}
    for _ in range(3):
        log.reading("a", station.configured["a"], values)
    outlier = log.reading("a", station.configured["a"], {**values, "co2": 480.0})
    for _ in range(25_010):
        log.reading("a", station.configured["a"], values)
    found = checks(log.entries)
    assert named(found) == ("failed", outlier - 1), "beside an outlier its neighbours stand out as well"
    assert "no later reading says so" in found["flags"].words


@pytest.mark.parametrize(("channel", "outcome"), [("co2", "passed"), ("humidity", "failed")])
def test_what_was_judged_before_another_sensor_was_configured_stays_judged(channel: str, outcome: str) -> None:
    """From there on it is not known what came before; a flag that comes late is of a reading from long before that."""
    station = Station(1, plain=True)
    station.configure("a", Limits(spike=(5, 20)))
    log = station.recorded
    values: dict[str, float | None] = {"co2": 400.0, "humidity": 50.0}
    log.pass_(1_000)
    for _ in range(3):
        log.reading("a", station.configured["a"], values)
    outlier = log.reading("a", station.configured["a"], {**values, "co2": 480.0})
    for _ in range(4):
        log.reading("a", station.configured["a"], values)
    station.configure("b", Limits())
    log.reading("a", station.configured["a"], values, settles=[(outlier, channel, Flag.FAIL)])
    found = checks(log.entries)
    assert found["flags"].outcome == outcome
    assert found["flags_open"].outcome == "not_checked"


def test_what_an_instrument_said_of_itself_is_believed_and_said() -> None:
    station = Station(1, plain=True)
    station.configure("a", Limits())
    log = station.recorded
    index = log.reading("a", station.configured["a"], {"co2": 400.0, "humidity": 50.0}, flags={"co2": Flag.SUSPECT})
    found = checks(log.entries)
    assert found["flags"].outcome == "passed"
    assert f"first: entry {index}" in found["flags_believed"].words


@given(seed=SEEDS, data=st.data())
def test_a_flag_made_worse_than_the_log_explains_is_told_with_its_entry(seed: int, data: st.DataObject) -> None:
    """Bad flags keep values out of means: whoever gives them away must at least be seen to."""
    entries = plain(seed)
    settled = {of for document in documents(entries).values() for of, *_ in document.get("re", ())}
    good = [
        (index, document)
        for index, document in documents(entries).items()
        if document["ch"]["co2"][2] == 1 and index not in settled and not _is_open(entries, index)
    ]
    assume(good)
    index, document = data.draw(st.sampled_from(good))
    assert "flags_believed" not in checks(list(entries))
    document["ch"]["co2"][2] = data.draw(st.sampled_from([3, 4]))
    believed = altered(entries, index, document)["flags_believed"]
    assert believed.outcome == "not_checked"
    assert f"1 flags are worse than the log explains (first: entry {index}, co2)" in believed.words


@given(seed=SEEDS, data=st.data())
def test_a_value_of_an_instrument_that_was_warming_up_for_certain_is_named(seed: int, data: st.DataObject) -> None:
    entries = tuple(Station(seed).live(200).recorded.entries)
    first = next(index for index in range(len(entries)) if index in documents(entries))
    document = documents(entries)[first]
    assert document["ch"]["co2"][2] in {3, 4, 9}
    assume(document["ch"]["co2"][2] != 9)
    document["ch"]["co2"][2] = data.draw(st.sampled_from([1, 2]))
    found = altered(entries, first, document)
    assert named(found) == ("failed", first)
    assert "warming up" in found["flags"].words or "must at least be" in found["flags"].words


@pytest.mark.parametrize(("days", "flag", "outcome"), [(-1, 1, "failed"), (-1, 3, "passed"), (1_000, 1, "passed")])
def test_a_value_that_is_overdue_by_the_plan_is_at_least_suspect(days: int, flag: int, outcome: str) -> None:
    station = Station(1, plain=True)
    station.configure("a", Limits())
    log, serial = station.recorded, "S-a"
    begun = log.add(start(serial, "a", "co2", MODEL.model))
    made = log.add(
        verdict(
            begun, "pass", None, None, serial=serial, sensor="a", model=MODEL.model, channel="co2", due="2099-01-01"
        )
    )
    parameter = Parameter("co2", "ppm", "a", "co2", "record", 60.0, "any", days, 600.0, "Ana")
    log.add(PlanBody((parameter,), "Ana"))
    log.pass_(1_000)  # long enough that a recorder knows of both
    channels = {"co2": ChannelValue(400.0, 400.0, Flag(flag)), "humidity": ChannelValue(50.0, 50.0, Flag.GOOD)}
    index = log.put(encode_reading(log.stamp(), "a", channels, 90, station.configured["a"], {"co2": made}))
    found = checks(log.entries)["flags"]
    assert (found.outcome, found.entry) == (outcome, index if outcome == "failed" else None)


@pytest.mark.parametrize(("seconds", "outcome"), [(1, "passed"), (1_000, "failed")])
def test_a_recorder_may_not_know_yet_of_several_new_plans(seconds: int, outcome: str) -> None:
    station = Station(1, plain=True)
    station.configure("a", Limits())
    log = station.recorded
    begun = log.add(start("S-a", "a", "co2", MODEL.model))
    made = log.add(verdict(begun, "pass", None, None, serial="S-a", sensor="a", model=MODEL.model, channel="co2"))
    log.pass_(1_000)
    for _ in range(2):
        log.add(PlanBody((Parameter("co2", "ppm", "a", "co2", "record", 60.0, "any", -1, 600.0, "Ana"),), "Ana"))
        log.pass_(seconds)
    channels = {"co2": ChannelValue(400.0, 400.0, Flag.GOOD), "humidity": ChannelValue(50.0, 50.0, Flag.GOOD)}
    log.put(encode_reading(log.stamp(), "a", channels, 90, station.configured["a"], {"co2": made}))
    assert checks(log.entries)["flags"].outcome == outcome


@pytest.mark.parametrize("first", [0, 60])
def test_only_where_the_log_begins_is_it_known_what_came_before(first: int) -> None:
    station = Station(1, plain=True)
    station.configure("a", Limits(flat_s=(30, 40), flat_tolerance=0.5))
    log = station.recorded
    for number in range(100):
        log.reading("a", station.configured["a"], {"co2": 400.0 + number, "humidity": 50.0})
    found = checks(log.entries, first)
    assert ("flags_open" in found) == (first > 0)
    if first:
        assert f"41 readings (first: entry {first})" in found["flags_open"].words


def _is_open(entries: tuple[bytes, ...], index: int) -> bool:
    """Whether another sensor of the port was configured shortly before, so that the tests may have begun anew."""
    return any(b'"type":"configuration"' in data for data in entries[max(0, index - 60) : index + 5])


def _earlier(entries: tuple[bytes, ...], index: int, of: int) -> int:
    """A reading of the same sensor before it that is not the one settled."""
    sensor = documents(entries)[index]["sensor"]
    return next(at for at, one in reversed(documents(entries).items()) if at < of and one["sensor"] == sensor)
