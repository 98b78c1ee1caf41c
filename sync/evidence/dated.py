# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds the times since when witnesses have a head against the times that its entries give themselves. Pure."""

from collections.abc import Callable, Iterable

from edge_daemon.log.clock_history import Reported
from sync.evidence.exposure import Fixed
from sync.evidence.time_words import to_the_second
from sync.evidence.verdict import Sheet

NEAR_NS = 60 * 10**9
"""Who photographs a code writes the minute down."""


def check_dated(sheet: Sheet, fixed: Iterable[Fixed], placed: Callable[[int], Reported | None]) -> None:
    """No entry may be younger than its witness. `placed` gives its time by the log's clock, None outside the run."""
    title = "Dates of witnesses"
    for one in fixed:
        last = placed(one.size - 1) if one.basis == "witness" and one.time_ns is not None and one.size else None
        if last is None or one.time_ns is None or last.time_ns <= one.time_ns + NEAR_NS:
            continue
        words = (
            f"Entry {one.size - 1} is dated {to_the_second(last.time_ns)}, later than it was fixed by {one.by} "
            f"({to_the_second(one.time_ns)}): the computer's clock was wrong, or the witness's date is."
        )
        if last.held:
            sheet.not_checked("witness_dates", title, words)
        else:
            sheet.failed("witness_dates", title, words, one.size - 1)
