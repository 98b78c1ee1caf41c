# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether an entry has a form that this program knows, and in words why something has not its form. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import ValidationError

from edge_daemon.log.bodies import (
    Body,
    ClockFixBody,
    ClockStateBody,
    ClockStepBody,
    SuspendBody,
    VisitBody,
    from_json,
)
from edge_daemon.log.calibration_body import CALIBRATION_BODIES, StandardBody
from edge_daemon.log.entry import Entry, EntryType

_MOST = 200
_CLOCK: Mapping[str, type[Body]] = MappingProxyType(
    {"state": ClockStateBody, "step": ClockStepBody, "suspend": SuspendBody, "fix": ClockFixBody}
)


def why(error: Exception) -> str:
    """The reason without what only a programmer reads."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place or 'it'}: {first['msg']}"[:_MOST]


def is_known(entry: Entry) -> bool:
    """Whether the body of a calibration, a standard, a visit or of what is said of the clock has a known form.

    Of other types nothing is said here.
    """
    event = str(entry.body.get("event"))
    kind: type[Body] | None
    match entry.type:
        case EntryType.CALIBRATION:
            kind = CALIBRATION_BODIES.get(event)
        case EntryType.CLOCK:
            kind = _CLOCK.get(event)
        case EntryType.STANDARD:
            kind = StandardBody
        case EntryType.VISIT:
            kind = VisitBody
        case _:
            return True
    try:
        return kind is not None and bool(from_json(kind, entry.body))
    except (ValueError, TypeError, OverflowError):
        return False
