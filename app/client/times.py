# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Times between the API's texts and the seconds that plots and ages are made of. Pure."""

from datetime import UTC, datetime

from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339


def seconds_of(text: str) -> float:
    """RFC 3339 text as seconds since 1970, for plots and ages."""
    return ns_from_rfc3339(text) / NS_PER_S


def text_of(seconds: float) -> str:
    """Seconds since 1970 as RFC 3339 text with microseconds, for requests."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
