# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where in a log it was not sure that a sensor's readings were still of the same instrument. Pure.

What counts is what the log said when a reading was recorded. A later confirmation ends the doubt for what follows and
takes no mark back: what was sent stays true, and what is sent again is the same.
"""

from collections.abc import Mapping

from edge_daemon.log.entry import Entry, EntryType

OPEN_END = 1 << 62

_SILENT_ON_IT = "described"


def unconfirmed_spans(entries: Mapping[int, Entry]) -> Mapping[str, tuple[range, ...]]:
    """By sensor, the indices between an entry that doubts its instrument and the one that settles it.

    `entries` are a log's in its order; those that say nothing of installations are passed over.
    """
    spans: dict[str, list[range]] = {}
    since: dict[str, int] = {}
    for index, entry in entries.items():
        sensor, event = str(entry.body.get("sensor", "")), _event(entry)
        if event == "unconfirmed":
            since.setdefault(sensor, index)
        elif event not in {"", _SILENT_ON_IT} and sensor in since:
            spans.setdefault(sensor, []).append(range(since.pop(sensor), index))
    for sensor, first in since.items():
        spans.setdefault(sensor, []).append(range(first, OPEN_END))
    return {sensor: tuple(some) for sensor, some in spans.items()}


def _event(entry: Entry) -> str:
    if entry.type == EntryType.INSTALLATION:
        return str(entry.body.get("event", "installed"))
    removed = entry.type == EntryType.CONFIGURATION and entry.body.get("state") == "removed"
    return "removed" if removed else ""
