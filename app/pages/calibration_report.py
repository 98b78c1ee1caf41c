# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Saves the certificate of a calibration as a PDF where a person wants it, and shows it. Asks the session."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from app.client.session import Session
from app.pages.problem_words import problem_text
from edge_daemon.api.messages import Problem

_NOT_FOUND = 404
_NONE = "⚠ There is no certificate of this calibration to be had. It is made of signed calibrations only."


def save_report(session: Session, index: int, parent: QWidget, told: Callable[[str], None]) -> None:
    """Ask where to, then fetch, write and open it; `told` gets words for the person."""
    path, _ = QFileDialog.getSaveFileName(parent, "Save the certificate", f"calibration-{index}.pdf", "PDF (*.pdf)")
    if not path:
        return
    told("… The recorder is making the certificate.")

    def refused(problem: Problem) -> None:
        told(_NONE if problem.status == _NOT_FOUND else f"⚠ {problem_text(problem)}")

    def written() -> None:
        opened = QDesktopServices.openUrl(QUrl.fromLocalFile(path))
        told(f"✓ Saved: {path}" if opened else f"✓ Saved: {path}. No program on this computer shows PDF files.")

    def took(data: bytes) -> None:
        session.files.write(Path(path), data, written, lambda words: told(f"⚠ {words}"))

    session.calibration.certificate(index, took, refused)


def save_attachment(session: Session, sha256: str, parent: QWidget, told: Callable[[str], None]) -> None:
    """Ask where to, then fetch and write a laboratory's document."""
    path, _ = QFileDialog.getSaveFileName(parent, "Save the attached file", f"certificate-{sha256[:8]}.pdf")
    if not path:
        return

    def took(data: bytes) -> None:
        session.files.write(Path(path), data, lambda: told(f"✓ Saved: {path}"), lambda words: told(f"⚠ {words}"))

    session.instruments.attachment(sha256, took, lambda problem: told(f"⚠ {problem_text(problem)}"))
