# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages about delivery: destinations, a sync and its progress, accounts, what was set aside. Values only."""

from typing import Literal

from pydantic import Field, SecretStr

from edge_daemon.api.messages import Message, Request


class DestinationMessage(Message):
    """A destination's settings; `secret` says whether its password or token is stored. The secret itself never."""

    name: str
    kind: Literal["mqtt", "influxdb", "file"]
    settings: dict[str, bool | int | str]
    needs_secret: bool
    secret: bool


class DestinationChange(Request):
    """All settings of a destination (`kind` among them). Without `secret` the stored one stays."""

    settings: dict[str, bool | int | str]
    secret: SecretStr | None = Field(default=None, max_length=10_000)


class SyncStart(Request):
    """Which destinations; none for all."""

    destinations: tuple[str, ...] = ()


class SyncProgress(Message):
    """One destination. `done` of `total` readings, `rate` in readings a second, `words` the last trouble in words.

    `again` readings went out before and are sent once more, because a break has put them in doubt.
    """

    destination: str
    state: str
    done: int = 0
    total: int = 0
    sent_bytes: int = 0
    rate: float = 0.0
    left_s: float | None = None
    words: str = ""
    remedy: str = ""
    again: int = 0


class CheckLine(Message):
    """One line of a destination's check."""

    destination: str
    title: str
    verdict: Literal["passed", "failed", "warning", "not_checked"]
    words: str
    remedy: str = ""


class SyncMessage(Message):
    """The running sync, or else the last one that this recorder started."""

    running: bool
    progress: tuple[SyncProgress, ...]
    checks: tuple[CheckLine, ...]
    alarms: tuple[str, ...]
    notes: tuple[str, ...] = ()
    status: int | None
    trouble: str


class SyncBalance(Message):
    """Readings of one log at one destination: accepted = delivered + waiting + held + set aside."""

    destination: str
    origin: str
    accepted: int
    delivered: int
    waiting: int
    held: int
    aside: int


class SyncPlan(Message):
    """What waits for a destination; size and time are estimates from earlier runs.

    `oldest` is the time of the oldest reading that waits (ISO 8601), None where none waits or none has a time. `owed`
    readings went out and go out once more, for the far end may have lost them. `others` are hourly summaries and
    amendments that wait.
    """

    destination: str
    readings: int
    oldest: str | None = None
    size_bytes: int | None
    seconds: float | None
    balances: tuple[SyncBalance, ...]
    owed: int = 0
    others: int = 0


class SyncRunMessage(Message):
    """A run in the history; times are ISO 8601, `end` None where it was cut short."""

    destination: str
    start: str
    end: str | None
    delivered: int
    ending: str
    words: str


class RoomMessage(Message):
    """Free bytes, the log's growth in bytes a day, and how many days that lasts; None where it cannot be told."""

    free_bytes: int
    growth_bytes_per_day: float | None
    days: float | None


class SyncStanding(Message):
    """Where all data is. `elsewhere`: a sync that this recorder did not start is running, and is at `progress`."""

    elsewhere: bool
    destinations: tuple[SyncPlan, ...]
    runs: tuple[SyncRunMessage, ...]
    room: RoomMessage | None
    troubles: tuple[str, ...]
    alarms: tuple[str, ...]
    progress: tuple[SyncProgress, ...] = ()


class SetAsideMessage(Message):
    """A reading that a destination refused, with its own words."""

    destination: str
    origin: str
    index: int
    time: str
    tries: int
    words: str


class AutomaticSyncChange(Request):
    """Whether syncs begin by themselves, and how many minutes lie between two while a destination can be reached."""

    enabled: bool
    every_minutes: int = 30


class AutomaticSyncMessage(Message):
    """The choice, and in words how it stands; empty words where it is off."""

    enabled: bool
    every_minutes: int
    words: str
