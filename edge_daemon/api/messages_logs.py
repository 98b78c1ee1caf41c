# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages about the logs of the home and the full check of the current one. Times are RFC 3339. Pure."""

from typing import Literal

from edge_daemon.api.messages import Message


class SalvageMessage(Message):
    """What became of a damaged log's entries: `copied` match their hash; the others could not be saved, and why."""

    size: int
    copied: int
    changed: int
    unproven: int
    unreadable: int


class LogMessage(Message):
    """One log of this home. `name` is what the other routes call it.

    `state`: the `current` one is written; a `closed` one is whole as far as was seen; a `damaged` one waits for its
    salvage (`salvage_done` of `salvage_of` entries), after which it is `salvaged`, or `unreadable`. `first` and `last`
    are the times of its first and last readable entry. `cause` says why it was closed, at the time `closed`. `root` is
    the tree head in hexadecimal, `size` its entries, both as last seen while it was whole; `bytes` is on disk.
    """

    name: str
    state: Literal["current", "closed", "damaged", "salvaged", "unreadable"]
    origin: str
    size: int
    root: str
    bytes: int
    first: str | None
    last: str | None
    cause: str = ""
    closed: str = ""
    salvage: SalvageMessage | None = None
    salvage_done: int = 0
    salvage_of: int = 0
    trouble: str = ""


class LogSensorMessage(Message):
    """A sensor of a log, its channels with their units, and how many of its readings the log holds."""

    sensor_id: str
    readings: int
    channels: dict[str, str]


class EntryMessage(Message):
    """An entry as it was recorded; `entry` is the text of its bytes."""

    index: int
    entry: str


class CheckMessage(Message):
    """The full check that runs, or the last one: `done` of `of` entries in its `phase` (first entries, then columns).

    `checked` and `not_checked` say in words what the verdict rests on: what was not checked is never called sound.
    """

    state: Literal["never", "running", "sound", "damaged", "unreadable", "cancelled", "interrupted"]
    phase: str
    done: int
    of: int
    started: str | None
    ended: str | None
    origin: str
    size: int
    root: str
    problem_count: int
    problems: tuple[str, ...]
    checked: tuple[str, ...]
    not_checked: tuple[str, ...]
    message: str
