# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages about settings files: what is sent in, what became of each field, what is given out. Values only."""

from typing import Literal

from pydantic import Field, SecretStr

from edge_daemon.api.messages import Message, Request

LONGEST_DOCUMENT = 1 << 20


class SettingsImport(Request):
    """A settings file's text (our TOML or the system's JSON) and secrets by name. Neither is ever shown or logged.

    `provision` refuses any form but our own.
    """

    document: SecretStr = Field(max_length=LONGEST_DOCUMENT)
    secrets: dict[str, SecretStr] = Field(default_factory=dict, max_length=100)
    provision: bool = False
    person: str = Field(default="", max_length=200)


class SettingsField(Message):
    """One field: where it stands in the file, and what became of it."""

    path: str
    verdict: Literal["taken", "unchanged", "not_needed", "not_taken", "needs_person"]
    words: str


class SettingsReport(Message):
    """All fields. `outcome` is `all` where nothing is left to do, `nothing` where no field is in force."""

    outcome: Literal["all", "part", "nothing"]
    fields: tuple[SettingsField, ...]


class SettingsExport(Message):
    """The station as a settings file (TOML), and the names of the secrets that must be given apart from it."""

    document: str
    secrets: tuple[str, ...]
