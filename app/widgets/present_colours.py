# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The window's palette as it is applied just now, for what is painted by hand; and figures that keep their width."""

from PySide6.QtGui import QFont, QPalette

from app.theme.palette import DARK, LIGHT, SUNLIGHT, Palette


def present_colours(colours: QPalette) -> Palette:
    """The palette that `colours` were made of; light where they were made of none."""
    window = colours.color(QPalette.ColorRole.Window).name()
    text = colours.color(QPalette.ColorRole.WindowText).name()
    fitting = (one for one in (LIGHT, DARK, SUNLIGHT) if (one.background, one.text) == (window, text))
    return next(fitting, LIGHT)


def figures(font: QFont, factor: float = 1.0, *, bold: bool = False) -> QFont:
    """This font with digits of one width, so that nothing jumps as numbers change."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setPointSizeF(font.pointSizeF() * factor)
    made.setBold(bold)
    return made
