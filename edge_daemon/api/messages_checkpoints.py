# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages about checkpoints and proofs. Values only."""

from pydantic import Field

from edge_daemon.api.messages import Message, Request


class CheckpointMessage(Message):
    """A signed checkpoint: `note` is what counts; the rest says the same for a person.

    `root` is hexadecimal. `key` is the signing key as C2SP signed-note writes a verifier key: who trusts it is said by
    the project's register and not here. `made` is when its file was written by this computer's clock.
    """

    origin: str
    size: int
    root: str
    made: str
    key: str
    note: str


class ConsistencyMessage(Message):
    """The log's first `new` entries begin with its first `old`. Roots and hashes are hexadecimal (RFC 6962, 2.1.2)."""

    origin: str
    old: int
    old_root: str
    new: int
    new_root: str
    hashes: tuple[str, ...]


class EvidenceIndex(Request):
    """The SHA-256, in hexadecimal, of an evidence bundle's index, and of which log at which size it is."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    origin: str = Field(max_length=200)
    size: int = Field(ge=1)


class DeliveryManifest(Request):
    """The SHA-256, in hexadecimal, of the manifest of a file for a stick."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class NoteMessage(Message):
    """A signed note (C2SP signed-note) in the name of the log."""

    note: str


class KeyRotation(Request):
    """Who has the device key replaced."""

    person: str = Field(min_length=1, max_length=200)


class KeyMessage(Message):
    """The device key in force, as C2SP signed-note writes a verifier key."""

    key: str
