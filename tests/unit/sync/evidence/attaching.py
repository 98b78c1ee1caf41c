# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A signed log whose entries name files, and its bundles, for tests of evidence."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import NoteBody
from sync.bundle import Period, write_bundle
from tests.unit.edge_daemon.log.calibration_world import certificate
from tests.unit.sync.signed_logs import SignedLog

PAPER, PHOTO = b"%PDF-1.7 a certificate", b"\x89PNG a photograph"


def name_of(data: bytes) -> str:
    return f"attachment-{sha256(data).hexdigest()}"


class AttachingLog(SignedLog):
    """A log that names a certificate, and later a photograph: `paper` and `photo` are the entries that do."""

    paper: int = -1
    photo: int = -1

    def live(self, folder: Path) -> "AttachingLog":
        self.begin()
        paper = (AttachmentBody("paper.pdf", self._keep(folder, PAPER), len(PAPER)),)
        self.paper = self.recorded.add(replace(certificate(), attachments=paper))
        self.readings(30)
        photo = AttachmentBody("site.png", self._keep(folder, PHOTO), len(PHOTO))
        self.photo = self.recorded.add(
            NoteBody("looked", "2026-11-23T08:00:00.000000000Z", "Ana", attachments=(photo,))
        )
        self.readings(30)
        self.sign()
        return self

    def _keep(self, folder: Path, data: bytes) -> str:
        digest = sha256(data).hexdigest()
        folder.mkdir(exist_ok=True)
        (folder / digest).write_bytes(data)
        return digest

    def bundled(self, folder: Path, attachments: Path | None, period: Period | None = None) -> Path:
        source = replace(self.write(folder / "home"), attachments=attachments)
        return write_bundle(source, period or Period(), (), folder / "bundle", sign=self.sign_index).path
