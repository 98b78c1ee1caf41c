# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Puts a palette on the running program. Touches the QApplication it is given and nothing else.

The program's own colours are set rather than the platform's scheme: not every platform plugin follows a wish for dark.
"""

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.theme.palette import Palette, ThemeName

_STYLES_EDGE = 140


def apply_palette(application: QApplication, palette: Palette) -> None:
    """Colour every window of `application`, those open already too."""
    application.setStyle("Fusion")
    application.setPalette(qt_palette(palette))
    application.setPalette(_with_edges(palette), "QComboBox")  # type: ignore[arg-type]  # it takes text, not bytes
    application.setStyleSheet(style_sheet(palette))


def qt_palette(palette: Palette) -> QPalette:
    """The colours by Qt's roles."""
    role = QPalette.ColorRole
    colours = QPalette()
    for which, colour in {
        role.Window: palette.background,
        role.WindowText: palette.text,
        role.Base: palette.background,
        role.AlternateBase: palette.surface,
        role.ToolTipBase: palette.surface,
        role.ToolTipText: palette.text,
        role.Text: palette.text,
        role.PlaceholderText: palette.muted,
        role.Button: palette.surface,
        role.ButtonText: palette.text,
        role.BrightText: palette.fail,
        role.Link: palette.accent,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
    }.items():
        colours.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        colours.setColor(QPalette.ColorGroup.Disabled, which, QColor(palette.muted))
    return colours


def _with_edges(palette: Palette) -> QPalette:
    """As `qt_palette`, for boxes to choose from: the style draws their edge 1.4 times darker than the role Window. A
    sheet that drew the edge would lose them their arrow."""
    colours = qt_palette(palette)
    colours.setColor(QPalette.ColorRole.Window, QColor(palette.muted).lighter(_STYLES_EDGE))
    return colours


def style_sheet(palette: Palette) -> str:
    """What roles cannot say: buttons' edges, the chosen one, and a focus ring that can be seen."""
    edge = 2 if palette.name is ThemeName.SUNLIGHT else 1
    return f"""
        QPushButton {{ background: {palette.surface}; color: {palette.text}; border: {edge}px solid {palette.muted};
            border-radius: 4px; padding: 5px 12px; min-height: 20px; }}
        QPushButton:checked, QPushButton:pressed {{ background: {palette.accent}; color: {palette.on_accent};
            border-color: {palette.accent}; }}
        QPushButton:disabled {{ color: {palette.muted}; }}
        QPushButton:focus, QCheckBox:focus {{ border: 2px solid {palette.accent}; }}
        QPushButton:checked:focus {{ border: 2px solid {palette.text}; }}
        QCheckBox::indicator {{ width: 14px; height: 14px; border: {edge}px solid {palette.text}; border-radius: 2px; }}
        QCheckBox::indicator:checked {{ background: {palette.accent}; }}
        QToolTip {{ background: {palette.surface}; color: {palette.text}; border: 1px solid {palette.muted}; }}
    """
