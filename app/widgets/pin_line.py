# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A line for a PIN. Draws; no I/O."""

from PySide6.QtWidgets import QLineEdit

from app.widgets.digit_field import HEIGHT


def pin_line(title: str) -> QLineEdit:
    """A line whose content is not shown."""
    line = QLineEdit()
    line.setEchoMode(QLineEdit.EchoMode.Password)
    line.setMinimumHeight(HEIGHT)
    line.setMaximumWidth(260)
    line.setAccessibleName(title)
    return line
