# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Times in words, whoever tells them: evidence may name one that no calendar has. Pure."""

from edge_daemon.domain.time import rfc3339_from_ns

_SECOND = len("2026-11-23T08:15:30")


def told(ns: int) -> str:
    """RFC 3339, or words for a time (UTC ns) outside the years 0001 to 9999."""
    try:
        return rfc3339_from_ns(ns)
    except ValueError:
        return "a time that no calendar has"


def to_the_second(ns: int) -> str:
    """The same without decimals."""
    text = told(ns)
    return f"{text[:_SECOND]}Z" if text.endswith("Z") else text
