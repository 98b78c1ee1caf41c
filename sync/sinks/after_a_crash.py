# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is promised of a far end that dies and loses what it had acknowledged, and what is not. Pure."""

from dataclasses import replace

from sync.sinks.sink import Check, Witness

TITLE = "After a crash of the far end"
_NAMED = "It tells when it was started anew: what it may have lost by then goes out again, until it is kept."
_TWICE = (
    "It does not tell whether it was started anew. What it took in one sync, or before a break, goes out once more "
    "with the next sync or after the break, and then counts as kept. If it loses what it acknowledged in two crashes "
    "in a row, both soon after, readings are missing there; on this computer they stay."
)
_WATCHED = (
    "It does not tell whether it was started anew. What it takes counts as kept once the connections to it have held "
    "for {} s after; until then it goes out again with each sync and after each break. Not seen is a crash that no "
    "connection shows, as behind a server that stands before it, or one that loses what is older than that."
)
_REMEDY = (
    "Nothing, for a service that keeps what it acknowledges, as hosted ones do. For one that may lose it: have its "
    "administrator let this station {}, or set resend_window_s for this destination to the seconds that may be lost, "
    "not 0; each sync then ends that much later."
)
_SOONER = "Nothing. Syncs would end that much sooner if its administrator let this station {}."


def as_set(told: Witness, window_s: int) -> Witness:
    """The witness under the destination's `resend_window_s`; it changes nothing for a far end that has a name."""
    return replace(told, age_s=float(window_s), watched=True) if window_s and not told.name else told


def line_of(told: Witness, asked: str) -> Check:
    """The check's line; `asked` is what the far end's administrator would have to allow."""
    if told.name:
        return Check(TITLE, "passed", _NAMED)
    if told.watched:
        return Check(TITLE, "not_checked", _WATCHED.format(f"{told.age_s:.0f}"), _SOONER.format(asked))
    return Check(TITLE, "not_checked", _TWICE, _REMEDY.format(asked))
