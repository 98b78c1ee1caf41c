# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Instants as UTC nanoseconds since 1970 and as RFC 3339 text. Pure: reads no clock.

Floats and `datetime` cannot hold nanoseconds, so an instant is an integer wherever it is stored or computed with.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NewType

UtcNs = NewType("UtcNs", int)
"""Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time)."""

NS_PER_S = 1_000_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = re.compile("[0-9]+")
_RFC3339 = re.compile(
    r"(?P<seconds>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]{1,9}))?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>[01][0-9]|2[0-3]):(?P<minutes>[0-5][0-9]))"
)


def rfc3339_from_ns(ns: int) -> str:
    """UTC nanoseconds as RFC 3339 text with exactly nine decimals and `Z`.

    Raises ValueError outside the years 0001 to 9999, which RFC 3339 cannot write.
    """
    seconds, fraction = divmod(ns, NS_PER_S)
    return f"{_second_text(seconds)}.{fraction:09d}Z"


def ns_from_rfc3339(text: str) -> UtcNs:
    """RFC 3339 text with 0 to 9 decimals and `Z` or a `+hh:mm` / `-hh:mm` offset, as UTC nanoseconds.

    Raises ValueError, naming the text, for anything else. More than nine decimals are refused rather than cut, and leap
    seconds (`:60`) are refused because POSIX time has no place for them.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not an RFC 3339 time: expected YYYY-MM-DDThh:mm:ss with up to nine decimals "
            "and Z or an offset such as +02:00"
        )
    seconds_text, fraction, sign, hours, minutes = match.groups()
    try:
        seconds = _second_number(seconds_text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a time that exists: {error}") from error
    if sign:
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds += offset if sign == "-" else -offset
    return UtcNs(seconds * NS_PER_S + int((fraction or "").ljust(9, "0")))


@lru_cache(maxsize=64)
def _second_text(seconds: int) -> str:
    # Cached because thousands of readings share a second.
    try:
        instant = _EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise ValueError(f"{seconds} s since 1970 lies outside the years 0001 to 9999") from error
    return instant.isoformat()[:19]


@lru_cache(maxsize=64)
def _second_number(text: str) -> int:
    year, month, day, hour, minute, second = map(int, _DIGITS.findall(text))
    delta = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _EPOCH
    return delta.days * 86_400 + delta.seconds
