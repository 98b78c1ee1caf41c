# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""UTC nanoseconds and RFC 3339 text, there and back."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns

FIRST_NS = int(datetime(1, 1, 1, tzinfo=UTC).timestamp()) * 10**9
LAST_NS = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()) * 10**9 + 999_999_999


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (1_795_421_730_250_000_000, "2026-11-23T08:15:30.250000000Z"),
        (951_827_696_000_000_000, "2000-02-29T12:34:56.000000000Z"),
        (FIRST_NS, "0001-01-01T00:00:00.000000000Z"),
        (LAST_NS, "9999-12-31T23:59:59.999999999Z"),
    ],
)
def test_known_instants(ns: int, text: str) -> None:
    assert rfc3339_from_ns(ns) == text
    assert ns_from_rfc3339(text) == ns


@given(st.integers(FIRST_NS, LAST_NS))
def test_any_instant_survives_the_round_trip(ns: int) -> None:
    text = rfc3339_from_ns(ns)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", text)
    assert ns_from_rfc3339(text) == ns


@given(st.integers(FIRST_NS, LAST_NS), st.integers(FIRST_NS, LAST_NS))
def test_text_sorts_as_time_does(first: int, second: int) -> None:
    assert (rfc3339_from_ns(first) < rfc3339_from_ns(second)) == (first < second)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-11-23T08:15:30Z", "2026-11-23T08:15:30.000000000Z"),
        ("2026-11-23T08:15:30.5Z", "2026-11-23T08:15:30.500000000Z"),
        ("2026-11-23T08:15:30.000001Z", "2026-11-23T08:15:30.000001000Z"),
        ("2026-11-23T10:15:30+02:00", "2026-11-23T08:15:30.000000000Z"),
        ("2026-11-22T23:45:30.25-08:30", "2026-11-23T08:15:30.250000000Z"),
        ("2026-11-23T08:15:30-00:00", "2026-11-23T08:15:30.000000000Z"),
    ],
)
def test_fewer_decimals_and_offsets_are_read(text: str, same: str) -> None:
    assert ns_from_rfc3339(text) == ns_from_rfc3339(same)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-23",
        "2026-11-23T08:15:30",
        "2026-11-23 08:15:30Z",
        "2026-11-23t08:15:30z",
        "2026-11-23T08:15:30.Z",
        "2026-11-23T08:15:30.1234567890Z",
        "2026-11-23T08:15:30,5Z",
        "2026-11-23T08:15:30+0200",
        "2026-11-23T08:15:30+24:00",
        "2026-11-23T08:15:30+02:60",
        "2026-11-23T08:15:30Z ",
        "2026-11-23T08:15:30Z\n",
        "2026-02-29T08:15:30Z",
        "2026-13-01T08:15:30Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T08:15:60Z",
        "0000-11-23T08:15:30Z",
        "٢٠٢٦-11-23T08:15:30Z",
    ],
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        ns_from_rfc3339(text)


@pytest.mark.parametrize("ns", [FIRST_NS - 1, LAST_NS + 1, 10**30, -(10**30)])
def test_years_that_cannot_be_written_are_refused(ns: int) -> None:
    with pytest.raises(ValueError, match="outside the years 0001 to 9999"):
        rfc3339_from_ns(ns)
