# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds a summary in a log against the one that its readings give. Pure."""

from dataclasses import replace

from edge_daemon.log.summary import SummaryBody
from edge_daemon.metrology.period import RULES

COMPUTED_RULES = frozenset({RULES})
"""Rules by which summaries are computed again; those by others are not checked."""


def known_to(told: SummaryBody) -> int:
    """The last entry that the summary itself shows to have been known when it was made."""
    return max(-1 if told.last is None else told.last, told.replaces or -1, told.plan or -1, *told.amended_by, -1)


def differing(told: SummaryBody, computed: SummaryBody | None) -> str:
    """The first thing that differs, in words; empty where nothing does. What it replaces and why is its own matter."""
    if computed is None:
        return "" if told.withdrawn else "its hour holds nothing that could be summarised"
    due = replace(computed, replaces=told.replaces, reasons=told.reasons)
    if told == due:
        return ""
    for name in SummaryBody.__dataclass_fields__:
        says, gives = getattr(told, name), getattr(due, name)
        if says != gives:
            if isinstance(says, int | float | str | None):
                return f"it says {name} {says}, where the readings give {gives}"
            return f"what it says of {name} is not what the readings give"
    return "it is not what the readings give"
