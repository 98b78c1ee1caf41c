# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a `standard` entry says: a reference standard of the station's register. Values only."""

from dataclasses import dataclass

from edge_daemon.log.attachment_body import AttachmentBody


@dataclass(frozen=True, slots=True)
class StandardBody:
    """A reference standard of the station's register, or what became of it.

    `kind` is what procedures ask for (`co2_gas`, `ph_buffer`, …). `by_temperature` are (°C, value) where the value
    depends on temperature. `code` is what a scanner reads off it. `expires` is a date, empty for what does not expire.
    `replaces` is the index of the entry that no longer counts; `withdrawn` takes the standard out of use. One that is
    said again after a log was closed was told there: `index` of the log `origin`.
    """

    kind: str
    name: str
    value: float
    unit: str
    expanded_uncertainty: float
    factor: float
    person: str
    lot: str = ""
    certificate: str = ""
    issuer: str = ""
    expires: str = ""
    code: str = ""
    by_temperature: tuple[tuple[float, float], ...] = ()
    attachments: tuple[AttachmentBody, ...] = ()
    replaces: int | None = None
    withdrawn: bool = False
    origin: str = ""
    index: int | None = None
