# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Shows a window within the screen it stands on: field laptops have as little as 1024 by 600."""

from PySide6.QtWidgets import QWidget


def show_fitting(window: QWidget) -> None:
    """Show it in the size it has, or over the whole screen where that is smaller."""
    room = window.screen().availableGeometry()
    if room.width() >= window.width() and room.height() >= window.height():
        window.show()
        return
    # Where no window manager answers to the second of these, the first has to do.
    window.setGeometry(room)
    window.showMaximized()
