# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The register of standards: only added to, always what the log tells, and never an expired one unseen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.calibration.references import of_standard
from edge_daemon.domain.faults import BadInput, Conflict, Unknown
from edge_daemon.log.bodies import Body, to_json
from edge_daemon.log.calibration_body import CalibrationPoint, StandardBody
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.station.standards import (
    Register,
    Standard,
    StandardBook,
    StandardExpired,
    StandardWithdrawn,
    kind_of,
)
from tests.support.logged_station import LoggedStation

GAS = StandardBody("co2_gas", "Span gas", 1000.0, "ppm", 10.0, 2.0, "Ana", expires="2026-12-31", code="4711")
BUFFER = StandardBody(
    "ph_buffer",
    "Buffer 7.00",
    7.0,
    "pH",
    0.02,
    2.0,
    "Ana",
    by_temperature=((0.0, 7.12), (5.0, 7.09), (10.0, 7.06), (25.0, 7.0)),
)


def point(standard: int | None) -> CalibrationPoint:
    return CalibrationPoint(
        run=0,
        sensor="co2-1",
        model="fake",
        serial="7",
        stage="as_found",
        point="span",
        reference=1000.0,
        expanded_uncertainty=10.0,
        factor=2.0,
        standard=standard,
        applied="2026-11-23T08:15:30.000000000Z",
        first=4,
        last=9,
        count=6,
        raw=1010.0,
        indication=1010.0,
        deviation=1.0,
        slope_per_minute=0.0,
        person="Ana",
    )


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as open_station:
        yield open_station


def book(station: LoggedStation) -> StandardBook:
    return StandardBook(station.reader, station.journal.write, lambda: frozenset({"co2_gas", "zero_air"}))


def test_what_is_entered_stays_through_a_new_start_and_comes_by_kind_index_and_code(station: LoggedStation) -> None:
    now = book(station)
    gas, buffer = now.add(GAS), now.add(replace(BUFFER, kind="pH-Buffer"))
    assert [one.index for one in now.standards()] == [buffer.index, gas.index]
    assert now.standards("ph_buffer") == (buffer,)
    assert (now.by_index(gas.index), now.by_code("4711")) == (gas, gas)
    assert book(station).register() == now.register()
    assert now.kinds() == {"co2_gas": True, "ph_buffer": False, "zero_air": True}
    with pytest.raises(Unknown):
        now.by_index(0)
    for code in ("471", ""):
        with pytest.raises(Unknown):
            now.by_code(code)


def test_a_correction_takes_the_place_of_what_was_wrong_and_keeps_its_use(station: LoggedStation) -> None:
    now = book(station)
    wrong, other = now.add(replace(GAS, value=100.0)), now.add(BUFFER)
    station.second = 60
    station.write(point(wrong.index))
    right = now.add(replace(GAS, replaces=wrong.index))
    assert [one.index for one in now.standards()] == [right.index, other.index]
    used_ns = now.by_index(right.index).used_ns
    assert used_ns == station.stamp().t_ns
    station.second = 120
    station.write(point(wrong.index))  # by somebody whose window still showed the old one
    assert now.by_index(right.index).used_ns == station.stamp().t_ns
    fault = now.usable(wrong.index, date(2026, 11, 23))
    assert isinstance(fault, StandardWithdrawn)
    assert str(right.index) in str(fault)
    with pytest.raises(Conflict, match=str(right.index)):
        now.add(replace(GAS, replaces=wrong.index))


def test_a_withdrawn_one_is_no_longer_offered_and_its_code_is_free(station: LoggedStation) -> None:
    now = book(station)
    gas = now.add(GAS)
    with pytest.raises(Conflict, match="4711"):
        now.add(replace(BUFFER, code="4711"))
    gone = now.add(replace(GAS, replaces=gas.index, withdrawn=True, person="Ben"))
    assert now.standards() == ()
    assert gone.standing(date(2026, 11, 23)) == "withdrawn"
    fault = now.usable(gone.index, date(2026, 11, 23))
    assert isinstance(fault, StandardWithdrawn)
    assert "Ben" in str(fault)
    assert now.add(replace(BUFFER, code="4711")) == now.by_code("4711")


@pytest.mark.parametrize("odd", [replace(GAS, unit=""), replace(GAS, factor=0.5)])
def test_what_could_not_be_entered_today_can_be_taken_out_of_use_and_renewed(
    station: LoggedStation, odd: StandardBody
) -> None:
    older = replace(odd, origin="verifield/AAAA", index=7)  # said again from a log that took it
    gone, renewed = station.write(older), station.write(replace(older, code="4712"))
    now = book(station)
    with pytest.raises(BadInput, match="person"):
        now.add(replace(odd, replaces=gone, withdrawn=True, person=" "))
    told = now.add(replace(odd, replaces=gone, withdrawn=True, person="Ben", name="another", value=9.0))
    assert told.body == replace(odd, replaces=gone, withdrawn=True, person="Ben"), "it says what was withdrawn"
    with pytest.raises(BadInput):
        now.add(replace(odd, replaces=renewed, code="4712"))
    assert now.add(replace(GAS, replaces=renewed, code="4712")) == now.by_code("4712"), "with what was missing"


@pytest.mark.parametrize(
    ("on", "standing", "warning"),
    [
        (date(2026, 11, 30), "valid", ""),
        (date(2026, 12, 1), "due", "Span gas expires in 30 days, on 2026-12-31."),
        (date(2026, 12, 30), "due", "Span gas expires in 1 day, on 2026-12-31."),
        (date(2026, 12, 31), "due", "Span gas expires today."),
        (date(2027, 1, 1), "expired", ""),
    ],
)
def test_the_day_of_expiry_is_the_last_good_one(station: LoggedStation, on: date, standing: str, warning: str) -> None:
    now = book(station)
    gas = now.add(GAS)
    assert (gas.standing(on), gas.warning(on)) == (standing, warning)
    fault = now.usable(gas.index, on)
    assert isinstance(fault, StandardExpired) == (standing == "expired")
    assert fault is None or "2026-12-31" in str(fault)
    assert isinstance(now.usable(0, on), Unknown)


def test_a_value_that_depends_on_temperature_is_read_between_the_lines_and_never_outside() -> None:
    standard = Standard(3, 0, BUFFER)
    assert of_standard(standard.body, "pH", 5.0).value == 7.09
    assert of_standard(standard.body, "pH", 7.5).value == pytest.approx(7.075)
    assert of_standard(standard.body, "pH", 20.0).value == pytest.approx(
        7.02
    )  # the table of the reference, section 1.4.9
    for outside in (-0.1, 25.1, float("nan"), None):
        with pytest.raises(BadInput, match=r"0 to 25|temperature"):
            of_standard(standard.body, "pH", outside)
    assert of_standard(GAS, GAS.unit).value == of_standard(GAS, GAS.unit, 21.0).value == 1000.0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"kind": " "}, "kind"),
        ({"name": ""}, "name"),
        ({"value": float("nan")}, "value"),
        ({"expanded_uncertainty": -1.0}, "expanded_uncertainty"),
        ({"factor": 0.0}, "factor"),
        ({"factor": 1e9}, "factor"),
        ({"factor": 1e-300}, "factor"),
        ({"factor": float("nan")}, "factor"),
        ({"unit": ""}, "unit"),
        ({"unit": "  "}, "unit"),
        ({"expires": "31.12.2026"}, "expires"),
        ({"expires": "20261231"}, "expires"),
        ({"expires": "2026-02-30"}, "expires"),
        ({"by_temperature": ((0.0, 1.0),)}, "by_temperature"),
        ({"by_temperature": ((5.0, 1.0), (0.0, 2.0))}, "by_temperature"),
        ({"withdrawn": True}, "withdrawn"),
    ],
)
def test_what_cannot_be_a_standard_is_refused_by_field(
    station: LoggedStation, change: dict[str, object], named: str
) -> None:
    now = book(station)
    size = station.writer.head().size
    with pytest.raises(BadInput) as refused:
        now.add(replace(GAS, **change))  # type: ignore[arg-type]  # one field a case
    assert refused.value.field == named
    assert station.writer.head().size == size


def test_kinds_are_spelled_as_procedures_spell_them() -> None:
    assert kind_of("  CO2 gas ") == kind_of("co2-gas") == kind_of("co2__Gas") == "co2_gas"


Step = tuple[str, int]
STEPS = st.lists(st.tuples(st.sampled_from(["add", "replace", "withdraw", "use", "other"]), st.integers(0, 12)))


def entries_of_steps(steps: list[Step]) -> list[tuple[int, Entry]]:
    return [(index, entry_of(index, what, of)) for index, (what, of) in enumerate(steps)]


def entry_of(index: int, what: str, of: int) -> Entry:
    body: Body
    if what == "use":
        body, kind = point(of), EntryType.CALIBRATION
    elif what == "other":
        return Entry(1, "note", index, 0, b"", {"event": "point", "standard": of})
    else:
        replaces = None if what == "add" else of
        body = replace(GAS, value=float(index), replaces=replaces, withdrawn=what == "withdraw")
        kind = EntryType.STANDARD
    return Entry(1, kind.value, index + 1, 0, b"", to_json(body))


@given(STEPS, st.integers(0, 30))
def test_the_register_is_the_same_however_it_is_told_and_forgets_nothing(steps: list[Step], cut: int) -> None:
    told = entries_of_steps(steps)
    whole, first = Register(), Register()
    for index, entry in told:
        whole = whole.after(index, entry)
    for index, entry in told[:cut]:
        first = first.after(index, entry)
    for index, entry in told[cut:]:
        first = first.after(index, entry)
    assert first == whole
    standards = [index for index, (what, _) in enumerate(steps) if what in {"add", "replace", "withdraw"}]
    assert sorted(whole.told) == standards
    for index in standards:
        one = whole.told[index]
        taken = [at for at in standards if at > index and steps[at][0] != "add" and steps[at][1] == index]
        assert one.replaced_by == (taken[0] if taken else None)
        assert one.body.value == index
        heirs = lineage(whole, index)
        uses = [
            at + 1 for at, (what, of) in enumerate(steps) if what == "use" and at > of and index in lineage(whole, of)
        ]
        assert one.used_ns == max(uses, default=None)
        assert heirs == sorted(heirs)
    assert {one.index for one in whole.current()} == {i for i in standards if whole.told[i].replaced_by is None}


def lineage(register: Register, index: int) -> list[int]:
    """The entry and those that took its place, one after the other."""
    found = []
    at: int | None = index
    while at is not None and at in register.told:
        found.append(at)
        at = register.told[at].replaced_by
    return found
