# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Palettes can be read: contrast of text, and curves that stay apart for colour-blind people."""

from itertools import combinations

import numpy as np
import pytest

from app.theme.palette import DARK, LIGHT, SUNLIGHT, Palette, ThemeName, contrast, palette_named

PALETTES = [LIGHT, DARK, SUNLIGHT]
# Severity 1.0 of Machado, Oliveira and Fernandes (2009), on linear RGB: protan, deutan, tritan.
SIGHTS = [
    np.eye(3),
    np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
]
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, sight: np.ndarray) -> np.ndarray:
    rgb = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    share = XYZ @ np.clip(sight @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    x, y, z = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_text_and_curves_can_be_read(palette: Palette) -> None:
    least = 7.0 if palette is SUNLIGHT else 4.5
    for ground in (palette.background, palette.surface):
        for colour in (palette.text, palette.muted, palette.accent, palette.good, palette.suspect, palette.fail):
            assert contrast(colour, ground) >= least, (colour, ground)
        assert contrast(palette.missing, ground) >= least
    assert contrast(palette.on_accent, palette.accent) >= least
    assert all(contrast(colour, palette.background) >= 3 for colour in palette.curves)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
@pytest.mark.parametrize("sight", SIGHTS, ids=["normal", "protan", "deutan", "tritan"])
def test_curves_stay_apart(palette: Palette, sight: np.ndarray) -> None:
    assert len(set(palette.curves)) >= 8
    for one, other in combinations(palette.curves, 2):
        assert np.linalg.norm(lab(one, sight) - lab(other, sight)) > 20, (one, other)


def test_palettes_by_name() -> None:
    assert [palette_named(name) for name in ThemeName] == PALETTES
