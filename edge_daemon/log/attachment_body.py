# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A file that an entry names. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttachmentBody:
    """A file kept beside the log: its name, its SHA-256 in hexadecimal, and how many bytes it has."""

    name: str
    sha256: str
    size: int
