# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Puts the files that entries name into an evidence bundle. Reads the home's folder of files and writes copies."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from edge_daemon.log.attachment_body import AttachmentBody
from sync.evidence.form import ATTACHMENT, FileNote

FOLDER = "attachments"
"""Where a home keeps them, each under its SHA-256."""

BLOCK = 2**20


def copy_attachments(folder: Path | None, draft: Path, named: Iterable[AttachmentBody]) -> Iterator[FileNote]:
    """Copy those that are there and still what was attached; the others are left out, which a check says.

    Raises OSError.
    """
    for one in sorted({one.sha256: one for one in named}.values(), key=lambda one: one.sha256):
        source = None if folder is None else folder / one.sha256
        if source is None or not source.is_file():
            continue
        target = draft / (ATTACHMENT + one.sha256)
        digest, size = sha256(), 0
        with source.open("rb") as read, target.open("wb") as written:
            while block := read.read(BLOCK):
                digest.update(block)
                size += len(block)
                written.write(block)
        if (digest.hexdigest(), size) == (one.sha256, one.size):
            yield FileNote(target.name, "attachment", one.sha256, size)
        else:
            target.unlink()
