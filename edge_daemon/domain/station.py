# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A station: one laptop at one project. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """Degrees north and east (WGS 84), metres above sea level, a postal address or site name."""

    latitude: float
    longitude: float
    elevation: float | None = None
    address: str = ""


UNASSIGNED = "unassigned"
"""Project of a home that nobody has given one yet. It can be given once; then it stays."""


@dataclass(frozen=True, slots=True)
class Station:
    """`device_id` is unique to one home folder and never copied; another project is another home."""

    device_id: str
    project_id: str
    name: str = ""
    location: Location | None = None
