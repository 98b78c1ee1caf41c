# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Files that entries name by their SHA-256 (certificates, photographs): held against what lies in a bundle. Pure.

They travel as `attachment-<SHA-256>`. Whether a file says what a person claims of it is for a person to judge; that it
is the file the entry named is checked here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import Entry
from sync.evidence.form import ATTACHMENT, Index, NotEvidence, Parts
from sync.evidence.streams import checked
from sync.evidence.verdict import Sheet

NAME, TITLE = "attachments", "Attached files"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def attachments_of(body: Mapping[str, JsonValue]) -> Iterator[AttachmentBody]:
    """The files that an entry's body names, wherever in it they stand."""
    for key, value in body.items():
        if key == "attachments" and isinstance(value, list):
            yield from (found for one in value if (found := _attachment(one)) is not None)
        elif isinstance(value, dict):
            yield from attachments_of(value)


def _attachment(value: JsonValue) -> AttachmentBody | None:
    match value:
        case {"name": str(name), "sha256": str(sha256), "size": int(size)} if _SHA256.fullmatch(sha256):
            return AttachmentBody(name, sha256, size)
    return None


@dataclass(slots=True)
class AttachmentChecker:
    """Takes the entries that may name files. Mutable; grows with the files named.

    `named` is, by SHA-256, the first entry that names the file, and what it says of it.
    """

    named: dict[str, tuple[int, AttachmentBody]] = field(default_factory=dict)

    def take(self, index: int, entry: Entry) -> None:
        """An entry of the run, or one of the context."""
        for one in attachments_of(entry.body):
            self.named.setdefault(one.sha256, (index, one))

    def report(self, sheet: Sheet, parts: Parts, index: Index) -> None:
        """Hash the files that are there, and say which are not."""
        there = set(parts.names())
        notes = {note.name: note for note in index.files if note.kind == "attachment"}
        held, missing = 0, list[tuple[int, AttachmentBody]]()
        for at, one in sorted(self.named.values(), key=lambda told: told[0]):
            name = ATTACHMENT + one.sha256
            note = notes.pop(name, None)
            if note is None or name not in there:
                missing.append((at, one))
                continue
            try:
                if (note.sha256, note.size) != (one.sha256, one.size):
                    raise NotEvidence(f"the index says something else of {name} than the entry")
                for _ in checked(parts, note):
                    pass
            except NotEvidence as error:
                words = f"{one.name}, which entry {at} names, is not the file that was attached: {error}."
                sheet.failed(NAME, TITLE, words, at)
                return
            held += 1
        if notes:
            sheet.failed(NAME, TITLE, f"No entry here names {min(notes)}.")
        elif held:
            sheet.passed(NAME, TITLE, f"{held} files are, byte for byte, those that the entries name.")
        if missing:
            at, one = missing[0]
            words = f"{len(missing)} files that entries name are not in the bundle (first: {one.name} of entry {at})."
            sheet.not_checked(f"{NAME}_open", TITLE, words)
