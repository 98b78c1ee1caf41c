# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings whose time is not known, so that a person can find what is to be released. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Waiting:
    """`readings` readings among the entries `first` to `last` (both included) wait for a time.

    All are of one `stretch` of the clock, named by its first entry: one and the same offset puts them right.
    """

    stretch: int
    first: int
    last: int
    readings: int


def with_one_more(spans: tuple[Waiting, ...], stretch: int, index: int) -> tuple[Waiting, ...]:
    """The spans once the reading at `index`, which is behind all others, waits too."""
    if spans and spans[-1].stretch == stretch:
        return (*spans[:-1], replace(spans[-1], last=index, readings=spans[-1].readings + 1))
    return (*spans, Waiting(stretch, index, index, 1))


def joined(spans: Iterable[Waiting]) -> Iterator[Waiting]:
    """Those of one stretch of the clock as one, in the log's order."""
    whole: Waiting | None = None
    for span in spans:
        if whole is not None and whole.stretch == span.stretch:
            whole = replace(whole, last=span.last, readings=whole.readings + span.readings)
            continue
        if whole is not None:
            yield whole
        whole = span
    if whole is not None:
        yield whole
