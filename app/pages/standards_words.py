# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How reference standards are said to a person. Pure."""

from app.widgets.form_values import plain_text
from edge_daemon.api.messages_calibration import StandardMessage

STANDINGS = {
    "not_checked": ("?", "Not checked: the computer's clock is not trusted"),
    "valid": ("✓", "Valid"),
    "due": ("◔", "Expires soon"),
    "expired": ("✕", "Expired"),
    "withdrawn": ("⊘", "Withdrawn"),
}
"""Glyph and words of a standard's standing."""

KINDS = {
    "co2_gas": "CO₂ gas",
    "gas": "Gas",
    "ph_buffer": "pH buffer",
    "turbidity_standard": "Turbidity standard",
    "conductivity_standard": "Conductivity standard",
    "gauge_block": "Gauge block",
}


def kind_text(kind: str) -> str:
    """The kind in words; one that is not known here by its own name."""
    return KINDS.get(kind) or kind.replace("_", " ").capitalize()


def standing_text(one: StandardMessage) -> str:
    """Glyph and words."""
    return " ".join(STANDINGS[one.standing])


def value_text(one: StandardMessage) -> str:
    """The value with its expanded uncertainty, both to the same place; no digit of the certificate is left out."""
    value, unsure = plain_text(one.value), plain_text(one.expanded_uncertainty)
    missing = _decimals(unsure) - _decimals(value)
    if missing > 0 and "e" not in f"{value}{unsure}".lower():
        value = f"{value}{'' if '.' in value else '.'}{'0' * missing}"
    return f"{value} ± {unsure} {one.unit}".strip()


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])


def expiry_text(one: StandardMessage) -> str:
    """Until when it holds."""
    return one.expires or "does not expire"


def standard_detail(one: StandardMessage) -> str:
    """What tells it from others like it."""
    parts = [f"lot {one.lot}" if one.lot else "", f"certificate {one.certificate}" if one.certificate else ""]
    parts += [f"expires {one.expires}" if one.expires else "", standing_text(one)]
    parts += [f"used {one.used[:10]}" if one.used else ""]
    return " · ".join(part for part in parts if part)
