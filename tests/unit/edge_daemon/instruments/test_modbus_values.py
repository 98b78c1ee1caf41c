# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers in registers: the published orders, and the helper that shows all four."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.faults import BadInput, MalformedFrame
from edge_daemon.instruments.modbus_values import (
    TYPES,
    Order,
    arranged,
    every_reading,
    interpretations,
    number,
    words_of,
)

PUBLISHED = {
    ("f32", 123.456): {"ABCD": "42F6E979", "CDAB": "E97942F6", "BADC": "F64279E9", "DCBA": "79E9F642"},
    ("i32", -123456): {"ABCD": "FFFE1DC0", "CDAB": "1DC0FFFE", "BADC": "FEFFC01D", "DCBA": "C01DFEFF"},
    ("f64", -1234.5678): {"ABCD": "C0934A456D5CFAAD"},
    ("u64", 1234567890123): {"ABCD": "0000011F71FB04CB", "CDAB": "04CB71FB011F0000"},
    ("u32", 421435): {"CDAB": "6E3B0006"},
    ("i64", 74347498): {"ABCD": "00000000046E73EA"},
}
CASES = [(kind, value, order, data) for (kind, value), each in PUBLISHED.items() for order, data in each.items()]


@pytest.mark.parametrize(("kind", "value", "order", "data"), CASES)
def test_published_numbers_in_each_order(kind: str, value: float, order: str, data: str) -> None:
    assert number(bytes.fromhex(data), kind, Order(order)) == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize("order", Order)
@given(st.binary(min_size=2, max_size=8).filter(lambda data: len(data) in {2, 4, 8}))
def test_every_order_undoes_itself(order: Order, data: bytes) -> None:
    assert arranged(arranged(data, order), order) == data


@pytest.mark.parametrize("kind", TYPES)
def test_another_length_is_refused(kind: str) -> None:
    for data in (b"", b"\0" * (2 * words_of(kind) + 2)):
        with pytest.raises(MalformedFrame, match=kind):
            number(data, kind)


def test_the_frequency_of_the_mains_tells_the_order() -> None:
    words = struct.unpack(">2H", bytes.fromhex("EB854247"))
    found = interpretations(words, "f32", (45, 65))
    assert [each.order for each in found if each.plausible] == [Order.CDAB]
    assert found[1].value == pytest.approx(49.98, abs=1e-5)
    assert {each.order for each in found} == set(Order)


def test_without_an_expectation_ordinary_numbers_are_plausible() -> None:
    found = {each.order: each for each in interpretations((0x42F6, 0xE979), "f32")}
    assert found[Order.ABCD].plausible
    assert not found[Order.DCBA].plausible or abs(found[Order.DCBA].value or 0) < 1e12
    assert all(each.plausible and each.value == 0 for each in interpretations((0, 0), "f32"))


def test_what_is_no_number_is_never_plausible() -> None:
    first = interpretations((0x7FC0, 0), "f32")[0]
    assert (first.value, first.plausible) == (None, False)


@pytest.mark.parametrize(("words", "kind"), [((1,), "f32"), ((1, 2, 3), "u32"), ((1, 70_000), "u32"), ((1, 2), "u24")])
def test_what_cannot_be_shown_is_refused(words: tuple[int, ...], kind: str) -> None:
    with pytest.raises(BadInput):
        interpretations(words, kind)


@given(st.lists(st.integers(0, 0xFFFF), min_size=4, max_size=4), st.sampled_from(TYPES))
def test_any_registers_can_be_shown(words: list[int], kind: str) -> None:
    for each in interpretations(words[: words_of(kind)], kind, (0, 1)):
        assert each.value is None or math.isfinite(each.value)


def test_registers_of_a_known_quantity_show_which_type_and_order_fits() -> None:
    # The reference's 123.456 with its low word first.
    first, *others = every_reading((0xE979, 0x42F6), known=123.5)
    assert (first.kind, first.order, first.fits, first.scale) == ("f32", Order.CDAB, True, 1.0)
    assert first.value == pytest.approx(123.456, rel=1e-6)
    assert not any(other.fits for other in others)


def test_a_whole_number_fits_with_its_scale_and_one_without_comes_first() -> None:
    scaled = every_reading((2301,), known=230.0)[0]
    assert (scaled.kind, scaled.fits, scaled.scale) == ("u16", True, 0.1)
    assert [one.kind for one in every_reading((230,), known=230.0) if one.fits] == ["u16", "i16"]
    assert not any(one.fits for one in every_reading((230, 0)))


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=4), st.none() | st.floats(-1e9, 1e9))
def test_every_type_with_room_is_shown_and_what_fits_is_near(words: list[int], known: float | None) -> None:
    shown = every_reading(words, known)
    assert {one.kind for one in shown} == {kind for kind in TYPES if words_of(kind) <= len(words)}
    for one in shown:
        assert not one.fits or (one.value is not None and known is not None)
        if one.fits and one.value is not None and known is not None:
            assert abs(one.value * one.scale - known) <= abs(known) * 0.02
    assert [one.fits for one in shown] == sorted((one.fits for one in shown), reverse=True)


def test_no_registers_show_nothing() -> None:
    with pytest.raises(BadInput):
        every_reading(())
