# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The window's colours as values: light, dark, and high contrast for a screen in the sun. Pure.

Curve colours were found by a search for eight that stay apart in normal sight and three kinds of colour blindness
(after Machado, Oliveira and Fernandes, 2009), against the background and against the colours of warnings.
"""

from dataclasses import dataclass
from enum import StrEnum


class ThemeName(StrEnum):
    """Names of the palettes, as kept in settings."""

    LIGHT = "light"
    DARK = "dark"
    SUNLIGHT = "sunlight"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours as `#rrggbb`. `surface` is what cards and buttons are made of; `on_accent` is text upon `accent`."""

    name: ThemeName
    background: str
    surface: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    suspect: str
    fail: str
    missing: str
    curves: tuple[str, ...]


LIGHT = Palette(
    name=ThemeName.LIGHT,
    background="#ffffff",
    surface="#eef1f4",
    text="#16202a",
    muted="#4f5d6b",
    accent="#0b5cad",
    on_accent="#ffffff",
    good="#1a6e36",
    suspect="#9a4a00",
    fail="#c00000",
    missing="#5a6470",
    curves=("#0000ff", "#006666", "#cc66cc", "#662200", "#888844", "#6600aa", "#002244", "#220000"),
)
DARK = Palette(
    name=ThemeName.DARK,
    background="#14181d",
    surface="#232a32",
    text="#eef2f6",
    muted="#a9b4c0",
    accent="#6db3ff",
    on_accent="#0a1420",
    good="#5fd18a",
    suspect="#ffb000",
    fail="#ff7b7b",
    missing="#a0a9b4",
    curves=("#aaff88", "#aa88ee", "#ffff44", "#22aa66", "#eeaacc", "#aa4488", "#aa00ff", "#cc2200"),
)
SUNLIGHT = Palette(
    name=ThemeName.SUNLIGHT,
    background="#ffffff",
    surface="#f2f2f2",
    text="#000000",
    muted="#2b2b2b",
    accent="#00347a",
    on_accent="#ffffff",
    good="#004d1a",
    suspect="#6b2e00",
    fail="#8c0000",
    missing="#3a3a3a",
    curves=("#0000ff", "#aa6600", "#aa00cc", "#660000", "#8866aa", "#cc4466", "#000066", "#220022"),
)


def palette_named(name: ThemeName) -> Palette:
    """The palette of that name."""
    return {ThemeName.LIGHT: LIGHT, ThemeName.DARK: DARK, ThemeName.SUNLIGHT: SUNLIGHT}[name]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, contrast ratio and relative luminance)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
