# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is said of readings later: by a person in an `amendment`, by a rule across sensors in a `note`. Values only."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from edge_daemon.log.attachment_body import AttachmentBody


@dataclass(frozen=True, slots=True)
class AnomalyBody:
    """A rule across channels or sensors begins or ceases to hold; `text` explains it to a person.

    Stands as a `note` without a person, so that whoever lists notes shows it; `sensor` is the first of `sensors`. One
    that is open when the recorder stops ends with the next `boot` entry.
    """

    rule: str
    event: Literal["begin", "end"]
    text: str
    at: str
    sensor: str
    sensors: tuple[str, ...]
    person: str = ""
    subject: Literal["anomaly"] = "anomaly"


AmendmentKind = Literal[
    "clock_offset",
    "wrong_plug",
    "maintenance",
    "as_found_failure",
    "release_untrusted_time",
    "value_correction",
    "withdrawal",
]


@dataclass(frozen=True, slots=True)
class AmendmentBody:
    """How earlier readings are to be read; nothing is rewritten. What each kind means stands in `effective`.

    Concerned are the readings from index `first` to `last` (both included) of `sensors` (none named: all), and of these
    the ones whose reported time lies from `start` to before `end`, where times are given. `channels` (none named: all),
    `flag`, `offset_us`, `uncertainty_us`, `reads_as`, `gain` and `offset` belong to the kinds that need them. The
    amendment at index `replaces` no longer counts. `evidence` says in words why this is so; `attachments` are files
    that show it. What it says concerns readings of the closed log `also_in` too, from the calibration at the entry
    `also_since` there on, made at `also_made` (None: all): those cannot be amended from here.
    """

    kind: AmendmentKind
    first: int
    last: int
    evidence: str
    person: str
    sensors: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    start: Annotated[str, Field(alias="from")] = ""
    end: Annotated[str, Field(alias="to")] = ""
    flag: int | None = None
    offset_us: int | None = None
    uncertainty_us: int | None = None
    reads_as: str = ""
    gain: float | None = None
    offset: float | None = None
    replaces: int | None = None
    attachments: tuple[AttachmentBody, ...] = ()
    also_in: str = ""
    also_since: int | None = None
    also_made: str = ""
